use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, Set};

use super::Report;
use crate::clock::Timestamp;
use crate::db;
use crate::entities::domain_reports::{ActiveModel, Column, Entity};
use crate::values::TenantId;

/// Finds what the last check found. What an older or newer program wrote and cannot be read is none.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<(Report, Timestamp)>, DbErr> {
    let row = db::only(Entity::find_by_id(tenant.uuid()), db).await?;
    Ok(row.and_then(|row| Some((serde_json::from_str(&row.report).ok()?, row.checked_at))))
}

pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    report: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row =
        ActiveModel { tenant_id: Set(tenant.uuid()), checked_at: Set(now), report: Set(report.to_owned()) };
    let replaced =
        OnConflict::column(Column::TenantId).update_columns([Column::CheckedAt, Column::Report]).to_owned();
    Entity::insert(row).on_conflict(replaced).exec_without_returning(tx).await.map(|_| ())
}
