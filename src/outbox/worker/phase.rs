//! Room for queues: many may begin at a time, few may move quickly, and those that wait for their servers take none.

use std::time::Duration;

use tokio::time::Instant;

use super::engine::{Engine, QueuePermit};
use super::queue::TenantQueue;

/// Whoever takes no room looks about so often.
const LATER: Duration = Duration::from_secs(1);

/// How far a turn is, and which room it takes.
pub(super) enum Phase {
    /// The server has yet to answer a message. If it does not by then, it takes no room.
    Starting { slot: Option<QueuePermit>, until: Instant },
    /// Mail moves quickly: there were so many outcomes when last looked, and by then it is looked again.
    Active { slot: QueuePermit, outcomes: usize, until: Instant },
    /// Mail moves as slowly as its server: it is that which is waited for, and nothing of ours.
    Throttled,
}

impl Phase {
    pub(super) fn begins(engine: &Engine, slot: QueuePermit) -> Self {
        Phase::Starting { slot: Some(slot), until: Instant::now() + engine.limits.slow }
    }

    pub(super) fn moves(engine: &Engine, queue: &TenantQueue, slot: QueuePermit) -> Self {
        Phase::Active { slot, outcomes: queue.progress().1, until: Instant::now() + engine.limits.slow }
    }

    pub(super) fn is_beginning(&self) -> bool {
        matches!(self, Phase::Starting { .. })
    }

    /// When to look again at the latest.
    pub(super) fn until(&self) -> Instant {
        match self {
            Phase::Starting { slot: Some(_), until } | Phase::Active { until, .. } => *until,
            Phase::Starting { slot: None, .. } | Phase::Throttled => Instant::now() + LATER,
        }
    }

    /// What it is by now.
    pub(super) fn looked_at(self, engine: &Engine, queue: &TenantQueue) -> Self {
        if Instant::now() < self.until() {
            return self;
        }
        match self {
            Phase::Starting { until, .. } => Phase::Starting { slot: None, until },
            Phase::Active { slot, outcomes, .. } => {
                let is_quick = queue.progress().1 - outcomes >= engine.limits.quick;
                // where places are short it is we who are slow
                if is_quick || engine.in_flight.are_short() {
                    Phase::moves(engine, queue, slot)
                } else {
                    Phase::Throttled
                }
            }
            Phase::Throttled => Phase::Throttled,
        }
    }
}
