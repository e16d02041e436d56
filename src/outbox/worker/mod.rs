//! The delivery engine: leases queues, sends what is due in them, settles the outcomes in groups.
//!
//! - **A queue is leased by one conditional update** and renewed by a timer of its own, whatever the servers
//!   do. Others watch its beat by their own steady clocks: after [`Limits::lease`] without one they end it.
//!   A dead process of the same machine is known at once. Whoever could not renew begins no message.
//! - **Turns.** A queue is served until it is empty, or, while others wait, for a number of messages or a
//!   time; then it goes to the end of the line.
//! - **Many queues begin at a time, few move.** Outcomes of one queue lie on the same pages of the database, so
//!   with few queues side by side a commit writes little. A queue whose server is slow takes no room after
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
mod queue;
mod lease;
mod limits;
mod owner;
mod in_flight;
mod pulse;
mod sender;
mod outcome_writer;
mod phase;
mod store;
mod sweep;
mod serve;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::engine::Engine;
use self::in_flight::{InFlightLimiter, Timeouts};
use self::owner::Owner;
use self::pulse::Pulse;
use super::queue::lease::store as leases;
use super::{Counters, Error};
use crate::state::State;

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
pub async fn run(app: State, limits: Limits, stop: impl Future<Output = ()>) {
    let worker = Worker::start(app.clone(), limits);
    let engine = Arc::clone(&worker.engine);
    tracing::info!(worker = engine.owner.as_str(), "the outbox is served");
    let work = async move {
        let mut tending = JoinSet::new();
        tokio::select! {
            () = stop => {}
            () = Box::pin(dispatch::serve_forever(&engine, &mut tending)) => {}
            () = Box::pin(sweep::delete_old_forever(&app)) => {}
        }
        (tending, ())
    };
    worker.end_after(work).await;
}

/// Serves the outbox until nothing is due any more that it could serve, and returns how many messages of
/// the whole outbox are in which state. What waits for later, or lies in a queue that another process
/// serves, is not waited for.
pub async fn until_empty(
    app: State,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<Counters, Error> {
    let worker = Worker::start(app.clone(), limits);
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
    super::totals(app.db.read()).await
}

/// The engine with its outcome writer and its timer.
struct Worker {
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    outcome_writer: tokio::task::JoinHandle<()>,
    renewer: tokio::task::JoinHandle<()>,
    watcher: tokio::task::JoinHandle<()>,
}

impl Worker {
    fn start(mut app: State, limits: Limits) -> Self {
        app.db = app.db.less_patient(CALL);
        let (jobs, to_settle) = mpsc::unbounded_channel();
        let (stop, stopping) = watch::channel(false);
        let owner = Owner::new();
        let in_flight = Arc::new(InFlightLimiter::new(Timeouts::default()));
        let pulse = Pulse::of_an_engine();
        let outcome_writer = outcome_writer::OutcomeWriter {
            app: app.clone(),
            owner: owner.as_str().to_owned(),
            in_flight: Arc::clone(&in_flight),
            pulse: Arc::clone(&pulse),
        };
        let watcher = tokio::spawn(pulse::watch(Arc::clone(&pulse)));
        let engine = Arc::new(Engine::new(app, limits, owner, in_flight, pulse, jobs, stopping));
        let renewer = tokio::spawn(lease::renew(Arc::clone(&engine)));
        Self { engine, stop, outcome_writer: tokio::spawn(outcome_writer.run(to_settle)), renewer, watcher }
    }

    /// `work` holds the engine as long as it lasts, and no longer.
    async fn end_after<T>(self, work: impl Future<Output = (JoinSet<()>, T)>) -> T {
        let Self { engine, stop, outcome_writer, renewer, watcher } = self;
        let (mut tending, result) = work.await;
        stop.send_replace(true);
        let over = async { while tending.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, over).await.is_err() {
            tracing::warn!("some servers did not answer in time; their messages are sent again later");
            tending.shutdown().await;
        }
        watcher.abort();
        renewer.abort();
        // waits until nobody can send to the outcome writer any more, then until it has written everything
        drop(renewer.await);
        let app = engine.app.clone();
        let owner = engine.owner.clone();
        drop(engine);
        if tokio::time::timeout(LAST_WORDS, outcome_writer).await.is_err() {
            tracing::error!("the last outcomes could not be written; their messages are sent again later");
        }
        // connections that ended with the runtimes of those who opened them fail once each
        let back = async {
            while let Err(error) = put_all_back(&app, &owner).await {
                tracing::debug!(%error, "queues are given back on another connection");
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(LAST_WORDS, back).await.is_err() {
            tracing::warn!("some queues could not be given back; others take them over in half a minute");
        }
        result
    }
}

/// Gives back whatever this process still has.
async fn put_all_back(app: &State, owner: &Owner) -> Result<(), DbErr> {
    let tx = app.db.write().await?;
    leases::put_all_back(&*tx, owner.as_str(), app.clock.now()).await?;
    tx.commit().await
}
