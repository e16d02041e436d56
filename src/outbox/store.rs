use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Set, TryInsertResult,
};
use uuid::Uuid;

use super::{Recipient, State, Terms, message};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::{
    outbox_arrivals as arrivals, outbox_contents as contents, outbox_lanes as lanes,
    outbox_messages as messages, outbox_suppressions as suppressions,
};
use crate::values::{OutboxMessageId, TenantId};

/// So many rows go into one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535.
const ROWS: usize = 500;

/// What is common to messages that are enqueued together.
pub(super) struct Batch<'a> {
    pub tenant: TenantId,
    pub content: Uuid,
    pub kind: &'static str,
    pub terms: Terms,
    /// The right half of their Message-IDs.
    pub host: &'a str,
    pub now: Timestamp,
}

pub(super) async fn insert_content(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: Uuid,
    kind: &str,
    data: String,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = contents::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(id),
        kind: Set(kind.to_owned()),
        data: Set(data),
        created_at: Set(now),
    };
    contents::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete_content(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: Uuid,
) -> Result<(), DbErr> {
    contents::Entity::delete_many()
        .filter(contents::Column::TenantId.eq(tenant.uuid()))
        .filter(contents::Column::Id.eq(id))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Inserts a message for each recipient, in order; those whose key is taken are left out. Returns how many
/// there are now more.
pub(super) async fn insert_messages(
    tx: &impl ConnectionTrait,
    batch: &Batch<'_>,
    recipients: &[Recipient],
    ids: &[OutboxMessageId],
) -> Result<u64, DbErr> {
    let mut inserted = 0;
    let all: Vec<(&Recipient, &OutboxMessageId)> = recipients.iter().zip(ids).collect();
    for some in all.chunks(ROWS) {
        let rows = some.iter().map(|(recipient, id)| row(batch, recipient, **id));
        let result = messages::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(tx)
            .await?;
        inserted += match result {
            TryInsertResult::Inserted(count) => count,
            TryInsertResult::Empty | TryInsertResult::Conflicted => 0,
        };
    }
    Ok(inserted)
}

pub(super) fn row(batch: &Batch<'_>, recipient: &Recipient, id: OutboxMessageId) -> messages::ActiveModel {
    messages::ActiveModel {
        tenant_id: Set(batch.tenant.uuid()),
        id: Set(id.uuid()),
        content_id: Set(batch.content),
        kind: Set(batch.kind.to_owned()),
        recipient: Set(recipient.address.to_string()),
        recipient_key: Set(recipient.address.normalised()),
        language: Set(recipient.language.code().to_owned()),
        priority: Set(batch.terms.priority.number()),
        state: Set(State::Due.as_str().to_owned()),
        created_at: Set(batch.now),
        due_at: Set(batch.now),
        expires_at: Set(batch.now.plus(batch.terms.lifetime)),
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
) -> Result<Option<(State, bool)>, DbErr> {
    let query = messages::Entity::find()
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.eq(id.uuid()))
        .lock_exclusive();
    let row = db::only(query, tx).await?;
    Ok(row.and_then(|row| Some((State::parse(&row.state)?, row.may_have_arrived_twice))))
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
        .filter(messages::Column::State.eq(State::Due.as_str()))
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
        .filter(messages::Column::State.eq(State::Due.as_str()))
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
    state: State,
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
        lanes::Entity::find().select_only().column(lanes::Column::TenantId).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(TenantId::from).collect())
}

pub(super) async fn is_leased(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    let lane = db::only(lanes::Entity::find_by_id(tenant.uuid()), db).await?;
    Ok(lane.is_some_and(|lane| lane.lease_owner.is_some()))
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
