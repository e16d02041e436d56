use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Array, ArrayBuilder, ObjectBuilder};

use super::answer::{Key, KeyWithToken};
use super::{TAG, failed, id, no_such_key};
use crate::api_keys::{self, ApiKey, MAX_LIFE, MAX_NAME, NewKey, parse_name};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::state::State;
use crate::values::{Scope, Scopes};
use crate::web;
use crate::web::api::{ApiClient, Body, Problem, ProblemBody, ValidationErrors, json, no_content, not_null};

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiKeyBody)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewKeyBody {
    /// What to call it, on one line.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    description: String,
    /// How long it lasts, as a duration (ISO 8601) of days, weeks or hours. Missing: P365D, or as long as the calling
    /// key, if that is shorter.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(
        nullable = false,
        pattern = "^P(([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-5])D|([1-9]|[1-4][0-9]|5[0-2])W|T([1-9]|[1-9][0-9]{1,2}|[1-7][0-9]{3}|8[0-6][0-9]{2}|87[0-5][0-9]|8760)H)$"
    )]
    expiry: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(schema_with = scopes, required = false)]
    scopes: Option<Vec<String>>,
}

fn scopes() -> Array {
    let names = Scope::ALL.map(Scope::as_str);
    let scope = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build();
    let what = "Beyond the contract: what it may do; missing: what the calling key may.";
    ArrayBuilder::new().items(scope).min_items(Some(1)).description(Some(what)).build()
}

impl NewKeyBody {
    fn parse(self, caller: &ApiClient, now: Timestamp) -> Result<NewKey, Problem> {
        let mut input = ValidationErrors::default();
        let name = input.take("/description", description(&self.description));
        let expires_at = match self.expiry.as_deref().map(parse_duration) {
            None => Some(now.plus(MAX_LIFE).min(caller.key.expires_at)),
            Some(Some(life)) => Some(now.plus(life)),
            Some(None) => {
                input.at("/expiry", Text::new("programs-api-expiry"));
                None
            }
        };
        let scopes = match self.scopes {
            None => caller.key.scopes.clone(),
            Some(names) => {
                if names.is_empty() {
                    input.at("/scopes", Text::new("programs-api-scopes-none"));
                }
                let known = Scope::ALL.map(Scope::as_str).join(", ");
                let scope = |(number, name): (usize, &String)| {
                    let unknown = Text::new("programs-api-scope-unknown").with("known", &known);
                    input.take(format!("/scopes/{number}"), Scope::parse(name).ok_or(unknown))
                };
                Scopes::of(names.iter().enumerate().filter_map(scope).collect::<Vec<_>>())
            }
        };
        match (name, expires_at) {
            (Some(name), Some(expires_at)) if input.is_empty() => Ok(NewKey { name, scopes, expires_at }),
            _ => Err(input.into()),
        }
    }
}

fn description(given: &str) -> Result<String, Text> {
    let name = parse_name(given).filter(|_| given.chars().count() <= MAX_NAME);
    name.ok_or_else(|| Text::new("programs-api-description").with_number("most", MAX_NAME))
}

/// A duration of days, weeks or hours (ISO 8601), from one of them up to the longest life of a key.
fn parse_duration(text: &str) -> Option<Duration> {
    const HOUR: u64 = 3600;
    let rest = text.strip_prefix('P')?;
    let (number, seconds) = match (rest.strip_suffix('D'), rest.strip_suffix('W'), rest.strip_prefix('T')) {
        (Some(days), _, _) => (days, 24 * HOUR),
        (_, Some(weeks), _) => (weeks, 7 * 24 * HOUR),
        (_, _, Some(time)) => (time.strip_suffix('H')?, HOUR),
        _ => return None,
    };
    // no sign, no zeros before it, no fraction
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let number: u64 = number.parse().ok().filter(|_| is_plain)?;
    let life = Duration::from_secs(number.checked_mul(seconds)?);
    (life <= MAX_LIFE).then_some(life)
}

