//! The tenant's people for programs, in the shape of the public *Users* contract.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::i18n::Text;
use crate::state::State;
use crate::users::directory::{self, AccountStatus, Filter, Listed};
use crate::values::{EmailAddress, Role, Scope, TenantId, UserId};
use crate::web::api::{
    API, ApiClient, Links, OwnLink, Problem, ProblemBody, Query, ValidationErrors, call, instant, json,
    limit, next,
};
use crate::web::{self, Route};

const USERS: &str = "/api/v1/users";
const TAG: &str = "Users";

/// The calls of the room.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_get_users, _, _>(Scope::UsersRead, get_users),
        call::<__path_get_user, _, _>(Scope::UsersRead, get_user),
    ]
}

/// A user with role and state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tenant_id: String,
    name: String,
    /// The address to sign in with.
    email: String,
    /// The same as `id`.
    subject: String,
    status: UserStatus,
    /// `TenantAdmin`, of an administrator; none, of a member.
    assigned_roles: Vec<AssignedRole>,
    /// The language that the person chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    locale: Option<&'static str>,
    /// The same language as `locale`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    preferred_locale: Option<&'static str>,
    /// The IANA time zone that the person chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    preferred_zoneinfo: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    links: OwnLink,
}

/// How far somebody has come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum UserStatus {
    /// In use, with a password.
    Active,
    /// In use, and has not set a password yet.
    Invited,
    /// Deactivated by an administrator; cannot sign in.
    Disabled,
}

/// A role that somebody has.
#[derive(Serialize, ToSchema)]
struct AssignedRole {
    id: &'static str,
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    level: &'static str,
}

impl User {
    /// That person, at that address.
    pub fn of(listed: Listed, tenant: TenantId, url: String) -> Self {
        let id = listed.user.to_string();
        let locale = listed.language.map(crate::i18n::Language::code);
        let administers =
            AssignedRole { id: "tenant-admin", name: "TenantAdmin", kind: "default", level: "admin" };
        Self {
            subject: id.clone(),
            id,
            tenant_id: tenant.to_string(),
            name: listed.name,
            email: listed.email,
            status: match listed.standing {
                AccountStatus::Active => UserStatus::Active,
                AccountStatus::Invited => UserStatus::Invited,
                AccountStatus::Deactivated => UserStatus::Disabled,
            },
            assigned_roles: (listed.role == Role::TenantAdmin).then_some(administers).into_iter().collect(),
            locale,
            preferred_locale: locale,
            preferred_zoneinfo: listed.time_zone,
            created_at: instant(listed.created_at),
            links: OwnLink::of(url),
        }
    }
}

/// A page of people.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Users {
    data: Vec<User>,
    links: Links,
    /// How many match in all, if `totalResults` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total_results: Option<u64>,
}

/// Which people are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// One of `email eq "…"`, `id eq "…"`, `status eq "active"` (or `invited`, `disabled`) and `name co "…"` (RFC 7644).
    #[param(
        nullable = false,
        pattern = r#"^(((email|id) eq|name co) "[^"\\\x00-\x1f\x7f-\x9f]{0,200}"|status eq "(active|invited|disabled)")$"#,
        example = r#"status eq "active""#
    )]
    filter: Option<String>,
    /// Whether to tell how many match in all.
    #[param(nullable = false, value_type = Option<bool>)]
    total_results: Option<String>,
    /// How many are wanted; 20, if it is not said.
    #[param(nullable = false, value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Where to go on, as in `links.next` of the former page.
    #[param(nullable = false, format = "uuid")]
    next: Option<String>,
}

/// The people whom such a filter means; nothing, if it is none that we know.
fn parse_filter(filter: &str) -> Option<Filter> {
    let (name, rest) = filter.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    // a value is a text as in JSON (RFC 7644, section 3.4.2.2)
    let value: String = serde_json::from_str(value.trim_start()).ok()?;
    if value.chars().count() > 200 || value.chars().any(char::is_control) {
        return None;
    }
    let nobody = || Filter { user: Some(UserId::from(Uuid::nil())), ..Filter::default() };
    match (name.to_ascii_lowercase().as_str(), operator.to_ascii_lowercase().as_str()) {
        ("id", "eq") => Some(
            value.parse().map_or_else(|_| nobody(), |user| Filter { user: Some(user), ..Filter::default() }),
        ),
        ("email", "eq") => Some(EmailAddress::parse(&value).map_or_else(
            |_| nobody(),
            |email| Filter { address: Some(email.normalised()), ..Filter::default() },
        )),
        ("status", "eq") => {
            let standing = match value.to_ascii_lowercase().as_str() {
                "active" => AccountStatus::Active,
                "invited" => AccountStatus::Invited,
                "disabled" => AccountStatus::Deactivated,
                _ => return None,
            };
            Some(Filter { standing: Some(standing), ..Filter::default() })
        }
        ("name", "co") => Some(Filter { search: value, ..Filter::default() }),
        _ => None,
    }
}

