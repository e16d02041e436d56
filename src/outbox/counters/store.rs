use std::collections::BTreeMap;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};

use super::{Change, Counters};
use crate::clock::Timestamp;
use crate::entities::{outbox_arrivals as arrivals, outbox_lanes as queues, outbox_tallies as tallies};
use crate::outbox::HoldKind;
use crate::values::TenantId;

/// What is counted, in the order of [`Sums`].
const COUNTED: [tallies::Column; 8] = [
    tallies::Column::Enqueued,
    tallies::Column::Accepted,
    tallies::Column::Failed,
    tallies::Column::Unknown,
    tallies::Column::Cancelled,
    tallies::Column::Expired,
    tallies::Column::Deleted,
    tallies::Column::Retried,
];

/// Adds to the tallies, in the order of their keys, so that two processes never wait for each other.
pub(in crate::outbox) async fn add_changes(
    tx: &impl ConnectionTrait,
    changes: &BTreeMap<TenantId, Change>,
    now: Timestamp,
) -> Result<(), DbErr> {
    const HOUR: i64 = 3_600_000_000;
    let hour = Timestamp(now.0 - now.0.rem_euclid(HOUR));
    let mut rows = Vec::new();
    for (tenant, change) in changes {
        for (hour, counts) in [(Timestamp(0), change.back), (hour, change.up)] {
            if counts != Counters::default() {
                rows.push(tallies::ActiveModel {
                    tenant_id: Set(tenant.uuid()),
                    hour: Set(hour),
                    enqueued: Set(counts.enqueued),
                    accepted: Set(counts.accepted),
                    failed: Set(counts.failed),
                    unknown: Set(counts.unknown),
                    cancelled: Set(counts.cancelled),
                    expired: Set(counts.expired),
                    deleted: Set(counts.deleted),
                    retried: Set(counts.retried),
                });
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut add = OnConflict::columns([tallies::Column::TenantId, tallies::Column::Hour]);
    for column in COUNTED {
        let new = Expr::col((Alias::new("excluded"), column));
        add.value(column, Expr::col((tallies::Entity, column)).add(new));
    }
    tallies::Entity::insert_many(rows).on_conflict(add).exec_without_returning(tx).await.map(|_| ())
}

/// The sums of a tenant's tallies, with what no worker has taken in yet.
pub(in crate::outbox) async fn sums(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Counters, DbErr> {
    let rows = tallies::Entity::find().filter(tallies::Column::TenantId.eq(tenant.uuid())).all(db).await?;
    let mut sum = Counters::default();
    for row in rows {
        add(&mut sum, &row);
    }
    let arrived: Vec<i64> = arrivals::Entity::find()
        .select_only()
        .column(arrivals::Column::Messages)
        .filter(arrivals::Column::TenantId.eq(tenant.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    sum.enqueued += arrived.into_iter().sum::<i64>();
    Ok(sum)
}

/// The sums of [`COUNTED`].
type Sums =
    (Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// The sums over all tenants, or over those alone whose queues are held; added up by the database.
pub(in crate::outbox) async fn totals(db: &impl ConnectionTrait, held_only: bool) -> Result<Counters, DbErr> {
    // PostgreSQL's sum of BIGINT is a NUMERIC
    let sum = |column: tallies::Column| Expr::col(column).sum().cast_as(Alias::new("BIGINT"));
    let held = Query::select()
        .column(queues::Column::TenantId)
        .from(queues::Entity)
        .and_where(Expr::cust("hold IS NOT NULL"))
        .and_where(Expr::col(queues::Column::Hold).ne(HoldKind::Paused.as_str()))
        .to_owned();
    let mut query = tallies::Entity::find().select_only();
    for column in COUNTED {
        query = query.expr(sum(column));
    }
    let mut arrived = arrivals::Entity::find()
        .select_only()
        .expr(Expr::col(arrivals::Column::Messages).sum().cast_as(Alias::new("BIGINT")));
    if held_only {
        query = query.filter(tallies::Column::TenantId.in_subquery(held.clone()));
        arrived = arrived.filter(arrivals::Column::TenantId.in_subquery(held));
    }
    let sums: Vec<Sums> = query.into_tuple().all(db).await?;
    let arrived: Vec<Option<i64>> = arrived.into_tuple().all(db).await?;
    let Some(sums) = sums.into_iter().next() else { return Ok(Counters::default()) };
    let number = |sum: Option<i64>| sum.unwrap_or(0);
    let counts = Counters {
        enqueued: number(sums.0) + arrived.into_iter().flatten().sum::<i64>(),
        accepted: number(sums.1),
        failed: number(sums.2),
        unknown: number(sums.3),
        cancelled: number(sums.4),
        expired: number(sums.5),
        deleted: number(sums.6),
        retried: number(sums.7),
        ..Counters::default()
    };
    Ok(counts.with_the_rest_waiting(held_only))
}

/// Folds hours from before that time into hour 0, of which nobody asks any more: some rows at a time. Returns
/// how many.
pub(in crate::outbox) async fn fold_tallies(
    tx: &impl ConnectionTrait,
    before: Timestamp,
    count: u64,
) -> Result<usize, DbErr> {
    let rows = tallies::Entity::find()
        .filter(tallies::Column::Hour.gt(Timestamp(0)))
        .filter(tallies::Column::Hour.lt(before))
        .order_by_asc(tallies::Column::TenantId)
        .order_by_asc(tallies::Column::Hour)
        .limit(count)
        // another process may be at the same
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut sums: BTreeMap<TenantId, Counters> = BTreeMap::new();
    for row in &rows {
        add(sums.entry(row.tenant_id.into()).or_default(), row);
        tallies::Entity::delete_by_id((row.tenant_id, row.hour)).exec(tx).await?;
    }
    let changes =
        sums.into_iter().map(|(tenant, back)| (tenant, Change { up: Counters::default(), back })).collect();
    add_changes(tx, &changes, before).await?;
    Ok(rows.len())
}

fn add(sum: &mut Counters, row: &tallies::Model) {
    sum.enqueued += row.enqueued;
    sum.accepted += row.accepted;
    sum.failed += row.failed;
    sum.unknown += row.unknown;
    sum.cancelled += row.cancelled;
    sum.expired += row.expired;
    sum.deleted += row.deleted;
    sum.retried += row.retried;
}
