use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set, TryInsertResult,
};
use uuid::Uuid;

use super::{MessageStatus, Recipient, SendOptions, message};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::{
    outbox_arrivals as arrivals, outbox_contents as contents, outbox_lanes as queues,
    outbox_messages as messages, outbox_suppressions as suppressions,
};
use crate::values::{OutboxMessageId, TenantId};

/// So many rows go into one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
const ROWS: usize = 500;

/// What is common to the messages of one content.
pub(super) struct Batch<'a> {
    pub tenant: TenantId,
    pub content: Uuid,
    pub kind: &'static str,
    pub terms: SendOptions,
    /// The right half of their Message-IDs.
    pub host: &'a str,
    pub now: Timestamp,
}

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

/// Deletes those of these contents that no message has.
pub(super) async fn delete_unused(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    ids: &[Uuid],
) -> Result<(), DbErr> {
    for some in ids.chunks(ROWS) {
        let used = messages::Entity::find()
            .select_only()
            .column(messages::Column::ContentId)
            .filter(messages::Column::TenantId.eq(tenant.uuid()))
            .filter(messages::Column::ContentId.is_in(some.iter().copied()))
            .into_query();
        contents::Entity::delete_many()
            .filter(contents::Column::TenantId.eq(tenant.uuid()))
            .filter(contents::Column::Id.is_in(some.iter().copied()))
            .filter(contents::Column::Id.not_in_subquery(used))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Inserts messages, in order; those whose key is taken are left out. Returns how many there are now more.
pub(super) async fn insert_messages(
    tx: &impl ConnectionTrait,
    rows: Vec<messages::ActiveModel>,
) -> Result<u64, DbErr> {
    let mut inserted = 0;
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS).collect();
        if some.is_empty() {
            return Ok(inserted);
        }
        let result = messages::Entity::insert_many(some)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(tx)
            .await?;
        inserted += match result {
            TryInsertResult::Inserted(count) => count,
            TryInsertResult::Empty | TryInsertResult::Conflicted => 0,
        };
    }
}

pub(super) fn row(batch: &Batch<'_>, recipient: &Recipient, id: OutboxMessageId) -> messages::ActiveModel {
    let begins = batch.terms.not_before.map_or(batch.now, |at| at.max(batch.now));
    messages::ActiveModel {
        tenant_id: Set(batch.tenant.uuid()),
        id: Set(id.uuid()),
        content_id: Set(batch.content),
        kind: Set(batch.kind.to_owned()),
        recipient: Set(recipient.address.to_string()),
        recipient_key: Set(recipient.address.normalised()),
        language: Set(recipient.language.code().to_owned()),
        priority: Set(batch.terms.priority.number()),
        state: Set(MessageStatus::Due.as_str().to_owned()),
        created_at: Set(batch.now),
        due_at: Set(begins),
        expires_at: Set(begins.plus(batch.terms.lifetime)),
        attempts: Set(0),
        idempotency_key: Set(recipient.key.clone()),
        message_id: Set(message::message_id(id, batch.host)),
        may_have_arrived_twice: Set(false),
        ..Default::default()
    }
}

/// Tells the workers of new messages, or with none of them only that there is something to do.
pub(super) async fn insert_arrival(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    count: u64,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = arrivals::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(Uuid::now_v7()),
        messages: Set(i64::try_from(count).unwrap_or(i64::MAX)),
        at: Set(now),
        due_at: Set(now),
    };
    arrivals::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// A message's state and whether it may have arrived twice, locked until the transaction ends.
pub(super) async fn state_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<(MessageStatus, bool)>, DbErr> {
    let query = messages::Entity::find()
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.eq(id.uuid()))
        .lock_exclusive();
    let row = db::only(query, tx).await?;
    Ok(row.and_then(|row| Some((MessageStatus::parse(&row.state)?, row.may_have_arrived_twice))))
}

/// The messages that wait under keys that begin in one of these ways, in order.
pub(super) async fn waiting_under(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    keys: &[String],
) -> Result<Vec<OutboxMessageId>, DbErr> {
    let begins = keys.iter().fold(Condition::any(), |any, key| {
        any.add(messages::Column::IdempotencyKey.starts_with(key.as_str()))
    });
    let ids: Vec<Uuid> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(begins)
        .filter(messages::Column::State.eq(MessageStatus::Due.as_str()))
        .order_by_asc(messages::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(ids.into_iter().map(OutboxMessageId::from).collect())
}

/// Some of the tenant's messages that wait, in order.
pub(super) async fn waiting(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    count: u64,
) -> Result<Vec<OutboxMessageId>, DbErr> {
    let ids: Vec<Uuid> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::State.eq(MessageStatus::Due.as_str()))
        .order_by_asc(messages::Column::Id)
        .limit(count)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(ids.into_iter().map(OutboxMessageId::from).collect())
}

/// Gives a message another state by a person's will.
pub(super) async fn set_state(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
    state: MessageStatus,
    lifetime_from: Option<(Timestamp, Timestamp)>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let mut update = messages::Entity::update_many()
        .col_expr(messages::Column::State, Expr::value(state.as_str()))
        .col_expr(messages::Column::FinishedAt, Expr::value(state.is_final().then_some(now.0)));
    if let Some((due_at, expires_at)) = lifetime_from {
        update = update
            .col_expr(messages::Column::DueAt, Expr::value(due_at.0))
            .col_expr(messages::Column::ExpiresAt, Expr::value(expires_at.0));
    }
    update
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Every tenant that ever had mail.
pub(super) async fn tenants(db: &impl ConnectionTrait) -> Result<Vec<TenantId>, DbErr> {
    let ids: Vec<Uuid> =
        queues::Entity::find().select_only().column(queues::Column::TenantId).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(TenantId::from).collect())
}

pub(super) async fn is_leased(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    let queue = db::only(queues::Entity::find_by_id(tenant.uuid()), db).await?;
    Ok(queue.is_some_and(|queue| queue.lease_owner.is_some()))
}

/// A thousand messages of the tenant, with their attempts. Returns how many there were.
pub(super) async fn delete_some(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<u64, DbErr> {
    let some = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .order_by_asc(messages::Column::Id)
        .limit(1000);
    let deleted = messages::Entity::delete_many()
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.in_subquery(some.into_query()))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected)
}

pub(super) async fn delete_suppression(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    recipient_key: &str,
) -> Result<bool, DbErr> {
    let result = suppressions::Entity::delete_many()
        .filter(suppressions::Column::TenantId.eq(tenant.uuid()))
        .filter(suppressions::Column::RecipientKey.eq(recipient_key))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}
