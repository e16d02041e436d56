//! `POST /{tenant}/oauth2/v2.0/token`: an access token for an app's secret
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::Setting;
use super::answer::EntraError;
use super::directory::{self, App, AppState, Tenant};
use super::grants::LIFETIME;

const RESOURCE: &str = "https://graph.microsoft.com";

pub(super) async fn token(
    request: HttpRequest,
    setting: web::Data<Setting>,
    tenant: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    let app = match allowed_app(&tenant, &form(&request, &body)) {
        Ok(app) => app,
        Err(refusal) => return refusal.response(&request, setting.clock.now()),
    };
    let Ok(token) = setting.grants.give(app) else {
        return HttpResponse::InternalServerError().finish();
    };
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store, no-cache"))
        .insert_header(("x-ms-request-id", Uuid::now_v7().to_string()))
        .json(json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME.as_secs(),
            "ext_expires_in": LIFETIME.as_secs(),
            "access_token": token.expose(),
        }))
}

pub(super) async fn not_post(request: HttpRequest, setting: web::Data<Setting>) -> HttpResponse {
    let text = format!("The endpoint only accepts POST requests. Received a {} request.", request.method());
    bad_request("invalid_request", 900_561, text).response(&request, setting.clock.now())
}

/// What is not sent as a form counts as not sent.
fn form(request: &HttpRequest, body: &[u8]) -> HashMap<String, String> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form { serde_urlencoded::from_bytes(body).unwrap_or_default() } else { HashMap::new() }
}

/// The checks in the order of the real service.
fn allowed_app(tenant: &str, form: &HashMap<String, String>) -> Result<&'static App, EntraError> {
    let tenant = find_tenant(tenant)?;
    let needed = |name: &'static str| match form.get(name).map(String::as_str) {
        None | Some("") => {
            let text = format!("The request body must contain the following parameter: '{name}'.");
            Err(bad_request("invalid_request", 900_144, text))
        }
        Some(value) => Ok(value),
    };
    let (grant_type, client_id, scope) = (needed("grant_type")?, needed("client_id")?, needed("scope")?);
    if grant_type != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(bad_request("unsupported_grant_type", 70_003, text));
    }
    let app = directory::app(tenant, client_id).ok_or_else(|| {
        let text = format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if \
             the application has not been installed by the administrator of the tenant or consented to by any \
             user in the tenant. You may have sent your authentication request to the wrong tenant.",
            tenant.name
        );
        bad_request("unauthorized_client", 700_016, text)
    })?;
    if app.state == AppState::Disabled {
        let text = format!("Application '{}'({}) is disabled.", app.client_id, app.name);
        return Err(bad_request("unauthorized_client", 7_000_112, text));
    }
    check_secret(app, form.get("client_secret").map(String::as_str))?;
    check_scope(tenant, scope)?;
    Ok(app)
}

fn find_tenant(name: &str) -> Result<&'static Tenant, EntraError> {
    let refused = |code, text: String| Err(bad_request("invalid_request", code, text));
    match name.to_ascii_lowercase().as_str() {
        "common" | "consumers" => refused(
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the \
             /organizations or tenant-specific endpoint."
                .to_owned(),
        ),
        "organizations" => refused(
            50_059,
            "No tenant-identifying information found in either the request or implied by any provided \
             credentials."
                .to_owned(),
        ),
        name if !name.contains('.') && !is_guid(name) => refused(
            900_023,
            format!(
                "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            ),
        ),
        name => directory::tenant(name).map_or_else(
            || {
                refused(
                    90_002,
                    format!(
                        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are \
                         signing into the correct cloud. Check with your subscription administrator, this may \
                         happen if there are no active subscriptions for the tenant."
                    ),
                )
            },
            Ok,
        ),
    }
}

fn check_secret(app: &App, secret: Option<&str>) -> Result<(), EntraError> {
    let refused = |code, text: String| {
        Err(EntraError { status: StatusCode::UNAUTHORIZED, error: "invalid_client", code, text })
    };
    match secret {
        None => refused(
            7_000_216,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant \
             type."
                .to_owned(),
        ),
        Some("") => refused(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
                .to_owned(),
        ),
        Some(secret) if secret != app.client_secret => refused(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client \
                 secret value, not the client secret ID, for a secret added to app '{}'.",
                app.client_id
            ),
        ),
        Some(_) if app.state == AppState::SecretExpired => refused(
            7_000_222,
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new \
                 keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials \
                 for added security: https://aka.ms/certCreds.",
                app.client_id
            ),
        ),
        Some(_) => Ok(()),
    }
}

fn check_scope(tenant: &Tenant, scope: &str) -> Result<(), EntraError> {
    if scope.split_ascii_whitespace().count() != 1 {
        let text = format!(
            "The provided request must include a 'scope' input parameter. The provided value for the input \
             parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        return Err(bad_request("invalid_scope", 70_011, text));
    }
    let Some(resource) = scope.strip_suffix("/.default") else {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
             with /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(bad_request("invalid_scope", 1_002_012, text));
    };
    if resource != RESOURCE {
        let text = format!(
            "The resource principal named {resource} was not found in the tenant named {}. This can happen if \
             the application has not been installed by the administrator of the tenant or consented to by any \
             user in the tenant. You might have sent your authentication request to the wrong tenant.",
            tenant.name
        );
        return Err(bad_request("invalid_resource", 500_011, text));
    }
    Ok(())
}

fn bad_request(error: &'static str, code: u32, text: String) -> EntraError {
    EntraError { status: StatusCode::BAD_REQUEST, error, code, text }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}
