//! One turn of a lane: from its lease to its being put back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::engine::Engine;
use super::lane::{Closing, Lane};
use super::lease::Lease;
use super::sender::{self, unbuildable};
use super::settler::{Job, PutBack};
use super::store;
use super::work::{Loaded, Work};
use crate::email_provider::{self, Error as ProviderError, News};
use crate::outbox::lane::lease::Leased;
use crate::outbox::settle::{Outcome, Refused, What};
use crate::outbox::{Content, Event, Hold, HoldKind, retry};
use crate::tenants;
use crate::values::TenantId;

/// So many messages are read from the database at once; the next ones before half of them are gone.
const AT_ONCE: usize = 128;
/// A lane whose server does nothing looks about so often.
const IDLE: Duration = Duration::from_secs(1);
/// A database that is gone is asked again after that time.
const RECOVERY: Duration = Duration::from_secs(5);

/// Serves a lane for a turn. `slot` is what bounds how many lanes are served at a time; it is given up early
/// by a lane whose server does not answer, so that servers that hang do not hold up the others.
pub(super) async fn tend(engine: Arc<Engine>, leased: Leased, lease: Arc<Lease>, slot: OwnedSemaphorePermit) {
    let tenant = leased.tenant;
    let _served = Served { engine: &engine, tenant, lease: &lease };
    let put_back = match turn(&engine, &leased, &lease, slot).await {
        Ok(put_back) => put_back,
        Err(error) => {
            tracing::warn!(%tenant, %error, "a lane cannot be served");
            let later = engine.outside.clock.now().plus(RECOVERY);
            PutBack { tenant, hold: leased.hold, due_at: Some(later) }
        }
    };
    let (done, written) = oneshot::channel();
    if engine.jobs.send(Job::PutBack { put_back, done }).is_ok() {
        // without an answer the process ends
        drop(written.await);
    }
}

/// Forgets the lease at the end of the turn, however it ends.
struct Served<'a> {
    engine: &'a Engine,
    tenant: TenantId,
    lease: &'a Arc<Lease>,
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.engine.leases.remove(self.tenant, self.lease);
    }
}

async fn turn(
    engine: &Arc<Engine>,
    leased: &Leased,
    lease: &Arc<Lease>,
    slot: OwnedSemaphorePermit,
) -> Result<PutBack, DbErr> {
    let tenant = leased.tenant;
    let seen_at = Instant::now();
    if tenants::is_suspended(engine.outside.db.read(), tenant).await? {
        return Ok(untried(engine, leased, HoldKind::Suspended, None));
    }
    let active = match email_provider::mailer_for(&engine.outside, tenant).await {
        Ok(active) => active,
        Err(ProviderError::Database(error)) => return Err(error),
        Err(error) => {
            // the present one is to blame, and no other
            let revision = email_provider::revision(engine.outside.db.read(), tenant).await?;
            return Ok(untried(engine, leased, without_provider(tenant, &error), revision));
        }
    };
    let lane = Arc::new(Lane::new(tenant, Arc::clone(lease), active, seen_at));
    // Whatever fails in between, no connection may go on when the lane is given back.
    let mut senders = JoinSet::new();
    let fed = feed(engine, &lane, leased.hold.is_some(), &mut senders, slot).await;
    lane.close(Closing::Enough);
    while senders.join_next().await.is_some() {}
    // what a connection that came to grief had in its hands stays due
    lane.forget_unsettled();
    while lane.has_unsettled() {
        lane.changed.notified().await;
    }
    if let Err(error) = tell_health(engine, &lane).await {
        tracing::warn!(%tenant, %error, "the provider's health is not noted");
    }
    fed?;
    Ok(result(engine, leased, &lane))
}

/// What the turn says about the provider's health, if anything.
async fn tell_health(engine: &Engine, lane: &Lane) -> Result<(), ProviderError> {
    let tell = async |news: News<'_>| {
        email_provider::observe(&engine.outside, lane.tenant, &lane.active, news).await
    };
    match lane.closing() {
        Some(Closing::Hold(_, failure)) => tell(News::Failed(&failure)).await,
        _ if lane.has_accepted() => tell(News::Accepted).await,
        _ => Ok(()),
    }
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

