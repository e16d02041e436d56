use serde::Serialize;
use utoipa::ToSchema;

use crate::messages::{Sent, To};
use crate::web::api::Href;

/// The messages of a call, in the order of its recipients.
#[derive(Serialize, ToSchema)]
#[schema(as = MessagesAccepted)]
pub(super) struct Accepted {
    data: Vec<AcceptedMessage>,
}

/// A message to one recipient.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AcceptedMessage {
    /// Under which it is found among the deliveries.
    #[schema(format = "uuid")]
    id: String,
    recipient: AcceptedRecipient,
    state: AcceptedState,
    links: AcceptedLinks,
}

/// The recipient as the call named them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AcceptedRecipient {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uuid")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Email)]
    email: Option<String>,
}

/// Whether it is about to leave, or waits until mail is no longer held: no provider is set up, or it does not work.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AcceptedState {
    Due,
    Held,
}

#[derive(Serialize, ToSchema)]
struct AcceptedLinks {
    /// What becomes of it, for keys with the scope `deliveries:read`.
    delivery: Href,
}

/// The messages of a batch, in their order.
#[derive(Serialize, ToSchema)]
pub(super) struct AcceptedBatch {
    data: Vec<AcceptedIds>,
}

/// A message of a batch.
#[derive(Serialize, ToSchema)]
struct AcceptedIds {
    /// The message to each of its recipients, in their order.
    ids: Vec<String>,
    state: AcceptedState,
}

impl AcceptedState {
    fn of(sent: &Sent) -> Self {
        if sent.held { AcceptedState::Held } else { AcceptedState::Due }
    }
}

impl Accepted {
    /// What became of the one message to these recipients.
    pub(super) fn of(sent: &[Sent], recipients: &[To]) -> Self {
        let message = |(id, to, state): (String, &To, AcceptedState)| AcceptedMessage {
            recipient: match to {
                To::User(user) => AcceptedRecipient { user_id: Some(user.to_string()), email: None },
                To::Address(address) => AcceptedRecipient { user_id: None, email: Some(address.to_string()) },
            },
            state,
            links: AcceptedLinks { delivery: Href::of(format!("/api/v1/deliveries/{id}")) },
            id,
        };
        let all = sent.iter().flat_map(|sent| {
            let state = AcceptedState::of(sent);
            sent.ids.iter().zip(recipients).map(move |(id, to)| (id.to_string(), to, state))
        });
        Self { data: all.map(message).collect() }
    }
}

impl AcceptedBatch {
    /// What became of the messages.
    pub(super) fn of(sent: &[Sent]) -> Self {
        let ids = |sent: &Sent| AcceptedIds {
            ids: sent.ids.iter().map(ToString::to_string).collect(),
            state: AcceptedState::of(sent),
        };
        Self { data: sent.iter().map(ids).collect() }
    }
}
