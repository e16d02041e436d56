//! Hands lanes out: to as many turns at a time as there is room for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::engine::Engine;
use super::{sweep, tend};
use crate::outbox::lane::lease::store as leases;
use crate::outbox::lane::store as lane_store;
use crate::outbox::{Error, settle};

/// After a fault of the database the engine waits so long.
const RECOVERY: Duration = Duration::from_secs(1);
/// Whoever waits for an empty outbox gives up when the database is gone for so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn serve_forever(engine: &Arc<Engine>, tending: &mut JoinSet<()>) {
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
                if let Ok(Some(next)) = leases::next_due(engine.outside.db.read()).await {
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

pub(super) async fn drain(engine: &Arc<Engine>, tending: &mut JoinSet<()>) -> Result<(), Error> {
    let mut sweeper = sweep::Sweeper::default();
    let mut failing: Option<Instant> = None;
    loop {
        let done = async {
            sweeper.look_around(engine, true).await?;
            hand_out(engine, tending).await
        };
        let leased = match done.await {
            Ok(leased) => leased,
            Err(error) if failing.get_or_insert_with(Instant::now).elapsed() < PATIENCE => {
                tracing::warn!(%error, "the outbox cannot be served; it is tried again");
                tokio::time::sleep(RECOVERY).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        failing = None;
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
    let is_due = leases::next_due(db).await?.is_some_and(|due_at| due_at <= now);
    if !has_arrivals && (!is_due || room == 0) {
        engine.crowded.store(is_due, Ordering::Relaxed);
        return Ok(0);
    }
    let asked_at = Instant::now();
    let tx = engine.outside.db.write().await?;
    let mut taken_in = false;
    if has_arrivals {
        // none: another process is at them
        let arrived = lane_store::take_in(&*tx).await?;
        taken_in = !arrived.is_empty();
        settle::tally_arrivals(&*tx, &arrived, now).await?;
    }
    let leased = if room > 0 {
        leases::lease(&*tx, engine.owner.as_str(), now, room, &engine.leases.tenants()).await?
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
        let span = tracing::debug_span!("turn", tenant = %leased.tenant);
        let turn = async move {
            tend::tend(engine, leased, lease, slot).await;
            drop(lane);
        };
        tending.spawn(turn.instrument(span));
    }
    Ok(count + usize::from(taken_in && count == 0))
}
