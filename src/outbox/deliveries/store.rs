use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::mail::Stored;
use super::{Attempt, Delivery, Filter, Listed, Suppression};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::outbox_messages::{Column, Entity, Model};
use crate::entities::{
    outbox_attempts as attempts, outbox_contents as contents, outbox_lanes as queues,
    outbox_suppressions as suppressions, outbox_tallies as tallies,
};
use crate::i18n::Language;
use crate::outbox::{Counters, MessageStatus};
use crate::values::{OutboxMessageId, TenantId};

/// The tenant's messages that match but for their kind, the newest first, of those older than `before`.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
    count: usize,
) -> Result<Vec<Listed>, DbErr> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    if let Some(state) = filter.state {
        // held is a matter of the queue
        let stored = if state == MessageStatus::Held { MessageStatus::Due } else { state };
        query = query.filter(Column::State.eq(stored.as_str()));
    }
    if let Some(recipient) = &filter.recipient {
        query = query.filter(Column::RecipientKey.eq(recipient));
    }
    if let Some(first) = filter.first_id() {
        query = query.filter(Column::Id.gte(first));
    }
    let end = filter.end_id().into_iter().chain(before.map(OutboxMessageId::uuid)).min();
    if let Some(end) = end {
        query = query.filter(Column::Id.lt(end));
    }
    let rows = query.order_by_desc(Column::Id).limit(count as u64).all(db).await?;
    Ok(rows.into_iter().filter_map(listed).collect())
}

fn listed(row: Model) -> Option<Listed> {
    Some(Listed {
        id: row.id.into(),
        recipient: row.recipient,
        kind: row.kind,
        state: MessageStatus::parse(&row.state)?,
        created_at: row.created_at,
        due_at: row.due_at,
        finished_at: row.finished_at,
        attempts: u32::try_from(row.attempts).unwrap_or(0),
        may_have_arrived_twice: row.may_have_arrived_twice,
        failure: row.failure.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        answer: row.answer,
    })
}

async fn row(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<Model>, DbErr> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::Id.eq(id.uuid()));
    db::only(query, db).await
}

/// The message with its attempts, if it is the tenant's.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<Delivery>, DbErr> {
    let Some(row) = row(db, tenant, id).await? else { return Ok(None) };
    let all = attempts::Entity::find()
        .filter(attempts::Column::TenantId.eq(tenant.uuid()))
        .filter(attempts::Column::MessageId.eq(id.uuid()))
        .order_by_asc(attempts::Column::Number)
        .all(db)
        .await?;
    let attempt = |row: attempts::Model| Attempt {
        number: u32::try_from(row.number).unwrap_or(0),
        at: row.at,
        verdict: row.verdict,
        failure: row.failure.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    };
    let (expires_at, message_id) = (row.expires_at, row.message_id.clone());
    let (server, queue_id) = (row.server.clone(), row.queue_id.clone());
    let attempts = all.into_iter().map(attempt).collect();
    Ok(listed(row).map(|listed| Delivery { listed, expires_at, message_id, server, queue_id, attempts }))
}

/// What is needed to make the mail again.
pub(super) async fn stored(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<Stored>, DbErr> {
    let Some(row) = row(db, tenant, id).await? else { return Ok(None) };
    let query = contents::Entity::find()
        .filter(contents::Column::TenantId.eq(tenant.uuid()))
        .filter(contents::Column::Id.eq(row.content_id));
    let Some(content) = db::only(query, db).await? else { return Ok(None) };
    let sent = match (row.sent_date, row.sent_from, row.sent_sha256) {
        (Some(date), Some(from), Some(sha256)) => Some((date, from, sha256)),
        _ => None,
    };
    Ok(Some(Stored {
        content: content.id,
        kind: content.kind,
        data: content.data,
        language: Language::parse(&row.language).unwrap_or(Language::English),
        recipient: row.recipient,
        message_id: row.message_id,
        sent,
    }))
}

/// What was done in each hour from then on.
pub(super) async fn hours(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    from: Timestamp,
) -> Result<Vec<(Timestamp, Counters)>, DbErr> {
    let rows = tallies::Entity::find()
        .filter(tallies::Column::TenantId.eq(tenant.uuid()))
        .filter(tallies::Column::Hour.gte(from))
        .all(db)
        .await?;
    let counts = |row: &tallies::Model| Counters {
        enqueued: row.enqueued,
        accepted: row.accepted,
        failed: row.failed,
        unknown: row.unknown,
        cancelled: row.cancelled,
        expired: row.expired,
        deleted: row.deleted,
        retried: row.retried,
        ..Counters::default()
    };
    Ok(rows.iter().map(|row| (row.hour, counts(row))).collect())
}

/// When the tenant's queue wants to be served; `None` if nothing waits or only a person releases it.
pub(super) async fn queue_due(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Timestamp>, DbErr> {
    let query = queues::Entity::find().filter(queues::Column::TenantId.eq(tenant.uuid()));
    Ok(db::only(query, db).await?.and_then(|row| row.due_at))
}

/// When the first waiting message may be tried.
pub(super) async fn first_due(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Timestamp>, DbErr> {
    let mut first: Option<Timestamp> = None;
    for priority in crate::outbox::Priority::ALL {
        let one: Vec<Timestamp> = Entity::find()
            .select_only()
            .column(Column::DueAt)
            .filter(Column::TenantId.eq(tenant.uuid()))
            .filter(Expr::cust("state = 'due'"))
            .filter(Column::Priority.eq(priority.number()))
            .order_by_asc(Column::DueAt)
            .limit(1)
            .into_tuple()
            .all(db)
            .await?;
        first = first.into_iter().chain(one).min();
    }
    Ok(first)
}

/// When the newest messages among the accepted ones were accepted.
pub(super) async fn last_accepted(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    count: u64,
) -> Result<Vec<Timestamp>, DbErr> {
    let rows: Vec<Option<Timestamp>> = Entity::find()
        .select_only()
        .column(Column::FinishedAt)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::State.eq(MessageStatus::Accepted.as_str()))
        .order_by_desc(Column::Id)
        .limit(count)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

/// The tenant's suppressed addresses behind that one, in order.
pub(super) async fn suppressions(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    after: &str,
    count: usize,
) -> Result<Vec<Suppression>, DbErr> {
    let rows = suppressions::Entity::find()
        .filter(suppressions::Column::TenantId.eq(tenant.uuid()))
        .filter(suppressions::Column::RecipientKey.gt(after))
        .filter(suppressions::Column::SuppressedAt.is_not_null())
        .order_by_asc(suppressions::Column::RecipientKey)
        .limit(count as u64)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(suppressed).collect())
}

/// Whether that address is suppressed.
pub(super) async fn suppression(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    recipient_key: &str,
) -> Result<Option<Suppression>, DbErr> {
    let query = suppressions::Entity::find()
        .filter(suppressions::Column::TenantId.eq(tenant.uuid()))
        .filter(suppressions::Column::RecipientKey.eq(recipient_key));
    Ok(db::only(query, db).await?.and_then(suppressed))
}

fn suppressed(row: suppressions::Model) -> Option<Suppression> {
    Some(Suppression {
        address: row.recipient_key,
        since: row.suppressed_at?,
        refusals: u32::try_from(row.refusals).unwrap_or(0),
        failure: serde_json::from_str(&row.failure).ok(),
    })
}
