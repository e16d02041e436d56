use std::collections::HashSet;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query, TableRef, ValueTuple};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Set, Value};
use uuid::Uuid;

use super::{Outcome, REFUSALS, Sent};
use crate::clock::Timestamp;
use crate::entities::outbox_messages::{Column, Entity};
use crate::entities::{outbox_attempts as attempts, outbox_suppressions as suppressions};
use crate::outbox::MessageStatus;
use crate::values::{OutboxMessageId, TenantId};

/// Marks messages as accepted that are still due, in one statement; returns which.
pub(super) async fn accept_due(
    tx: &impl ConnectionTrait,
    accepted: &[(&Outcome, &Sent)],
) -> Result<HashSet<OutboxMessageId>, DbErr> {
    if accepted.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<ValueTuple> = accepted
        .iter()
        .map(|(outcome, sent)| {
            ValueTuple::Many(vec![
                Value::from(outcome.tenant.uuid()),
                Value::from(outcome.message.uuid()),
                Value::from(outcome.at.0),
                Value::from(sent.answer.clone()),
                Value::from(sent.server.clone()),
                Value::from(sent.queue_id.clone()),
                Value::from(sent.date.0),
                Value::from(sent.from.clone()),
                Value::from(sent.sha256.clone()),
            ])
        })
        .collect();
    // Both databases call the columns of VALUES so.
    let new = |number: u8| Expr::col((Alias::new("new"), Alias::new(format!("column{number}"))));
    let update = Query::update()
        .table(Entity)
        .value(Column::State, MessageStatus::Accepted.as_str())
        .value(Column::Attempts, Expr::col((Entity, Column::Attempts)).add(1))
        .value(Column::FinishedAt, new(3))
        .value(Column::Answer, new(4))
        .value(Column::Server, new(5))
        .value(Column::QueueId, new(6))
        .value(Column::SentDate, new(7))
        .value(Column::SentFrom, new(8))
        .value(Column::SentSha256, new(9))
        .from(TableRef::ValuesList(rows, Alias::new("new").into()))
        .and_where(Expr::col((Entity, Column::TenantId)).eq(new(1)))
        .and_where(Expr::col((Entity, Column::Id)).eq(new(2)))
        .and_where(Expr::col((Entity, Column::State)).eq(MessageStatus::Due.as_str()))
        .returning_col((Entity, Column::Id))
        .to_owned();
    let rows = tx.query_all(&update).await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(OutboxMessageId::from)).collect()
}

/// Marks one message as accepted, whatever its state was.
pub(super) async fn accept(tx: &impl ConnectionTrait, outcome: &Outcome, sent: &Sent) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(MessageStatus::Accepted.as_str()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::FinishedAt, Expr::value(outcome.at.0))
        .col_expr(Column::Answer, Expr::value(sent.answer.as_str()))
        .col_expr(Column::Server, Expr::value(sent.server.as_str()))
        .col_expr(Column::QueueId, Expr::value(sent.queue_id.clone()))
        .col_expr(Column::SentDate, Expr::value(sent.date.0))
        .col_expr(Column::SentFrom, Expr::value(sent.from.as_str()))
        .col_expr(Column::SentSha256, Expr::value(sent.sha256.clone()))
        .filter(Column::TenantId.eq(outcome.tenant.uuid()))
        .filter(Column::Id.eq(outcome.message.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Writes what became of an attempt without acceptance.
pub(super) async fn refuse(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    state: MessageStatus,
    twice: bool,
    failure: Option<String>,
    due_at: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::MayHaveArrivedTwice, Expr::value(twice))
        .col_expr(Column::Failure, Expr::value(failure))
        .col_expr(Column::DueAt, Expr::value(due_at.0))
        .col_expr(Column::FinishedAt, Expr::value(state.is_final().then_some(outcome.at.0)))
        .filter(Column::TenantId.eq(outcome.tenant.uuid()))
        .filter(Column::Id.eq(outcome.message.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Puts a message off that nobody has tried, if it still waits.
pub(super) async fn leave(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    due_at: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(due_at.0))
        .filter(Column::TenantId.eq(outcome.tenant.uuid()))
        .filter(Column::Id.eq(outcome.message.uuid()))
        .filter(Column::State.eq(MessageStatus::Due.as_str()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Adds an attempt to a message's story, numbered behind the last one.
pub(super) async fn insert_attempt(
    tx: &impl ConnectionTrait,
    outcome: &Outcome,
    verdict: &str,
    failure: Option<String>,
) -> Result<(), DbErr> {
    let so_far = attempts::Entity::find()
        .filter(attempts::Column::TenantId.eq(outcome.tenant.uuid()))
        .filter(attempts::Column::MessageId.eq(outcome.message.uuid()))
        .all(tx)
        .await?;
    let row = attempts::ActiveModel {
        tenant_id: Set(outcome.tenant.uuid()),
        message_id: Set(outcome.message.uuid()),
        number: Set(so_far.iter().map(|row| row.number).max().unwrap_or(0) + 1),
        at: Set(outcome.at),
        verdict: Set(verdict.to_owned()),
        failure: Set(failure),
    };
    attempts::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Counts a permanent refusal of an address; from the third on it is suppressed.
pub(super) async fn count_refusal(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    address: &str,
    failure: String,
    at: Timestamp,
) -> Result<(), DbErr> {
    let row = suppressions::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        recipient_key: Set(address.to_owned()),
        refusals: Set(1),
        failure: Set(failure),
        last_at: Set(at),
        suppressed_at: Set(None),
    };
    let old = |column| Expr::col((suppressions::Entity, column));
    let new = |column| Expr::col((Alias::new("excluded"), column));
    let suppressed = Expr::case(
        old(suppressions::Column::SuppressedAt)
            .is_null()
            .and(old(suppressions::Column::Refusals).gte(REFUSALS - 1)),
        new(suppressions::Column::LastAt),
    )
    .finally(old(suppressions::Column::SuppressedAt));
    let count = OnConflict::columns([suppressions::Column::TenantId, suppressions::Column::RecipientKey])
        .value(suppressions::Column::Refusals, old(suppressions::Column::Refusals).add(1))
        .value(suppressions::Column::Failure, new(suppressions::Column::Failure))
        .value(suppressions::Column::LastAt, new(suppressions::Column::LastAt))
        .value(suppressions::Column::SuppressedAt, suppressed)
        .to_owned();
    suppressions::Entity::insert(row).on_conflict(count).exec_without_returning(tx).await.map(|_| ())
}
