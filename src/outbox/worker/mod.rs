//! The delivery engine: leases lanes, sends what is due in them, settles the outcomes in groups.
//!
//! - **A lane is leased by one conditional update** and renewed by a timer of its own, whatever the servers
//!   do. Others watch its beat by their own steady clocks: after [`Limits::lease`] without one they end it.
//!   A dead process of the same machine is known at once. Whoever could not renew begins no message.
//! - **Turns.** A lane is served until it is empty, or, while others wait, for a number of messages or a
//!   time; then it goes to the end of the line. What a server that hangs costs the others is
//!   [`Limits::slow`]: then its lane no longer counts.
//! - **The first message of a turn goes alone**, until the provider has answered it. A broken provider costs
//!   one message's attempt, not that of all.
//! - **Few places in flight.** Before the first byte of its contents leaves, a message takes one of
//!   [`IN_FLIGHT`] places, and keeps it until its outcome is committed. While the database is gone, nothing
//!   is sent that could not be noted.
//! - **Clocks may jump.** Leases do not depend on them. When the clock is set back, what waits for a later
//!   time is due at once.

mod lane;
mod lease;
mod limits;
mod owner;
mod sender;
mod settler;
mod store;
mod sweep;
mod tend;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::lane::Lane;
use self::lease::{Leases, Watch};
use self::owner::Owner;
use self::settler::Job;
use super::lane::store as lane_store;
use super::settle::{self, Outcome};
use super::{Counts, Error, IN_FLIGHT};
use crate::state::State as Outside;
use crate::values::TenantId;

pub use limits::Limits;
pub(super) use sweep::delete_old;

/// From the wish to end until nothing is sent any more.
const GRACE: Duration = Duration::from_secs(7);
/// And until what is known is written.
const LAST_WORDS: Duration = Duration::from_millis(1500);
/// After a fault of the database the engine waits so long.
const RECOVERY: Duration = Duration::from_secs(1);

/// One worker of a process: everything that its lanes share.
struct Engine {
    outside: Outside,
    limits: Limits,
    owner: Owner,
    in_flight: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    lanes: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    slot_freed: Notify,
    jobs: mpsc::UnboundedSender<Job>,
    leases: Leases,
    watch: Mutex<Watch>,
    /// More lanes were due than slots free, when last looked.
    crowded: AtomicBool,
    last_seen: AtomicI64,
    stopping: watch::Receiver<bool>,
}

