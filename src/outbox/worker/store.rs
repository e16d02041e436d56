use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, UnionType};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, TryGetableMany as _,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::entities::{
    outbox_contents as contents, outbox_files as files, outbox_messages as messages,
    outbox_suppressions as suppressions,
};
use crate::i18n::Language;
use crate::outbox::{MessageStatus, Priority};
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
    /// Whether the address was refused before.
    pub refusals: Option<Refusals>,
}

/// What the messages are called that were found.
const SOME: &str = "some_messages";

const COLUMNS: [messages::Column; 10] = [
    messages::Column::Priority,
    messages::Column::DueAt,
    messages::Column::Id,
    messages::Column::ContentId,
    messages::Column::Recipient,
    messages::Column::RecipientKey,
    messages::Column::Language,
    messages::Column::ExpiresAt,
    messages::Column::Attempts,
    messages::Column::MessageId,
];

type Row = (
    i32,
    Timestamp,
    Uuid,
    Uuid,
    String,
    String,
    String,
    Timestamp,
    i32,
    String,
    Option<Timestamp>,
    Option<String>,
);

/// A tenant's next messages, and whether there are more.
pub(super) struct Next {
    pub dues: Vec<Due>,
    pub more: bool,
}

/// The tenant's next messages, those first for which a person waits; without those `known`, which this
/// process has already at hand.
pub(super) async fn due(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
    count: usize,
    known: &HashSet<OutboxMessageId>,
) -> Result<Next, DbErr> {
    // One more than wanted shows whether there are more. Each priority by itself follows the index and stops early.
    let limit = (count + known.len() + 1) as u64;
    let of = |priority: Priority| {
        let some = messages::Entity::find()
            .select_only()
            .columns(COLUMNS)
            .filter(messages::Column::TenantId.eq(tenant.uuid()))
            .filter(Expr::cust("state = 'due'"))
            .filter(messages::Column::Priority.eq(priority.number()))
            .filter(messages::Column::DueAt.lte(now))
            .order_by_asc(messages::Column::DueAt)
            .order_by_asc(messages::Column::Id)
            .limit(limit)
            .into_query();
        let one = |column| Expr::col((SOME, column));
        let refused = |column| Expr::col((suppressions::Entity, column));
        let of_recipient = one(messages::Column::RecipientKey)
            .equals((suppressions::Entity, suppressions::Column::RecipientKey))
            .and(refused(suppressions::Column::TenantId).eq(tenant.uuid()));
        Query::select()
            .columns(COLUMNS.map(|column| (SOME, column)))
            .column((suppressions::Entity, suppressions::Column::SuppressedAt))
            .column((suppressions::Entity, suppressions::Column::Failure))
            .from_subquery(some, SOME)
            .left_join(suppressions::Entity, of_recipient)
            .to_owned()
    };
    let [mut query, second] = Priority::ALL.map(of);
    query.union(UnionType::All, second);
    let rows = db.query_all(&query).await?;
    let rows = rows.iter().map(Row::try_get_many_by_index).collect::<Result<Vec<_>, _>>();
    let mut rows = rows.map_err(DbErr::from)?;
    // which part comes first is the database's business
    rows.sort_unstable_by_key(|(priority, due_at, id, ..)| (*priority, *due_at, *id));
    let mut dues: Vec<Due> = rows.into_iter().map(row).collect();
    dues.retain(|due| !known.contains(&due.id));
    let more = dues.len() > count;
    dues.truncate(count);
    Ok(Next { dues, more })
}

fn row(row: Row) -> Due {
    let (
        _,
        _,
        id,
        content,
        recipient,
        recipient_key,
        language,
        expires_at,
        attempts,
        message_id,
        at,
        failure,
    ) = row;
    Due {
        id: id.into(),
        content,
        recipient,
        recipient_key,
        language: Language::parse(&language).unwrap_or(Language::English),
        expires_at,
        attempts: u32::try_from(attempts).unwrap_or(0),
        message_id,
        refusals: failure.map(|failure| Refusals { suppressed: at.is_some(), failure }),
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
) -> Result<Vec<(OutboxMessageId, MessageStatus, Timestamp)>, DbErr> {
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
    let read =
        |(id, state, at): (Uuid, String, Timestamp)| Some((id.into(), MessageStatus::parse(&state)?, at));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Deletes a message with its attempts, if it is still in that state.
pub(super) async fn delete(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
    state: MessageStatus,
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
