use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::SUPPORT;
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::state::State;
use crate::support::SECTION;
use crate::support::notices;
use crate::support::{self, Grant, GrantFor, Visit};
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render};

#[derive(Template)]
#[template(path = "support/consent.html")]
struct ConsentPage {
    page: Page,
    section: Section,
    grant: Option<Grant>,
    is_agreed: bool,
    visits: Vec<Visit>,
    problems: Problems,
    now: Timestamp,
}

impl ConsentPage {
    async fn of(admin: &TenantAdmin, page: Page, state: &State) -> Result<Self, web::Error> {
        let (db, tenant, now) = (state.db.read(), admin.tenant(), state.clock.now());
        Ok(Self {
            page,
            section: SECTION,
            grant: support::consent(db, tenant, now).await?,
            is_agreed: state.config.support_is_agreed,
            visits: support::visits(db, tenant).await?,
            problems: Problems::default(),
            now,
        })
    }

    fn choices(&self) -> Vec<(&'static str, String)> {
        let words = |choice| match choice {
            GrantFor::Day => "support-for-day",
            GrantFor::Week => "support-for-week",
            GrantFor::Open => "support-for-open",
        };
        GrantFor::ALL.into_iter().map(|choice| (choice.name(), self.page.t(words(choice)))).collect()
    }

    fn since(&self, grant: &Grant) -> String {
        let text = Text::new("support-granted-by").with("name", &grant.by);
        self.page.say(text.with("at", self.page.date_time(&grant.at)))
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    let page = ConsentPage::of(&admin, page, &state).await?;
    if admin.person.support.is_none() && !page.visits.is_empty() {
        support::note_seen(&state, &admin.actor()).await?;
    }
    render(StatusCode::OK, &page)
}

#[derive(serde::Deserialize)]
pub(super) struct GrantForm {
    #[serde(default, rename = "for")]
    span: String,
    #[serde(default)]
    recipients: String,
}

pub(super) async fn grant(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<GrantForm>,
) -> Result<HttpResponse, web::Error> {
    let Some(span) = GrantFor::parse(&form.0.span) else {
        let problems = Problems::one("for", Text::new("support-for-missing"));
        let refused = ConsentPage { problems, ..ConsentPage::of(&admin, page, &state).await? };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &refused);
    };
    support::grant(&state, &admin.actor(), span, form.0.recipients == "on").await?;
    Ok(web::see_other_with(SUPPORT, notices::SUPPORT_GRANTED))
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn revoke(
    admin: TenantAdmin,
    state: Data<State>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    support::revoke(&state, &admin.actor()).await?;
    Ok(web::see_other_with(SUPPORT, notices::SUPPORT_REVOKED))
}
