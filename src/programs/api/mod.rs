//! What a program asks about itself, its tenant and the keys, in the shape of the public contracts *Users*, *Tenants*
//! and *API keys*.

mod answer;
mod change;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use utoipa::IntoParams;

use self::answer::{Key, KeyPage, KeyStatus, Tenant};
use crate::api_keys::{self, Error, Filter, MAX_KEYS, Status};
use crate::i18n::Text;
use crate::people::User;
use crate::state::State;
use crate::users::directory;
use crate::values::{ApiKeyId, Scope, UserId};
use crate::web::api::{
    ApiClient, Links, Problem, ProblemBody, Query, ValidationErrors, call, json, limit, no_content,
};
use crate::web::{self, Route};

const KEYS: &str = "/api/v1/api-keys";
const TAG: &str = "API keys";

/// The calls of the room. Those with `me` stand before what has an identifier in the same place.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_get_my_user, _, _>(None::<Scope>, get_my_user),
        call::<__path_get_my_tenant, _, _>(None::<Scope>, get_my_tenant),
        call::<__path_get_api_keys, _, _>(Scope::ApiKeysRead, get_api_keys),
        call::<__path_get_api_key, _, _>(Scope::ApiKeysRead, get_api_key),
        call::<change::__path_create_api_key, _, _>(Scope::ApiKeysWrite, change::create_api_key),
        call::<change::__path_patch_api_key, _, _>(Scope::ApiKeysWrite, change::patch_api_key),
        call::<__path_delete_api_key, _, _>(Scope::ApiKeysWrite, delete_api_key),
    ]
}

/// Read as whom the key acts.
///
/// Any key may.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "Users", operation_id = "getMyUser",
    responses((status = 200, description = "The administrator who made the key.", body = User, example = json!({
        "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
        "name": "Anna Archer", "email": "anna@acme.example",
        "subject": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "status": "active",
        "assignedRoles": [{ "id": "tenant-admin", "name": "TenantAdmin", "type": "default", "level": "admin" }],
        "createdAt": "2026-11-24T13:02:11.000Z",
        "links": { "self": {
            "href": "https://acme.portal.example/api/v1/users/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
        } }
    }))),
)]
async fn get_my_user(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let (tenant, user) = (caller.tenant(), caller.person().user);
    let found = directory::find(state.db.read(), tenant, user, state.clock.now()).await?;
    // somebody who is removed at this moment
    let found = found.ok_or_else(web::Error::not_found)?;
    let url = caller.url(&state, &format!("/api/v1/users/{user}"));
    Ok(json(StatusCode::OK, &User::of(found, tenant, url)))
}

/// Read whose portal this is.
///
/// Any key may.
#[utoipa::path(
    get, path = "/api/v1/tenants/me", tag = "Tenants", operation_id = "getMyTenant",
    responses((status = 200, description = "The tenant.", body = Tenant, example = json!({
        "id": "0198f3a1-0000-7000-8000-000000000001", "name": "Acme Ltd", "hostnames": ["acme.portal.example"],
        "status": "active", "created": "2026-11-24T13:02:11.000Z",
        "links": { "self": { "href": "https://acme.portal.example/api/v1/tenants/me" } }
    }))),
)]
async fn get_my_tenant(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let slug = &caller.person().tenant_slug;
    let found = crate::tenants::find_any(state.db.read(), slug).await?.ok_or_else(web::Error::not_found)?;
    let host = format!("{slug}.{}", state.config.base_url.host);
    let url = caller.url(&state, "/api/v1/tenants/me");
    Ok(json(StatusCode::OK, &Tenant::of(&found, host, url)))
}

/// Which keys are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those that this user made.
    #[param(nullable = false, format = "uuid")]
    created_by_user: Option<String>,
    /// Only those in this state.
    #[param(nullable = false, value_type = Option<KeyStatus>)]
    status: Option<String>,
    /// How many are wanted; 20, if it is not said.
    #[param(nullable = false, value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Behind which key to go on, as in `links.next` of the former page.
    #[param(nullable = false, format = "uuid")]
    starting_after: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<(Filter, Option<ApiKeyId>), Problem> {
        let mut input = ValidationErrors::default();
        let user = self.created_by_user.as_deref().map(|id| id.parse::<UserId>().ok());
        if user == Some(None) {
            input.parameter("createdByUser", Text::new("programs-api-user"));
        }
        let status = self.status.as_deref().map(Status::parse);
        if status == Some(None) {
            input.parameter("status", Text::new("programs-api-status"));
        }
        let after = self.starting_after.as_deref().map(|id| id.parse::<ApiKeyId>().ok());
        if after == Some(None) {
            input.parameter("startingAfter", Text::new("api-next"));
        }
        input.check()?;
        Ok((Filter { user: user.flatten(), status: status.flatten() }, after.flatten()))
    }
}

