//! Hands queues out: to as many turns at a time as there is room for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::engine::Engine;
use super::pulse::Loop;
use super::serve::{self, LeasedQueue};
use super::sweep;
use crate::clock::Timestamp;
use crate::outbox::queue::lease::store as leases;
use crate::outbox::queue::store as queue_store;
use crate::outbox::{Error, outcomes};
use crate::tenants;

/// After a fault of the database the engine waits so long.
const RECOVERY: Duration = Duration::from_secs(1);
/// Whoever waits for an empty outbox gives up when the database is gone for so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn serve_forever(engine: &Arc<Engine>, tending: &mut JoinSet<()>) {
    let mut bell = engine.app.db.bell();
    let mut sweeper = sweep::Sweeper::default();
    let mut rung = true;
    loop {
        let mut pause = engine.limits.poll;
        engine.pulse.begins(Loop::Dispatch);
        let done = async {
            sweeper.look_around(engine, std::mem::take(&mut rung)).await?;
            hand_out(engine, tending).await
        };
        let done = done.await;
        // what is due and cannot be had is held by somebody else: for a moment, or for too long
        if done.as_ref().is_ok_and(|handed| !handed.in_vain) {
            engine.pulse.done(Loop::Dispatch);
        }
        match done {
            // there may be more
            Ok(Handed { count, .. }) if count > 0 && engine.room() > 0 => continue,
            // what is due already waits for room
            Ok(Handed { next: Some(next), .. }) => pause = pause.min(next.since(engine.app.clock.now())),
            Ok(Handed { next: None, .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be served; it is tried again");
                pause = RECOVERY;
            }
        }
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = bell.heard() => {
                    rung = true;
                    break;
                }
                () = engine.slot_freed.notified() => {}
                _ = tending.join_next(), if !tending.is_empty() => {}
                () = tokio::time::sleep_until(until) => break,
            }
            while tending.try_join_next().is_some() {}
            if engine.room() > 0 {
                break;
            }
        }
    }
}

pub(super) async fn drain(engine: &Arc<Engine>, tending: &mut JoinSet<()>) -> Result<(), Error> {
    let mut sweeper = sweep::Sweeper::default();
    let mut failing: Option<Instant> = None;
    let mut first = true;
    loop {
        let done = async {
            sweeper.look_around(engine, std::mem::take(&mut first)).await?;
            hand_out(engine, tending).await
        };
        let leased = match done.await {
            Ok(handed) => handed.count,
            Err(error) if failing.get_or_insert_with(Instant::now).elapsed() < PATIENCE => {
                tracing::warn!(%error, "the outbox cannot be served; it is tried again");
                tokio::time::sleep(RECOVERY).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        failing = None;
        while tending.try_join_next().is_some() {}
        if leased > 0 && engine.room() > 0 {
            continue;
        }
        if tending.is_empty() {
            if leased == 0 {
                return Ok(());
            }
            continue;
        }
        let until = Instant::now() + engine.limits.poll;
        loop {
            tokio::select! {
                () = engine.slot_freed.notified() => {}
                _ = tending.join_next() => {}
                () = tokio::time::sleep_until(until) => break,
            }
            while tending.try_join_next().is_some() {}
            if tending.is_empty() || engine.room() > 0 {
                break;
            }
        }
    }
}

/// What was handed out.
struct Handed {
    count: usize,
    /// When the next one is due, if none was.
    next: Option<Timestamp>,
    /// There are arrivals, or queues are due for which there is room, and none was to be had.
    in_vain: bool,
}

/// Takes arrivals in, and leases as many queues that are due as there is room for.
async fn hand_out(engine: &Arc<Engine>, tending: &mut JoinSet<()>) -> Result<Handed, DbErr> {
    let db = engine.app.db.read();
    let now = engine.app.clock.now();
    let room = engine.room();
    let has_arrivals = queue_store::has_arrivals(db).await?;
    let next = leases::next_due(db).await?;
    let is_due = next.is_some_and(|due_at| due_at <= now);
    if !has_arrivals && (!is_due || room == 0) {
        engine.crowded.store(is_due, Ordering::Relaxed);
        return Ok(Handed { count: 0, next: next.filter(|_| !is_due), in_vain: false });
    }
    let asked_at = Instant::now();
    let tx = engine.app.db.write().await?;
    let mut taken_in = false;
    if has_arrivals {
        // none: another process is at them
        let arrived = queue_store::take_in(&*tx, now).await?;
        taken_in = !arrived.is_empty();
        outcomes::tally_arrivals(&*tx, &arrived, now).await?;
    }
    let leased = if room > 0 {
        leases::lease(&*tx, engine.owner.as_str(), now, room, &engine.leases.tenants()).await?
    } else {
        Vec::new()
    };
    let tenants: Vec<_> = leased.iter().map(|queue| queue.tenant).collect();
    let in_service = tenants::in_service(&*tx, &tenants).await?;
    tx.commit().await?;
    engine.crowded.store(leased.len() >= room, Ordering::Relaxed);
    let count = leased.len();
    for leased in leased {
        // nobody else takes any: there is one of these loops
        let (Some(slot), Ok(queue)) = (engine.start(), Arc::clone(&engine.queues).try_acquire_owned()) else {
            break;
        };
        let tenant = leased.tenant;
        let lease = engine.leases.add(tenant, asked_at);
        let begun = LeasedQueue { in_service: in_service.contains(&tenant), leased, leased_at: asked_at };
        let engine = Arc::clone(engine);
        let span = tracing::debug_span!("turn", %tenant);
        let turn = async move {
            serve::serve_queue(engine, begun, lease, slot).await;
            drop(queue);
        };
        tending.spawn(turn.instrument(span));
    }
    let in_vain = count == 0 && !taken_in && (has_arrivals || (is_due && room > 0));
    Ok(Handed { count: count + usize::from(taken_in && count == 0), next: None, in_vain })
}
