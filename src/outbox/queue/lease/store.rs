use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, TryGetableMany,
};
use uuid::Uuid;

use super::{Lease, Leased};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::outbox_lanes::{Column, Entity};
use crate::entities::outbox_messages as messages;
use crate::outbox::metrics;
use crate::outbox::queue::store::{failure_json, read_hold};
use crate::outbox::{Hold, Priority};
use crate::values::TenantId;

/// So many queues that are still served, and lost, are looked past.
const LOST: usize = 16;

/// What of the index's condition a query must repeat word for word.
fn is_waiting() -> SimpleExpr {
    Expr::cust("lease_owner IS NULL AND due_at IS NOT NULL")
}

/// When the next queue that nobody has wants to be served.
pub(in crate::outbox) async fn next_due(db: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let first: Vec<Option<Timestamp>> = Entity::find()
        .select_only()
        .column(Column::DueAt)
        .filter(is_waiting())
        .order_by_asc(Column::DueAt)
        .limit(1)
        .into_tuple()
        .all(db)
        .await?;
    Ok(first.into_iter().flatten().next())
}

/// Leases queues that are due, the longest waiting first; not those that this process still `serves`, though
/// it has lost their leases: what an old turn gives back must not be a new one's.
pub(in crate::outbox) async fn lease(
    tx: &impl ConnectionTrait,
    owner: &str,
    now: Timestamp,
    count: usize,
    serves: &HashSet<TenantId>,
) -> Result<Vec<Leased>, DbErr> {
    let mut rows = Entity::find()
        .filter(is_waiting())
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .limit((count + LOST) as u64)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    rows.retain(|row| !serves.contains(&row.tenant_id.into()));
    rows.truncate(count);
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(owner))
        .col_expr(Column::LeaseBeat, Expr::col(Column::LeaseBeat).add(1))
        .filter(Column::TenantId.is_in(rows.iter().map(|row| row.tenant_id)))
        .exec(tx)
        .await?;
    for due_at in rows.iter().filter_map(|row| row.due_at) {
        metrics::queue_waited(now.since(due_at));
    }
    Ok(rows.into_iter().map(|row| Leased { tenant: row.tenant_id.into(), hold: read_hold(&row) }).collect())
}

/// Renews those of a process's leases that it `serves`, and returns all that it has.
pub(in crate::outbox) async fn renew(
    tx: &impl ConnectionTrait,
    owner: &str,
    serves: &HashSet<TenantId>,
) -> Result<Vec<TenantId>, DbErr> {
    let mine: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Column::LeaseOwner.eq(owner))
        .order_by_asc(Column::TenantId)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    let mine: Vec<TenantId> = mine.into_iter().map(TenantId::from).collect();
    let served: Vec<Uuid> =
        mine.iter().filter(|tenant| serves.contains(tenant)).map(|one| one.uuid()).collect();
    if !served.is_empty() {
        Entity::update_many()
            .col_expr(Column::LeaseBeat, Expr::col(Column::LeaseBeat).add(1))
            .filter(Column::LeaseOwner.eq(owner))
            .filter(Column::TenantId.is_in(served))
            .exec(tx)
            .await?;
    }
    Ok(mine)
}

/// Gives back queues that a process has by the database and knows nothing of: its commit was done, and the
/// answer lost.
pub(in crate::outbox) async fn disown(
    tx: &impl ConnectionTrait,
    owner: &str,
    tenants: &[TenantId],
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::DueAt, Expr::value(now.0))
        .filter(Column::LeaseOwner.eq(owner))
        .filter(Column::TenantId.is_in(tenants.iter().map(|tenant| tenant.uuid())))
        .exec(tx)
        .await
        .map(|_| ())
}

/// The leases of all processes but that one.
pub(in crate::outbox) async fn leases_of_others(
    db: &impl ConnectionTrait,
    owner: &str,
) -> Result<Vec<Lease>, DbErr> {
    let rows: Vec<(Uuid, Option<String>, i64)> = Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::LeaseOwner, Column::LeaseBeat])
        .filter(Expr::cust("lease_owner IS NOT NULL"))
        .filter(Column::LeaseOwner.ne(owner))
        .into_tuple()
        .all(db)
        .await?;
    let lease = |(tenant, owner, beat): (Uuid, Option<String>, i64)| {
        Some(Lease { tenant: tenant.into(), owner: owner?, beat })
    };
    Ok(rows.into_iter().filter_map(lease).collect())
}

/// Ends a dead process's lease, unless it has stirred.
pub(in crate::outbox) async fn end_lease(
    tx: &impl ConnectionTrait,
    lease: &Lease,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        // whatever the dead one was at: somebody looks at once
        .col_expr(Column::DueAt, Expr::value(now.0))
        .filter(Column::TenantId.eq(lease.tenant.uuid()))
        .filter(Column::LeaseOwner.eq(&lease.owner))
        .filter(Column::LeaseBeat.eq(lease.beat))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}

