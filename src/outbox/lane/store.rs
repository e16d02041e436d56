use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set,
};
use uuid::Uuid;

use super::{Hold, HoldKind};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::outbox_lanes::{ActiveModel, Column, Entity, Model};
use crate::entities::{
    email_providers as providers, outbox_arrivals as arrivals, outbox_messages as messages,
};
use crate::values::TenantId;

/// So many arrivals are taken in at once.
const ARRIVALS: u64 = 500;

/// A lane that this process has just leased.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Leased {
    pub tenant: TenantId,
    pub hold: Option<Hold>,
}

/// A lease of some process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::outbox) struct Lease {
    pub tenant: TenantId,
    pub owner: String,
    pub beat: i64,
}

/// What of the index's condition a query must repeat word for word.
fn is_waiting() -> SimpleExpr {
    Expr::cust("lease_owner IS NULL AND due_at IS NOT NULL")
}

/// Takes arrivals in: wakes their lanes. Returns how many messages each tenant has got; to be tallied.
pub(in crate::outbox) async fn take_in(tx: &impl ConnectionTrait) -> Result<BTreeMap<TenantId, i64>, DbErr> {
    let some = arrivals::Entity::find()
        .select_only()
        .columns([arrivals::Column::TenantId, arrivals::Column::Id])
        .order_by_asc(arrivals::Column::TenantId)
        .order_by_asc(arrivals::Column::Id)
        .limit(ARRIVALS)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let key = Expr::tuple([Expr::col(arrivals::Column::TenantId), Expr::col(arrivals::Column::Id)]);
    let taken = arrivals::Entity::delete_many()
        .filter(key.in_subquery(some.into_query()))
        .exec_with_returning(tx)
        .await?;
    let mut rows: BTreeMap<Uuid, (i64, Timestamp)> = BTreeMap::new();
    for arrival in taken {
        let (count, due_at) = rows.entry(arrival.tenant_id).or_insert((0, arrival.due_at));
        *count += arrival.messages;
        *due_at = Ord::min(*due_at, arrival.due_at);
    }
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lanes = rows.iter().map(|(tenant, (_, due_at))| ActiveModel {
        tenant_id: Set(*tenant),
        due_at: Set(Some(*due_at)),
        lease_beat: Set(0),
        hold_tries: Set(0),
        ..Default::default()
    });
    // A held lane keeps its time: what is new does not make a broken provider whole.
    let sooner = Expr::cust(
        "CASE WHEN outbox_lanes.hold IS NULL AND (outbox_lanes.due_at IS NULL OR outbox_lanes.due_at > excluded.due_at) \
         THEN excluded.due_at ELSE outbox_lanes.due_at END",
    );
    let wake = OnConflict::column(Column::TenantId).value(Column::DueAt, sooner).to_owned();
    Entity::insert_many(lanes).on_conflict(wake).exec_without_returning(tx).await?;
    Ok(rows.into_iter().map(|(tenant, (count, _))| (TenantId::from(tenant), count)).collect())
}

/// Whether there are arrivals to take in.
pub(in crate::outbox) async fn has_arrivals(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let first: Vec<Uuid> = arrivals::Entity::find()
        .select_only()
        .column(arrivals::Column::TenantId)
        .limit(1)
        .into_tuple()
        .all(db)
        .await?;
    Ok(!first.is_empty())
}

/// When the next lane that nobody has wants to be served.
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

/// Leases lanes that are due, the longest waiting first.
pub(in crate::outbox) async fn lease(
    tx: &impl ConnectionTrait,
    owner: &str,
    now: Timestamp,
    count: u64,
) -> Result<Vec<Leased>, DbErr> {
    let rows = Entity::find()
        .filter(is_waiting())
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .limit(count)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(owner))
        .col_expr(Column::LeaseBeat, Expr::col(Column::LeaseBeat).add(1))
        .filter(Column::TenantId.is_in(rows.iter().map(|row| row.tenant_id)))
        .exec(tx)
        .await?;
    Ok(rows.into_iter().map(|row| Leased { tenant: row.tenant_id.into(), hold: read_hold(&row) }).collect())
}