/// List the tenant's keys, the newest first.
///
/// None of them is told.
#[utoipa::path(
    get, path = KEYS, tag = TAG, operation_id = "getApiKeys",
    params(ListQuery),
    responses((status = 200, description = "A page of keys.", body = KeyPage, example = json!({
        "data": [{
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "description": "Shop", "prefix": "posthorn_Xy12ab", "scopes": ["messages:send"],
            "createdByUser": "0198f3a1-0000-7000-8000-000000000002",
            "sub": "0198f3a1-0000-7000-8000-000000000002", "subType": "user", "status": "active",
            "created": "2026-11-24T13:02:11.000Z", "expiry": "2027-11-24T13:02:11.000Z"
        }],
        "links": { "self": { "href": "https://acme.portal.example/api/v1/api-keys" } }
    }))),
)]
async fn get_api_keys(
    caller: ApiClient,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (tenant, now, query) = (caller.tenant(), state.clock.now(), query.0);
    let (filter, after) = query.filter()?;
    let count = limit(query.limit.as_deref())?;
    let listing = api_keys::list(state.db.read(), tenant, filter, after, (count, now)).await?;
    let set = [
        ("createdByUser", &query.created_by_user),
        ("status", &query.status),
        ("limit", &query.limit),
        ("startingAfter", &query.starting_after),
    ];
    let older = listing.older.map(|id| id.to_string());
    let links = Links::by("startingAfter", &caller.url(&state, KEYS), &set, older);
    let data = listing.rows.into_iter().map(|key| Key::of(key, tenant, now)).collect();
    Ok(json(StatusCode::OK, &KeyPage { data, links }))
}

/// Read a key.
///
/// It itself is not told.
#[utoipa::path(
    get, path = "/api/v1/api-keys/{id}", tag = TAG, operation_id = "getApiKey",
    params(("id" = String, Path, format = "uuid", description = "The key.")),
    responses(
        (status = 200, description = "The key.", body = Key, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "description": "Shop", "prefix": "posthorn_Xy12ab", "scopes": ["messages:send"],
            "createdByUser": "0198f3a1-0000-7000-8000-000000000002",
            "sub": "0198f3a1-0000-7000-8000-000000000002", "subType": "user", "status": "active",
            "created": "2026-11-24T13:02:11.000Z", "expiry": "2027-11-24T13:02:11.000Z",
            "lastUsed": "2026-11-25T08:00:00.000Z", "lastUsedFrom": "192.0.2.7"
        })),
        (status = 404, description = "There is no such key.", body = ProblemBody),
    ),
)]
async fn get_api_key(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let found = api_keys::find(state.db.read(), caller.tenant(), id(&path)?).await?;
    let key = found.ok_or_else(no_such_key)?;
    Ok(json(StatusCode::OK, &Key::of(key, caller.tenant(), state.clock.now())))
}

/// Revoke a key: no call with it that comes from now on counts.
///
/// It stays in the list.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = TAG, operation_id = "deleteApiKey",
    params(("id" = String, Path, format = "uuid", description = "The key.")),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 404, description = "There is no such key.", body = ProblemBody),
    ),
)]
async fn delete_api_key(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let (id, now) = (id(&path)?, state.clock.now());
    api_keys::revoke(&state.db, &caller.actor(), id, now).await.map_err(failed)?;
    Ok(no_content())
}

fn id(text: &str) -> Result<ApiKeyId, Problem> {
    text.parse().map_err(|_| no_such_key())
}

fn no_such_key() -> Problem {
    Problem::not_found(Text::new("programs-api-no-such-key"))
}

fn failed(error: Error) -> web::Error {
    match error {
        Error::NoSuchKey => no_such_key().into(),
        // their role or account was lost at this moment, and the calling key with it
        Error::NotInCharge | Error::MoreThanItself => {
            let (title, detail) = (Text::new("programs-api-more"), Text::new("programs-api-more-what"));
            Problem::new(StatusCode::FORBIDDEN, "SCOPECHECK-1", title, detail).into()
        }
        Error::TooMany => {
            Problem::conflict(Text::new("programs-api-too-many").with_number("most", MAX_KEYS)).into()
        }
        error => error.into(),
    }
}
