use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::lane::Lane;
use super::places::Place;
use crate::clock::Timestamp;
use crate::outbox::Hold;
use crate::outbox::counts::store as tallies;
use crate::outbox::lane::lease::store as leases;
use crate::outbox::metrics;
use crate::outbox::settle::{self, Outcome};
use crate::state::State as Outside;
use crate::values::TenantId;

/// So many jobs are committed at once, at most.
const GROUP: usize = 64;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something to be committed.
pub(super) enum Job {
    /// What became of a message; the lane learns when it is written. The place is given back then, since
    /// until then the message is in flight.
    Outcome { outcome: Outcome, lane: Arc<Lane>, place: Option<Place> },
    /// A lane that is given back.
    PutBack { put_back: PutBack, done: oneshot::Sender<()> },
}

/// How a lane is given back.
#[derive(Debug)]
pub(super) struct PutBack {
    pub tenant: TenantId,
    pub hold: Option<Hold>,
    pub due_at: Option<Timestamp>,
}

/// Commits whatever came in since the last commit, over and over. While the database is gone it tries again
/// and again: what is not written would be sent twice.
pub(super) async fn run(outside: Outside, owner: String, mut jobs: UnboundedReceiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = commit(&outside, &owner, &group).await {
            tracing::warn!(%error, "outcomes cannot be written; no mail leaves until they are");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        tracing::debug!(jobs = group.len(), "settled");
        measure(&group);
        for job in group.drain(..) {
            match job {
                Job::Outcome { outcome, lane, place } => {
                    drop(place);
                    lane.settled(outcome.message);
                }
                // whoever gave it back may be gone
                Job::PutBack { done, .. } => drop(done.send(())),
            }
        }
    }
}

fn measure(group: &[Job]) {
    let mut outcomes = 0;
    for job in group {
        if let Job::Outcome { outcome, .. } = job {
            outcomes += 1;
            metrics::attempted(outcome.what.name());
        }
    }
    if outcomes > 0 {
        metrics::settled(outcomes);
    }
}

async fn commit(outside: &Outside, owner: &str, group: &[Job]) -> Result<(), DbErr> {
    let now = outside.clock.now();
    let mut outcomes = Vec::new();
    let mut lanes = Vec::new();
    for job in group {
        match job {
            Job::Outcome { outcome, .. } => outcomes.push(outcome.clone()),
            Job::PutBack { put_back, .. } => lanes.push(put_back),
        }
    }
    // always in the same order, so that two processes never wait for each other in a circle
    outcomes.sort_unstable_by_key(|outcome| (outcome.tenant, outcome.message));
    lanes.sort_unstable_by_key(|lane| lane.tenant);
    let tx = outside.db.write().await?;
    let changes = settle::settle(&*tx, &outcomes).await?;
    // lanes before tallies, as whoever takes arrivals in
    for PutBack { tenant, hold, due_at } in lanes {
        leases::put_back(&*tx, *tenant, owner, hold.as_ref(), *due_at, now).await?;
    }
    tallies::add_changes(&*tx, &changes, now).await?;
    tx.commit().await
}
