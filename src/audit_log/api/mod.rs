//! The audit log for programs, in the shape of the public *Audits* contract.

mod answer;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, ObjectBuilder};
use uuid::Uuid;

use self::answer::{Audit, AuditTypes, Audits};
use super::{Filter, Logged};
use crate::audit_log;
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::state::State;
use crate::values::{Scope, UserId};
use crate::web::api::{
    API, ApiClient, Links, OwnLink, Problem, ProblemBody, Query, ValidationErrors, call, json, limit,
    parse_moment,
};
use crate::web::{self, Route};

const AUDITS: &str = "/api/v1/audits";
const TYPES: &str = "/api/v1/audits/types";
const TAG: &str = "Audits";

/// The calls of the room.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_get_audits, _, _>(Scope::AuditsRead, get_audits),
        // before what has an identifier in the same place
        call::<__path_get_audit_types, _, _>(Scope::AuditsRead, get_audit_types),
        call::<__path_get_audit, _, _>(Scope::AuditsRead, get_audit),
    ]
}

/// Which entries are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(required = false, schema_with = interval)]
    event_time: Option<String>,
    /// Only this deed, as `room.deed`; `/api/v1/audits/types` has all.
    #[param(nullable = false, pattern = "^[a-z0-9_.]{1,100}$")]
    event_type: Option<String>,
    /// Only what this user did.
    #[param(nullable = false, format = "uuid")]
    user_id: Option<String>,
    /// How many are wanted; 20, if it is not said.
    #[param(nullable = false, value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Where to go on, as in `links.next` of the former page.
    #[param(nullable = false, pattern = "^[0-9]{1,18}$")]
    next: Option<String>,
}

fn interval() -> Object {
    const DAY: &str = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    const TIME: &str =
        r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    let instant = format!("[0-9]{{4}}-{DAY}T{TIME}");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "Only what was done in this time: two instants (RFC 3339) with a `/` between them, both included.",
        ))
        .pattern(Some(format!("^{instant}/{instant}$")))
        .examples(["2026-11-24T00:00:00Z/2026-11-24T23:59:59.999Z"])
        .build()
}

impl ListQuery {
    fn filter(&self) -> Result<(Filter, Option<i64>), Problem> {
        let mut input = ValidationErrors::default();
        let period = self.event_time.as_deref().map(parse_period);
        if period == Some(None) {
            input.parameter("eventTime", Text::new("audit-log-api-period"));
        }
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte);
        if self
            .event_type
            .as_deref()
            .is_some_and(|name| !(1..=100).contains(&name.len()) || !name.bytes().all(is_name))
        {
            input.parameter("eventType", Text::new("audit-log-api-type"));
        }
        let user = self.user_id.as_deref().map(|id| id.parse::<UserId>().ok());
        if user == Some(None) {
            input.parameter("userId", Text::new("audit-log-api-user"));
        }
        let before = self.next.as_deref().map(parse_number);
        if before == Some(None) {
            input.parameter("next", Text::new("api-next"));
        }
        input.check()?;
        let (from, until) = period.flatten().unzip();
        let (event, user) = (self.event_type.clone(), user.flatten());
        Ok((Filter { event, from, until, user, ..Filter::default() }, before.flatten()))
    }
}

/// The first instant of an interval, and the first behind it. One that ends before it begins holds nothing.
fn parse_period(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (from, last) = text.split_once('/')?;
    let (from, last) = (parse_moment(from)?, parse_moment(last)?);
    Some((from, Timestamp(last.0.saturating_add(1))))
}

fn parse_number(text: &str) -> Option<i64> {
    let is_number = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// List the audit log, the newest entry first.
///
/// A page may hold fewer than wanted, or none, and have more behind it: go on while there is a `links.next`.
#[utoipa::path(
    get, path = AUDITS, tag = TAG, operation_id = "getAudits",
    params(ListQuery),
    responses((status = 200, description = "A page of the log.", body = Audits, example = json!({
        "data": [{
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "eventId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a",
            "eventTime": "2026-11-24T13:02:11.123456Z", "eventType": "email_provider.saved",
            "source": "email_provider", "contentType": "application/json",
            "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "userId": "0198f3a1-0000-7000-8000-000000000002",
            "data": { "provider": "smtp", "api_key": "posthorn_Xy12ab" },
            "extensions": {
                "actor": { "sub": "posthorn_Xy12ab", "subType": "apiKey" }, "userName": "Anna Archer",
                "client": "192.0.2.7", "requestId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4b", "number": 42,
                "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            },
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/audits/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        }],
        "links": { "self": { "href": "https://acme.portal.example/api/v1/audits" } }
    }))),
)]
async fn get_audits(
    caller: ApiClient,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (tenant, query) = (caller.tenant(), query.0);
    let (filter, before) = query.filter()?;
    let count = limit(query.limit.as_deref())?;
    let listing = audit_log::page(state.db.read(), tenant, &filter, before, count).await?;
    let url = caller.url(&state, AUDITS);
    let set = [
        ("eventTime", &query.event_time),
        ("eventType", &query.event_type),
        ("userId", &query.user_id),
        ("limit", &query.limit),
        ("next", &query.next),
    ];
    let links = Links::of(&url, &set, listing.older.map(|number| number.to_string()));
    let audit = |entry: Logged| {
        let own = format!("{url}/{}", entry.id);
        Audit::of(entry, tenant, own)
    };
    Ok(json(StatusCode::OK, &Audits { data: listing.rows.into_iter().map(audit).collect(), links }))
}

/// List the names of all events that can stand in the log.
#[utoipa::path(
    get, path = TYPES, tag = TAG, operation_id = "getAuditTypes",
    responses((status = 200, description = "The names.", body = AuditTypes, example = json!({
        "data": ["auth.signed_in", "email_provider.saved"],
        "links": { "self": { "href": "https://acme.portal.example/api/v1/audits/types" } }
    }))),
)]
async fn get_audit_types(caller: ApiClient, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let links = OwnLink::of(caller.url(&state, TYPES));
    Ok(json(
        StatusCode::OK,
        &AuditTypes { data: state.tables.audit_events.events().map(|event| event.name).collect(), links },
    ))
}

/// Read an entry of the audit log.
#[utoipa::path(
    get, path = "/api/v1/audits/{id}", tag = TAG, operation_id = "getAudit",
    params(("id" = String, Path, format = "uuid", description = "The entry.")),
    responses(
        (status = 200, description = "The entry.", body = Audit, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "eventId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a",
            "eventTime": "2026-11-24T13:02:11.123456Z", "eventType": "auth.signed_in", "source": "auth",
            "contentType": "application/json", "tenantId": "0198f3a1-0000-7000-8000-000000000001",
            "userId": "0198f3a1-0000-7000-8000-000000000002", "data": {},
            "extensions": {
                "userName": "Anna Archer", "client": "192.0.2.7", "number": 41,
                "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            },
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/audits/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        })),
        (status = 404, description = "There is no such entry.", body = ProblemBody),
    ),
)]
async fn get_audit(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let no_such_entry = || Problem::not_found(Text::new("audit-log-api-no-such-entry"));
    let id: Uuid = path.parse().map_err(|_| no_such_entry())?;
    let found = audit_log::find(state.db.read(), caller.tenant(), id).await?;
    let url = caller.url(&state, &format!("{API}/audits/{id}"));
    Ok(json(StatusCode::OK, &Audit::of(found.ok_or_else(no_such_entry)?, caller.tenant(), url)))
}