/// How a lane is given back that nobody was asked to take anything from.
fn untried(engine: &Engine, leased: &Leased, kind: HoldKind, revision: Option<Uuid>) -> PutBack {
    let (tenant, now) = (leased.tenant, engine.outside.clock.now());
    let hold = Hold::next(leased.hold.as_ref(), kind, None, revision, now);
    let due_at = hold.next_try(now, retry::jitter());
    PutBack { tenant, hold: Some(hold), due_at }
}

fn result(engine: &Engine, leased: &Leased, lane: &Lane) -> PutBack {
    let now = engine.outside.clock.now();
    let tenant = lane.tenant;
    match lane.closing() {
        Some(Closing::Hold(kind, failure)) => {
            let former = leased.hold.as_ref().filter(|_| !lane.is_proven());
            let hold = Hold::next(former, kind, Some(failure), Some(lane.active.revision), now);
            let due_at = hold.next_try(now, retry::jitter());
            tracing::info!(%tenant, kind = kind.as_str(), tries = hold.tries, "a lane is held");
            PutBack { tenant, hold: Some(hold), due_at }
        }
        Some(Closing::Wait(time)) => PutBack { tenant, hold: None, due_at: Some(now.plus(time)) },
        // nothing was tried: what held the lane still does
        _ if !lane.is_proven() && leased.hold.is_some() => {
            PutBack { tenant, hold: leased.hold.clone(), due_at: Some(now) }
        }
        _ => PutBack { tenant, hold: None, due_at: None },
    }
}

