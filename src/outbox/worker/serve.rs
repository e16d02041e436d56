//! One turn of a queue: from its lease to its being put back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::engine::{Engine, QueuePermit};
use super::lease::Lease;
use super::outcome_writer::{News, Release, WriteRequest};
use super::phase::Phase;
use super::queue::{StopReason, TenantQueue};
use super::sender::{self, unrenderable};
use super::store::{self, Next};
use super::work::{Loaded, Work};
use crate::clock::Timestamp;
use crate::email_provider::{self, Error as ProviderError};
use crate::mail_types::UnreadableMail;
use crate::outbox::outcomes::{Outcome, OutcomeKind, Refused};
use crate::outbox::queue::lease::Leased;
use crate::outbox::{Hold, HoldKind, Transition, retry};
use crate::values::TenantId;

/// So many messages are read from the database at once; the next ones before half of them are gone.
const AT_ONCE: usize = 128;
/// A queue whose server does nothing looks about so often.
const IDLE: Duration = Duration::from_secs(1);
/// A database that is gone is asked again after that time.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);

/// Mail of a type that only another version of this program knows is looked at again after that time.
const ELSEWHERE: Duration = Duration::from_secs(5 * 60);

/// A content as far as it is at hand.
enum Content {
    Known(Arc<Loaded>),
    /// Of a type that only another version of this program knows.
    Foreign,
}

/// A queue that this process has leased, to be served.
pub(super) struct LeasedQueue {
    pub leased: Leased,
    /// A moment before that.
    pub leased_at: Instant,
    /// Whether its tenant was in service then.
    pub in_service: bool,
}

/// Serves a queue for a turn. `slot` bounds how many queues begin at a time; whoever begins gives it up when its server
/// does not answer, so that servers that hang do not hold up the others.
pub(super) async fn serve_queue(
    engine: Arc<Engine>,
    begun: LeasedQueue,
    lease: Arc<Lease>,
    slot: QueuePermit,
) {
    let tenant = begun.leased.tenant;
    let _served = LeaseGuard { engine: &engine, tenant, lease: &lease };
    let put_back = match turn(&engine, &begun, &lease, slot).await {
        Ok(put_back) => put_back,
        Err(error) => {
            tracing::warn!(%tenant, %error, "a queue cannot be served");
            let later = engine.app.clock.now().plus(RECOVERY);
            Release { tenant, hold: begun.leased.hold, due_at: Some(later), news: None }
        }
    };
    let (done, written) = oneshot::channel();
    if engine.jobs.send(WriteRequest::Release { put_back, done }).is_ok() {
        // without an answer the process ends
        drop(written.await);
    }
}

/// Forgets the lease at the end of the turn, however it ends.
struct LeaseGuard<'a> {
    engine: &'a Engine,
    tenant: TenantId,
    lease: &'a Arc<Lease>,
}

impl Drop for LeaseGuard<'_> {
    fn drop(&mut self) {
        self.engine.leases.remove(self.tenant, self.lease);
    }
}

async fn turn(
    engine: &Arc<Engine>,
    LeasedQueue { leased, leased_at, in_service }: &LeasedQueue,
    lease: &Arc<Lease>,
    slot: QueuePermit,
) -> Result<Release, DbErr> {
    let tenant = leased.tenant;
    if !in_service {
        return Ok(untried(engine, leased, HoldKind::Suspended, None));
    }
    let changes = email_provider::changes();
    let active = match email_provider::mailer_for(&engine.app, tenant).await {
        Ok(active) => active,
        Err(ProviderError::Database(error)) => return Err(error),
        Err(error) => {
            // the present one is to blame, and no other
            let revision = email_provider::revision(engine.app.db.read(), tenant).await?;
            return Ok(untried(engine, leased, without_provider(tenant, &error), revision));
        }
    };
    let queue = Arc::new(TenantQueue::new(tenant, Arc::clone(lease), active, (*leased_at, changes)));
    // Whatever fails in between, no connection may go on when the queue is given back.
    let mut senders = JoinSet::new();
    let fed = feed(engine, &queue, leased.hold.is_some(), &mut senders, slot).await;
    queue.close(StopReason::Enough);
    while senders.join_next().await.is_some() {}
    // Outcomes that are not written yet come before the queue in the outcome writer's line, so it is given back with or
    // after the last of them.
    fed?;
    Ok(result(engine, leased, &queue))
}