/// Renews a process's leases and returns which it still has.
pub(in crate::outbox) async fn renew(tx: &impl ConnectionTrait, owner: &str) -> Result<Vec<TenantId>, DbErr> {
    let mine: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Column::LeaseOwner.eq(owner))
        .order_by_asc(Column::TenantId)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    if !mine.is_empty() {
        Entity::update_many()
            .col_expr(Column::LeaseBeat, Expr::col(Column::LeaseBeat).add(1))
            .filter(Column::LeaseOwner.eq(owner))
            .exec(tx)
            .await?;
    }
    Ok(mine.into_iter().map(TenantId::from).collect())
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

/// Gives a lane back. It is served again when its first message is due, but not before `due_at`; a held one
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
    // Somebody released the lane while we had it.
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
    let mut first: Option<Timestamp> = None;
    for priority in [0, 1] {
        let one: Vec<Timestamp> = messages::Entity::find()
            .select_only()
            .column(messages::Column::DueAt)
            .filter(messages::Column::TenantId.eq(tenant.uuid()))
            .filter(Expr::cust("state = 'due'"))
            .filter(messages::Column::Priority.eq(priority))
            .order_by_asc(messages::Column::DueAt)
            .limit(1)
            .into_tuple()
            .all(tx)
            .await?;
        first = first.into_iter().chain(one).min();
    }
    Ok(first)
}

/// Releases held lanes: what was put off is due at once, and the count of tries begins anew.
pub(in crate::outbox) async fn release(
    tx: &impl ConnectionTrait,
    tenants: &[TenantId],
    now: Timestamp,
) -> Result<(), DbErr> {
    for tenant in tenants {
        messages::Entity::update_many()
            .col_expr(messages::Column::DueAt, Expr::value(now.0))
            .filter(messages::Column::TenantId.eq(tenant.uuid()))
            .filter(Expr::cust("state = 'due'"))
            .filter(messages::Column::DueAt.gt(now))
            .exec(tx)
            .await?;
        Entity::update_many()
            .col_expr(Column::DueAt, Expr::value(now.0))
            .col_expr(Column::Hold, Expr::value(None::<String>))
            .col_expr(Column::HoldFailure, Expr::value(None::<String>))
            .col_expr(Column::HoldSince, Expr::value(None::<i64>))
            .col_expr(Column::HoldRevision, Expr::value(None::<Uuid>))
            // below zero: told to whoever has the lane at this moment
            .col_expr(Column::HoldTries, Expr::cust("CASE WHEN lease_owner IS NULL THEN 0 ELSE -1 END"))
            .filter(Column::TenantId.eq(tenant.uuid()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The held lanes whose tenants have another provider than the one that they are held for.
pub(in crate::outbox) async fn with_another_provider(
    db: &impl ConnectionTrait,
) -> Result<Vec<TenantId>, DbErr> {
    let mut other = Query::select();
    other
        .expr(Expr::cust("1"))
        .from(providers::Entity)
        .and_where(
            Expr::col((providers::Entity, providers::Column::TenantId)).equals((Entity, Column::TenantId)),
        )
        .cond_where(
            Condition::any().add(Expr::col((Entity, Column::HoldRevision)).is_null()).add(
                Expr::col((providers::Entity, providers::Column::Revision))
                    .ne(Expr::col((Entity, Column::HoldRevision))),
            ),
        );
    let tenants: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Expr::cust("hold IS NOT NULL"))
        .filter(Column::LeaseOwner.is_null())
        .filter(Expr::exists(other))
        .into_tuple()
        .all(db)
        .await?;
    Ok(tenants.into_iter().map(TenantId::from).collect())
}

/// After the clock was set back: everything that waits for a later time is due now.
pub(in crate::outbox) async fn rewind(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::DueAt, Expr::value(now.0))
        .filter(Expr::cust("state = 'due'"))
        .filter(messages::Column::DueAt.gt(now))
        .exec(tx)
        .await?;
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now.0))
        .filter(Column::DueAt.gt(now))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Why the tenant's lane is held, if it is.
pub(in crate::outbox) async fn hold(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Hold>, DbErr> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    Ok(db::only(query, db).await?.as_ref().and_then(read_hold))
}

fn read_hold(row: &Model) -> Option<Hold> {
    Some(Hold {
        kind: HoldKind::parse(row.hold.as_deref()?)?,
        failure: row.hold_failure.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        since: row.hold_since?,
        revision: row.hold_revision,
        tries: u32::try_from(row.hold_tries).unwrap_or(0),
    })
}

fn failure_json(hold: &Hold) -> Option<String> {
    hold.failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok())
}
