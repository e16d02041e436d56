//! Mail for programs to hand in.

mod answer;
mod input;

use std::time::Duration;

use actix_web::web::{Data, block};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use self::answer::{Accepted, AcceptedBatch};
use self::input::{NewBatch, NewMessage, NewParts};
use super::once::MAX_KEY;
use super::{Draft, Error, Key, Once, Sent, Told, Unwanted, Why};
use crate::i18n::{Language, Text};
use crate::messages;
use crate::state::State;
use crate::values::Scope;
use crate::web::api::{ApiClient, HashedBody, Parts, Problem, ProblemBody, ValidationErrors, call};
use crate::web::{self, Route};

const TAG: &str = "Messages";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// So many calls' words are worked on at a time; the next ones wait for so long.
static PLACES: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// The calls of the room.
pub fn calls() -> Vec<Route> {
    vec![
        call::<__path_send_message, _, _>(Scope::MessagesSend, send_message),
        call::<__path_send_messages, _, _>(Scope::MessagesSend, send_messages),
    ]
}

/// Hand in a message.
///
/// It leaves through the tenant's e-mail provider as soon as it is its turn; what becomes of it is
/// told among the deliveries. Files travel in `multipart/form-data`: the message as JSON in the part `message`, each
/// file in a part `attachments`; 25 MiB in all. Places of problems are those in the message.
///
/// With an `Idempotency-Key`, a repeat within 24 hours does nothing and gets the first answer again, marked by
/// `Idempotency-Replayed`. The key is the tenant's, whichever API key is used; a request that was refused does not use
/// it up.
#[utoipa::path(
    post, path = "/api/v1/messages", tag = TAG, operation_id = "sendMessage",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255,
        pattern = "^[!-~]+$", description = "What makes this call this one and no other, such as a UUID.")),
    request_body(content(
        (NewMessage = "application/json", example = json!({
            "subject": "Your report is ready", "html": "<p>It is <a href=\"https://bi.acme.example/7\">here</a>.</p>",
            "recipients": [{ "userId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a" }, { "email": "anna@acme.example" }],
            "priority": "bulk"
        })),
        (NewParts = "multipart/form-data", example = json!({
            "message": {
                "subject": "Invoice 4711", "text": "See the file.", "recipients": [{ "email": "anna@acme.example" }]
            },
            "attachments": ["(the bytes of invoice.csv)"]
        })),
    )),
    responses(
        (status = 202, description = "It is in the outbox and will not be lost.", body = Accepted,
            headers(("Idempotency-Replayed" = bool, description = "There, and `true`, if nothing was done this time.")),
            example = json!({ "data": [
                {
                    "id": "0198f3a1-9d40-7001-8f3e-5a6b7c8d9e0f",
                    "recipient": { "userId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a" }, "state": "due",
                    "links": { "delivery": { "href": "/api/v1/deliveries/0198f3a1-9d40-7001-8f3e-5a6b7c8d9e0f" } }
                },
                {
                    "id": "0198f3a1-9d40-7002-8a1b-2c3d4e5f6a7b",
                    "recipient": { "email": "anna@acme.example" }, "state": "due",
                    "links": { "delivery": { "href": "/api/v1/deliveries/0198f3a1-9d40-7002-8a1b-2c3d4e5f6a7b" } }
                }
            ] })),
        (status = 422, description = "The `Idempotency-Key` was used for another request.", body = ProblemBody),
    ),
)]
async fn send_message(
    caller: ApiClient,
    state: Data<State>,
    request: HttpRequest,
    body: Parts<NewMessage>,
) -> Result<HttpResponse, web::Error> {
    let once = once(&request, &body.fingerprint)?;
    let Parts { value, files, place: _place, .. } = body;
    let drafts = worked_on(move || value.draft(files)).await??;
    let recipients = drafts.first().map(|draft| draft.recipients.clone()).unwrap_or_default();
    let tell = |sent: &[Sent]| serde_json::to_string(&Accepted::of(sent, &recipients));
    let told = messages::send(&state, &caller.actor(), once.as_ref(), drafts, fallback(&caller), tell).await;
    answer(told, |_| String::new())
}

