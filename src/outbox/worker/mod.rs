//! The delivery engine: leases lanes, sends what is due in them, settles the outcomes in groups.
//!
//! - **A lane is leased by one conditional update** and renewed by a timer of its own, whatever the servers
//!   do. Others watch its beat by their own steady clocks: after [`Limits::lease`] without one they end it.
//!   A dead process of the same machine is known at once. Whoever could not renew begins no message.
//! - **Turns.** A lane is served until it is empty, or, while others wait, for a number of messages or a
//!   time; then it goes to the end of the line.
//! - **Many lanes begin at a time, few move.** Outcomes of one lane lie on the same pages of the database, so
//!   with few lanes side by side a commit writes little. A lane whose server is slow takes no room after
//!   [`Limits::slow`]: what a server that hangs costs the others is that.
//! - **The first message of a turn goes alone**, until the provider has answered it. A broken provider costs
//!   one message's attempt, not that of all.
//! - **Few places in flight.** Before the first byte of its contents leaves, a message takes one of
//!   [`IN_FLIGHT`](super::IN_FLIGHT) places, and keeps it until its outcome is committed. While the database
//!   is gone, nothing is sent that could not be noted. Servers that never say what became of a message get
//!   at most half of the places, and lose them after ten seconds when others wait.
//! - **Nobody waits without end.** Each call of the database has its deadline, after which its connection is given up;
//!   a loop that gets nothing done for a minute is an error in the log, in a figure and in `/readyz` ([`stalled`]).
//! - **Clocks may jump.** Leases do not depend on them. When the clock is set back, what waits for a later
//!   time is due at once.

mod dispatch;
mod engine;
mod lane;
mod lease;
mod limits;
mod owner;
mod places;
mod pulse;
mod sender;
mod settler;
mod stage;
mod store;
mod sweep;
mod tend;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::engine::Engine;
use self::owner::Owner;
use self::places::{Places, Spans};
use self::pulse::Pulse;
use super::lane::lease::store as leases;
use super::{Counts, Error};
use crate::state::State as Outside;

pub use limits::Limits;
pub use pulse::{Loop, stalled};
pub(super) use sweep::{delete_old, fold_tallies};

/// From the wish to end until nothing is sent any more.
const GRACE: Duration = Duration::from_secs(7);
/// And until what is known is written.
const LAST_WORDS: Duration = Duration::from_millis(1500);
/// So long the engine waits for the answer to one call of the database: half a lease.
const CALL: Duration = Duration::from_secs(15);
/// After so long the last call of all is tried again.
const PAUSE: Duration = Duration::from_millis(50);

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
            () = Box::pin(dispatch::serve_forever(&engine, &mut tending)) => {}
            () = Box::pin(sweep::delete_old_forever(&outside)) => {}
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
            drained = Box::pin(dispatch::drain(&engine, &mut tending)) => result = drained,
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
    watcher: tokio::task::JoinHandle<()>,
}

impl Worker {
    fn start(mut outside: Outside, limits: Limits) -> Self {
        outside.db = outside.db.less_patient(CALL);
        let (jobs, to_settle) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let owner = Owner::new();
        let places = Arc::new(Places::new(Spans::default()));
        let pulse = Pulse::of_an_engine();
        let settler = settler::Settler {
            outside: outside.clone(),
            owner: owner.as_str().to_owned(),
            places: Arc::clone(&places),
            pulse: Arc::clone(&pulse),
        };
        let watcher = tokio::spawn(pulse::watch(Arc::clone(&pulse)));
        let engine = Arc::new(Engine::new(outside, limits, owner, places, pulse, jobs, stopping));
        let renewer = tokio::spawn(lease::renew(Arc::clone(&engine)));
        Self { engine, stop, settler: tokio::spawn(settler.run(to_settle)), renewer, watcher }
    }

    /// `work` holds the engine as long as it lasts, and no longer.
    async fn end_after<T>(self, work: impl Future<Output = (JoinSet<()>, T)>) -> T {
        let Self { engine, stop, settler, renewer, watcher } = self;
        let (mut tending, result) = work.await;
        stop.send_replace(true);
        let over = async { while tending.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, over).await.is_err() {
            tracing::warn!("some servers did not answer in time; their messages are sent again later");
            tending.shutdown().await;
        }
        watcher.abort();
        renewer.abort();
        // waits until nobody can send to the settler any more, then until it has written everything
        drop(renewer.await);
        let outside = engine.outside.clone();
        let owner = engine.owner.clone();
        drop(engine);
        if tokio::time::timeout(LAST_WORDS, settler).await.is_err() {
            tracing::error!("the last outcomes could not be written; their messages are sent again later");
        }
        // connections that ended with the runtimes of those who opened them fail once each
        let back = async {
            while let Err(error) = put_all_back(&outside, &owner).await {
                tracing::debug!(%error, "lanes are given back on another connection");
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(LAST_WORDS, back).await.is_err() {
            tracing::warn!("some lanes could not be given back; others take them over in half a minute");
        }
        result
    }
}

/// Gives back whatever this process still has.
async fn put_all_back(outside: &Outside, owner: &Owner) -> Result<(), DbErr> {
    let tx = outside.db.write().await?;
    leases::put_all_back(&*tx, owner.as_str(), outside.clock.now()).await?;
    tx.commit().await
}