/// Gives a queue back. It is served again when its first message is due, but not before `due_at`; a held one
/// without it only when somebody releases it. Does nothing if the lease was lost.
pub(in crate::outbox) async fn put_back(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    owner: &str,
    hold: Option<&Hold>,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let query = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::LeaseOwner.eq(owner))
        .lock_exclusive();
    let Some(row) = db::only(query, tx).await? else { return Ok(()) };
    let former = read_hold(&row);
    // Somebody released the queue while we had it.
    let released = former.is_none() && row.hold_tries < 0;
    let first = earliest(tx, tenant).await?;
    let due_at = match hold {
        Some(_) if released => Some(now),
        // nothing to try it with
        Some(_) => due_at.zip(first).map(|(at, first)| Ord::max(at, first)),
        // the end of the line is now
        None => first.map(|first| Ord::max(first, due_at.unwrap_or(now))),
    };
    let hold = hold.filter(|_| !released);
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::DueAt, Expr::value(due_at.map(|at| at.0)))
        .col_expr(Column::Hold, Expr::value(hold.map(|hold| hold.kind.as_str())))
        .col_expr(Column::HoldFailure, Expr::value(hold.and_then(failure_json)))
        .col_expr(Column::HoldSince, Expr::value(hold.map(|hold| hold.since.0)))
        .col_expr(Column::HoldRevision, Expr::value(hold.and_then(|hold| hold.revision)))
        .col_expr(
            Column::HoldTries,
            Expr::value(hold.map_or(0, |hold| i32::try_from(hold.tries).unwrap_or(i32::MAX))),
        )
        .filter(Column::TenantId.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Gives back queues that nothing holds, as [`put_back`] does.
pub(in crate::outbox) async fn put_back_free(
    tx: &impl ConnectionTrait,
    tenants: impl Iterator<Item = TenantId>,
    owner: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    let tenants: Vec<Uuid> = tenants.map(TenantId::uuid).collect();
    if tenants.is_empty() {
        return Ok(());
    }
    if tenants.len() > 1 {
        // in the order in which everybody locks
        let locked: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .filter(Column::TenantId.is_in(tenants.iter().copied()))
            .order_by_asc(Column::TenantId)
            .lock_exclusive()
            .into_tuple()
            .all(tx)
            .await?;
        drop(locked);
    }
    let tenant = Expr::col((Entity, Column::TenantId));
    let [first, second] = Priority::ALL.map(|priority| first_of(tenant.clone(), priority));
    let sooner = Expr::case(first.clone().is_null(), second.clone())
        .case(second.clone().lt(first.clone()), second.clone())
        .finally(first.clone());
    let due_at =
        Expr::case(Condition::any().add(first.lte(now.0)).add(second.lte(now.0)), now.0).finally(sooner);
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::DueAt, due_at.into())
        .col_expr(Column::Hold, Expr::value(None::<String>))
        .col_expr(Column::HoldFailure, Expr::value(None::<String>))
        .col_expr(Column::HoldSince, Expr::value(None::<i64>))
        .col_expr(Column::HoldRevision, Expr::value(None::<Uuid>))
        .col_expr(Column::HoldTries, Expr::value(0))
        .filter(Column::LeaseOwner.eq(owner))
        .filter(Column::TenantId.is_in(tenants))
        .exec(tx)
        .await
        .map(|_| ())
}

/// When the first of the tenant's messages of that priority may be tried: each by itself follows the index.
fn first_of(tenant: impl Into<SimpleExpr>, priority: Priority) -> SimpleExpr {
    let first = messages::Entity::find()
        .select_only()
        .column(messages::Column::DueAt)
        .filter(Expr::col((messages::Entity, messages::Column::TenantId)).eq(tenant))
        .filter(Expr::cust("state = 'due'"))
        .filter(messages::Column::Priority.eq(priority.number()))
        .order_by_asc(messages::Column::DueAt)
        .limit(1)
        .into_query();
    Expr::SubQuery(None, Box::new(first.into()))
}

/// Gives back whatever that process still has; to be served at once, by others.
pub(in crate::outbox) async fn put_all_back(
    tx: &impl ConnectionTrait,
    owner: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::DueAt, Expr::value(now.0))
        .filter(Column::LeaseOwner.eq(owner))
        .exec(tx)
        .await
        .map(|_| ())
}

/// When the tenant's first waiting message may be tried.
async fn earliest(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Timestamp>, DbErr> {
    let [first, second] = Priority::ALL.map(|priority| first_of(Expr::value(tenant.uuid()), priority));
    let query = Query::select().expr(first).expr(second).to_owned();
    let Some(row) = tx.query_one(&query).await? else { return Ok(None) };
    let (first, second): (Option<Timestamp>, Option<Timestamp>) =
        TryGetableMany::try_get_many_by_index(&row)?;
    Ok(first.into_iter().chain(second).min())
}