/// Hand in up to 1,000 messages at once.
///
/// All of them are taken, or none; they have no files. An `Idempotency-Key` is for the whole call.
#[utoipa::path(
    post, path = "/api/v1/messages/batch", tag = TAG, operation_id = "sendMessages",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255,
        pattern = "^[!-~]+$", description = "What makes this call this one and no other, such as a UUID.")),
    request_body(content = NewBatch, example = json!({ "messages": [
        { "subject": "Order 7 is shipped", "text": "It comes on Friday.", "recipients": [{ "email": "anna@acme.example" }] },
        { "subject": "Order 8 is shipped", "text": "It comes on Monday.", "recipients": [{ "email": "ben@acme.example" }] }
    ] })),
    responses(
        (status = 202, description = "They are in the outbox and will not be lost.", body = AcceptedBatch,
            headers(("Idempotency-Replayed" = bool, description = "There, and `true`, if nothing was done this time.")),
            example = json!({ "data": [
                { "ids": ["0198f3a1-9d40-7001-8f3e-5a6b7c8d9e0f"], "state": "due" },
                { "ids": ["0198f3a1-9d40-7002-8a1b-2c3d4e5f6a7b"], "state": "due" }
            ] })),
        (status = 422, description = "The `Idempotency-Key` was used for another request.", body = ProblemBody),
    ),
)]
async fn send_messages(
    caller: ApiClient,
    state: Data<State>,
    request: HttpRequest,
    body: HashedBody<NewBatch>,
) -> Result<HttpResponse, web::Error> {
    let once = once(&request, &body.fingerprint)?;
    let drafts: Vec<Draft> = worked_on(move || body.value.drafts()).await??;
    let tell = |sent: &[Sent]| serde_json::to_string(&AcceptedBatch::of(sent));
    let told = messages::send(&state, &caller.actor(), once.as_ref(), drafts, fallback(&caller), tell).await;
    answer(told, |message| format!("/messages/{message}"))
}

/// Works on the words of messages beside everything else, and on those of few calls at a time: it is what a call costs
/// most, and whoever hangs up does not end it.
async fn worked_on<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, web::Error> {
    let place = tokio::time::timeout(PATIENCE, PLACES.acquire()).await;
    let Ok(Ok(_place)) = place else { return Err(web::Error::busy()) };
    Ok(block(work).await?)
}

/// The key of a call and the fingerprint of its request, if it has one.
fn once(request: &HttpRequest, body: &[u8; 32]) -> Result<Option<Once>, Problem> {
    let mut given = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(first) = given.next() else { return Ok(None) };
    let key = first.to_str().ok().and_then(Key::parse).filter(|_| given.next().is_none());
    let Some(key) = key else {
        let mut input = ValidationErrors::default();
        input.header(IDEMPOTENCY_KEY, Text::new("messages-key").with_number("most", MAX_KEY));
        return Err(input.into());
    };
    let mut hash = Sha256::new();
    for part in [request.method().as_str().as_bytes(), b" ", request.path().as_bytes(), b"\n", body] {
        hash.update(part);
    }
    Ok(Some(Once { key, fingerprint: hash.finalize().into() }))
}

/// The language of mail to people who have none of their own.
fn fallback(caller: &ApiClient) -> Language {
    let of_tenant = caller.person().tenant_language.as_deref().and_then(Language::parse);
    of_tenant.unwrap_or(Language::English)
}

/// The answer; `at` is where that message stands in the body.
fn answer(told: Result<Told, Error>, at: impl Fn(usize) -> String) -> Result<HttpResponse, web::Error> {
    match told {
        Ok(Told { body, replayed }) => {
            let mut answer = HttpResponse::Accepted();
            if replayed {
                answer.insert_header(("Idempotency-Replayed", "true"));
            }
            Ok(answer.content_type("application/json").body(body))
        }
        Err(Error::OtherRequest) => Err(Problem::other_request(Text::new("messages-other-request")).into()),
        Err(Error::Unwanted(all)) => {
            let mut input = ValidationErrors::default();
            for Unwanted { message, recipient, why } in all {
                let (field, text) = match why {
                    Why::NoUser => ("userId", "messages-no-user"),
                    Why::Domain => ("email", "messages-domain-not-allowed"),
                };
                input.at(format!("{}/recipients/{recipient}/{field}", at(message)), Text::new(text));
            }
            Err(input.into())
        }
        Err(error) => Err(error.into()),
    }
}
