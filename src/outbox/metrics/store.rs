use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::entities::{outbox_lanes as queues, outbox_suppressions as suppressions};

/// How many queues are held, by why.
pub(super) async fn held_lanes(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    let rows: Vec<(Option<String>, i64)> = queues::Entity::find()
        .select_only()
        .column(queues::Column::Hold)
        .expr(Expr::col(queues::Column::TenantId).count())
        .filter(Expr::cust("hold IS NOT NULL"))
        .group_by(queues::Column::Hold)
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