/// What the turn says about the provider's health, if that is new.
fn news(queue: &TenantQueue, now: Timestamp) -> Option<News> {
    let failure = match queue.closing() {
        Some(StopReason::Hold(_, failure)) => Some(failure),
        _ if queue.has_accepted() => None,
        _ => return None,
    };
    let said =
        failure.as_deref().map_or(email_provider::HealthEvent::Accepted, email_provider::HealthEvent::Failed);
    let is_new = email_provider::is_news(&queue.active, said, now);
    is_new.then_some(News { revision: queue.active.revision, failure })
}

fn without_provider(tenant: TenantId, error: &ProviderError) -> HoldKind {
    match error {
        ProviderError::NoProvider => HoldKind::NoProvider,
        error => {
            tracing::error!(%tenant, %error, "a tenant's provider cannot be used");
            HoldKind::Unusable
        }
    }
}

/// How a queue is given back that nobody was asked to take anything from.
fn untried(engine: &Engine, leased: &Leased, kind: HoldKind, revision: Option<Uuid>) -> Release {
    let (tenant, now) = (leased.tenant, engine.app.clock.now());
    let hold = Hold::next(leased.hold.as_ref(), kind, None, revision, now);
    let due_at = hold.next_try(now, retry::jitter());
    Release { tenant, hold: Some(hold), due_at, news: None }
}

fn result(engine: &Engine, leased: &Leased, queue: &TenantQueue) -> Release {
    let now = engine.app.clock.now();
    let (tenant, news) = (queue.tenant, news(queue, now));
    match queue.closing() {
        Some(StopReason::Hold(kind, failure)) => {
            let former = leased.hold.as_ref().filter(|_| !queue.is_proven());
            let hold = Hold::next(former, kind, Some(failure), Some(queue.active.revision), now);
            let due_at = hold.next_try(now, retry::jitter());
            tracing::info!(%tenant, kind = kind.as_str(), tries = hold.tries, "a queue is held");
            Release { tenant, hold: Some(hold), due_at, news }
        }
        // nobody was asked, and what held the queue still does
        Some(StopReason::Wait(time)) if !queue.is_proven() && leased.hold.is_some() => {
            Release { tenant, hold: leased.hold.clone(), due_at: Some(now.plus(time)), news }
        }
        Some(StopReason::Wait(time)) => Release { tenant, hold: None, due_at: Some(now.plus(time)), news },
        // nothing was tried: what held the queue still does
        _ if !queue.is_proven() && leased.hold.is_some() => {
            Release { tenant, hold: leased.hold.clone(), due_at: Some(now), news }
        }
        _ => Release { tenant, hold: None, due_at: None, news },
    }
}

