use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};

use super::{ApiKey, Filter, NewKey, Status};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::api_keys::{ActiveModel, Column, Entity, Model};
use crate::values::{Actor, ApiKeyId, Scopes, TenantId, TokenHash, UserId};

fn one(tenant: TenantId, id: ApiKeyId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::Id.eq(id.uuid()))
}

fn key(row: Model) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from(row.id),
        user: UserId::from(row.user_id),
        name: row.name,
        prefix: row.prefix,
        scopes: Scopes::read(&row.scopes),
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used: row.last_used_at.zip(row.last_used_from),
        revoked_at: row.revoked_at,
    }
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    (id, made_by): (ApiKeyId, Option<ApiKeyId>),
    prefix: &str,
    hash: TokenHash,
    new: NewKey,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        id: Set(id.uuid()),
        user_id: Set(actor.user.uuid()),
        name: Set(new.name),
        prefix: Set(prefix.to_owned()),
        key_hash: Set(hash.into_bytes()),
        scopes: Set(new.scopes.to_string()),
        created_at: Set(now),
        expires_at: Set(new.expires_at),
        last_used_at: Set(None),
        last_used_from: Set(None),
        revoked_at: Set(None),
        made_by_key: Set(made_by.map(ApiKeyId::uuid)),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn count_in_force(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .count(tx)
        .await
}

pub(super) async fn find_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, DbErr> {
    Ok(db::only(Entity::find().filter(one(tenant, id)).lock_exclusive(), tx).await?.map(key))
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, DbErr> {
    Ok(db::only(Entity::find().filter(one(tenant, id)), db).await?.map(key))
}

fn is(status: Status, now: Timestamp) -> Condition {
    let kept = Condition::all().add(Column::RevokedAt.is_null());
    match status {
        Status::Active => kept.add(Column::ExpiresAt.gt(now)),
        Status::Expired => kept.add(Column::ExpiresAt.lte(now)),
        Status::Revoked => Condition::all().add(Column::RevokedAt.is_not_null()),
    }
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: Filter,
    before: Option<ApiKeyId>,
    (count, now): (usize, Timestamp),
) -> Result<Vec<ApiKey>, DbErr> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    if let Some(user) = filter.user {
        query = query.filter(Column::UserId.eq(user.uuid()));
    }
    if let Some(status) = filter.status {
        query = query.filter(is(status, now));
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before.uuid()));
    }
    let rows = query.order_by_desc(Column::Id).limit(count as u64).all(db).await?;
    Ok(rows.into_iter().map(key).collect())
}

/// The keys that were made with that one, in the order of their identifiers, locked.
pub(super) async fn made_by(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<Vec<ApiKey>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::MadeByKey.eq(id.uuid()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(key).collect())
}

pub(super) async fn revoke(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let update = Entity::update_many().col_expr(Column::RevokedAt, Expr::value(now.0));
    update.filter(one(tenant, id)).exec(tx).await.map(|_| ())
}

pub(super) async fn revoke_all_of(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn rename(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
    name: String,
) -> Result<(), DbErr> {
    let update = Entity::update_many().col_expr(Column::Name, Expr::value(name));
    update.filter(one(tenant, id)).exec(tx).await.map(|_| ())
}

/// Notes the use unless it was noted since then, or in what a clock that was put back calls the future.
pub(super) async fn touch(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
    from: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let stale = Condition::any()
        .add(Column::LastUsedAt.is_null())
        .add(Column::LastUsedAt.lte(since))
        .add(Column::LastUsedAt.gt(now));
    let result = Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now.0))
        .col_expr(Column::LastUsedFrom, Expr::value(from))
        .filter(one(tenant, id))
        .filter(stale)
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}
