use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::lane::Lane;
use super::places::{Place, Places};
use super::pulse::{Loop, Pulse};
use crate::clock::Timestamp;
use crate::email_provider;
use crate::mail::Failure;
use crate::outbox::Hold;
use crate::outbox::counts::store as tallies;
use crate::outbox::lane::lease::store as leases;
use crate::outbox::metrics;
use crate::outbox::settle::{self, Outcome};
use crate::state::State as Outside;
use crate::values::TenantId;

/// So many jobs are committed at once, at most.
const GROUP: usize = 64;
/// A group of so many does not wait for more: whoever has a place must not wait for the others.
const FULL: usize = 48;
/// So long a group waits for the outcomes of other messages that are under way.
const LINGER: Duration = Duration::from_millis(3);
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
pub(super) struct Settler {
    pub outside: Outside,
    pub owner: String,
    pub places: Arc<Places>,
    pub pulse: Arc<Pulse>,
}

impl Settler {
    /// Commits whatever came in since the last commit, over and over. While the database is gone it tries again
    /// and again: what is not written would be sent twice.
    pub(super) async fn run(self, mut jobs: UnboundedReceiver<Job>) {
        let Self { outside, owner, places, pulse } = self;
        let mut group = Vec::with_capacity(GROUP);
        let others_under_way = |group: &[Job]| outcomes(group) < places.taken();
        while gather(&mut jobs, &mut group, others_under_way).await {
            pulse.begins(Loop::Settle);
            let mut pause = FIRST_PAUSE;
            while let Err(error) = commit(&outside, &owner, &group).await {
                tracing::warn!(%error, "outcomes cannot be written; no mail leaves until they are");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            pulse.done(Loop::Settle);
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
}

/// The next group, or nothing when there will be none. While other messages are under way it waits a moment for
/// theirs: a commit costs much the same for many outcomes as for few.
async fn gather<T>(
    jobs: &mut UnboundedReceiver<T>,
    group: &mut Vec<T>,
    others_under_way: impl Fn(&[T]) -> bool,
) -> bool {
    if jobs.recv_many(group, GROUP).await == 0 {
        return false;
    }
    let end = Instant::now() + LINGER;
    while group.len() < FULL && others_under_way(group) {
        let room = GROUP - group.len();
        if !matches!(timeout_at(end, jobs.recv_many(group, room)).await, Ok(1..)) {
            break;
        }
    }
    true
}

/// How many of the jobs have a place.
fn outcomes(group: &[Job]) -> usize {
    group.iter().filter(|job| matches!(job, Job::Outcome { place: Some(_), .. })).count()
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

async fn note(tx: &impl ConnectionTrait, tenant: TenantId, news: &News, now: Timestamp) -> Result<(), DbErr> {
    let said = match &news.failure {
        Some(failure) => email_provider::News::Failed(failure),
        None => email_provider::News::Accepted,
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
    // providers first, as whoever saves one
    for lane in &lanes {
        if let Some(news) = &lane.news {
            note(&*tx, lane.tenant, news, now).await?;
        }
    }
    let changes = settle::settle(&*tx, &outcomes).await?;
    // lanes before tallies, as whoever takes arrivals in
    if lanes.iter().all(|lane| lane.hold.is_none() && lane.due_at.is_none()) {
        leases::put_back_free(&*tx, lanes.iter().map(|lane| lane.tenant), owner, now).await?;
    } else {
        // one by one, so that all are locked in the order of their tenants
        for PutBack { tenant, hold, due_at, .. } in lanes {
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

    async fn gathered(first: usize, later: usize, under_way: usize) -> usize {
        let (jobs, mut receiver) = unbounded_channel();
        (0..first).for_each(|job| jobs.send(job).unwrap());
        let sender = async {
            tokio::time::sleep(LINGER / 3).await;
            (0..later).for_each(|job| jobs.send(job).unwrap());
        };
        let mut group = Vec::new();
        let gathers = gather(&mut receiver, &mut group, |group| group.len() < under_way);
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
