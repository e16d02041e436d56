use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::{Nothing, id, person, words};
use crate::i18n::Text;
use crate::people::SECTION;
use crate::people::form::{InviteField, InviteForm};
use crate::people::invitation::{self, Invited};
use crate::people::{self, Error, MailRoute};
use crate::state::State;
use crate::users::{self, directory};
use crate::values::{Role, Secret, UserId};
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render, scripted};

#[derive(Template)]
#[template(path = "people/invite.html")]
struct InvitePage {
    page: Page,
    section: Section,
    form: InviteForm,
    problems: Problems,
}

impl InvitePage {
    fn roles(&self) -> Vec<(&'static str, String, bool)> {
        words::roles(&self.page, &self.form.role)
    }

    fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        words::languages(&self.form.language)
    }
}

/// A link, told once.
#[derive(Template)]
#[template(path = "people/link.html")]
pub(super) struct LinkPage {
    pub(super) page: Page,
    pub(super) section: Section,
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) link: Secret,
    /// What becomes of the mail; `None` when the link is for a new password, of which no mail is sent.
    pub(super) route: Option<MailRoute>,
}

impl LinkPage {
    fn title(&self) -> String {
        match self.route {
            Some(_) => self.page.t1("people-invited-title", "name", &self.name),
            None => self.page.t1("people-link-title", "name", &self.name),
        }
    }

    fn is_well(&self) -> bool {
        self.route.is_none_or(|route| words::route(route).0)
    }

    fn what(&self) -> String {
        match self.route {
            Some(route) => self.page.say(words::route(route).1),
            None => self.page.t("people-link-what"),
        }
    }

    fn life(&self) -> String {
        self.page.t(if self.route.is_some() { "people-invitation-life" } else { "people-link-life" })
    }
}

pub(super) async fn show(_: TenantAdmin, page: Page) -> Result<HttpResponse, web::Error> {
    let form = InviteForm { role: Role::Member.as_str().to_owned(), ..InviteForm::default() };
    let problems = Problems::default();
    render(StatusCode::OK, &InvitePage { page, section: SECTION, form, problems })
}

pub(super) async fn invite(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<InviteForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let refused = |page, form, problems| {
        let refused = InvitePage { page, section: SECTION, form, problems };
        render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
    };
    let new = match form.parse() {
        Ok(new) => new,
        Err(errors) => return refused(page, form, Problems::of(errors, InviteField::name)),
    };
    let name = new.name.clone();
    match invitation::invite(&state, &admin.actor(), new, page.language).await {
        Ok(invited) => told(&admin, page, &state, name, invited).await,
        Err(Error::User(users::Error::EmailTaken(_))) => {
            refused(page, form, Problems::one("email", Text::new("people-email-taken")))
        }
        Err(error) => Err(person::failed(error)),
    }
}

pub(super) async fn invite_again(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    path: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let user = id(&path)?;
    let found = directory::find(state.db.read(), admin.tenant(), user, state.clock.now()).await?;
    let name = found.map(|person| person.name).unwrap_or_default();
    match invitation::invite_again(&state, &admin.actor(), user, page.language).await {
        Ok(invited) => told(&admin, page, &state, name, invited).await,
        Err(error) => person::refused(&admin, page, &state, user, error).await,
    }
}

/// The page with the link: it is the answer itself and has no address, since the link is told this once.
async fn told(
    admin: &TenantAdmin,
    page: Page,
    state: &State,
    name: String,
    invited: Invited,
) -> Result<HttpResponse, web::Error> {
    let Invited { user, email, link } = invited;
    let route = Some(people::mail_route(state, admin.tenant(), Some(&email)).await?);
    let (section, email) = (SECTION, email.to_string());
    let page = LinkPage { page, section, user, name, email, link, route };
    Ok(scripted(render(StatusCode::OK, &page)?))
}