/// Make a key.
///
/// It acts as the same administrator as the calling key, may do no more than that, and lasts no longer.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = TAG, operation_id = "createApiKey",
    request_body(content = NewKeyBody, example = json!({
        "description": "Shop", "expiry": "P7D", "scopes": ["messages:send"]
    })),
    responses(
        (status = 201, description = "The key, told this once.", body = KeyWithToken, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "description": "Shop", "prefix": "posthorn_Xy12ab", "scopes": ["messages:send"],
            "createdByUser": "0198f3a1-0000-7000-8000-000000000002",
            "sub": "0198f3a1-0000-7000-8000-000000000002", "subType": "user", "status": "active",
            "created": "2026-11-24T13:02:11.000Z", "expiry": "2026-12-01T13:02:11.000Z",
            "token": "posthorn_Xy12abCdEfGhIjKlMnOpQrStUvWxYz0123456789-_A"
        })),
        (status = 403, description = "The key lacks the scope, or would make one that may do more or lasts longer.",
            body = ProblemBody),
        (status = 409, description = "The tenant has as many keys as it may have.", body = ProblemBody),
    ),
)]
pub(super) async fn create_api_key(
    caller: ApiClient,
    state: Data<State>,
    body: Body<NewKeyBody>,
) -> Result<HttpResponse, web::Error> {
    let now = state.clock.now();
    let new = body.0.parse(&caller, now)?;
    let made = api_keys::add(&state.db, &caller.actor(), new, Some(&caller.key), now).await;
    let (id, token) = made.map_err(failed)?;
    let found: Option<ApiKey> = api_keys::find(state.db.read(), caller.tenant(), id).await?;
    let key = Key::of(found.ok_or_else(no_such_key)?, caller.tenant(), now);
    Ok(json(StatusCode::CREATED, &KeyWithToken::of(key, &token)))
}

/// A step of a JSON Patch (RFC 6902).
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiKeyPatch)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyPatch {
    /// Always `replace`: nothing can be added or removed.
    #[schema(value_type = KeyPatchOp)]
    op: String,
    /// Always `/description`: nothing else changes.
    #[schema(value_type = KeyPatchPath)]
    path: String,
    /// What to call it, on one line.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    value: String,
}

#[derive(ToSchema)]
#[schema(as = ApiKeyPatchOp)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum KeyPatchOp {
    #[schema(rename = "replace")]
    Replace,
}

#[derive(ToSchema)]
#[schema(as = ApiKeyPatchPath)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum KeyPatchPath {
    #[schema(rename = "/description")]
    Description,
}

/// The new name, if there is one, or everything that is wrong.
fn parse_patch(steps: Vec<KeyPatch>) -> Result<Option<String>, Problem> {
    let mut input = ValidationErrors::default();
    let mut name = None;
    for (number, step) in steps.into_iter().enumerate() {
        if step.op != "replace" {
            input.at(format!("/{number}/op"), Text::new("programs-api-patch-op"));
        }
        if step.path != "/description" {
            input.at(format!("/{number}/path"), Text::new("programs-api-patch-path"));
        }
        name = input.take(format!("/{number}/value"), description(&step.value));
    }
    input.check()?;
    Ok(name)
}

/// Give a key another name, by JSON Patch.
#[utoipa::path(
    patch, path = "/api/v1/api-keys/{id}", tag = TAG, operation_id = "patchApiKey",
    params(("id" = String, Path, format = "uuid", description = "The key.")),
    request_body(content = Vec<KeyPatch>, example = json!([
        { "op": "replace", "path": "/description", "value": "Shop, order confirmations" }
    ])),
    responses(
        (status = 204, description = "It has that name."),
        (status = 404, description = "There is no such key.", body = ProblemBody),
    ),
)]
pub(super) async fn patch_api_key(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
    body: Body<Vec<KeyPatch>>,
) -> Result<HttpResponse, web::Error> {
    let id = id(&path)?;
    match parse_patch(body.0)? {
        Some(name) => {
            let now = state.clock.now();
            api_keys::rename(&state.db, &caller.actor(), id, name, now).await.map_err(failed)?;
        }
        None => {
            api_keys::find(state.db.read(), caller.tenant(), id).await?.ok_or_else(no_such_key)?;
        }
    }
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_a_number_of_days_weeks_or_hours_up_to_a_year() {
        let hours = |text| parse_duration(text).map(|life| life.as_secs() / 3600);
        assert_eq!(hours("P7D"), Some(7 * 24));
        assert_eq!(hours("P365D"), Some(8760));
        assert_eq!((hours("P52W"), hours("PT8760H")), (Some(52 * 7 * 24), Some(8760)));
        for wrong in [
            "",
            "P",
            "PD",
            "P0D",
            "P-1D",
            "P+1D",
            "P007D",
            "P366D",
            "P53W",
            "PT8761H",
            "P1Y",
            "P1DT1H",
            "P1.5D",
            "p7d",
            "P99999999999999999999D",
        ] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
