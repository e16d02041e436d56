//! The provider for programs: the public *Transports* contract, on the verbs of the settings page.

mod answer;
mod patch;
mod put;
mod test;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use self::answer::{EmailConfig, SmtpCheck};
use self::patch::FieldPatch;
use self::put::PutEmailConfig;
use super::{Error, SecretChange, Seen, Settings};
use crate::email_provider;
use crate::i18n::Text;
use crate::state::State;
use crate::values::Scope;
use crate::web::api::{ApiClient, Body, Problem, ValidationErrors, call, json, no_content};
use crate::web::{self, Route};

const CONFIG: &str = "/api/v1/transports/email-config";
const TAG: &str = "Transports";

/// The calls of the room.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_get_email_config, _, _>(Scope::EmailConfigRead, get_email_config),
        call::<__path_put_email_config, _, _>(Scope::EmailConfigWrite, put_email_config),
        call::<__path_patch_email_config, _, _>(Scope::EmailConfigWrite, patch_email_config),
        call::<__path_delete_email_config, _, _>(Scope::EmailConfigWrite, delete_email_config),
        call::<__path_validate, _, _>(Scope::EmailConfigRead, validate),
        call::<test::__path_send_test_email, _, _>(Scope::EmailConfigWrite, test::send_test_email),
        call::<test::__path_verify_connection, _, _>(Scope::EmailConfigWrite, test::verify_connection),
    ]
}

/// Read the e-mail provider and its health.
///
/// The secret is never in it.
#[utoipa::path(
    get, path = CONFIG, tag = TAG, operation_id = "getEmailConfig",
    responses((status = 200, description = "The provider, or `CONFIG_NOT_SET`.", body = EmailConfig,
        example = json!({
            "tenantId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "serviceProvider": "BasicAuth",
            "providerConfig": {
                "serverAddress": "smtp.acme.example", "serverPort": 587, "securityType": "StartTLS",
                "emailAddress": "portal@acme.example", "senderName": "Acme", "username": "portal@acme.example"
            },
            "serverAddress": "smtp.acme.example", "serverPort": 587, "securityType": "StartTLS",
            "emailAddress": "portal@acme.example", "username": "portal@acme.example",
            "passwordExists": true, "isValid": true, "errorCode": "OK", "authFailures": 0,
            "status": { "statusCode": 200, "statusReason": "OK" },
            "lastUpdated": "2026-11-24T13:02:11.000Z", "modificationTime": "2026-11-24T13:02:11.000Z"
        }))),
)]
async fn get_email_config(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), caller.tenant()).await?;
    Ok(json(StatusCode::OK, &EmailConfig::of(caller.tenant(), stored.as_ref(), caller.language)))
}

/// Create or replace the e-mail provider.
///
/// The former one's credentials are deleted. What is sent is checked, and no connection is made. Without a
/// secret the stored one is kept, if the server, or the application, stays the same.
#[utoipa::path(
    put, path = CONFIG, tag = TAG, operation_id = "putEmailConfig",
    request_body(content = PutEmailConfig, example = json!({
        "serviceProvider": "BasicAuth",
        "providerConfig": {
            "serverAddress": "smtp.acme.example", "serverPort": 587, "securityType": "StartTLS",
            "emailAddress": "portal@acme.example", "senderName": "Acme",
            "username": "portal@acme.example", "emailPassword": "correct horse battery staple"
        }
    })),
    responses(
        (status = 204, description = "It is saved."),
        (status = 409, description = "Somebody else saved at the same time.", body = web::api::ProblemBody),
    ),
)]
async fn put_email_config(
    caller: ApiClient,
    state: Data<State>,
    body: Body<PutEmailConfig>,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), caller.tenant()).await?;
    let (settings, secret) = body.0.parse(stored.as_ref(), email_provider::today(&state))?;
    save(&caller, &state, &settings, secret, Seen::Unsaid, put::secret_pointer(&settings)).await
}

