use serde::Serialize;
use utoipa::ToSchema;

use crate::i18n::Language;
use crate::mail::Failure;
use crate::outbox::MessageStatus;
use crate::outbox::deliveries::{self, Delivery};
use crate::web::api::{Links, OwnLink, instant};

/// What has become of a message.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeliveryState {
    /// It waits for its turn, or for its next try.
    Due,
    /// It waits, since nothing leaves the tenant at present.
    Held,
    /// The provider has taken it over.
    Accepted,
    /// It was refused for good.
    Failed,
    /// Twice the connection was lost after the whole message was sent.
    Unknown,
    /// A person, or a program, has cancelled it.
    Cancelled,
    /// Its life ended before anybody took it.
    Expired,
}

impl DeliveryState {
    fn of(state: MessageStatus) -> Self {
        match state {
            MessageStatus::Due => DeliveryState::Due,
            MessageStatus::Held => DeliveryState::Held,
            MessageStatus::Accepted => DeliveryState::Accepted,
            MessageStatus::Failed => DeliveryState::Failed,
            MessageStatus::Unknown => DeliveryState::Unknown,
            MessageStatus::Cancelled => DeliveryState::Cancelled,
            MessageStatus::Expired => DeliveryState::Expired,
        }
    }
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(super) struct Deliveries {
    pub(super) data: Vec<Listed>,
    pub(super) links: Links,
}

/// A message as a list shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryListed)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    #[schema(format = "uuid")]
    id: String,
    state: DeliveryState,
    /// What it tells of.
    kind: String,
    /// The address as it was given.
    recipient: String,
    /// When it was enqueued.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried (again); missing, if it is through or held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    next_attempt_at: Option<String>,
    /// When it took its present state for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    finished_at: Option<String>,
    /// How often it was tried.
    attempt_count: u32,
    /// Whether an answer to the whole message never came, once at least.
    may_have_arrived_twice: bool,
    /// The last failure; of a former attempt, if it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_failure: Option<Explained>,
    /// The provider's words, if it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answer: Option<String>,
}

/// Everything about one message.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
pub(super) struct FullDelivery {
    #[serde(flatten)]
    listed: Listed,
    /// When it is given up.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Its Message-ID (RFC 5322), with angle brackets.
    message_id: String,
    /// By which server it was accepted, as host:port.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    server: Option<String>,
    /// Under which number that server queued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    queue_id: Option<String>,
    /// The attempts that did not end in acceptance, in order.
    attempts: Vec<Attempt>,
    links: OwnLink,
}

/// An attempt that did not end in acceptance.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    /// The number of the attempt, counted from 1.
    number: u32,
    #[schema(format = DateTime)]
    at: String,
    /// What came of it: `put_off`, `provider_broken`, `given_up`, `unknown`, `suppressed` or `unbuildable`.
    verdict: String,
    /// What happened; missing, if no provider was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    what: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    what_to_do: Option<String>,
    /// The provider's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answer: Option<String>,
    /// Its reply code, or HTTP status with Microsoft 365.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<u16>,
}

/// What went wrong, in words.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryFailure)]
#[serde(rename_all = "camelCase")]
struct Explained {
    /// What happened, in one sentence.
    what: String,
    /// What to do about it.
    what_to_do: String,
    /// The provider's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    answer: Option<String>,
    /// Its reply code, or HTTP status with Microsoft 365.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<u16>,
}

impl Explained {
    fn of(failure: &Failure, language: Language) -> Self {
        Self {
            what: failure.what().say(language),
            what_to_do: failure.what_to_do().say(language),
            answer: failure.answer(),
            code: failure.code(),
        }
    }
}

impl Listed {
    pub(super) fn of(listed: &deliveries::Listed, queue_is_held: bool, language: Language) -> Self {
        let state = listed.state.shown(queue_is_held);
        Self {
            id: listed.id.to_string(),
            state: DeliveryState::of(state),
            kind: listed.kind.clone(),
            recipient: listed.recipient.clone(),
            created_at: instant(listed.created_at),
            next_attempt_at: (state == MessageStatus::Due).then(|| instant(listed.due_at)),
            finished_at: listed.finished_at.map(instant),
            attempt_count: listed.attempts,
            may_have_arrived_twice: listed.may_have_arrived_twice,
            last_failure: listed.failure.as_deref().map(|failure| Explained::of(failure, language)),
            answer: listed.answer.clone(),
        }
    }
}

impl FullDelivery {
    pub(super) fn of(delivery: &Delivery, queue_is_held: bool, url: String, language: Language) -> Self {
        let attempt = |attempt: &deliveries::Attempt| Attempt {
            number: attempt.number,
            at: instant(attempt.at),
            verdict: attempt.verdict.clone(),
            what: attempt.failure.as_ref().map(|failure| failure.what().say(language)),
            what_to_do: attempt.failure.as_ref().map(|failure| failure.what_to_do().say(language)),
            answer: attempt.failure.as_ref().and_then(|failure| failure.answer()),
            code: attempt.failure.as_ref().and_then(|failure| failure.code()),
        };
        Self {
            listed: Listed::of(&delivery.listed, queue_is_held, language),
            expires_at: instant(delivery.expires_at),
            message_id: delivery.message_id.clone(),
            server: delivery.server.clone(),
            queue_id: delivery.queue_id.clone(),
            attempts: delivery.attempts.iter().map(attempt).collect(),
            links: OwnLink::of(url),
        }
    }
}