/// Reads messages and keeps connections busy with them until the turn is over.
async fn feed(
    engine: &Arc<Engine>,
    queue: &Arc<TenantQueue>,
    was_held: bool,
    senders: &mut JoinSet<()>,
    slot: QueuePermit,
) -> Result<(), DbErr> {
    let mut phase = Phase::begins(engine, slot);
    let mut contents: HashMap<Uuid, Content> = HashMap::new();
    let end = Instant::now() + engine.limits.turn;
    // When the database had nothing more. Whatever arrives meanwhile makes the queue due again, so nothing is
    // lost by ending the turn; while a server is slow it is looked for now and then.
    let mut dry: Option<Instant> = None;
    loop {
        if queue.closing().is_some() || engine.is_stopping() || !queue.lease.is_valid() {
            return Ok(());
        }
        // soon nobody shall read any more that the queue is held
        if was_held && queue.is_proven() {
            return Ok(());
        }
        let is_long = Instant::now() >= end || queue.progress().0 >= engine.limits.turn_messages;
        if is_long && engine.others_wait() {
            return Ok(());
        }
        if dry.is_some_and(|since| since.elapsed() >= IDLE) {
            dry = None;
        }
        if queue.is_proven() && phase.is_beginning() && (queue.queued() > 0 || dry.is_none()) {
            if queue.is_slow() {
                phase = Phase::Throttled;
            } else {
                let slot = tokio::select! {
                    slot = engine.may_move() => slot,
                    () = engine.stopped() => None,
                };
                let Some(slot) = slot else { return Ok(()) };
                phase = Phase::moves(engine, queue, slot);
            }
            queue.open();
            continue;
        }
        let queued = queue.queued();
        if dry.is_none() && queued < AT_ONCE / 2 {
            if !queue.is_in_force(engine.app.db.read()).await? {
                return Ok(());
            }
            let more = refill(engine, queue, &mut contents, AT_ONCE - queued).await?;
            dry = (!more).then(Instant::now);
            queue.set_dry(dry.is_some());
        }
        widen(engine, queue, senders);
        if queue.queued() == 0 && senders.is_empty() {
            if dry.is_some() {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            () = queue.changed.notified() => {}
            ended = senders.join_next(), if !senders.is_empty() => {
                if let Some(Err(error)) = ended {
                    tracing::error!(tenant = %queue.tenant, %error, "a connection came to grief; its message stays due");
                    queue.close(StopReason::Wait(RECOVERY));
                }
            }
            () = engine.stopped() => {}
            () = tokio::time::sleep_until(phase.until()) => {}
        }
        phase = phase.looked_at(engine, queue);
    }
}

/// Opens further connections as far as there is work and room for them.
fn widen(engine: &Arc<Engine>, queue: &Arc<TenantQueue>, senders: &mut JoinSet<()>) {
    let most = if queue.is_proven() { engine.limits.connections_per_queue } else { 1 };
    while senders.len() < most && queue.takeable() > 0 {
        // no room in the whole process: others have it, and the next round asks again
        let Ok(permit) = Arc::clone(&engine.connections).try_acquire_owned() else { return };
        let takeable = queue.takeable();
        senders.spawn(sender::run(Arc::clone(engine), Arc::clone(queue), permit));
        // it takes one at least, as soon as it runs
        if takeable <= senders.len() {
            return;
        }
    }
}

/// Reads up to `count` messages that are due; settles at once what need not be sent. Returns whether there are
/// more.
async fn refill(
    engine: &Arc<Engine>,
    queue: &Arc<TenantQueue>,
    contents: &mut HashMap<Uuid, Content>,
    count: usize,
) -> Result<bool, DbErr> {
    let (db, now) = (engine.app.db.read(), engine.app.clock.now());
    let Next { dues, more } = store::due(db, queue.tenant, now, count, &queue.known()).await?;
    if dues.is_empty() {
        return Ok(false);
    }
    load_contents(engine, queue.tenant, contents, dues.iter().map(|due| due.content).collect()).await?;
    let mut works = Vec::with_capacity(dues.len());
    for due in dues {
        if due.expires_at <= now {
            let outcome =
                Outcome { tenant: queue.tenant, message: due.id, at: now, what: OutcomeKind::Expired };
            engine.settle(queue, outcome, None);
            continue;
        }
        let suppressed =
            due.refusals.as_ref().filter(|refusals| refusals.suppressed).map(|refusals| Refused {
                event: Transition::GivenUp,
                verdict: "suppressed",
                failure: serde_json::from_str(&refusals.failure).ok(),
                due_at: now,
                unwanted_address: None,
            });
        let content = match contents.get(&due.content) {
            Some(Content::Known(content)) => Some(Arc::clone(content)),
            Some(Content::Foreign) => {
                let what = OutcomeKind::Left(now.plus(ELSEWHERE).min(due.expires_at));
                let outcome = Outcome { tenant: queue.tenant, message: due.id, at: now, what };
                engine.settle(queue, outcome, None);
                continue;
            }
            None => None,
        };
        let unsendable = suppressed.or_else(|| content.is_none().then(|| unrenderable(now)));
        match (unsendable, content) {
            (None, Some(content)) => works.push(Work { due, content, read_at: Instant::now() }),
            (refused, _) => {
                let what = OutcomeKind::Refused(Box::new(refused.unwrap_or_else(|| unrenderable(now))));
                let outcome = Outcome { tenant: queue.tenant, message: due.id, at: now, what };
                engine.settle(queue, outcome, None);
            }
        }
    }
    queue.add(works);
    Ok(more)
}

async fn load_contents(
    engine: &Engine,
    tenant: TenantId,
    contents: &mut HashMap<Uuid, Content>,
    wanted: HashSet<Uuid>,
) -> Result<(), DbErr> {
    let missing: HashSet<Uuid> = wanted.iter().copied().filter(|id| !contents.contains_key(id)).collect();
    // those of former messages go: a thousand reports would fill the memory
    contents.retain(|id, _| wanted.contains(id));
    for (id, stored) in store::contents(engine.app.db.read(), tenant, &missing).await? {
        match engine.app.tables.mail_types.read(&stored.kind, &stored.data) {
            Ok(mail) => {
                let (has_files, files) = (stored.files.is_some(), stored.files.unwrap_or(0));
                contents.insert(id, Content::Known(Arc::new(Loaded { mail, has_files, files })));
            }
            Err(error @ UnreadableMail::UnknownType(_)) => {
                tracing::warn!(%tenant, content = %id, %error, "mail waits for another version of this program");
                contents.insert(id, Content::Foreign);
            }
            Err(error) => tracing::error!(%tenant, content = %id, %error, "a content cannot be read"),
        }
    }
    Ok(())
}
