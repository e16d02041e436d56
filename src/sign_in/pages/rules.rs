use actix_web::HttpResponse;
use actix_web::web::Data;

use super::{RulesPage, SIGN_IN};
use crate::i18n::Text;
use crate::sign_in::form::{Field, LocalForm};
use crate::sign_in::notices;
use crate::sign_in::{self, Error};
use crate::state::State;
use crate::web::{self, Form, Page, Problems, TenantAdmin};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct SecondFactorForm {
    required: String,
}

pub(super) async fn require_second_factor(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SecondFactorForm>,
) -> Result<HttpResponse, web::Error> {
    let required = form.0.required == "on";
    match sign_in::require_second_factor(&state, &admin.actor(), required).await {
        Ok(()) => Ok(web::see_other_with(SIGN_IN, notices::SIGN_IN_RULES_SAVED)),
        Err(Error::OwnFirst) => {
            let page = RulesPage { required, ..RulesPage::of(&admin, page, &state).await? };
            page.with_problems(Problems::one("required", Text::new("sign-in-rule-own-first")))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn set_local(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<LocalForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let problem = match form.parse() {
        Ok(only_for) => match sign_in::set_local_sign_in(&state, &admin.actor(), only_for).await {
            Ok(()) => return Ok(web::see_other_with(SIGN_IN, notices::SIGN_IN_RULES_SAVED)),
            Err(Error::NotProven) => Text::new("sign-in-not-proven"),
            Err(Error::NoBreakGlass) => Text::new("sign-in-break-glass-missing"),
            Err(error) => return Err(error.into()),
        },
        Err(problem) => problem,
    };
    let page = RulesPage::of(&admin, page, &state).await?.set_local(&form);
    page.with_problems(Problems::one(Field::BreakGlass.name(), problem))
}
