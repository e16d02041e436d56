use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{File, FileNote};
use crate::entities::outbox_files as files;
use crate::values::TenantId;

pub(in crate::outbox) async fn insert_file(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    content: Uuid,
    number: i32,
    file: &File,
) -> Result<(), DbErr> {
    let row = files::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        content_id: Set(content),
        number: Set(number),
        name: Set(file.name.clone()),
        media_type: Set(file.media_type.clone()),
        bytes: Set(file.bytes.to_vec()),
    };
    files::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// The files of a content, in their order.
pub(super) async fn files(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    content: Uuid,
) -> Result<Vec<File>, DbErr> {
    let rows = files::Entity::find()
        .filter(files::Column::TenantId.eq(tenant.uuid()))
        .filter(files::Column::ContentId.eq(content))
        .order_by_asc(files::Column::Number)
        .all(db)
        .await?;
    let file =
        |row: files::Model| File { name: row.name, media_type: row.media_type, bytes: row.bytes.into() };
    Ok(rows.into_iter().map(file).collect())
}

/// The same without what is in them.
pub(in crate::outbox) async fn notes(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    content: Uuid,
) -> Result<Vec<FileNote>, DbErr> {
    let rows: Vec<(String, i32)> = files::Entity::find()
        .select_only()
        .column(files::Column::Name)
        .expr_as(Expr::cust("LENGTH(bytes)"), "size")
        .filter(files::Column::TenantId.eq(tenant.uuid()))
        .filter(files::Column::ContentId.eq(content))
        .order_by_asc(files::Column::Number)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(name, size)| FileNote { name, size: size.into() }).collect())
}
