use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::engine::Engine;
use super::{owner, store};
use crate::clock::Timestamp;
use crate::outbox::counters::{Change, store as tallies};
use crate::outbox::outcomes::{self, Outcome, OutcomeKind};
use crate::outbox::queue::lease::store as leases;
use crate::outbox::queue::store as queue_store;
use crate::outbox::store as outbox_store;
use crate::state::State;
use crate::values::{OutboxMessageId, TenantId};

/// A clock that is put right by less moves nothing: what is due a minute later is no harm.
const SLACK: Duration = Duration::from_mins(1);
/// So often a worker looks after dead workers and new providers, besides when it is rung for.
const OFTEN: Duration = Duration::from_secs(2);
/// So often after messages whose life is over.
const SELDOM: Duration = Duration::from_secs(30);
/// So often old messages are deleted.
const CLEARING: Duration = Duration::from_secs(10 * 60);
/// So long the tallies of each hour are kept apart: more than the day that is shown.
const SHOWN: Duration = Duration::from_hours(48);
/// So many rows are changed or deleted in one transaction: sending must not wait for more.
const STEP: u64 = 200;

/// What a worker does beside sending.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    often: Option<Instant>,
    seldom: Option<Instant>,
}

impl Sweeper {
    /// Does what is to be done by now. `rung`: somebody said that something has changed.
    pub(super) async fn look_around(&mut self, engine: &Engine, rung: bool) -> Result<(), DbErr> {
        let now = engine.app.clock.now();
        let last_seen = Timestamp(engine.last_seen.swap(now.0, Ordering::Relaxed));
        if last_seen > now.plus(SLACK) {
            tracing::warn!("the clock was set back: what waits for a later time is due now");
            let tx = engine.app.db.write().await?;
            queue_store::rewind(&*tx, now).await?;
            tx.commit().await?;
        }
        let is_time = |last: Option<Instant>, gap| last.is_none_or(|last| last.elapsed() >= gap);
        if rung || is_time(self.often, OFTEN) {
            self.often = Some(Instant::now());
            end_dead_leases(engine).await?;
            release_for_new_providers(engine).await?;
        }
        if is_time(self.seldom, SELDOM) {
            self.seldom = Some(Instant::now());
            expire(&engine.app).await?;
        }
        Ok(())
    }
}

/// Ends the leases of processes that are dead or have been silent for too long.
async fn end_dead_leases(engine: &Engine) -> Result<(), DbErr> {
    let present = leases::leases_of_others(engine.app.db.read(), engine.owner.as_str()).await?;
    if present.is_empty() {
        return Ok(());
    }
    let mut dead: BTreeMap<&str, bool> = BTreeMap::new();
    for lease in &present {
        dead.entry(&lease.owner).or_insert_with(|| owner::is_dead(&lease.owner));
    }
    let mut ended: Vec<_> =
        present.iter().filter(|lease| dead.get(lease.owner.as_str()) == Some(&true)).cloned().collect();
    let silent = engine.watch.lock().unwrap_or_else(PoisonError::into_inner).look(
        present.clone(),
        engine.limits.lease,
        Instant::now(),
    );
    ended.extend(silent);
    ended.sort_unstable_by_key(|lease| lease.tenant);
    ended.dedup_by_key(|lease| lease.tenant);
    for lease in ended {
        let tx = engine.app.db.write().await?;
        if leases::end_lease(&*tx, &lease, engine.app.clock.now()).await? {
            tracing::info!(tenant = %lease.tenant, "the lease of a dead worker is ended");
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Releases queues whose tenants have another provider than the one that they were held for.
async fn release_for_new_providers(engine: &Engine) -> Result<(), DbErr> {
    let tenants: Vec<TenantId> = queue_store::with_another_provider(engine.app.db.read()).await?;
    if tenants.is_empty() {
        return Ok(());
    }
    for tenant in &tenants {
        let tx = engine.app.db.write().await?;
        queue_store::release(&*tx, &[*tenant], engine.app.clock.now()).await?;
        tx.commit().await?;
    }
    tracing::info!(queues = tenants.len(), "held queues have another provider");
    Ok(())
}

/// Expires messages whose life is over, also in queues that are held.
async fn expire(app: &State) -> Result<(), DbErr> {
    loop {
        let now = app.clock.now();
        let over = store::over(app.db.read(), now, STEP).await?;
        if over.is_empty() {
            return Ok(());
        }
        let mut outcomes: Vec<Outcome> = over
            .into_iter()
            .map(|(tenant, message)| Outcome { tenant, message, at: now, what: OutcomeKind::Expired })
            .collect();
        outcomes.sort_unstable_by_key(|outcome| (outcome.tenant, outcome.message));
        let tx = app.db.write().await?;
        let changes = outcomes::settle(&*tx, &outcomes).await?;
        tallies::add_changes(&*tx, &changes, now).await?;
        tx.commit().await?;
    }
}

/// Deletes what is old, every ten minutes.
pub(super) async fn delete_old_forever(app: &State) {
    loop {
        tokio::time::sleep(CLEARING).await;
        if let Err(error) = crate::outbox::sweep(app).await {
            tracing::warn!(%error, "old messages are not deleted; it is tried again");
        }
    }
}

/// Deletes what has been through for longer than `retention`, tenant by tenant and in small steps, and
/// contents that nothing refers to any more.
pub(in crate::outbox) async fn delete_old(app: &State, retention: Duration) -> Result<(), DbErr> {
    let before = app.clock.now().minus(retention);
    for tenant in outbox_store::tenants(app.db.read()).await? {
        let mut after = OutboxMessageId::from(uuid::Uuid::nil());
        loop {
            let page = store::oldest(app.db.read(), tenant, after, STEP).await?;
            let old: Vec<_> = page.iter().filter(|(_, _, at)| *at < before).collect();
            let Some((last, _, _)) = old.last() else { break };
            after = *last;
            delete_messages(app, tenant, &old).await?;
            if old.len() < page.len() || page.len() < usize::try_from(STEP).unwrap_or(usize::MAX) {
                break;
            }
            tokio::task::yield_now().await;
        }
        loop {
            let tx = app.db.write().await?;
            let deleted = store::delete_contents(&*tx, tenant, before, STEP).await?;
            tx.commit().await?;
            if deleted < STEP {
                break;
            }
        }
    }
    Ok(())
}

/// Sums up the tallies of hours that no chart shows any more, so that adding them up stays quick.
pub(in crate::outbox) async fn fold_tallies(app: &State) -> Result<(), DbErr> {
    let before = app.clock.now().minus(SHOWN);
    loop {
        let tx = app.db.write().await?;
        let folded = tallies::fold_tallies(&*tx, before, STEP).await?;
        tx.commit().await?;
        if folded == 0 {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

async fn delete_messages(
    app: &State,
    tenant: TenantId,
    old: &[&(OutboxMessageId, crate::outbox::MessageStatus, crate::clock::Timestamp)],
) -> Result<(), DbErr> {
    let mut change = Change::default();
    let tx = app.db.write().await?;
    for (id, state, _) in old.iter().filter(|(_, state, _)| state.is_final()) {
        if store::delete(&*tx, tenant, *id, *state).await? {
            change.deleted(*state);
        }
    }
    if change != Change::default() {
        let changes = BTreeMap::from([(tenant, change)]);
        tallies::add_changes(&*tx, &changes, app.clock.now()).await?;
    }
    tx.commit().await
}
