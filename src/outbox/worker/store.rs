use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::entities::{
    outbox_contents as contents, outbox_files as files, outbox_messages as messages,
    outbox_suppressions as suppressions,
};
use crate::i18n::Language;
use crate::outbox::{Priority, State};
use crate::values::{OutboxMessageId, TenantId};

/// A message that is due.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub id: OutboxMessageId,
    pub content: Uuid,
    pub recipient: String,
    pub recipient_key: String,
    pub language: Language,
    pub expires_at: Timestamp,
    pub attempts: u32,
    pub message_id: String,
}

type Row = (Uuid, Uuid, String, String, String, Timestamp, i32, String);

/// The tenant's next messages, those first for which a person waits; without those `known`, which this
/// process has already at hand.
pub(super) async fn due(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
    count: usize,
    known: &HashSet<OutboxMessageId>,
) -> Result<Vec<Due>, DbErr> {
    let mut all = Vec::new();
    for priority in Priority::ALL {
        let wanted = count.saturating_sub(all.len());
        if wanted == 0 {
            break;
        }
        let rows: Vec<Row> = messages::Entity::find()
            .select_only()
            .columns([
                messages::Column::Id,
                messages::Column::ContentId,
                messages::Column::Recipient,
                messages::Column::RecipientKey,
                messages::Column::Language,
                messages::Column::ExpiresAt,
                messages::Column::Attempts,
                messages::Column::MessageId,
            ])
            .filter(messages::Column::TenantId.eq(tenant.uuid()))
            .filter(Expr::cust("state = 'due'"))
            .filter(messages::Column::Priority.eq(priority.number()))
            .filter(messages::Column::DueAt.lte(now))
            .order_by_asc(messages::Column::DueAt)
            .order_by_asc(messages::Column::Id)
            .limit((wanted + known.len()) as u64)
            .into_tuple()
            .all(db)
            .await?;
        let fresh = rows.into_iter().map(row).filter(|due| !known.contains(&due.id));
        all.extend(fresh.take(wanted));
    }
    Ok(all)
}

fn row((id, content, recipient, recipient_key, language, expires_at, attempts, message_id): Row) -> Due {
    Due {
        id: id.into(),
        content,
        recipient,
        recipient_key,
        language: Language::parse(&language).unwrap_or(Language::English),
        expires_at,
        attempts: u32::try_from(attempts).unwrap_or(0),
        message_id,
    }
}

/// Whether the message is still to be sent.
pub(super) async fn is_due(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<bool, DbErr> {
    let found: Vec<Uuid> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.eq(id.uuid()))
        .filter(Expr::cust("state = 'due'"))
        .into_tuple()
        .all(db)
        .await?;
    Ok(!found.is_empty())
}

/// A content as it is stored, without its files.
pub(super) struct StoredContent {
    pub kind: String,
    pub data: String,
    /// How many bytes its files have, if there are any.
    pub files: Option<u64>,
}

