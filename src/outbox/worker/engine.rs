use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::Limits;
use super::lane::Lane;
use super::lease::{Leases, Watch};
use super::owner::Owner;
use super::places::{Place, Places, Spans};
use super::settler::Job;
use crate::outbox::settle::Outcome;
use crate::state::State as Outside;

/// One worker of a process: everything that its lanes share.
pub(super) struct Engine {
    pub(super) outside: Outside,
    pub(super) limits: Limits,
    pub(super) owner: Owner,
    pub(super) places: Places,
    pub(super) connections: Arc<Semaphore>,
    pub(super) lanes: Arc<Semaphore>,
    pub(super) slots: Arc<Semaphore>,
    pub(super) slot_freed: Notify,
    pub(super) jobs: mpsc::UnboundedSender<Job>,
    pub(super) leases: Leases,
    pub(super) watch: Mutex<Watch>,
    /// More lanes were due than slots free, when last looked.
    pub(super) crowded: AtomicBool,
    pub(super) last_seen: AtomicI64,
    pub(super) stopping: watch::Receiver<bool>,
}

impl Engine {
    pub(super) fn new(
        outside: Outside,
        limits: Limits,
        owner: Owner,
        jobs: mpsc::UnboundedSender<Job>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            outside,
            limits,
            owner,
            places: Places::new(Spans::default()),
            connections: Arc::new(Semaphore::new(limits.connections)),
            lanes: Arc::new(Semaphore::new(limits.lanes)),
            slots: Arc::new(Semaphore::new(limits.slots)),
            slot_freed: Notify::new(),
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
        self.crowded.load(Ordering::Relaxed)
    }
}
