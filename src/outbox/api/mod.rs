//! Deliveries for programs, on the verbs of their pages.

mod answer;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, ObjectBuilder};

use self::answer::{Deliveries, DeliveryState, FullDelivery, Listed};
use super::deliveries::{self, Filter};
use super::{Error, MessageStatus};
use crate::i18n::Text;
use crate::mail_types::MailTypes;
use crate::outbox;
use crate::state::State;
use crate::values::{EmailAddress, OutboxMessageId, Scope};
use crate::web::api::{
    API, ApiClient, Links, Problem, ProblemBody, Query, ValidationErrors, call, json, limit, list_values,
    moment, next,
};
use crate::web::{self, Route};

const DELIVERIES: &str = "/api/v1/deliveries";
const TAG: &str = "Deliveries";

/// The calls of the room.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_get_deliveries, _, _>(Scope::DeliveriesRead, get_deliveries).documented_by(
            |call, tables| {
                list_values(call, "kind", tables.mail_types.iter().map(|kind| kind.name));
            },
        ),
        call::<__path_get_delivery, _, _>(Scope::DeliveriesRead, get_delivery),
        call::<__path_retry_delivery, _, _>(Scope::DeliveriesWrite, retry_delivery),
        call::<__path_cancel_delivery, _, _>(Scope::DeliveriesWrite, cancel_delivery),
    ]
}

/// Which messages are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those in this state.
    #[param(nullable = false, value_type = Option<DeliveryState>)]
    state: Option<String>,
    #[param(required = false, schema_with = kinds)]
    kind: Option<String>,
    /// Only those to this address, whatever its case.
    #[param(nullable = false, format = Email)]
    recipient: Option<String>,
    /// Only those enqueued then or later (RFC 3339).
    #[param(nullable = false, format = DateTime)]
    from: Option<String>,
    /// Only those enqueued before then (RFC 3339).
    #[param(nullable = false, format = DateTime)]
    until: Option<String>,
    /// How many are wanted; 20, if it is not said.
    #[param(nullable = false, value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// Where to go on, as in `links.next` of the former page.
    #[param(nullable = false, format = "uuid")]
    next: Option<String>,
}

fn kinds() -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(Some("Only those of this kind.")).build()
}

impl ListQuery {
    fn filter(&self, types: MailTypes) -> Result<Filter, Problem> {
        let mut input = ValidationErrors::default();
        let state = self.state.as_deref().map(MessageStatus::parse);
        if state == Some(None) {
            let known = MessageStatus::ALL.map(MessageStatus::as_str).join(", ");
            input.parameter("state", Text::new("outbox-api-state").with("known", known));
        }
        if self.kind.as_deref().is_some_and(|kind| types.find(kind).is_none()) {
            let known: Vec<&str> = types.iter().map(|kind| kind.name).collect();
            input.parameter("kind", Text::new("outbox-api-kind").with("known", known.join(", ")));
        }
        let recipient = self.recipient.as_deref().map(|typed| EmailAddress::parse(typed).ok());
        if recipient == Some(None) {
            input.parameter("recipient", Text::new("outbox-filter-recipient-whole"));
        }
        input.check()?;
        Ok(Filter {
            state: state.flatten(),
            kind: self.kind.clone(),
            recipient: recipient.flatten().map(|address| address.normalised()),
            from: moment("from", self.from.as_deref())?,
            until: moment("until", self.until.as_deref())?,
        })
    }

    /// What stands in the addresses of this page and the next.
    fn parameters(&self) -> [(&str, &Option<String>); 7] {
        [
            ("state", &self.state),
            ("kind", &self.kind),
            ("recipient", &self.recipient),
            ("from", &self.from),
            ("until", &self.until),
            ("limit", &self.limit),
            ("next", &self.next),
        ]
    }
}

/// List messages, the newest first.
///
/// A page may hold fewer than wanted, or none, and have more behind it: go on while there is a `links.next`.
#[utoipa::path(
    get, path = DELIVERIES, tag = TAG, operation_id = "getDeliveries",
    params(ListQuery),
    responses((status = 200, description = "A page of messages.", body = Deliveries, example = json!({
        "data": [{
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "state": "accepted", "kind": "announcement",
            "recipient": "anna@acme.example", "createdAt": "2026-11-24T13:02:11.000Z",
            "finishedAt": "2026-11-24T13:02:12.000Z", "attemptCount": 1, "mayHaveArrivedTwice": false,
            "answer": "250 2.0.0 Ok: queued as 4XyZ"
        }],
        "links": { "self": { "href": "https://acme.portal.example/api/v1/deliveries" } }
    }))),
)]
async fn get_deliveries(
    caller: ApiClient,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant, query) = (state.db.read(), caller.tenant(), query.0);
    let filter = query.filter(state.tables.mail_types)?;
    let (count, before) = (limit(query.limit.as_deref())?, next(query.next.as_deref())?);
    let is_held = deliveries::is_held(db, tenant).await?;
    let listing = deliveries::page(db, tenant, &filter, before, (count, is_held)).await?;
    let url = caller.url(&state, DELIVERIES);
    let links = Links::of(&url, &query.parameters(), listing.older.map(|id| id.to_string()));
    let data = listing.rows.iter().map(|row| Listed::of(row, is_held, caller.language)).collect();
    Ok(json(StatusCode::OK, &Deliveries { data, links }))
}