impl Engine {
    fn settle(&self, lane: &Arc<Lane>, outcome: Outcome, permit: Option<OwnedSemaphorePermit>) {
        lane.settling(outcome.message);
        // the settler ends after everybody who could send to it
        drop(self.jobs.send(Job::Outcome { outcome, lane: Arc::clone(lane), permit }));
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        if stopping.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    fn others_wait(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
    }
}

/// Serves the outbox until `stop` is over. Then what is under way is finished or given back within ten
/// seconds, and nothing is repeated whose answer had arrived.
pub async fn run(outside: Outside, limits: Limits, stop: impl Future<Output = ()>) {
    let worker = Worker::start(outside.clone(), limits);
    let engine = Arc::clone(&worker.engine);
    tracing::info!(worker = engine.owner.as_str(), "the outbox is served");
    let work = async move {
        let mut tending = JoinSet::new();
        tokio::select! {
            () = stop => {}
            () = serve_forever(&engine, &mut tending) => {}
            () = sweep::delete_old_forever(&outside) => {}
        }
        (tending, ())
    };
    worker.end_after(work).await;
}

/// Serves the outbox until nothing is due any more that it could serve, and returns how many messages of
/// the whole outbox are in which state. What waits for later, or lies in a lane that another process
/// serves, is not waited for.
///
/// # Errors
/// When the database fails.
pub async fn until_empty(
    outside: Outside,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<Counts, Error> {
    let worker = Worker::start(outside.clone(), limits);
    let engine = Arc::clone(&worker.engine);
    let work = async move {
        let mut tending = JoinSet::new();
        let mut result = Ok(());
        tokio::select! {
            () = stop => {}
            drained = drain(&engine, &mut tending) => result = drained,
        }
        (tending, result)
    };
    worker.end_after(work).await?;
    super::totals(outside.db.read()).await
}

/// The engine with its settler and its timer.
struct Worker {
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    settler: tokio::task::JoinHandle<()>,
    renewer: tokio::task::JoinHandle<()>,
}

impl Worker {
    fn start(outside: Outside, limits: Limits) -> Self {
        let (jobs, to_settle) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let owner = Owner::new();
        let settler = settler::run(outside.clone(), owner.as_str().to_owned(), to_settle);
        let engine = Arc::new(Engine {
            outside,
            limits,
            owner,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
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
        });
        let renewer = tokio::spawn(renew(Arc::clone(&engine)));
        Self { engine, stop, settler: tokio::spawn(settler), renewer }
    }

    /// `work` holds the engine as long as it lasts, and no longer.
    async fn end_after<T>(self, work: impl Future<Output = (JoinSet<()>, T)>) -> T {
        let Self { engine, stop, settler, renewer } = self;
        let (mut tending, result) = work.await;
        stop.send_replace(true);
        let over = async { while tending.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, over).await.is_err() {
            tracing::warn!("some servers did not answer in time; their messages are sent again later");
            tending.shutdown().await;
        }
        renewer.abort();
        // waits until nobody can send to the settler any more, then until it has written everything
        drop(renewer.await);
        let outside = engine.outside.clone();
        let owner = engine.owner.clone();
        let any_left = !engine.leases.is_empty();
        drop(engine);
        if tokio::time::timeout(LAST_WORDS, settler).await.is_err() {
            tracing::error!("the last outcomes could not be written; their messages are sent again later");
        }
        if any_left {
            let back = async {
                let tx = outside.db.write().await?;
                lane_store::put_all_back(&*tx, owner.as_str(), outside.clock.now()).await?;
                tx.commit().await
            };
            if !matches!(tokio::time::timeout(LAST_WORDS, back).await, Ok(Ok(()))) {
                tracing::warn!("some lanes could not be given back; others take them over in half a minute");
            }
        }
        result
    }
}

/// Renews the leases, three times in their length.
async fn renew(engine: Arc<Engine>) {
    let mut pause = engine.limits.lease / 3;
    loop {
        tokio::time::sleep(pause).await;
        if engine.leases.is_empty() {
            continue;
        }
        let asked_at = Instant::now();
        let renewed = async {
            let tx = engine.outside.db.write().await?;
            let tenants = lane_store::renew(&*tx, engine.owner.as_str()).await?;
            tx.commit().await?;
            Ok::<_, DbErr>(tenants)
        };
        match renewed.await {
            Ok(tenants) => {
                engine.leases.renewed(&tenants, asked_at);
                pause = engine.limits.lease / 3;
            }
            Err(error) => {
                tracing::warn!(%error, "the leases cannot be renewed; without them no message is begun");
                pause = engine.limits.lease / 20;
            }
        }
    }
}

async fn serve_forever(engine: &Arc<Engine>, tending: &mut JoinSet<()>) {
    let mut bell = engine.outside.db.bell();
    let mut sweeper = sweep::Sweeper::default();
    let mut rung = true;
    loop {
        let mut pause = engine.limits.poll;
        let done = async {
            sweeper.look_around(engine, std::mem::take(&mut rung)).await?;
            hand_out(engine, tending).await
        };
        match done.await {
            // there may be more
            Ok(leased) if leased > 0 && engine.slots.available_permits() > 0 => continue,
            Ok(_) => {
                if let Ok(Some(next)) = lane_store::next_due(engine.outside.db.read()).await {
                    let wait = next.since(engine.outside.clock.now());
                    // what is due already waits for a slot
                    pause = if wait.is_zero() { pause } else { pause.min(wait) };
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be served; it is tried again");
                pause = RECOVERY;
            }
        }
        tokio::select! {
            () = bell.heard() => rung = true,
            () = engine.slot_freed.notified() => {}
            _ = tending.join_next(), if !tending.is_empty() => {}
            () = tokio::time::sleep(pause) => {}
        }
        while tending.try_join_next().is_some() {}
    }
}

async fn drain(engine: &Arc<Engine>, tending: &mut JoinSet<()>) -> Result<(), Error> {
    let mut sweeper = sweep::Sweeper::default();
    loop {
        sweeper.look_around(engine, true).await?;
        let leased = hand_out(engine, tending).await?;
        while tending.try_join_next().is_some() {}
        if leased > 0 && engine.slots.available_permits() > 0 {
            continue;
        }
        if tending.is_empty() {
            if leased == 0 {
                return Ok(());
            }
            continue;
        }
        tokio::select! {
            () = engine.slot_freed.notified() => {}
            _ = tending.join_next() => {}
            () = tokio::time::sleep(engine.limits.poll) => {}
        }
    }
}

/// Takes arrivals in, and leases as many lanes that are due as there is room for. Returns how many.
async fn hand_out(engine: &Arc<Engine>, tending: &mut JoinSet<()>) -> Result<usize, DbErr> {
    let db = engine.outside.db.read();
    let now = engine.outside.clock.now();
    let room = engine.slots.available_permits().min(engine.lanes.available_permits());
    let has_arrivals = lane_store::has_arrivals(db).await?;
    let is_due = lane_store::next_due(db).await?.is_some_and(|due_at| due_at <= now);
    if !has_arrivals && (!is_due || room == 0) {
        engine.crowded.store(is_due, Ordering::Relaxed);
        return Ok(0);
    }
    let asked_at = Instant::now();
    let tx = engine.outside.db.write().await?;
    if has_arrivals {
        let arrived = lane_store::take_in(&*tx).await?;
        settle::tally_arrivals(&*tx, &arrived, now).await?;
    }
    let leased = if room > 0 {
        lane_store::lease(&*tx, engine.owner.as_str(), now, room as u64).await?
    } else {
        Vec::new()
    };
    tx.commit().await?;
    engine.crowded.store(leased.len() >= room, Ordering::Relaxed);
    let count = leased.len();
    for leased in leased {
        // nobody else takes any: there is one of these loops
        let (Ok(slot), Ok(lane)) = (
            Arc::clone(&engine.slots).acquire_owned().await,
            Arc::clone(&engine.lanes).acquire_owned().await,
        ) else {
            break;
        };
        let lease = engine.leases.add(leased.tenant, asked_at);
        let engine = Arc::clone(engine);
        tending.spawn(async move {
            tend::tend(engine, leased, lease, slot).await;
            drop(lane);
        });
    }
    Ok(count + usize::from(has_arrivals && count == 0))
}

impl Engine {
    /// Ends the leases of processes that are dead or have been silent for too long.
    async fn end_dead_leases(&self) -> Result<(), DbErr> {
        let present = lane_store::leases_of_others(self.outside.db.read(), self.owner.as_str()).await?;
        if present.is_empty() {
            return Ok(());
        }
        let mut dead: BTreeMap<&str, bool> = BTreeMap::new();
        for lease in &present {
            dead.entry(&lease.owner).or_insert_with(|| owner::is_dead(&lease.owner));
        }
        let mut ended: Vec<_> =
            present.iter().filter(|lease| dead.get(lease.owner.as_str()) == Some(&true)).cloned().collect();
        let silent = self.watch.lock().unwrap_or_else(PoisonError::into_inner).look(
            present.clone(),
            self.limits.lease,
            Instant::now(),
        );
        ended.extend(silent);
        ended.sort_unstable_by_key(|lease| lease.tenant);
        ended.dedup_by_key(|lease| lease.tenant);
        for lease in ended {
            let tx = self.outside.db.write().await?;
            if lane_store::end_lease(&*tx, &lease, self.outside.clock.now()).await? {
                tracing::info!(tenant = %lease.tenant, "the lease of a dead worker is ended");
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Releases lanes whose tenants have another provider than the one that they were held for.
    async fn release_for_new_providers(&self) -> Result<(), DbErr> {
        let tenants: Vec<TenantId> = lane_store::with_another_provider(self.outside.db.read()).await?;
        if tenants.is_empty() {
            return Ok(());
        }
        let tx = self.outside.db.write().await?;
        lane_store::release(&*tx, &tenants, self.outside.clock.now()).await?;
        tx.commit().await?;
        tracing::info!(lanes = tenants.len(), "held lanes have another provider");
        Ok(())
    }
}
