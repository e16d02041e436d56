//! What the operator does with all that waits: after a backup was restored, for instance, since what had waited in it may
//! have left meanwhile.

use std::collections::BTreeMap;

use serde_json::json;

use super::counters::{self, Change};
use super::state::Transition;
use super::{Error, queue, store};
use crate::audit::{self, By};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::values::TenantId;

/// So many messages are cancelled in one transaction.
const STEP: u64 = 200;

/// Holds the tenant's mail, what waits and what is to come, until [`release_held`].
pub async fn hold_mail(db: &Db, tenant: TenantId, now: Timestamp) -> Result<(), Error> {
    let tx = db.write().await?;
    queue::store::hold_for_operator(&*tx, tenant, now).await?;
    let event = audit::Event { name: "outbox.held", details: json!({}) };
    audit::record(&*tx, tenant, By::Operator, event, now).await?;
    Ok(tx.commit().await?)
}

/// Ends the operator's hold of the tenant's mail; before that everything that waits is cancelled, if `cancel` says so.
/// Returns how many messages were cancelled, or nothing if the operator does not hold the tenant's mail.
pub async fn release_held(
    db: &Db,
    tenant: TenantId,
    cancel: bool,
    now: Timestamp,
) -> Result<Option<u64>, Error> {
    let held = queue::store::hold(db.read(), tenant).await?;
    if held.is_none_or(|hold| hold.kind != queue::HoldKind::ByOperator) {
        return Ok(None);
    }
    let cancelled = if cancel { cancel_all(db, tenant, now).await? } else { 0 };
    let tx = db.write().await?;
    queue::store::end_operators_hold(&*tx, tenant, now).await?;
    let event = audit::Event { name: "outbox.released", details: json!({ "cancelled": cancelled }) };
    audit::record(&*tx, tenant, By::Operator, event, now).await?;
    tx.commit().await?;
    Ok(Some(cancelled))
}

/// Cancels everything that waits, in small steps.
async fn cancel_all(db: &Db, tenant: TenantId, now: Timestamp) -> Result<u64, Error> {
    let mut all = 0;
    loop {
        let some = cancel_some(db, tenant, now).await?;
        all += some;
        if some == 0 {
            return Ok(all);
        }
    }
}

async fn cancel_some(db: &Db, tenant: TenantId, now: Timestamp) -> Result<u64, Error> {
    let (mut change, mut count) = (Change::default(), 0);
    let tx = db.write().await?;
    for id in store::waiting(&*tx, tenant, STEP).await? {
        let Some((former, twice)) = store::state_for_update(&*tx, tenant, id).await? else { continue };
        let Some((state, _)) = former.after(Transition::Cancelled, twice) else { continue };
        store::set_state(&*tx, tenant, id, state, None, now).await?;
        change.moved(former, state);
        count += 1;
    }
    if count > 0 {
        counters::store::add_changes(&*tx, &BTreeMap::from([(tenant, change)]), now).await?;
    }
    tx.commit().await?;
    Ok(count)
}
