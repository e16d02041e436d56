use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Set, TryInsertResult,
};

use super::{Key, Once, Policy, StoredPolicy};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::{api_answers as answers, message_policies as policies};
use crate::values::TenantId;

/// Takes the key: `None` if it is new, or was used before that time. Otherwise the fingerprint of the request that has
/// it, and what was answered.
///
/// Whoever finds another transaction that takes the same key waits until it is over: at the unique index on PostgreSQL,
/// in the line of writers on SQLite.
pub(super) async fn claim_key(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    once: &Once,
    now: Timestamp,
    before: Timestamp,
) -> Result<Option<([u8; 32], String)>, DbErr> {
    let row = answers::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        idempotency_key: Set(once.key.as_str().to_owned()),
        fingerprint: Set(once.fingerprint.to_vec()),
        answer: Set(String::new()),
        created_at: Set(now),
    };
    let is_over = Expr::col((answers::Entity, answers::Column::CreatedAt));
    let taken = OnConflict::columns([answers::Column::TenantId, answers::Column::IdempotencyKey])
        .update_columns([answers::Column::Fingerprint, answers::Column::Answer, answers::Column::CreatedAt])
        .action_and_where(sea_orm::sea_query::ExprTrait::lte(is_over, before.0))
        .to_owned();
    let result =
        answers::Entity::insert(row).on_conflict(taken).try_insert().exec_without_returning(tx).await?;
    if matches!(result, TryInsertResult::Inserted(1..)) {
        return Ok(None);
    }
    let query = answers::Entity::find()
        .filter(answers::Column::TenantId.eq(tenant.uuid()))
        .filter(answers::Column::IdempotencyKey.eq(once.key.as_str()));
    let found = db::only(query, tx).await?;
    let former = found.and_then(|row| Some((row.fingerprint.try_into().ok()?, row.answer)));
    former.map(Some).ok_or_else(|| DbErr::RecordNotFound("an answer that is in the way".to_owned()))
}

pub(super) async fn keep_answer(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    key: &Key,
    answer: &str,
) -> Result<(), DbErr> {
    answers::Entity::update_many()
        .col_expr(answers::Column::Answer, Expr::value(answer))
        .filter(answers::Column::TenantId.eq(tenant.uuid()))
        .filter(answers::Column::IdempotencyKey.eq(key.as_str()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Removes answers of all tenants from that time or before.
pub(super) async fn forget_answers(tx: &impl ConnectionTrait, before: Timestamp) -> Result<(), DbErr> {
    answers::Entity::delete_many().filter(answers::Column::CreatedAt.lte(before)).exec(tx).await.map(|_| ())
}

pub(super) async fn policy(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<StoredPolicy>, DbErr> {
    let row = db::only(policies::Entity::find_by_id(tenant.uuid()), db).await?;
    let read = |row: policies::Model| {
        // what cannot be read allows nobody
        let domains: Vec<String> = serde_json::from_str(&row.domains).unwrap_or_default();
        let policy = Policy::of(domains.iter().map(String::as_str));
        StoredPolicy { policy, saved: Some((row.saved_at, row.saved_by_name)) }
    };
    Ok(row.map(read))
}

pub(super) async fn set_policy(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    policy: &Policy,
    by: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = policies::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        domains: Set(serde_json::Value::from(policy.domains()).to_string()),
        saved_at: Set(now),
        saved_by_name: Set(by.to_owned()),
    };
    let replaced = OnConflict::column(policies::Column::TenantId)
        .update_columns([policies::Column::Domains, policies::Column::SavedAt, policies::Column::SavedByName])
        .to_owned();
    policies::Entity::insert(row).on_conflict(replaced).exec_without_returning(tx).await.map(|_| ())
}
