use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::{RulesPage, SIGN_IN};
use crate::i18n::Text;
use crate::oidc::{self, Error};
use crate::sign_in::form::{Field, OidcForm, seen};
use crate::sign_in::notices;
use crate::state::State;
use crate::web::{self, Form, Page, Problems, TenantAdmin, render};

fn refused(error: Error) -> web::Error {
    match error {
        Error::Conflict => web::Error::conflict(Text::new("sign-in-conflict"), SIGN_IN),
        Error::TooManyChecks => web::Error::too_many(Text::new("sign-in-too-many-checks"), 60),
        error => error.into(),
    }
}

pub(super) async fn save(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<OidcForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let stored = oidc::find(state.db.read(), admin.tenant()).await?;
    let problems = match form.parse(stored.as_ref()) {
        Ok((settings, secret)) => {
            match oidc::save(&state, &admin.actor(), &settings, secret, seen(form.revision())).await {
                Ok(()) => return Ok(web::see_other_with(SIGN_IN, notices::OIDC_SAVED)),
                Err(Error::SecretNeeded) => {
                    Problems::one(Field::ClientSecret.name(), Text::new("sign-in-secret-again"))
                }
                Err(Error::LocalSignInOff) => {
                    Problems::one(Field::Issuer.name(), Text::new("sign-in-needed"))
                }
                Err(error) => return Err(refused(error)),
            }
        }
        Err(errors) => Problems::of(errors, Field::name),
    };
    let page = RulesPage { form, ..RulesPage::of(&admin, page, &state).await? };
    page.with_problems(problems)
}

/// Asks the service that stands in the form, and shows the form again with what was found.
pub(super) async fn check(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<OidcForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let issuer = form.issuer();
    let page = RulesPage { form, ..RulesPage::of(&admin, page, &state).await? };
    match issuer {
        Ok(issuer) => {
            let found = oidc::check(&state, &admin.actor(), &issuer).await.map_err(refused)?;
            render(StatusCode::OK, &RulesPage { report: Some(found), ..page })
        }
        Err(problem) => page.with_problems(Problems::one(Field::Issuer.name(), problem)),
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RevisionForm {
    revision: String,
}

pub(super) async fn remove(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<RevisionForm>,
) -> Result<HttpResponse, web::Error> {
    match oidc::remove(&state, &admin.actor(), seen(&form.0.revision)).await {
        Ok(()) => Ok(web::see_other_with(SIGN_IN, notices::OIDC_REMOVED)),
        Err(Error::LocalSignInOff) => {
            let page = RulesPage::of(&admin, page, &state).await?;
            page.with_problems(Problems::one(Field::Issuer.name(), Text::new("sign-in-needed")))
        }
        Err(error) => Err(refused(error)),
    }
}
