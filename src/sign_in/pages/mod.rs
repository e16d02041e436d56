mod rules;
mod service;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::form::{LocalForm, OidcForm};
use crate::i18n::Text;
use crate::oidc::{self, StoredOidc, Trouble};
use crate::sign_in::SECTION;
use crate::state::State;
use crate::tenants;
use crate::users::{self, Administrator};
use crate::web::{self, Access, Page, Problems, Route, Section, TenantAdmin, get, post, render};

const SIGN_IN: &str = "/administration/settings/sign-in";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(SIGN_IN, admin, show),
        post("/administration/settings/sign-in/second-factor", admin, rules::require_second_factor),
        post("/administration/settings/sign-in/oidc", admin, service::save),
        post("/administration/settings/sign-in/oidc/check", admin, service::check),
        post("/administration/settings/sign-in/oidc/remove", admin, service::remove),
        post("/administration/settings/sign-in/local", admin, rules::set_local),
    ]
}

#[derive(Template)]
#[template(path = "sign_in/show.html")]
struct RulesPage {
    page: Page,
    section: Section,
    /// Whether administrators must use a second factor.
    required: bool,
    /// Whether the reader has one.
    has_own: bool,
    service: Option<StoredOidc>,
    form: OidcForm,
    /// The address that the service must know.
    callback: String,
    /// What came of a check.
    report: Option<Result<(), Trouble>>,
    administrators: Vec<Administrator>,
    /// Whether everybody may sign in with a password.
    for_everybody: bool,
    /// Who alone may, if not everybody.
    break_glass: String,
    problems: Problems,
}

impl RulesPage {
    async fn of(admin: &TenantAdmin, page: Page, state: &State) -> Result<Self, web::Error> {
        let (db, tenant) = (state.db.read(), admin.tenant());
        let service = oidc::find(db, tenant).await?;
        let only_for = tenants::local_sign_in_only_for(db, tenant).await?;
        let portal = state.config.base_url.tenant(&admin.person.tenant_slug);
        Ok(Self {
            page,
            section: SECTION,
            required: admin.person.administrators_need_second_factor,
            has_own: admin.person.has_second_factor,
            form: service.as_ref().map(OidcForm::of).unwrap_or_default(),
            service,
            callback: format!("{portal}/sign-in/oidc/callback"),
            report: None,
            administrators: users::administrators(db, tenant).await?,
            for_everybody: only_for.is_none(),
            break_glass: only_for.map(|user| user.to_string()).unwrap_or_default(),
            problems: Problems::default(),
        })
    }

    /// Whether nobody but one may sign in with a password.
    fn set_local(mut self, form: &LocalForm) -> Self {
        self.for_everybody = form.for_everybody();
        form.break_glass.clone_into(&mut self.break_glass);
        self
    }

    /// Administrators who could keep the door open, and whether that one is chosen.
    fn candidates(&self) -> Vec<(String, &Administrator, bool)> {
        let with_password = self.administrators.iter().filter(|one| one.has_password);
        with_password
            .map(|one| (one.user.to_string(), one, one.user.to_string() == self.break_glass))
            .collect()
    }

    fn saved_by(&self, service: &StoredOidc) -> String {
        let at = self.page.date_time(&service.saved_at);
        self.page.say(Text::new("provider-saved-by").with("name", &service.saved_by).with("at", at))
    }

    fn is_proven(&self) -> bool {
        self.service.as_ref().is_some_and(|service| service.proven_at.is_some())
    }

    fn with_problems(mut self, problems: Problems) -> Result<HttpResponse, web::Error> {
        self.problems = problems;
        render(StatusCode::UNPROCESSABLE_ENTITY, &self)
    }
}

async fn show(admin: TenantAdmin, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &RulesPage::of(&admin, page, &state).await?)
}