/// The contents of these identifiers.
pub(super) async fn contents(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    ids: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, StoredContent>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let of_content = |files, content| Expr::col((files::Entity, files)).equals((contents::Entity, content));
    let sizes = sea_orm::sea_query::Query::select()
        .expr(Expr::cust("SUM(LENGTH(bytes))"))
        .from(files::Entity)
        .and_where(of_content(files::Column::TenantId, contents::Column::TenantId))
        .and_where(of_content(files::Column::ContentId, contents::Column::Id))
        .to_owned();
    let rows: Vec<(Uuid, String, String, Option<i64>)> = contents::Entity::find()
        .select_only()
        .columns([contents::Column::Id, contents::Column::Kind, contents::Column::Data])
        .expr_as(Expr::SubQuery(None, Box::new(sizes.into())), "files")
        .filter(contents::Column::TenantId.eq(tenant.uuid()))
        .filter(contents::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let content = |(id, kind, data, files): (Uuid, String, String, Option<i64>)| {
        let files = files.map(|bytes| u64::try_from(bytes).unwrap_or(0));
        (id, StoredContent { kind, data, files })
    };
    Ok(rows.into_iter().map(content).collect())
}

/// An address that was refused before.
#[derive(Clone, Debug)]
pub(super) struct Refusals {
    /// Whether nothing is sent to it any more.
    pub suppressed: bool,
    /// JSON of the last refusal.
    pub failure: String,
}

/// Those of the addresses that were refused before.
pub(super) async fn refusals(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    addresses: Vec<String>,
) -> Result<BTreeMap<String, Refusals>, DbErr> {
    let rows = suppressions::Entity::find()
        .filter(suppressions::Column::TenantId.eq(tenant.uuid()))
        .filter(suppressions::Column::RecipientKey.is_in(addresses))
        .all(db)
        .await?;
    let read = |row: suppressions::Model| {
        let refusals = Refusals { suppressed: row.suppressed_at.is_some(), failure: row.failure };
        (row.recipient_key, refusals)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Messages of any tenant whose life is over.
pub(super) async fn over(
    db: &impl ConnectionTrait,
    now: Timestamp,
    count: u64,
) -> Result<Vec<(TenantId, OutboxMessageId)>, DbErr> {
    let rows: Vec<(Uuid, Uuid)> = messages::Entity::find()
        .select_only()
        .columns([messages::Column::TenantId, messages::Column::Id])
        .filter(Expr::cust("state = 'due'"))
        .filter(messages::Column::ExpiresAt.lte(now))
        .order_by_asc(messages::Column::ExpiresAt)
        .limit(count)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(tenant, id)| (tenant.into(), id.into())).collect())
}

/// A page of a tenant's oldest messages behind `after`: id, state, when it was enqueued.
pub(super) async fn oldest(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    after: OutboxMessageId,
    count: u64,
) -> Result<Vec<(OutboxMessageId, State, Timestamp)>, DbErr> {
    let rows: Vec<(Uuid, String, Timestamp)> = messages::Entity::find()
        .select_only()
        .columns([messages::Column::Id, messages::Column::State, messages::Column::CreatedAt])
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.gt(after.uuid()))
        .order_by_asc(messages::Column::Id)
        .limit(count)
        .into_tuple()
        .all(db)
        .await?;
    let read = |(id, state, at): (Uuid, String, Timestamp)| Some((id.into(), State::parse(&state)?, at));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Deletes a message with its attempts, if it is still in that state.
pub(super) async fn delete(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
    state: State,
) -> Result<bool, DbErr> {
    let result = messages::Entity::delete_many()
        .filter(messages::Column::TenantId.eq(tenant.uuid()))
        .filter(messages::Column::Id.eq(id.uuid()))
        .filter(messages::Column::State.eq(state.as_str()))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}

/// Deletes contents from before that time that no message refers to; some at a time. Returns how many.
pub(super) async fn delete_contents(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    before: Timestamp,
    count: u64,
) -> Result<u64, DbErr> {
    let used = Expr::exists(
        sea_orm::sea_query::Query::select()
            .expr(Expr::cust("1"))
            .from(messages::Entity)
            .and_where(
                Expr::col((messages::Entity, messages::Column::TenantId))
                    .equals((contents::Entity, contents::Column::TenantId)),
            )
            .and_where(
                Expr::col((messages::Entity, messages::Column::ContentId))
                    .equals((contents::Entity, contents::Column::Id)),
            )
            .to_owned(),
    );
    let ids: Vec<Uuid> = contents::Entity::find()
        .select_only()
        .column(contents::Column::Id)
        .filter(contents::Column::TenantId.eq(tenant.uuid()))
        .filter(contents::Column::CreatedAt.lt(before))
        .filter(used.not())
        .order_by_asc(contents::Column::Id)
        .limit(count)
        .into_tuple()
        .all(tx)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let result = contents::Entity::delete_many()
        .filter(contents::Column::TenantId.eq(tenant.uuid()))
        .filter(contents::Column::Id.is_in(ids))
        .exec(tx)
        .await?;
    Ok(result.rows_affected)
}
