use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::{SETTINGS, refused, revision};
use crate::email_provider::SECTION;
use crate::email_provider::form::{Microsoft365Field, SecretForm, seen};
use crate::email_provider::notices;
use crate::email_provider::{self, Error, Microsoft365Settings, Provider, Settings};
use crate::state::State;
use crate::web::{self, Form, Page, Problems, Section, TenantAdmin, render};

#[derive(Template)]
#[template(path = "email_provider/secret.html")]
struct SecretPage {
    page: Page,
    section: Section,
    microsoft: Microsoft365Settings,
    secret_expires_on: String,
    problems: Problems,
    revision: String,
}

/// The settings that the secret belongs to; without them there is nothing to replace.
fn microsoft(stored: Option<&Provider>) -> Option<Microsoft365Settings> {
    match stored.map(|stored| &stored.settings) {
        Some(Settings::Microsoft365(microsoft)) => Some(microsoft.clone()),
        Some(Settings::Smtp(_)) | None => None,
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let Some(microsoft) = microsoft(stored.as_ref()) else { return Ok(web::see_other(SETTINGS)) };
    let blank = SecretPage {
        page,
        section: SECTION,
        microsoft,
        secret_expires_on: String::new(),
        problems: Problems::default(),
        revision: revision(stored.as_ref()),
    };
    render(StatusCode::OK, &blank)
}

pub(super) async fn replace(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    form: Form<SecretForm>,
) -> Result<HttpResponse, web::Error> {
    let form = form.0;
    let errors = match form.parse(email_provider::today(&state)) {
        Ok((secret, expires_on)) => {
            let seen = seen(form.revision.as_deref());
            let actor = admin.actor();
            return match email_provider::replace_client_secret(&state, &actor, secret, expires_on, seen).await
            {
                Ok(_) => Ok(web::see_other_with(SETTINGS, notices::CLIENT_SECRET_REPLACED)),
                Err(Error::NoProvider) => Err(refused(Error::Conflict)),
                Err(error) => Err(refused(error)),
            };
        }
        Err(errors) => errors,
    };
    let stored = email_provider::find(state.db.read(), admin.tenant()).await?;
    let Some(microsoft) = microsoft(stored.as_ref()) else { return Err(refused(Error::Conflict)) };
    let revision = form.revision.clone().unwrap_or_else(|| revision(stored.as_ref()));
    let refusal = SecretPage {
        page,
        section: SECTION,
        microsoft,
        secret_expires_on: form.secret_expires_on,
        problems: Problems::of(errors, Microsoft365Field::name),
        revision,
    };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refusal)
}