/// Change single fields of an SMTP server, by JSON Patch.
///
/// Deprecated: use PUT.
#[utoipa::path(
    patch, path = CONFIG, tag = TAG, operation_id = "patchEmailConfig",
    request_body(content = Vec<FieldPatch>, example = json!([
        { "op": "replace", "path": "/serverPort", "value": "465" },
        { "op": "replace", "path": "/securityType", "value": "SSL/TLS" },
        { "op": "replace", "path": "/emailPassword", "value": "correct horse battery staple" }
    ])),
    responses(
        (status = 204, description = "It is saved."),
        (status = 404, description = "No provider is set up.", body = web::api::ProblemBody),
        (status = 409, description = "Somebody else saved at the same time.", body = web::api::ProblemBody),
    ),
)]
async fn patch_email_config(
    caller: ApiClient,
    state: Data<State>,
    body: Body<Vec<FieldPatch>>,
) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), caller.tenant()).await?.ok_or_else(not_set)?;
    let Settings::Smtp(smtp) = &stored.settings else {
        return Err(ValidationErrors::one("", Text::new("provider-api-patch-smtp-only")).into());
    };
    if body.0.is_empty() {
        return Ok(no_content());
    }
    let (settings, secret) = patch::apply(body.0, smtp, &stored)?;
    // between reading and writing nobody else's change may be lost
    let seen = Seen::Revision(stored.revision);
    save(&caller, &state, &settings, secret, seen, patch::secret_pointer()).await
}

async fn save(
    caller: &ApiClient,
    state: &State,
    settings: &Settings,
    secret: SecretChange,
    seen: Seen,
    secret_at: &'static str,
) -> Result<HttpResponse, web::Error> {
    match email_provider::save(state, &caller.actor(), settings, secret, seen).await {
        Ok(_) => Ok(no_content()),
        // somebody else has saved in between: what was to be kept is gone
        Err(Error::SecretNeeded) => {
            Err(ValidationErrors::one(secret_at, Text::new("provider-password-again")).into())
        }
        Err(Error::Conflict) => Err(Problem::conflict(Text::new("provider-api-conflict")).into()),
        Err(error) => Err(error.into()),
    }
}

/// Remove the e-mail provider and delete its credentials.
#[utoipa::path(
    delete, path = CONFIG, tag = TAG, operation_id = "deleteEmailConfig",
    responses(
        (status = 204, description = "It is removed."),
        (status = 404, description = "No provider is set up.", body = web::api::ProblemBody),
    ),
)]
async fn delete_email_config(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    if email_provider::find(state.db.read(), caller.tenant()).await?.is_none() {
        let title = Text::new("api-not-found");
        let text = Text::new("provider-api-not-set");
        return Err(Problem::new(StatusCode::NOT_FOUND, "DELETE-1", title, text).into());
    }
    email_provider::remove(&state, &caller.actor(), Seen::Unsaid).await?;
    Ok(no_content())
}

/// Tell whether the stored provider is valid, as far as is known.
///
/// No connection is made.
#[utoipa::path(
    post, path = "/api/v1/transports/email-config/actions/validate", tag = TAG,
    operation_id = "validateEmailConfig",
    responses((status = 200, description = "What is known.", body = SmtpCheck,
        example = json!({ "isValid": true, "errorCode": "OK" }))),
)]
async fn validate(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let stored = email_provider::find(state.db.read(), caller.tenant()).await?;
    Ok(json(StatusCode::OK, &SmtpCheck::of(stored.as_ref())))
}

fn not_set() -> Problem {
    Problem::not_found(Text::new("provider-api-not-set"))
}

fn failed(error: Error) -> web::Error {
    match error {
        Error::NoProvider => not_set().into(),
        Error::TooManyTests => Problem::too_many(Text::new("provider-too-many-tests"), 60).into(),
        error => error.into(),
    }
}