/// Read a message with its attempts.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = TAG, operation_id = "getDelivery",
    params(("id" = String, Path, format = "uuid", description = "The message.")),
    responses(
        (status = 200, description = "The message.", body = FullDelivery, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "state": "due", "kind": "announcement",
            "recipient": "anna@acme.example", "createdAt": "2026-11-24T13:02:11.000Z",
            "nextAttemptAt": "2026-11-24T13:07:11.000Z", "attemptCount": 1, "mayHaveArrivedTwice": false,
            "expiresAt": "2026-11-27T13:02:11.000Z",
            "messageId": "<0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a@portal.example>",
            "attempts": [{
                "number": 1, "at": "2026-11-24T13:02:12.000Z", "verdict": "put_off",
                "what": "The server asks to try again later.", "whatToDo": "Nothing: it is tried again.",
                "answer": "450 4.2.0 Greylisted", "code": 450
            }],
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/deliveries/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        })),
        (status = 404, description = "There is no such message.", body = ProblemBody),
    ),
)]
async fn get_delivery(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    told(&caller, &state, id(&path)?).await
}

/// Have a message tried again now, with a new life of three days; also one that failed, was cancelled, expired, or whose outcome is unknown.
///
/// Then it may arrive twice.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/actions/retry", tag = TAG, operation_id = "retryDelivery",
    params(("id" = String, Path, format = "uuid", description = "The message.")),
    responses(
        (status = 200, description = "The message as it is now.", body = FullDelivery, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "state": "due", "kind": "announcement",
            "recipient": "anna@acme.example", "createdAt": "2026-11-24T13:02:11.000Z",
            "nextAttemptAt": "2026-11-25T08:00:00.000Z", "attemptCount": 0, "mayHaveArrivedTwice": false,
            "expiresAt": "2026-11-28T08:00:00.000Z",
            "messageId": "<0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a@portal.example>", "attempts": [],
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/deliveries/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        })),
        (status = 404, description = "There is no such message.", body = ProblemBody),
        (status = 409, description = "It was accepted, or the tenant's mail is held.", body = ProblemBody),
    ),
)]
async fn retry_delivery(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant, id) = (state.db.read(), caller.tenant(), id(&path)?);
    let found = deliveries::find(db, tenant, id).await?.ok_or_else(no_such_message)?;
    // what is held waits for the queue, whenever it is due
    if found.listed.state.shown(deliveries::is_held(db, tenant).await?) == MessageStatus::Held {
        return Err(Problem::conflict(Text::new("outbox-api-held")).into());
    }
    outbox::try_again(&state, &caller.actor(), id).await.map_err(failed)?;
    told(&caller, &state, id).await
}

/// Cancel a message that waits.
///
/// One that is being sent at this moment may still leave; then its state will say so.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/actions/cancel", tag = TAG, operation_id = "cancelDelivery",
    params(("id" = String, Path, format = "uuid", description = "The message.")),
    responses(
        (status = 200, description = "The message as it is now.", body = FullDelivery, example = json!({
            "id": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a", "state": "cancelled", "kind": "announcement",
            "recipient": "anna@acme.example", "createdAt": "2026-11-24T13:02:11.000Z",
            "finishedAt": "2026-11-24T13:05:00.000Z", "attemptCount": 0, "mayHaveArrivedTwice": false,
            "expiresAt": "2026-11-27T13:02:11.000Z",
            "messageId": "<0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a@portal.example>", "attempts": [],
            "links": { "self": {
                "href": "https://acme.portal.example/api/v1/deliveries/0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
            } }
        })),
        (status = 404, description = "There is no such message.", body = ProblemBody),
        (status = 409, description = "It waits no longer.", body = ProblemBody),
    ),
)]
async fn cancel_delivery(
    caller: ApiClient,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let id = id(&path)?;
    outbox::cancel(&state, &caller.actor(), id).await.map_err(failed)?;
    told(&caller, &state, id).await
}

async fn told(caller: &ApiClient, state: &State, id: OutboxMessageId) -> Result<HttpResponse, web::Error> {
    let (db, tenant) = (state.db.read(), caller.tenant());
    let found = deliveries::find(db, tenant, id).await?.ok_or_else(no_such_message)?;
    let is_held = deliveries::is_held(db, tenant).await?;
    let url = caller.url(state, &format!("{API}/deliveries/{id}"));
    Ok(json(StatusCode::OK, &FullDelivery::of(&found, is_held, url, caller.language)))
}

fn id(text: &str) -> Result<OutboxMessageId, web::Error> {
    text.parse().map_err(|_| no_such_message().into())
}

fn no_such_message() -> Problem {
    Problem::not_found(Text::new("outbox-api-no-such-message"))
}

fn failed(error: Error) -> web::Error {
    match error {
        Error::NoSuchMessage => no_such_message().into(),
        Error::WrongState(state) => {
            let text = Text::new("outbox-api-wrong-state").with("state", state.as_str());
            Problem::conflict(text).into()
        }
        error => error.into(),
    }
}
