mod second_factor;

use actix_session::Session;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::account::notices;
use crate::auth::{self, Known, chosen_password};
use crate::email_provider::{self, Health, SecretExpiry};
use crate::i18n::{self, Language, Text};
use crate::outbox;
use crate::outbox::deliveries::{self, Suppression};
use crate::second_factor::SecondFactor;
use crate::sessions::{self, ListedSession};
use crate::state::State;
use crate::users::directory::{self, MAX_NAME};
use crate::values::{EmailAddress, Role, Secret, SessionId};
use crate::web::{
    self, Access, Form, FormErrors, Member, Page, Problems, Route, Section, SupportAccess, get, post, render,
};

const ACCOUNT: &str = "/account";
const SESSIONS: &str = "/account/sessions";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![
        get("/home", Access::Member, home),
        get(ACCOUNT, Access::Member, show),
        post(ACCOUNT, Access::Member, save_preferences),
        post("/account/password", Access::Member, change_password),
        post("/account/suppression/lift", Access::Member, lift_suppression),
        get(second_factor::FACTOR, Access::Member, second_factor::show)
            .for_support(SupportAccess::None)
            .before_second_factor(),
        post("/account/second-factor/begin", Access::Member, second_factor::begin).before_second_factor(),
        get(second_factor::SET_UP, Access::Member, second_factor::show_set_up)
            .for_support(SupportAccess::None)
            .before_second_factor(),
        post(second_factor::SET_UP, Access::Member, second_factor::set_up).before_second_factor(),
        post("/account/second-factor/recovery-codes", Access::Member, second_factor::renew),
        post("/account/second-factor/remove", Access::Member, second_factor::remove),
        get(SESSIONS, Access::Member, show_sessions).for_support(SupportAccess::None),
        post("/account/sessions/end-others", Access::Member, end_other_sessions),
        post("/account/sessions/{id}/end", Access::Member, end_session),
    ]
}

#[derive(Template)]
#[template(path = "account/home.html")]
struct HomePage {
    page: Page,
    section: Section,
    name: String,
    tenant: String,
    /// What an administrator should know of the provider: the badge's class, its words, and a sentence.
    provider: Option<(&'static str, Text, Text)>,
    /// The end of the provider's client secret, if it is near.
    expiry: Option<SecretExpiry>,
}

async fn home(member: Member, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let (mut provider, mut expiry) = (None, None);
    if member.person.role == Role::TenantAdmin {
        let stored = email_provider::find(state.db.read(), member.tenant()).await?;
        let today = email_provider::today(&state);
        expiry = stored.as_ref().and_then(|stored| SecretExpiry::of(&stored.settings, today));
        provider = match stored.map(|stored| stored.health) {
            None => Some(("warning", Text::new("provider-state-none"), Text::new("account-provider-none"))),
            Some(Health::Untested) => {
                Some(("info", Text::new("provider-state-untested"), Text::new("account-provider-untested")))
            }
            Some(Health::Failing { failure, .. }) => {
                Some(("error", Text::new("provider-state-failing"), failure.what()))
            }
            Some(Health::Accepted { .. } | Health::Checked { .. }) => None,
        };
        // the banner says the same, and more
        provider = provider.filter(|_| !page.is_warned());
    }
    let (name, tenant) = (member.person.name, member.person.tenant_name);
    let section = Section::HOME;
    render(StatusCode::OK, &HomePage { page, section, name, tenant, provider, expiry })
}

/// A field of the two forms of the account page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Language,
    TimeZone,
    CurrentPassword,
    NewPassword,
    RepeatPassword,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Language => "language",
            Field::TimeZone => "time_zone",
            Field::CurrentPassword => "current_password",
            Field::NewPassword => "new_password",
            Field::RepeatPassword => "repeat_password",
        }
    }
}

#[derive(Template)]
#[template(path = "account/show.html")]
struct AccountPage {
    page: Page,
    section: Section,
    member: Member,
    name: String,
    language: String,
    time_zone: String,
    problems: Problems,
    /// Why nothing is sent to this person, if it is so.
    suppression: Option<Suppression>,
    factor: Option<SecondFactor>,
}

impl AccountPage {
    async fn of(member: Member, page: Page, state: &State) -> Result<Self, web::Error> {
        let address = EmailAddress::stored(&member.person.email).ok();
        let suppression = match address {
            Some(address) => deliveries::suppression(state.db.read(), member.tenant(), &address).await?,
            None => None,
        };
        let factor = crate::second_factor::find(state.db.read(), member.tenant(), member.person.user).await?;
        Ok(Self {
            page,
            suppression,
            factor,
            section: Section::ACCOUNT,
            name: member.person.name.clone(),
            language: member.person.own_language.clone().unwrap_or_default(),
            time_zone: member.person.time_zone.clone().unwrap_or("UTC".to_owned()),
            member,
            problems: Problems::default(),
        })
    }

    fn is_admin(&self) -> bool {
        self.member.person.role == Role::TenantAdmin
    }

    fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        Language::ALL
            .into_iter()
            .map(|one| (one.code(), one.own_name(), one.code() == self.language))
            .collect()
    }

    fn time_zones(&self) -> Vec<(&'static str, bool)> {
        i18n::time_zone_names().map(|name| (name, name == self.time_zone)).collect()
    }
}

async fn show(member: Member, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &AccountPage::of(member, page, &state).await?)
}

