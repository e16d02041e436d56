use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::Limits;
use super::lane::Lane;
use super::lease::{Leases, Watch};
use super::owner::Owner;
use super::places::{Counted, Place, Places};
use super::pulse::Pulse;
use super::settler::Job;
use crate::outbox::settle::Outcome;
use crate::state::State as Outside;

/// One worker of a process: everything that its lanes share.
pub(super) struct Engine {
    pub(super) outside: Outside,
    pub(super) limits: Limits,
    pub(super) owner: Owner,
    pub(super) places: Arc<Places>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) connections: Arc<Semaphore>,
    pub(super) lanes: Arc<Semaphore>,
    /// For lanes whose servers have yet to show that they answer.
    starts: Arc<Semaphore>,
    /// For lanes whose mail moves.
    moves: Arc<Semaphore>,
    /// Lanes that could move and wait for their turn.
    ready: AtomicUsize,
    pub(super) slot_freed: Arc<Notify>,
    pub(super) jobs: mpsc::UnboundedSender<Job>,
    pub(super) leases: Leases,
    pub(super) watch: Mutex<Watch>,
    /// More lanes were due than there was room for, when last looked.
    pub(super) crowded: AtomicBool,
    pub(super) last_seen: AtomicI64,
    pub(super) stopping: watch::Receiver<bool>,
}

/// So many lanes that could move are enough at hand: no further ones are begun.
const ENOUGH: usize = 4;

/// Room for a lane that begins, or for one that moves. Whoever gives it up rings for the next.
pub(super) struct Slot {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.freed.notify_one();
    }
}

impl Engine {
    pub(super) fn new(
        outside: Outside,
        limits: Limits,
        owner: Owner,
        places: Arc<Places>,
        pulse: Arc<Pulse>,
        jobs: mpsc::UnboundedSender<Job>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            outside,
            limits,
            owner,
            places,
            pulse,
            connections: Arc::new(Semaphore::new(limits.connections)),
            lanes: Arc::new(Semaphore::new(limits.lanes)),
            starts: Arc::new(Semaphore::new(limits.starts)),
            moves: Arc::new(Semaphore::new(limits.moves)),
            ready: AtomicUsize::new(0),
            slot_freed: Arc::default(),
            jobs,
            leases: Leases::new(limits.lease),
            watch: Mutex::default(),
            crowded: AtomicBool::new(false),
            last_seen: AtomicI64::new(i64::MIN),
            stopping,
        }
    }

    pub(super) fn settle(&self, lane: &Arc<Lane>, outcome: Outcome, place: Option<Place>) {
        lane.settling(outcome.message);
        // the settler ends after everybody who could send to it
        drop(self.jobs.send(Job::Outcome { outcome, lane: Arc::clone(lane), place }));
    }

    /// How many lanes may begin now.
    pub(super) fn room(&self) -> usize {
        if self.ready.load(Ordering::Relaxed) >= ENOUGH {
            return 0;
        }
        let free = self.starts.available_permits().min(self.lanes.available_permits());
        // several at a time: each lease is a commit
        if free >= (self.limits.starts / 4).min(self.limits.lanes) { free } else { 0 }
    }

    /// Room to begin, which the one who hands lanes out knows to be there.
    pub(super) fn start(&self) -> Option<Slot> {
        Some(self.slot(Arc::clone(&self.starts).try_acquire_owned().ok()?))
    }

    /// Room to move, as soon as there is some. `None` never comes while the engine lives.
    pub(super) async fn may_move(&self) -> Option<Slot> {
        let _ready = Counted::one_more(&self.ready);
        Some(self.slot(Arc::clone(&self.moves).acquire_owned().await.ok()?))
    }

    fn slot(&self, permit: OwnedSemaphorePermit) -> Slot {
        Slot { permit: Some(permit), freed: Arc::clone(&self.slot_freed) }
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        if stopping.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn others_wait(&self) -> bool {
        self.crowded.load(Ordering::Relaxed) || self.ready.load(Ordering::Relaxed) > 0
    }
}
