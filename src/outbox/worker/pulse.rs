//! Whether the engine's loops get anything done.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

/// A loop that had something to do for so long, and has done nothing, is at a stand.
const PATIENCE: Duration = Duration::from_mins(1);
/// So often it is looked.
const OFTEN: Duration = Duration::from_secs(5);

/// A loop of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loop {
    Dispatch,
    Settle,
    Renew,
}

impl Loop {
    pub const ALL: [Loop; 3] = [Loop::Dispatch, Loop::Settle, Loop::Renew];

    /// Returns the name in figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Loop::Dispatch => "dispatch",
            Loop::Settle => "settle",
            Loop::Renew => "renew",
        }
    }
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The engines of this process.
static ALL: Mutex<Vec<Weak<Pulse>>> = Mutex::new(Vec::new());

/// Returns the loops of this process that have had something to do for a minute and have done nothing.
pub fn stalled() -> Vec<Loop> {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let pulses: Vec<Arc<Pulse>> = all.iter().filter_map(Weak::upgrade).collect();
    drop(all);
    let now = Instant::now();
    Loop::ALL.into_iter().filter(|one| pulses.iter().any(|pulse| pulse.is_stalled(*one, now))).collect()
}

/// Since when each loop has had something to do without getting it done.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<[Option<Instant>; 3]>);

impl Pulse {
    /// Makes the pulse of an engine, known to [`stalled`] as long as the engine lives.
    pub(super) fn of_an_engine() -> Arc<Self> {
        let pulse = Arc::new(Self::default());
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(&pulse));
        pulse
    }

    /// Notes that the loop has something to do.
    pub(super) fn begins(&self, one: Loop) {
        self.set(one, |since| Some(since.unwrap_or_else(Instant::now)));
    }

    /// Notes that the loop has done it, or has nothing to do.
    pub(super) fn done(&self, one: Loop) {
        self.set(one, |_| None);
    }

    fn set(&self, one: Loop, to: impl FnOnce(Option<Instant>) -> Option<Instant>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = all.get_mut(one as usize) {
            *since = to(*since);
        }
    }

    fn is_stalled(&self, one: Loop, now: Instant) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = all.get(one as usize).copied().flatten();
        since.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE)
    }
}

/// Says in the log, once a minute, which loops are at a stand.
pub(super) async fn watch(pulse: Arc<Pulse>) {
    let mut said: Option<Instant> = None;
    loop {
        tokio::time::sleep(OFTEN).await;
        let now = Instant::now();
        let stalled = Loop::ALL.into_iter().filter(|one| pulse.is_stalled(*one, now));
        let names: Vec<&str> = stalled.map(Loop::as_str).collect();
        if names.is_empty() {
            if said.take().is_some() {
                tracing::warn!("the outbox is served again");
            }
        } else if said.is_none_or(|said| said.elapsed() >= PATIENCE) {
            said = Some(now);
            let loops = names.join(", ");
            tracing::error!(loops, "mail is due, and for a minute nothing was done; is the database well?");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_does_nothing_for_a_minute_is_told() {
        let (pulse, now) = (Pulse::of_an_engine(), Instant::now());
        let soon = now + PATIENCE + Duration::from_secs(1);
        pulse.begins(Loop::Settle);
        assert!(!pulse.is_stalled(Loop::Settle, now + PATIENCE / 2));
        pulse.begins(Loop::Settle);
        assert!(pulse.is_stalled(Loop::Settle, soon), "trying again is no progress");
        assert!(!pulse.is_stalled(Loop::Renew, soon), "it has nothing to do");
        pulse.done(Loop::Settle);
        assert!(!pulse.is_stalled(Loop::Settle, soon));
        assert_eq!(stalled(), []);
    }
}
