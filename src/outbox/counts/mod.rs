pub(super) mod store;

use super::State;

/// How many of a tenant's messages are in which state. At all times
/// `enqueued = due + held + accepted + failed + unknown + cancelled + expired + deleted`: `due` is what
/// remains, and a test counts the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Ever.
    pub enqueued: i64,
    /// Waiting for their turn or their next try.
    pub due: i64,
    /// Waiting in a held lane.
    pub held: i64,
    /// Taken over by a provider.
    pub accepted: i64,
    /// Refused for good.
    pub failed: i64,
    /// Perhaps taken over.
    pub unknown: i64,
    /// Cancelled by a person.
    pub cancelled: i64,
    /// Not taken in their lifetime.
    pub expired: i64,
    /// Deleted by retention.
    pub deleted: i64,
    /// Attempts that were put off: no state.
    pub retried: i64,
}

impl Counts {
    /// How many are in that state.
    pub fn of(&self, state: State) -> i64 {
        match state {
            State::Due => self.due,
            State::Held => self.held,
            State::Accepted => self.accepted,
            State::Failed => self.failed,
            State::Unknown => self.unknown,
            State::Cancelled => self.cancelled,
            State::Expired => self.expired,
        }
    }

    /// Works out how many wait from what was enqueued and what came of it.
    pub(super) fn with_the_rest_waiting(mut self, lane_is_held: bool) -> Self {
        let gone = self.accepted + self.failed + self.unknown + self.cancelled + self.expired + self.deleted;
        let waiting = self.enqueued - gone;
        (self.due, self.held) = if lane_is_held { (0, waiting) } else { (waiting, 0) };
        self
    }

    fn field(&mut self, state: State) -> Option<&mut i64> {
        match state {
            State::Due | State::Held => None,
            State::Accepted => Some(&mut self.accepted),
            State::Failed => Some(&mut self.failed),
            State::Unknown => Some(&mut self.unknown),
            State::Cancelled => Some(&mut self.cancelled),
            State::Expired => Some(&mut self.expired),
        }
    }
}

/// A change of the counts, to be written with what it counts. What goes up is counted in the hour in which
/// it happens, what is taken back in hour 0: an hour's figures say what was done in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub up: Counts,
    pub back: Counts,
}

impl Change {
    pub(super) fn moved(&mut self, from: State, to: State) {
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

    pub(super) fn deleted(&mut self, from: State) {
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
        change.moved(State::Due, State::Accepted);
        change.moved(State::Due, State::Failed);
        change.moved(State::Failed, State::Due);
        change.moved(State::Due, State::Due);
        change.deleted(State::Accepted);
        let mut sum = change.up;
        sum.accepted += change.back.accepted;
        sum.failed += change.back.failed;
        sum.deleted += change.back.deleted;
        let sum = sum.with_the_rest_waiting(false);
        assert_eq!((sum.due, sum.accepted, sum.failed, sum.deleted), (2, 0, 0, 1));
        assert_eq!(sum.with_the_rest_waiting(true).held, 2);
    }
}
