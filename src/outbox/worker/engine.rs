use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::Limits;
use super::in_flight::{Counted, InFlightLimiter, InFlightPermit};
use super::lease::{Leases, Watch};
use super::outcome_writer::WriteRequest;
use super::owner::Owner;
use super::pulse::Pulse;
use super::queue::TenantQueue;
use crate::outbox::outcomes::Outcome;
use crate::state::State;

/// One worker of a process: everything that its queues share.
pub(super) struct Engine {
    pub(super) app: State,
    pub(super) limits: Limits,
    pub(super) owner: Owner,
    pub(super) in_flight: Arc<InFlightLimiter>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) connections: Arc<Semaphore>,
    pub(super) queues: Arc<Semaphore>,
    /// For queues whose servers have yet to show that they answer.
    starts: Arc<Semaphore>,
    /// For queues whose mail moves.
    moves: Arc<Semaphore>,
    /// Queues that could move and wait for their turn.
    ready: AtomicUsize,
    pub(super) slot_freed: Arc<Notify>,
    pub(super) jobs: mpsc::UnboundedSender<WriteRequest>,
    pub(super) leases: Leases,
    pub(super) watch: Mutex<Watch>,
    /// More queues were due than there was room for, when last looked.
    pub(super) crowded: AtomicBool,
    pub(super) last_seen: AtomicI64,
    pub(super) stopping: watch::Receiver<bool>,
}

/// So many queues that could move are enough at hand: no further ones are begun.
const ENOUGH: usize = 4;

/// Room for a queue that begins, or for one that moves. Whoever gives it up rings for the next.
pub(super) struct QueuePermit {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

impl Drop for QueuePermit {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.freed.notify_one();
    }
}

impl Engine {
    pub(super) fn new(
        app: State,
        limits: Limits,
        owner: Owner,
        in_flight: Arc<InFlightLimiter>,
        pulse: Arc<Pulse>,
        jobs: mpsc::UnboundedSender<WriteRequest>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            app,
            limits,
            owner,
            in_flight,
            pulse,
            connections: Arc::new(Semaphore::new(limits.connections)),
            queues: Arc::new(Semaphore::new(limits.queues)),
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

    pub(super) fn settle(&self, queue: &Arc<TenantQueue>, outcome: Outcome, place: Option<InFlightPermit>) {
        queue.settling(outcome.message);
        // the outcome writer ends after everybody who could send to it
        drop(self.jobs.send(WriteRequest::Outcome { outcome, queue: Arc::clone(queue), place }));
    }

    /// How many queues may begin now.
    pub(super) fn room(&self) -> usize {
        if self.ready.load(Ordering::Relaxed) >= ENOUGH {
            return 0;
        }
        let free = self.starts.available_permits().min(self.queues.available_permits());
        // several at a time: each lease is a commit
        if free >= (self.limits.starts / 4).min(self.limits.queues) { free } else { 0 }
    }

    /// Room to begin, which the one who hands queues out knows to be there.
    pub(super) fn start(&self) -> Option<QueuePermit> {
        Some(self.slot(Arc::clone(&self.starts).try_acquire_owned().ok()?))
    }

    /// Room to move, as soon as there is some. `None` never comes while the engine lives.
    pub(super) async fn may_move(&self) -> Option<QueuePermit> {
        let _ready = Counted::one_more(&self.ready);
        Some(self.slot(Arc::clone(&self.moves).acquire_owned().await.ok()?))
    }

    fn slot(&self, permit: OwnedSemaphorePermit) -> QueuePermit {
        QueuePermit { permit: Some(permit), freed: Arc::clone(&self.slot_freed) }
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
