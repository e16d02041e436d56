use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{File, FileNote};
use crate::clock::Timestamp;
use crate::entities::{outbox_contents as contents, outbox_files as files, outbox_messages as messages};
use crate::values::TenantId;

/// So many rows go into one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
const ROWS: usize = 500;

/// A content as a row.
pub(super) struct Content {
    pub id: Uuid,
    pub kind: &'static str,
    pub data: String,
}

pub(super) async fn insert_contents(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    all: Vec<Content>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let mut rows = all.into_iter().map(|content| contents::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(content.id),
        kind: Set(content.kind.to_owned()),
        data: Set(content.data),
        created_at: Set(now),
    });
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS).collect();
        if some.is_empty() {
            return Ok(());
        }
        contents::Entity::insert_many(some).exec_without_returning(tx).await?;
    }
}

pub(super) async fn insert_messages(
    tx: &impl ConnectionTrait,
    mut rows: Vec<messages::ActiveModel>,
) -> Result<(), DbErr> {
    while !rows.is_empty() {
        let some: Vec<_> = rows.drain(..rows.len().min(ROWS)).collect();
        messages::Entity::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}

pub(super) async fn insert_file(
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