#[derive(serde::Deserialize)]
struct PreferencesForm {
    /// Left out: it stays.
    name: Option<String>,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
}

async fn save_preferences(
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<PreferencesForm>,
) -> Result<HttpResponse, web::Error> {
    let PreferencesForm { name, language, time_zone } = form.0;
    let mut errors = FormErrors::default();
    let malformed = || Text::new("people-name-malformed").with_number("most", MAX_NAME);
    let new_name = name.as_deref().map(|typed| directory::parse_name(typed).ok_or_else(malformed));
    let new_name = errors.take(Field::Name, new_name.transpose());
    let chosen = match language.as_str() {
        "" => Ok(None),
        code => Language::parse(code).map(Some).ok_or(Text::new("account-language-unknown")),
    };
    let chosen = errors.take(Field::Language, chosen);
    let zone = i18n::parse_time_zone(&time_zone).ok_or(Text::new("account-time-zone-unknown"));
    let zone = errors.take(Field::TimeZone, zone);
    if let (Some(new_name), Some(chosen), Some(zone)) = (new_name, chosen, zone) {
        let (actor, new_name) = (member.actor(), new_name.as_deref());
        if super::set_preferences(&state, &actor, new_name, chosen, zone.name()).await? {
            return Ok(web::see_other_with(ACCOUNT, notices::PREFERENCES_SAVED));
        }
        errors.add(Field::Name, Text::new("account-renamed-too-often"));
    }
    let problems = Problems::of(errors, Field::name);
    let of = AccountPage::of(member, page, &state).await?;
    let name = name.unwrap_or_else(|| of.name.clone());
    let refused = AccountPage { name, language, time_zone, problems, ..of };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
}

#[derive(serde::Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names are the form's fields")]
struct PasswordForm {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    repeat_password: String,
}

async fn change_password(
    session: Session,
    member: Member,
    page: Page,
    state: Data<State>,
    form: Form<PasswordForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let mut errors = FormErrors::default();
    if form.current_password.is_empty() {
        errors.add(Field::CurrentPassword, Text::new("auth-current-password-missing"));
    }
    let known =
        Known { email: &member.person.email, product: &page.product, tenant: &member.person.tenant_name };
    let (chosen, repeated) = chosen_password(&form.new_password, &form.repeat_password, known);
    let chosen = errors.take(Field::NewPassword, chosen);
    errors.take(Field::RepeatPassword, repeated);
    if let Some(new) = chosen.filter(|_| errors.is_empty()) {
        let current = Secret::new(form.current_password);
        match auth::change_password(&state, &member.actor(), member.session, current, new).await {
            Ok(()) => {
                web::renew_session(&session, state.clock.now())?;
                return Ok(web::see_other_with(ACCOUNT, notices::PASSWORD_CHANGED));
            }
            Err(auth::Error::Refused) => {
                errors.add(Field::CurrentPassword, Text::new("auth-current-password-wrong"));
            }
            Err(auth::Error::Busy) => return Err(web::Error::busy()),
            Err(error) => return Err(error.into()),
        }
    }
    let problems = Problems::of(errors, Field::name);
    let refused = AccountPage { problems, ..AccountPage::of(member, page, &state).await? };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
}

/// Lifts the suppression of one's own address, and of no other.
async fn lift_suppression(
    member: Member,
    state: Data<State>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let address = EmailAddress::stored(&member.person.email).map_err(|_| web::Error::malformed())?;
    outbox::lift_suppression(&state, &member.actor(), &address).await?;
    Ok(web::see_other_with(ACCOUNT, outbox::notices::SUPPRESSION_LIFTED))
}

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage {
    page: Page,
    section: Section,
    present: SessionId,
    sessions: Vec<ListedSession>,
}

impl SessionsPage {
    /// The browser in a few words, as well as it can be told.
    fn browser(&self, agent: &str) -> String {
        let first = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
        };
        let browser = first(&[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ]);
        let system = first(&[
            ("Windows", "Windows"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => {
                self.page.say(Text::new("account-browser-on").with("browser", browser).with("system", system))
            }
            _ if agent.is_empty() => self.page.t("account-browser-unknown"),
            _ => agent.chars().take(60).collect(),
        }
    }
}

async fn show_sessions(member: Member, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let (tenant, user, now) = (member.tenant(), member.person.user, state.clock.now());
    let sessions = sessions::list(state.db.read(), tenant, user, state.session_limits(), now).await?;
    render(
        StatusCode::OK,
        &SessionsPage { page, section: Section::ACCOUNT, present: member.session, sessions },
    )
}

#[derive(serde::Deserialize)]
struct Nothing {}

async fn end_session(
    session: Session,
    member: Member,
    state: Data<State>,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let id: SessionId = id.parse().map_err(|_| web::Error::not_found())?;
    if id == member.session {
        web::end_session(&session);
        return Ok(web::see_other_with("/sign-in", auth::notices::SIGNED_OUT));
    }
    let tx = state.db.write().await?;
    sessions::end(&*tx, member.tenant(), member.person.user, id).await?;
    tx.commit().await?;
    Ok(web::see_other_with(SESSIONS, notices::SESSION_ENDED))
}

async fn end_other_sessions(
    member: Member,
    state: Data<State>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let tx = state.db.write().await?;
    sessions::end_others(&*tx, member.tenant(), member.person.user, Some(member.session)).await?;
    tx.commit().await?;
    Ok(web::see_other_with(SESSIONS, notices::OTHER_SESSIONS_ENDED))
}
