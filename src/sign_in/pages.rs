use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::Error;
use crate::i18n::Text;
use crate::state::State;
use crate::web::{self, Access, Flash, Form, Page, Problems, Route, Section, TenantAdmin, get, post, render};

const SIGN_IN: &str = "/administration/settings/sign-in";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![
        get(SIGN_IN, Access::TenantAdmin, show),
        post("/administration/settings/sign-in/second-factor", Access::TenantAdmin, require_second_factor),
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
    problems: Problems,
}

impl RulesPage {
    fn of(admin: &TenantAdmin, page: Page) -> Self {
        Self {
            page,
            section: Section::SignIn,
            required: admin.person.administrators_need_second_factor,
            has_own: admin.person.has_second_factor,
            problems: Problems::default(),
        }
    }
}

async fn show(admin: TenantAdmin, page: Page) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &RulesPage::of(&admin, page))
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct SecondFactorForm {
    required: String,
}

async fn require_second_factor(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SecondFactorForm>,
) -> Result<HttpResponse, web::Error> {
    let required = form.0.required == "on";
    match super::require_second_factor(&state, &admin.actor(), required).await {
        Ok(()) => Ok(web::see_other_with(SIGN_IN, Flash::SignInRulesSaved)),
        Err(Error::OwnFirst) => {
            let problems = Problems::one("required", Text::new("sign-in-rule-own-first"));
            let refused = RulesPage { required, problems, ..RulesPage::of(&admin, page) };
            render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
        }
        Err(error) => Err(error.into()),
    }
}
