use super::Outlook;
use crate::clock::Timestamp;
use crate::mail::Failure;
use crate::outbox::{Counters, MessageStatus};
use crate::values::OutboxMessageId;

/// A message as a list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: OutboxMessageId,
    /// The address as it was given.
    pub recipient: String,
    /// The name of its kind.
    pub kind: String,
    /// Its state; [`MessageStatus::Held`] is not told apart from [`MessageStatus::Due`] here.
    pub state: MessageStatus,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it is tried (again), while it is due.
    pub due_at: Timestamp,
    /// When it took its present state for good.
    pub finished_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// An answer to the whole message never came, once at least.
    pub may_have_arrived_twice: bool,
    /// The last failure; of a former attempt if it was accepted.
    pub failure: Option<Box<Failure>>,
    /// The server's answer, if it was accepted.
    pub answer: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The messages, newest first.
    pub rows: Vec<Listed>,
    /// Where to go on, if there may be more.
    pub older: Option<OutboxMessageId>,
}

/// Everything about one message.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What a list shows of it.
    pub listed: Listed,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// Its Message-ID, with angle brackets.
    pub message_id: String,
    /// By which server it was accepted, as host:port.
    pub server: Option<String>,
    /// Under which number that server queued it.
    pub queue_id: Option<String>,
    /// The attempts that did not end in acceptance, in order.
    pub attempts: Vec<Attempt>,
}

/// An attempt that did not end in acceptance.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub number: u32,
    pub at: Timestamp,
    /// What came of it, by its name in the database.
    pub verdict: String,
    /// What happened; nothing if no provider was asked.
    pub failure: Option<Box<Failure>>,
}

impl Attempt {
    /// Whether somebody can do something about it: what is put off for the recipient's sake is tried again by
    /// itself, and no advice to try it again is needed.
    pub fn needs_somebody(&self) -> bool {
        self.verdict != "put_off" || self.failure.as_ref().is_some_and(|failure| failure.speaks_of_provider())
    }
}

/// An address to which nothing is sent.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The address in lower case.
    pub address: String,
    pub since: Timestamp,
    /// How often it was refused for good.
    pub refusals: u32,
    pub failure: Option<Box<Failure>>,
}

/// What stands on top of the list.
#[derive(Clone, Debug)]
pub struct Overview {
    /// How many are in which state.
    pub counts: Counters,
    /// What was done in each of the last 24 hours, the oldest first.
    pub hours: Vec<(Timestamp, Counters)>,
    /// What waits, and how long it will take.
    pub outlook: Outlook,
    /// Whether the queue is held.
    pub is_held: bool,
}
