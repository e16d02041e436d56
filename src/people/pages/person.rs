use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::invite::LinkPage;
use super::{Nothing, USERS, id, words};
use crate::i18n::Text;
use crate::people::SECTION;
use crate::people::notices;
use crate::people::{self, Error, invitation};
use crate::second_factor;
use crate::state::State;
use crate::users::directory::{self, AccountStatus, Invitation, Listed};
use crate::values::{Role, UserId};
use crate::web::{self, Flash, Form, Page, Problems, Section, TenantAdmin, render, scripted};

#[derive(Template)]
#[template(path = "people/person.html")]
struct PersonPage {
    page: Page,
    section: Section,
    person: Listed,
    /// Whether it is one's own account.
    is_own: bool,
    /// Whether the person signs in with a second factor.
    has_second_factor: bool,
    /// Why nothing was changed.
    refusal: Option<Text>,
    problems: Problems,
}

impl PersonPage {
    fn path(&self) -> String {
        format!("{USERS}/{}", self.person.user)
    }

    fn state(&self) -> String {
        self.page.say(words::state(&self.person))
    }

    fn badge(&self) -> &'static str {
        words::badge(&self.person)
    }

    fn role(&self) -> String {
        self.page.say(words::role(self.person.role))
    }

    fn roles(&self) -> Vec<(&'static str, String, bool)> {
        words::roles(&self.page, self.person.role.as_str())
    }

    fn language(&self) -> String {
        match self.person.language {
            Some(language) => language.own_name().to_owned(),
            None => self.page.t("people-language-unset"),
        }
    }

    fn is_invited(&self) -> bool {
        self.person.standing == AccountStatus::Invited
    }

    fn is_active(&self) -> bool {
        self.person.standing == AccountStatus::Active
    }

    fn is_deactivated(&self) -> bool {
        self.person.standing == AccountStatus::Deactivated
    }

    /// Whether there is an invitation to revoke.
    fn can_revoke(&self) -> bool {
        matches!(self.person.invitation, Some(Invitation::Open(_)))
    }

    /// What has become of the invitation.
    fn invitation(&self) -> String {
        match self.person.invitation {
            Some(Invitation::Open(until)) => {
                self.page.t1("people-invitation-open-until", "at", self.page.date_time(&until))
            }
            Some(Invitation::Expired(at)) => {
                self.page.t1("people-invitation-expired-at", "at", self.page.date_time(&at))
            }
            Some(Invitation::Revoked) | None => self.page.t("people-invitation-revoked-what"),
        }
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let shown = (StatusCode::OK, None, Problems::default());
    answer(&admin, page, &state, id(&path)?, shown).await
}

async fn answer(
    admin: &TenantAdmin,
    page: Page,
    state: &State,
    user: UserId,
    (status, refusal, problems): (StatusCode, Option<Text>, Problems),
) -> Result<HttpResponse, web::Error> {
    let found = directory::find(state.db.read(), admin.tenant(), user, state.clock.now()).await?;
    let person = found.ok_or_else(web::Error::not_found)?;
    let has_second_factor = second_factor::is_on(state.db.read(), admin.tenant(), user).await?;
    let (section, is_own) = (SECTION, user == admin.person.user);
    render(status, &PersonPage { page, section, person, is_own, has_second_factor, refusal, problems })
}

/// The person's page, which says why nothing was changed.
pub(super) async fn refused(
    admin: &TenantAdmin,
    page: Page,
    state: &State,
    user: UserId,
    error: Error,
) -> Result<HttpResponse, web::Error> {
    let why = match error {
        Error::OwnAccount => "people-own-account",
        Error::LastAdministrator => "people-last-administrator",
        Error::BreakGlass => "people-break-glass",
        Error::WrongStanding(_) => "people-wrong-standing",
        Error::InvitedJustNow => "people-invite-again-soon",
        Error::TooManyInvitedAgain => "people-invite-again-many",
        error => return Err(failed(error)),
    };
    let refused = (StatusCode::UNPROCESSABLE_ENTITY, Some(Text::new(why)), Problems::default());
    answer(admin, page, state, user, refused).await
}

/// What is no refusal of the deed: nobody to do it with, nobody to do it, or our fault.
pub(super) fn failed(error: Error) -> web::Error {
    match error {
        Error::NoSuchUser => web::Error::not_found(),
        Error::NotInCharge => web::Error::forbidden(Vec::new()),
        error => error.into(),
    }
}

async fn after(
    admin: &TenantAdmin,
    page: Page,
    state: &State,
    user: UserId,
    (done, flash): (Result<(), Error>, Flash),
) -> Result<HttpResponse, web::Error> {
    match done {
        Ok(()) => Ok(web::see_other_with(&format!("{USERS}/{user}"), flash)),
        Err(error) => refused(admin, page, state, user, error).await,
    }
}

#[derive(serde::Deserialize)]
pub(super) struct RoleForm {
    #[serde(default)]
    role: String,
}

pub(super) async fn set_role(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    form: Form<RoleForm>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let Some(role) = Role::parse(&form.0.role) else {
        let problems = Problems::one("role", Text::new("people-role-unknown"));
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, None, problems);
        return answer(&admin, page, &state, user, refused).await;
    };
    let done = people::set_role(&state, &admin.actor(), user, role).await;
    after(&admin, page, &state, user, (done, notices::ROLE_CHANGED)).await
}

pub(super) async fn deactivate(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let done = people::deactivate(&state, &admin.actor(), user).await;
    after(&admin, page, &state, user, (done, notices::USER_DEACTIVATED)).await
}

pub(super) async fn reactivate(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let done = people::reactivate(&state, &admin.actor(), user).await;
    after(&admin, page, &state, user, (done, notices::USER_REACTIVATED)).await
}

/// Takes the second factor from a person who has lost it.
pub(super) async fn reset_second_factor(
    admin: TenantAdmin,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let page = format!("{USERS}/{user}");
    match second_factor::reset(&state, &admin.actor(), user).await {
        Ok(()) => Ok(web::see_other_with(&page, notices::SECOND_FACTOR_RESET)),
        // there is none; whether there is such a person is the page's to tell
        Err(second_factor::Error::None | second_factor::Error::Oneself) => Ok(web::see_other(&page)),
        Err(second_factor::Error::NotInCharge) => Err(web::Error::forbidden(Vec::new())),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let done = invitation::revoke(&state, &admin.actor(), user).await;
    after(&admin, page, &state, user, (done, notices::INVITATION_REVOKED)).await
}

#[derive(serde::Deserialize)]
pub(super) struct RemoveForm {
    #[serde(default)]
    confirm: String,
}

pub(super) async fn remove(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    form: Form<RemoveForm>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    if form.0.confirm.is_empty() {
        let problems = Problems::one("confirm", Text::new("people-remove-unconfirmed"));
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, None, problems);
        return answer(&admin, page, &state, user, refused).await;
    }
    match people::remove(&state, &admin.actor(), user).await {
        Ok(()) => Ok(web::see_other_with(USERS, notices::USER_REMOVED)),
        Err(error) => refused(&admin, page, &state, user, error).await,
    }
}

pub(super) async fn password_link(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let link = match people::password_link(&state, &admin.actor(), user).await {
        Ok(link) => link,
        Err(error) => return refused(&admin, page, &state, user, error).await,
    };
    let found = directory::find(state.db.read(), admin.tenant(), user, state.clock.now()).await?;
    let Listed { name, email, .. } = found.ok_or_else(web::Error::not_found)?;
    let page = LinkPage { page, section: SECTION, user, name, email, link, route: None };
    Ok(scripted(render(StatusCode::OK, &page)?))
}
