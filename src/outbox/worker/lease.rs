use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::engine::Engine;
use super::pulse::Loop;
use crate::outbox::queue::lease::Lease as Other;
use crate::outbox::queue::lease::store as leases;
use crate::values::TenantId;

/// Until when a queue is ours for certain, by our own steady clock: from the moment before it was renewed
/// last. Others wait as long by theirs, from a later moment. So clocks that jump or differ do no harm.
#[derive(Debug)]
pub(super) struct Lease(Mutex<Instant>);

impl Lease {
    /// Whether a message may still be begun.
    pub(super) fn is_valid(&self) -> bool {
        Instant::now() < *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The leases of this process.
#[derive(Debug)]
pub(super) struct Leases {
    length: Duration,
    all: Mutex<HashMap<TenantId, Arc<Lease>>>,
}

impl Leases {
    pub(super) fn new(length: Duration) -> Self {
        Self { length, all: Mutex::default() }
    }

    /// A lease that was asked for at that moment.
    pub(super) fn add(&self, tenant: TenantId, asked_at: Instant) -> Arc<Lease> {
        let lease = Arc::new(Lease(Mutex::new(asked_at + self.length)));
        self.lock().insert(tenant, Arc::clone(&lease));
        lease
    }

    pub(super) fn remove(&self, tenant: TenantId, lease: &Arc<Lease>) {
        let mut all = self.lock();
        if all.get(&tenant).is_some_and(|present| Arc::ptr_eq(present, lease)) {
            all.remove(&tenant);
        }
    }

    /// Whose queues are served, also those whose lease is lost.
    pub(super) fn tenants(&self) -> HashSet<TenantId> {
        self.lock().keys().copied().collect()
    }

    /// Those tenants' leases were renewed, as asked at that moment; all others are lost.
    pub(super) fn renewed(&self, tenants: &[TenantId], asked_at: Instant) {
        for (tenant, lease) in &*self.lock() {
            if tenants.contains(tenant) {
                let mut until = lease.0.lock().unwrap_or_else(PoisonError::into_inner);
                // one that has run out meanwhile may have been looked at as dead; it is not revived
                if Instant::now() < *until {
                    *until = asked_at + self.length;
                }
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Arc<Lease>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the leases of others for signs of life.
#[derive(Debug, Default)]
pub(super) struct Watch(HashMap<TenantId, (Other, Instant)>);

impl Watch {
    /// Of the present leases, those that have not been renewed for `length`, by our own clock.
    pub(super) fn look(&mut self, present: Vec<Other>, length: Duration, now: Instant) -> Vec<Other> {
        let former = std::mem::take(&mut self.0);
        let mut silent = Vec::new();
        for lease in present {
            let since = match former.get(&lease.tenant) {
                Some((same, since)) if *same == lease => *since,
                _ => now,
            };
            if now.saturating_duration_since(since) >= length {
                silent.push(lease.clone());
            }
            self.0.insert(lease.tenant, (lease, since));
        }
        silent
    }
}

/// Renews the leases, three times in their length, and gives back what is ours by the database only.
pub(super) async fn renew(engine: Arc<Engine>) {
    let mut pause = engine.limits.lease / 3;
    let mut unknown = HashSet::new();
    loop {
        tokio::time::sleep(pause).await;
        let asked_at = Instant::now();
        engine.pulse.begins(Loop::Renew);
        match renew_once(&engine, &mut unknown).await {
            Ok(tenants) => {
                engine.pulse.done(Loop::Renew);
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

/// `unknown` are those that were ours by the database only the last time: between a lease and its being known
/// there is a moment.
async fn renew_once(engine: &Engine, unknown: &mut HashSet<TenantId>) -> Result<Vec<TenantId>, DbErr> {
    let owner = engine.owner.as_str();
    let serves = engine.leases.tenants();
    let tx = engine.app.db.write().await?;
    let tenants = leases::renew(&*tx, owner, &serves).await?;
    let now_unknown: HashSet<TenantId> =
        tenants.iter().copied().filter(|tenant| !serves.contains(tenant)).collect();
    let orphans: Vec<TenantId> = now_unknown.intersection(unknown).copied().collect();
    if !orphans.is_empty() {
        tracing::warn!(queues = orphans.len(), "leases that nobody knows of are given back");
        leases::disown(&*tx, owner, &orphans, engine.app.clock.now()).await?;
    }
    tx.commit().await?;
    *unknown = now_unknown;
    Ok(tenants)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(30);

    fn other(tenant: TenantId, beat: i64) -> Other {
        Other { tenant, owner: "other".to_owned(), beat }
    }

    #[test]
    fn a_lease_that_is_renewed_is_never_silent() {
        let (tenant, start) = (TenantId::new(), Instant::now());
        let mut watch = Watch::default();
        for beat in 0..20u32 {
            let now = start + Duration::from_secs(10) * beat;
            assert!(watch.look(vec![other(tenant, beat.into())], LENGTH, now).is_empty());
        }
        let at = |seconds: u64| start + Duration::from_secs(190 + seconds);
        assert!(watch.look(vec![other(tenant, 19)], LENGTH, at(29)).is_empty());
        assert_eq!(watch.look(vec![other(tenant, 19)], LENGTH, at(30)).len(), 1);
        assert!(watch.look(vec![other(tenant, 20)], LENGTH, at(60)).is_empty(), "it has stirred");
    }

    #[test]
    fn what_runs_out_is_not_revived() {
        let leases = Leases::new(Duration::ZERO);
        let (tenant, now) = (TenantId::new(), Instant::now());
        let lease = leases.add(tenant, now);
        assert!(!lease.is_valid());
        leases.renewed(&[tenant], now + LENGTH);
        assert!(!lease.is_valid());
    }

    #[test]
    fn only_what_is_still_ours_is_prolonged() {
        let leases = Leases::new(LENGTH);
        let (one, two, now) = (TenantId::new(), TenantId::new(), Instant::now());
        let (mine, lost) = (leases.add(one, now), leases.add(two, now));
        leases.renewed(&[one], now + LENGTH);
        assert!(*mine.0.lock().unwrap() > *lost.0.lock().unwrap());
    }
}
