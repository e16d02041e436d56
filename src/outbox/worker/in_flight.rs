use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::outbox::IN_FLIGHT;
use crate::values::TenantId;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// A server whose answer to a whole message comes within that time is prompt.
    prompt: Duration,
    /// So long a server may leave us without that answer while others wait for its place; otherwise it may
    /// take the minutes that RFC 5321 grants (section 4.5.3.2.6).
    patience: Duration,
    /// So often whoever waits for a place asks that one be freed.
    asking: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            prompt: Duration::from_secs(2),
            patience: Duration::from_secs(10),
            asking: Duration::from_secs(1),
        }
    }
}

/// The few places of messages between their final dot and the commit of their outcome.
///
/// A server that takes a message and never says what became of it keeps its place for minutes, and a few such
/// servers would have them all. So half of the places are kept for tenants whose servers were prompt last
/// time; and when places are short, those that wait longest for an answer give theirs up. The outcome of
/// their messages is unknown then.
#[derive(Debug)]
pub(super) struct InFlightLimiter {
    all: Arc<Semaphore>,
    /// For tenants of whose servers nothing good is known.
    newcomers: Arc<Semaphore>,
    prompt: Mutex<HashSet<TenantId>>,
    waiting: AtomicUsize,
    relief: Notify,
    spans: Timeouts,
}

/// A place that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct InFlightPermit {
    _place: OwnedSemaphorePermit,
    _newcomer: Option<OwnedSemaphorePermit>,
}

impl InFlightLimiter {
    pub(super) fn new(spans: Timeouts) -> Self {
        Self {
            all: Arc::new(Semaphore::new(IN_FLIGHT)),
            newcomers: Arc::new(Semaphore::new(IN_FLIGHT / 2)),
            prompt: Mutex::default(),
            waiting: AtomicUsize::new(0),
            relief: Notify::new(),
            spans,
        }
    }

    /// A place for a message of that tenant, as soon as there is one. `None` never comes while the engine
    /// lives.
    pub(super) async fn take(&self, tenant: TenantId) -> Option<InFlightPermit> {
        let mut taken = pin!(async {
            let newcomer = if self.is_prompt(tenant) {
                None
            } else {
                Some(Arc::clone(&self.newcomers).acquire_owned().await.ok()?)
            };
            let place = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(InFlightPermit { _place: place, _newcomer: newcomer })
        });
        let _waiting = Counted::one_more(&self.waiting);
        loop {
            tokio::select! {
                biased;
                place = &mut taken => return place,
                () = tokio::time::sleep(self.spans.asking) => self.relief.notify_one(),
            }
        }
    }

    /// For whoever has a place and waits for a server's answer: over when the place should be given up.
    pub(super) async fn timed_out(&self, tenant: TenantId) {
        tokio::time::sleep(self.spans.prompt).await;
        self.prompt().remove(&tenant);
        tokio::time::sleep(self.spans.patience.saturating_sub(self.spans.prompt)).await;
        loop {
            self.relief.notified().await;
            // whoever asked may have found a place meanwhile
            if self.waiting.load(Ordering::Relaxed) > 0 {
                return;
            }
        }
    }

    /// The tenant's server has answered a whole message after that time.
    pub(super) fn answered(&self, tenant: TenantId, after: Duration) {
        if after <= self.spans.prompt {
            self.prompt().insert(tenant);
        }
    }

    /// Whether most are taken.
    pub(super) fn are_short(&self) -> bool {
        self.taken() >= IN_FLIGHT / 4 * 3
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        IN_FLIGHT - self.all.available_permits()
    }

    fn is_prompt(&self, tenant: TenantId) -> bool {
        self.prompt().contains(&tenant)
    }

    fn prompt(&self) -> MutexGuard<'_, HashSet<TenantId>> {
        self.prompt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits, for as long as it lives.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    pub(super) fn one_more(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    const SPANS: Timeouts = Timeouts {
        prompt: Duration::from_millis(50),
        patience: Duration::from_millis(300),
        asking: Duration::from_millis(50),
    };

    async fn take_all(in_flight: &InFlightLimiter, tenant: TenantId) -> Vec<InFlightPermit> {
        let mut taken = Vec::new();
        while let Ok(Some(place)) = timeout(Duration::from_millis(10), in_flight.take(tenant)).await {
            taken.push(place);
        }
        taken
    }

    #[tokio::test]
    async fn there_are_so_many_and_half_of_them_for_newcomers() {
        let (in_flight, prompt, new) =
            (InFlightLimiter::new(Timeouts::default()), TenantId::new(), TenantId::new());
        in_flight.answered(prompt, Duration::from_secs(1));
        in_flight.answered(new, Duration::from_secs(3));
        let newcomers = take_all(&in_flight, new).await;
        assert_eq!(newcomers.len(), IN_FLIGHT / 2);
        let others = take_all(&in_flight, prompt).await;
        assert_eq!(others.len(), IN_FLIGHT / 2, "they hold up nobody else");
        drop((newcomers, others));
        assert_eq!(
            take_all(&in_flight, prompt).await.len(),
            IN_FLIGHT,
            "what was given back can be had again"
        );
    }

    #[tokio::test]
    async fn nobody_gives_up_a_place_that_nobody_wants() {
        let (in_flight, tenant) = (InFlightLimiter::new(SPANS), TenantId::new());
        let _taken = take_all(&in_flight, tenant).await;
        // those who asked for more have gone
        assert!(timeout(Duration::from_secs(1), in_flight.timed_out(tenant)).await.is_err());
    }

    #[tokio::test]
    async fn who_overstays_makes_room_when_others_wait() {
        let (in_flight, slow, next) = (InFlightLimiter::new(SPANS), TenantId::new(), TenantId::new());
        in_flight.answered(slow, Duration::ZERO);
        let mut taken = take_all(&in_flight, slow).await;
        assert_eq!(taken.len(), IN_FLIGHT);
        let start = Instant::now();
        let gives_up = async {
            in_flight.timed_out(slow).await;
            drop(taken.pop());
            start.elapsed()
        };
        let (after, place) = tokio::join!(gives_up, in_flight.take(next));
        assert!(place.is_some());
        assert!(after >= SPANS.patience, "{after:?}");
        assert!(!in_flight.is_prompt(slow), "it is a newcomer again");
    }
}