/// List the tenant's users, in the order in which they came.
#[utoipa::path(
    get, path = USERS, tag = TAG, operation_id = "getUsers",
    params(ListQuery),
    responses((status = 200, description = "A page of users.", body = Users, example = json!({
        "data": [{
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "name": "Anna Archer", "email": "anna@acme.example",
            "subject": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "status": "active",
            "assignedRoles": [
                { "id": "tenant-admin", "name": "TenantAdmin", "type": "default", "level": "admin" }
            ],
            "locale": "en", "preferredLocale": "en", "preferredZoneinfo": "Europe/Berlin",
            "createdAt": "2026-11-24T13:02:11.000Z",
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/users/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        }],
        "links": { "self": { "href": "https://acme.portal.example/api/v1/users" } }
    }))),
)]
async fn get_users(
    caller: ApiClient,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant, query) = (state.db.read(), caller.tenant(), query.0);
    let filter = match query.filter.as_deref().map(parse_filter) {
        Some(None) => {
            return Err(ValidationErrors::one_parameter("filter", Text::new("people-api-filter")).into());
        }
        Some(Some(filter)) => filter,
        None => Filter::default(),
    };
    let is_counted = match query.total_results.as_deref() {
        Some("true") => true,
        Some("false") | None => false,
        Some(_) => {
            return Err(ValidationErrors::one_parameter("totalResults", Text::new("people-api-total")).into());
        }
    };
    let (count, after) = (limit(query.limit.as_deref())?, next(query.next.as_deref())?);
    let listing = directory::list_in_order(db, tenant, &filter, after, count).await?;
    let total_results = if is_counted { Some(directory::count(db, tenant, &filter).await?) } else { None };
    let url = caller.url(&state, USERS);
    let set = [
        ("filter", &query.filter),
        ("totalResults", &query.total_results),
        ("limit", &query.limit),
        ("next", &query.next),
    ];
    let links = Links::of(&url, &set, listing.next.map(|user| user.to_string()));
    let user = |row: Listed| {
        let own = format!("{url}/{}", row.user);
        User::of(row, tenant, own)
    };
    let data = listing.rows.into_iter().map(user).collect();
    Ok(json(StatusCode::OK, &Users { data, links, total_results }))
}

/// Read a user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = TAG, operation_id = "getUser",
    params(("id" = String, Path, format = "uuid", description = "The user.")),
    responses(
        (status = 200, description = "The user.", body = User, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "name": "Ben Baker", "email": "ben@acme.example",
            "subject": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "status": "invited", "assignedRoles": [],
            "createdAt": "2026-11-24T13:02:11.000Z",
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/users/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        })),
        (status = 404, description = "There is no such user.", body = ProblemBody),
    ),
)]
async fn get_user(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let no_such_user = || Problem::not_found(Text::new("people-api-no-such-user"));
    let user: UserId = path.parse().map_err(|_| no_such_user())?;
    let found = directory::find(state.db.read(), caller.tenant(), user, state.clock.now()).await?;
    let url = caller.url(&state, &format!("{API}/users/{user}"));
    Ok(json(StatusCode::OK, &User::of(found.ok_or_else(no_such_user)?, caller.tenant(), url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_of_those_that_are_known() {
        let named = |search: &str| Filter { search: search.to_owned(), ..Filter::default() };
        assert_eq!(parse_filter(r#"name co "An \"x\"""#), Some(named("An \"x\"")));
        assert_eq!(parse_filter(r#" Name CO  "a b" "#), Some(named("a b")));
        let email = parse_filter(r#"email eq "Anna@Acme.Example""#).unwrap();
        assert_eq!(email.address.as_deref(), Some("anna@acme.example"));
        let disabled = parse_filter(r#"status eq "disabled""#).unwrap();
        assert_eq!(disabled.standing, Some(AccountStatus::Deactivated));
        assert!(parse_filter(r#"id eq "nobody""#).unwrap().user.is_some());
        for unknown in [
            "",
            "name",
            "name co",
            "name co anna",
            r#"name eq "anna""#,
            r#"email co "anna""#,
            r#"status eq "deleted""#,
            r#"name co "a" or name co "b""#,
            r#"password_hash co "a""#,
        ] {
            assert_eq!(parse_filter(unknown), None, "{unknown}");
        }
    }
}
