use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::entities::{
    outbox_arrivals as arrivals, outbox_lanes as lanes, outbox_suppressions as suppressions,
    outbox_tallies as tallies,
};
use crate::outbox::{Counts, HoldKind};

/// Enqueued, accepted, failed, unknown, cancelled, expired, deleted, retried.
type Sums =
    (Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// The sums over all tenants, or over those alone whose lanes are held; added up by the database.
pub(super) async fn sums(db: &impl ConnectionTrait, held_only: bool) -> Result<Counts, DbErr> {
    // PostgreSQL's sum of BIGINT is a NUMERIC
    let sum = |column: tallies::Column| Expr::col(column).sum().cast_as(Alias::new("BIGINT"));
    let held = Query::select()
        .column(lanes::Column::TenantId)
        .from(lanes::Entity)
        .and_where(Expr::cust("hold IS NOT NULL"))
        .and_where(Expr::col(lanes::Column::Hold).ne(HoldKind::Paused.as_str()))
        .to_owned();
    let mut query = tallies::Entity::find().select_only();
    for column in [
        tallies::Column::Enqueued,
        tallies::Column::Accepted,
        tallies::Column::Failed,
        tallies::Column::Unknown,
        tallies::Column::Cancelled,
        tallies::Column::Expired,
        tallies::Column::Deleted,
        tallies::Column::Retried,
    ] {
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
    let Some(sums) = sums.into_iter().next() else { return Ok(Counts::default()) };
    let number = |sum: Option<i64>| sum.unwrap_or(0);
    let counts = Counts {
        enqueued: number(sums.0) + arrived.into_iter().flatten().sum::<i64>(),
        accepted: number(sums.1),
        failed: number(sums.2),
        unknown: number(sums.3),
        cancelled: number(sums.4),
        expired: number(sums.5),
        deleted: number(sums.6),
        retried: number(sums.7),
        ..Counts::default()
    };
    Ok(counts.with_the_rest_waiting(held_only))
}

/// How many lanes are held, by why.
pub(super) async fn held_lanes(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let rows: Vec<(Option<String>, i64)> = lanes::Entity::find()
        .select_only()
        .column(lanes::Column::Hold)
        .expr(Expr::col(lanes::Column::TenantId).count())
        .filter(Expr::cust("hold IS NOT NULL"))
        .group_by(lanes::Column::Hold)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(hold, count)| Some((hold?, count))).collect())
}

/// How many addresses are suppressed.
pub(super) async fn suppressed(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let rows: Vec<i64> = suppressions::Entity::find()
        .select_only()
        .expr(Expr::col(suppressions::Column::RecipientKey).count())
        .filter(suppressions::Column::SuppressedAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().sum())
}
