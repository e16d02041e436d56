pub(super) mod store;

use super::MessageStatus;

/// How many of a tenant's messages are in which state. At all times
/// `enqueued = due + held + accepted + failed + unknown + cancelled + expired + deleted`: `due` is what
/// remains, and a test counts the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    pub enqueued: i64,
    /// Waiting for their turn or their next try.
    pub due: i64,
    /// Waiting in a held queue.
    pub held: i64,
    /// Taken over by a provider.
    pub accepted: i64,
    pub failed: i64,
    pub unknown: i64,
    /// Cancelled by a person.
    pub cancelled: i64,
    /// Not taken in their lifetime.
    pub expired: i64,
    pub deleted: i64,
    /// Attempts that were put off: no state.
    pub retried: i64,
}

impl Counters {
    /// How many are in that state.
    pub fn of(&self, state: MessageStatus) -> i64 {
        match state {
            MessageStatus::Due => self.due,
            MessageStatus::Held => self.held,
            MessageStatus::Accepted => self.accepted,
            MessageStatus::Failed => self.failed,
            MessageStatus::Unknown => self.unknown,
            MessageStatus::Cancelled => self.cancelled,
            MessageStatus::Expired => self.expired,
        }
    }

    /// Works out how many wait from what was enqueued and what came of it.
    pub(super) fn with_the_rest_waiting(mut self, queue_is_held: bool) -> Self {
        let gone = self.accepted + self.failed + self.unknown + self.cancelled + self.expired + self.deleted;
        let waiting = self.enqueued - gone;
        (self.due, self.held) = if queue_is_held { (0, waiting) } else { (waiting, 0) };
        self
    }

    fn field(&mut self, state: MessageStatus) -> Option<&mut i64> {
        match state {
            MessageStatus::Due | MessageStatus::Held => None,
            MessageStatus::Accepted => Some(&mut self.accepted),
            MessageStatus::Failed => Some(&mut self.failed),
            MessageStatus::Unknown => Some(&mut self.unknown),
            MessageStatus::Cancelled => Some(&mut self.cancelled),
            MessageStatus::Expired => Some(&mut self.expired),
        }
    }
}

/// A change of the counts, to be written with what it counts. What goes up is counted in the hour in which
/// it happens, what is taken back in hour 0: an hour's figures say what was done in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub up: Counters,
    pub back: Counters,
}

impl Change {
    pub(super) fn moved(&mut self, from: MessageStatus, to: MessageStatus) {
        if from == to {
            return;
        }
        if let Some(count) = self.up.field(to) {
            *count += 1;
        }
        if let Some(count) = self.back.field(from) {
            *count -= 1;
        }
    }

    pub(super) fn deleted(&mut self, from: MessageStatus) {
        self.back.deleted += 1;
        if let Some(count) = self.back.field(from) {
            *count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_stays_one() {
        let mut change = Change::default();
        change.up.enqueued = 3;
        change.moved(MessageStatus::Due, MessageStatus::Accepted);
        change.moved(MessageStatus::Due, MessageStatus::Failed);
        change.moved(MessageStatus::Failed, MessageStatus::Due);
        change.moved(MessageStatus::Due, MessageStatus::Due);
        change.deleted(MessageStatus::Accepted);
        let mut sum = change.up;
        sum.accepted += change.back.accepted;
        sum.failed += change.back.failed;
        sum.deleted += change.back.deleted;
        let sum = sum.with_the_rest_waiting(false);
        assert_eq!((sum.due, sum.accepted, sum.failed, sum.deleted), (2, 0, 0, 1));
        assert_eq!(sum.with_the_rest_waiting(true).held, 2);
    }
}