/// Reads messages and keeps connections busy with them until the turn is over.
async fn feed(
    engine: &Arc<Engine>,
    lane: &Arc<Lane>,
    was_held: bool,
    senders: &mut JoinSet<()>,
    slot: OwnedSemaphorePermit,
) -> Result<(), DbErr> {
    let mut slot = Some(slot);
    let mut contents: HashMap<Uuid, Arc<Loaded>> = HashMap::new();
    let end = Instant::now() + engine.limits.turn;
    let mut progress = lane.progress();
    let mut moved_at = Instant::now();
    // When the database had nothing more. Whatever arrives meanwhile makes the lane due again, so nothing is
    // lost by ending the turn; while a server is slow it is looked for now and then.
    let mut dry: Option<Instant> = None;
    loop {
        if lane.closing().is_some() || engine.is_stopping() || !lane.lease.is_valid() {
            return Ok(());
        }
        // soon nobody shall read any more that the lane is held
        if was_held && lane.is_proven() {
            return Ok(());
        }
        let is_long = Instant::now() >= end || lane.progress().0 >= engine.limits.turn_messages;
        if is_long && engine.others_wait() {
            return Ok(());
        }
        if dry.is_some_and(|since| since.elapsed() >= IDLE) {
            dry = None;
        }
        // while a server must first show that it works, one message is enough at risk
        let most = match lane.is_proven() {
            true => AT_ONCE,
            false if lane.has_unsettled() => 0,
            false => 1,
        };
        let wanted = most.saturating_sub(lane.queued());
        if dry.is_none() && lane.queued() < most.div_ceil(2) {
            if !lane.is_in_force(engine.outside.db.read()).await? {
                return Ok(());
            }
            let found = refill(engine, lane, &mut contents, wanted).await?;
            dry = (found < wanted).then(Instant::now);
            lane.set_dry(dry.is_some());
        }
        widen(engine, lane, senders);
        if lane.queued() == 0 && senders.is_empty() && !lane.has_unsettled() {
            if dry.is_some() {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            () = lane.changed.notified() => {}
            _ = senders.join_next(), if !senders.is_empty() => {}
            () = engine.stopped() => {}
            () = tokio::time::sleep(if slot.is_some() { engine.limits.slow } else { IDLE }) => {}
        }
        let present = lane.progress();
        if present == progress {
            if slot.is_some() && moved_at.elapsed() >= engine.limits.slow {
                slot = None;
                engine.slot_freed.notify_one();
            }
        } else {
            (progress, moved_at) = (present, Instant::now());
        }
    }
}

/// Opens further connections as far as there is work and room for them.
fn widen(engine: &Arc<Engine>, lane: &Arc<Lane>, senders: &mut JoinSet<()>) {
    let most = if lane.is_proven() { engine.limits.connections_per_lane } else { 1 };
    while senders.len() < most && lane.takeable() > 0 {
        // no room in the whole process: others have it, and the next round asks again
        let Ok(permit) = Arc::clone(&engine.connections).try_acquire_owned() else { return };
        let takeable = lane.takeable();
        senders.spawn(sender::run(Arc::clone(engine), Arc::clone(lane), permit));
        // it takes one at least, as soon as it runs
        if takeable <= senders.len() {
            return;
        }
    }
}

/// Reads up to `count` messages that are due; settles at once what need not be sent. Returns how many it
/// found.
async fn refill(
    engine: &Arc<Engine>,
    lane: &Arc<Lane>,
    contents: &mut HashMap<Uuid, Arc<Loaded>>,
    count: usize,
) -> Result<usize, DbErr> {
    let (db, now) = (engine.outside.db.read(), engine.outside.clock.now());
    let dues = store::due(db, lane.tenant, now, count, &lane.known()).await?;
    if dues.is_empty() {
        return Ok(0);
    }
    let found = dues.len();
    load_contents(engine, lane.tenant, contents, dues.iter().map(|due| due.content).collect()).await?;
    let addresses = dues.iter().map(|due| due.recipient_key.clone()).collect();
    let refusals = store::refusals(db, lane.tenant, addresses).await?;
    let mut works = Vec::with_capacity(found);
    for due in dues {
        if due.expires_at <= now {
            let outcome = Outcome { tenant: lane.tenant, message: due.id, at: now, what: What::Expired };
            engine.settle(lane, outcome, None);
            continue;
        }
        let refusals = refusals.get(&due.recipient_key).cloned();
        let suppressed = refusals.as_ref().filter(|refusals| refusals.suppressed).map(|refusals| Refused {
            event: Event::GivenUp,
            verdict: "suppressed",
            failure: serde_json::from_str(&refusals.failure).ok(),
            due_at: now,
            unwanted_address: None,
        });
        let content = contents.get(&due.content).map(Arc::clone);
        let unsendable = suppressed.or_else(|| content.is_none().then(|| unbuildable(now)));
        match (unsendable, content) {
            (None, Some(content)) => works.push(Work { due, content, refusals, read_at: Instant::now() }),
            (refused, _) => {
                let what = What::Refused(Box::new(refused.unwrap_or_else(|| unbuildable(now))));
                let outcome = Outcome { tenant: lane.tenant, message: due.id, at: now, what };
                engine.settle(lane, outcome, None);
            }
        }
    }
    lane.add(works);
    Ok(found)
}

async fn load_contents(
    engine: &Engine,
    tenant: TenantId,
    contents: &mut HashMap<Uuid, Arc<Loaded>>,
    wanted: HashSet<Uuid>,
) -> Result<(), DbErr> {
    let missing: HashSet<Uuid> = wanted.iter().copied().filter(|id| !contents.contains_key(id)).collect();
    // those of former messages go: a thousand reports would fill the memory
    contents.retain(|id, _| wanted.contains(id));
    for (id, stored) in store::contents(engine.outside.db.read(), tenant, &missing).await? {
        match Content::read(&stored.kind, &stored.data) {
            Ok(content) => {
                let (has_files, files) = (stored.files.is_some(), stored.files.unwrap_or(0));
                contents.insert(id, Arc::new(Loaded { content, has_files, files }));
            }
            Err(error) => tracing::error!(%tenant, content = %id, %error, "a content cannot be read"),
        }
    }
    Ok(())
}
