//! Room for lanes: many may begin at a time, few may move quickly, and those that wait for their servers take none.

use std::time::Duration;

use tokio::time::Instant;

use super::engine::{Engine, Slot};
use super::lane::Lane;

/// Whoever takes no room looks about so often.
const LATER: Duration = Duration::from_secs(1);

/// How far a turn is, and which room it takes.
pub(super) enum Stage {
    /// The server has yet to answer a message. If it does not by then, it takes no room.
    Begins { slot: Option<Slot>, until: Instant },
    /// Mail moves quickly: there were so many outcomes when last looked, and by then it is looked again.
    Moves { slot: Slot, outcomes: usize, until: Instant },
    /// Mail moves as slowly as its server: it is that which is waited for, and nothing of ours.
    Waits,
}

impl Stage {
    pub(super) fn begins(engine: &Engine, slot: Slot) -> Self {
        Stage::Begins { slot: Some(slot), until: Instant::now() + engine.limits.slow }
    }

    pub(super) fn moves(engine: &Engine, lane: &Lane, slot: Slot) -> Self {
        Stage::Moves { slot, outcomes: lane.progress().1, until: Instant::now() + engine.limits.slow }
    }

    pub(super) fn is_beginning(&self) -> bool {
        matches!(self, Stage::Begins { .. })
    }

    /// When to look again at the latest.
    pub(super) fn until(&self) -> Instant {
        match self {
            Stage::Begins { slot: Some(_), until } | Stage::Moves { until, .. } => *until,
            Stage::Begins { slot: None, .. } | Stage::Waits => Instant::now() + LATER,
        }
    }

    /// What it is by now.
    pub(super) fn looked_at(self, engine: &Engine, lane: &Lane) -> Self {
        if Instant::now() < self.until() {
            return self;
        }
        match self {
            Stage::Begins { until, .. } => Stage::Begins { slot: None, until },
            Stage::Moves { slot, outcomes, .. } => {
                let is_quick = lane.progress().1 - outcomes >= engine.limits.quick;
                // where places are short it is we who are slow
                if is_quick || engine.places.are_short() {
                    Stage::moves(engine, lane, slot)
                } else {
                    Stage::Waits
                }
            }
            Stage::Waits => Stage::Waits,
        }
    }
}
