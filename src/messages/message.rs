use crate::outbox::{File, Priority};
use crate::values::{EmailAddress, OutboxMessageId, UserId};

/// So many recipients a message has at most.
pub(super) const RECIPIENTS: usize = 100;
/// So many messages a call has at most.
pub(super) const MESSAGES: usize = 1_000;
/// And so many recipients in all.
pub(super) const RECIPIENTS_OF_ALL: usize = 10_000;
/// The longest subject, in characters: a line of a header has at most 998 (RFC 5322, section 2.1.1).
pub(super) const MAX_SUBJECT: usize = 255;

/// A message that a program hands in, checked but for its recipients.
#[derive(Clone)]
pub struct Draft {
    /// The subject, in one line.
    pub subject: String,
    pub text: String,
    /// The same as HTML, clean.
    pub html: String,
    /// The files that go with it.
    pub files: Vec<File>,
    /// Who waits for it.
    pub priority: Priority,
    pub recipients: Vec<To>,
}

/// A recipient as a program names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// A user of the tenant.
    User(UserId),
    Address(EmailAddress),
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message to each recipient of the draft, in their order; whoever is named twice has the same twice.
    pub ids: Vec<OutboxMessageId>,
    /// Whether nothing leaves at present.
    pub held: bool,
}

impl To {
    /// The user, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            To::User(user) => Some(*user),
            To::Address(_) => None,
        }
    }
}

impl Sent {
    /// Of messages, and the place among them of each recipient.
    pub(super) fn of(messages: &[OutboxMessageId], places: &[usize], held: bool) -> Self {
        let ids = places.iter().filter_map(|place| messages.get(*place).copied()).collect();
        Self { ids, held }
    }
}
