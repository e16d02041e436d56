use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict, Query};
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

/// What is due later by no more than that is not worth a statement: clocks are never quite the same.
const SLACK: Duration = Duration::from_millis(500);

/// Takes arrivals in: wakes their queues. Returns how many messages each tenant has got; to be tallied.
///
/// An arrival is due at once, whatever the clock of its writer says: if that one is ahead of ours, what it wrote is due
/// by ours.
pub(in crate::outbox) async fn take_in(
    tx: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<BTreeMap<TenantId, i64>, DbErr> {
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
    let mut ahead: BTreeMap<Uuid, Timestamp> = BTreeMap::new();
    for mut arrival in taken {
        if arrival.due_at > now.plus(SLACK) {
            let latest = ahead.entry(arrival.tenant_id).or_insert(arrival.due_at);
            *latest = Ord::max(*latest, arrival.due_at);
            arrival.due_at = now;
        }
        let (count, due_at) = rows.entry(arrival.tenant_id).or_insert((0, arrival.due_at));
        *count += arrival.messages;
        *due_at = Ord::min(*due_at, arrival.due_at);
    }
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    for (tenant, latest) in ahead {
        due_now(tx, tenant, now, latest).await?;
    }
    let queues = rows.iter().map(|(tenant, (_, due_at))| ActiveModel {
        tenant_id: Set(*tenant),
        due_at: Set(Some(*due_at)),
        lease_beat: Set(0),
        hold_tries: Set(0),
        ..Default::default()
    });
    // A held queue keeps its time: what is new does not make a broken provider whole. But one that had
    // nothing left to try it with has no time, and would sleep for ever; and one that waits for the next try
    // of an old message, long after a pause would be over, need not wait so long for a new one's.
    let sooner = Expr::cust(
        "CASE WHEN outbox_lanes.hold IS NULL \
         AND (outbox_lanes.due_at IS NULL OR outbox_lanes.due_at > excluded.due_at) THEN excluded.due_at \
         WHEN outbox_lanes.due_at IS NULL AND outbox_lanes.hold IN ('paused', 'by_itself', 'unusable', 'suspended') \
         THEN excluded.due_at \
         WHEN outbox_lanes.due_at IS NULL AND outbox_lanes.hold = 'by_person' AND outbox_lanes.hold_tries < 3 \
         THEN excluded.due_at + 60000000 \
         WHEN outbox_lanes.hold = 'paused' AND outbox_lanes.hold_tries BETWEEN 1 AND 5 \
         AND outbox_lanes.due_at > excluded.due_at + 60000000 * (1 << (outbox_lanes.hold_tries - 1)) \
         THEN excluded.due_at + 60000000 * (1 << (outbox_lanes.hold_tries - 1)) \
         ELSE outbox_lanes.due_at END",
    );
    let wake = OnConflict::column(Column::TenantId).value(Column::DueAt, sooner).to_owned();
    Entity::insert_many(queues).on_conflict(wake).exec_without_returning(tx).await?;
    Ok(rows.into_iter().map(|(tenant, (count, _))| (TenantId::from(tenant), count)).collect())
}

/// Makes messages due now that are due by then.
async fn due_now(
    tx: &impl ConnectionTrait,
    tenant: Uuid,
    now: Timestamp,
    latest: Timestamp,
) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::DueAt, Expr::value(now.0))
        .filter(messages::Column::TenantId.eq(tenant))
        .filter(Expr::cust("state = 'due'"))
        .filter(messages::Column::DueAt.gt(now))
        .filter(messages::Column::DueAt.lte(latest))
        .exec(tx)
        .await
        .map(|_| ())
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

/// Releases held queues: what was put off is due at once, and the count of tries begins anew. What the operator holds
/// stays so.
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
            .filter(Expr::cust("(hold IS NULL OR hold <> 'by_operator')"))
            .col_expr(Column::DueAt, Expr::value(now.0))
            .col_expr(Column::Hold, Expr::value(None::<String>))
            .col_expr(Column::HoldFailure, Expr::value(None::<String>))
            .col_expr(Column::HoldSince, Expr::value(None::<i64>))
            .col_expr(Column::HoldRevision, Expr::value(None::<Uuid>))
            // below zero: told to whoever has the queue at this moment
            .col_expr(Column::HoldTries, Expr::cust("CASE WHEN lease_owner IS NULL THEN 0 ELSE -1 END"))
            .filter(Column::TenantId.eq(tenant.uuid()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Holds the tenant's queue until [`end_operators_hold`], whoever has it. A process that serves it begins nothing more when
/// its lease is over.
pub(in crate::outbox) async fn hold_for_operator(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let held = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        due_at: Set(None),
        lease_owner: Set(None),
        lease_beat: Set(0),
        hold: Set(Some(HoldKind::ByOperator.as_str().to_owned())),
        hold_failure: Set(None),
        hold_since: Set(Some(now)),
        hold_revision: Set(None),
        hold_tries: Set(0),
    };
    let columns = [
        Column::DueAt,
        Column::LeaseOwner,
        Column::Hold,
        Column::HoldFailure,
        Column::HoldSince,
        Column::HoldRevision,
        Column::HoldTries,
    ];
    let over = OnConflict::column(Column::TenantId).update_columns(columns).to_owned();
    Entity::insert(held).on_conflict(over).exec_without_returning(tx).await.map(|_| ())
}

/// Ends the operator's hold of the tenant's queue, which is due at once. Returns whether there was one.
pub(in crate::outbox) async fn end_operators_hold(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let result = Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now.0))
        .col_expr(Column::Hold, Expr::value(None::<String>))
        .col_expr(Column::HoldSince, Expr::value(None::<i64>))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Hold.eq(HoldKind::ByOperator.as_str()))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}

/// The held queues whose tenants have another provider than the one that they are held for, or none any more.
pub(in crate::outbox) async fn with_another_provider(
    db: &impl ConnectionTrait,
) -> Result<Vec<TenantId>, DbErr> {
    let mut present = Query::select();
    present.expr(Expr::cust("1")).from(providers::Entity).and_where(
        Expr::col((providers::Entity, providers::Column::TenantId)).equals((Entity, Column::TenantId)),
    );
    let mut other = present.clone();
    other.cond_where(
        Condition::any().add(Expr::col((Entity, Column::HoldRevision)).is_null()).add(
            Expr::col((providers::Entity, providers::Column::Revision))
                .ne(Expr::col((Entity, Column::HoldRevision))),
        ),
    );
    let gone =
        Condition::all().add(Column::Hold.ne(HoldKind::NoProvider.as_str())).add(Expr::exists(present).not());
    let tenants: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Expr::cust("hold IS NOT NULL"))
        .filter(Column::Hold.ne(HoldKind::Suspended.as_str()))
        .filter(Column::Hold.ne(HoldKind::ByOperator.as_str()))
        .filter(Column::LeaseOwner.is_null())
        .filter(Condition::any().add(Expr::exists(other)).add(gone))
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

/// Why the tenant's queue is held, if it is.
pub(in crate::outbox) async fn hold(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Hold>, DbErr> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    Ok(db::only(query, db).await?.as_ref().and_then(read_hold))
}

pub(super) fn read_hold(row: &Model) -> Option<Hold> {
    Some(Hold {
        kind: HoldKind::parse(row.hold.as_deref()?)?,
        failure: row.hold_failure.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        since: row.hold_since?,
        revision: row.hold_revision,
        tries: u32::try_from(row.hold_tries).unwrap_or(0),
    })
}

pub(super) fn failure_json(hold: &Hold) -> Option<String> {
    hold.failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok())
}
