use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::in_flight::{InFlightLimiter, InFlightPermit};
use super::pulse::{Loop, Pulse};
use super::queue::TenantQueue;
use crate::clock::Timestamp;
use crate::email_provider;
use crate::mail::Failure;
use crate::outbox::Hold;
use crate::outbox::counters::store as tallies;
use crate::outbox::metrics;
use crate::outbox::outcomes::{self, Outcome};
use crate::outbox::queue::lease::store as leases;
use crate::state::State;
use crate::values::TenantId;

/// So many jobs are committed at once, at most.
const GROUP: usize = 64;
/// A group of so many does not wait for more: whoever has a place must not wait for the others.
const FULL: usize = 48;
/// So long a group waits for the outcomes of other messages that are under way.
const LINGER: Duration = Duration::from_millis(3);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Something to be committed.
pub(super) enum WriteRequest {
    /// What became of a message; the queue learns when it is written. The place is given back then, since
    /// until then the message is in flight.
    Outcome { outcome: Outcome, queue: Arc<TenantQueue>, place: Option<InFlightPermit> },
    /// A queue that is given back.
    Release { put_back: Release, done: oneshot::Sender<()> },
}

/// How a queue is given back.
#[derive(Debug)]
pub(super) struct Release {
    pub tenant: TenantId,
    pub hold: Option<Hold>,
    pub due_at: Option<Timestamp>,
    /// What the turn says about the provider's health, if that is new.
    pub news: Option<News>,
}

/// What a provider did, and which save of it.
#[derive(Debug)]
pub(super) struct News {
    pub revision: Uuid,
    /// Nothing if it took a message over.
    pub failure: Option<Box<Failure>>,
}

/// Whoever writes outcomes, one for a process.
pub(super) struct OutcomeWriter {
    pub app: State,
    pub owner: String,
    pub in_flight: Arc<InFlightLimiter>,
    pub pulse: Arc<Pulse>,
}

impl OutcomeWriter {
    /// Commits whatever came in since the last commit, over and over. While the database is gone it tries again
    /// and again: what is not written would be sent twice.
    pub(super) async fn run(self, mut jobs: UnboundedReceiver<WriteRequest>) {
        let Self { app, owner, in_flight, pulse } = self;
        let mut group = Vec::with_capacity(GROUP);
        let others_under_way = |group: &[WriteRequest]| outcomes(group) < in_flight.taken();
        while gather(&mut jobs, &mut group, LINGER, others_under_way).await {
            pulse.begins(Loop::Settle);
            let mut pause = FIRST_PAUSE;
            while let Err(error) = commit(&app, &owner, &group).await {
                tracing::warn!(%error, "outcomes cannot be written; no mail leaves until they are");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
            pulse.done(Loop::Settle);
            tracing::debug!(jobs = group.len(), "settled");
            measure(&group);
            for job in group.drain(..) {
                match job {
                    WriteRequest::Outcome { outcome, queue, place } => {
                        drop(place);
                        queue.settled(outcome.message);
                    }
                    // whoever gave it back may be gone
                    WriteRequest::Release { done, .. } => drop(done.send(())),
                }
            }
        }
    }
}

/// The next group, or nothing when there will be none. While other messages are under way it waits a moment for
/// theirs: a commit costs much the same for many outcomes as for few.
async fn gather<T>(
    jobs: &mut UnboundedReceiver<T>,
    group: &mut Vec<T>,
    linger: Duration,
    others_under_way: impl Fn(&[T]) -> bool,
) -> bool {
    if jobs.recv_many(group, GROUP).await == 0 {
        return false;
    }
    let end = Instant::now() + linger;
    while group.len() < FULL && others_under_way(group) {
        let room = GROUP - group.len();
        if !matches!(timeout_at(end, jobs.recv_many(group, room)).await, Ok(1..)) {
            break;
        }
    }
    true
}

/// How many of the jobs have a place.
fn outcomes(group: &[WriteRequest]) -> usize {
    group.iter().filter(|job| matches!(job, WriteRequest::Outcome { place: Some(_), .. })).count()
}

fn measure(group: &[WriteRequest]) {
    let mut outcomes = 0;
    for job in group {
        if let WriteRequest::Outcome { outcome, .. } = job {
            outcomes += 1;
            metrics::attempted(outcome.what.name());
        }
    }
    if outcomes > 0 {
        metrics::settled(outcomes);
    }
}

async fn note(tx: &impl ConnectionTrait, tenant: TenantId, news: &News, now: Timestamp) -> Result<(), DbErr> {
    let said = match &news.failure {
        Some(failure) => email_provider::HealthEvent::Failed(failure),
        None => email_provider::HealthEvent::Accepted,
    };
    match email_provider::note(tx, tenant, news.revision, said, now).await {
        Err(email_provider::Error::Database(error)) => Err(error),
        Err(error) => {
            tracing::warn!(%tenant, %error, "the provider's health is not noted");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn commit(app: &State, owner: &str, group: &[WriteRequest]) -> Result<(), DbErr> {
    let now = app.clock.now();
    let mut outcomes = Vec::new();
    let mut queues = Vec::new();
    for job in group {
        match job {
            WriteRequest::Outcome { outcome, .. } => outcomes.push(outcome.clone()),
            WriteRequest::Release { put_back, .. } => queues.push(put_back),
        }
    }
    // always in the same order, so that two processes never wait for each other in a circle
    outcomes.sort_unstable_by_key(|outcome| (outcome.tenant, outcome.message));
    queues.sort_unstable_by_key(|queue| queue.tenant);
    let tx = app.db.write().await?;
    // providers first, as whoever saves one
    for queue in &queues {
        if let Some(news) = &queue.news {
            note(&*tx, queue.tenant, news, now).await?;
        }
    }
    let changes = outcomes::settle(&*tx, &outcomes).await?;
    // queues before tallies, as whoever takes arrivals in
    if queues.iter().all(|queue| queue.hold.is_none() && queue.due_at.is_none()) {
        leases::put_back_free(&*tx, queues.iter().map(|queue| queue.tenant), owner, now).await?;
    } else {
        // one by one, so that all are locked in the order of their tenants
        for Release { tenant, hold, due_at, .. } in queues {
            leases::put_back(&*tx, *tenant, owner, hold.as_ref(), *due_at, now).await?;
        }
    }
    tallies::add_changes(&*tx, &changes, now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    /// A busy machine sends late; what is compared is who was waited for, not how long.
    const PATIENT: Duration = Duration::from_millis(700);

    async fn gathered(first: usize, later: usize, under_way: usize) -> usize {
        let (jobs, mut receiver) = unbounded_channel();
        (0..first).for_each(|job| jobs.send(job).unwrap());
        let sender = async {
            tokio::time::sleep(LINGER).await;
            (0..later).for_each(|job| jobs.send(job).unwrap());
        };
        let mut group = Vec::new();
        let gathers = gather(&mut receiver, &mut group, PATIENT, |group| group.len() < under_way);
        let (more, ()) = tokio::join!(gathers, sender);
        assert!(more);
        group.len()
    }

    #[tokio::test]
    async fn a_group_waits_a_moment_for_what_is_under_way() {
        assert_eq!(gathered(1, 1, 1).await, 1, "nothing else is");
        assert_eq!(gathered(1, 1, 2).await, 2, "and for no longer than that");
        assert_eq!(gathered(1, 1, 3).await, 2, "one does not come");
        assert_eq!(gathered(FULL, 1, 64).await, FULL, "enough");
        assert_eq!(gathered(100, 0, 200).await, GROUP, "and never too many");
    }
}
