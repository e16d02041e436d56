use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, Set,
};

use crate::clock::Timestamp;
use crate::entities::recovery_codes;
use crate::entities::second_factors::{ActiveModel, Column, Entity, Model};
use crate::values::{TenantId, TokenHash, UserId};

/// A stored factor, confirmed or not.
pub(super) struct Row {
    pub sealed_secret: Vec<u8>,
    pub last_step: Option<i64>,
    pub confirmed_at: Option<Timestamp>,
}

fn row(model: Model) -> Row {
    Row { sealed_secret: model.sealed_secret, last_step: model.last_step, confirmed_at: model.confirmed_at }
}

fn of(tenant: TenantId, user: UserId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::UserId.eq(user.uuid()))
}

fn codes_of(tenant: TenantId, user: UserId) -> Condition {
    Condition::all()
        .add(recovery_codes::Column::TenantId.eq(tenant.uuid()))
        .add(recovery_codes::Column::UserId.eq(user.uuid()))
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Row>, DbErr> {
    Ok(Entity::find().filter(of(tenant, user)).one(db).await?.map(row))
}

pub(super) async fn find_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Row>, DbErr> {
    Ok(Entity::find().filter(of(tenant, user)).lock_exclusive().one(tx).await?.map(row))
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    sealed_secret: Vec<u8>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        sealed_secret: Set(sealed_secret),
        last_step: Set(None),
        confirmed_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(of(tenant, user)).exec(tx).await.map(|_| ())
}

/// Whether it was not confirmed before.
pub(super) async fn confirm(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    step: i64,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let confirmed = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::ConfirmedAt, Expr::value(now.0))
        .filter(of(tenant, user))
        .filter(Column::ConfirmedAt.is_null())
        .exec(tx)
        .await?;
    Ok(confirmed.rows_affected == 1)
}

/// Whether no code of that step or a later one was accepted before.
pub(super) async fn use_step(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    step: i64,
) -> Result<bool, DbErr> {
    let earlier = Condition::any().add(Column::LastStep.is_null()).add(Column::LastStep.lt(step));
    let used = Entity::update_many()
        .col_expr(Column::LastStep, Expr::value(step))
        .filter(of(tenant, user))
        .filter(earlier)
        .exec(tx)
        .await?;
    Ok(used.rows_affected == 1)
}

pub(super) async fn count_codes(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<usize, DbErr> {
    let left = recovery_codes::Entity::find()
        .filter(codes_of(tenant, user))
        .filter(recovery_codes::Column::UsedAt.is_null())
        .count(db)
        .await?;
    Ok(usize::try_from(left).unwrap_or(usize::MAX))
}

pub(super) async fn insert_codes(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    hashes: impl Iterator<Item = TokenHash>,
) -> Result<(), DbErr> {
    let rows = hashes.map(|hash| recovery_codes::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        hash: Set(hash.into_bytes()),
        used_at: Set(None),
    });
    recovery_codes::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete_codes(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<(), DbErr> {
    recovery_codes::Entity::delete_many().filter(codes_of(tenant, user)).exec(tx).await.map(|_| ())
}

/// Whether there was such a code that nobody had used.
pub(super) async fn use_recovery_code(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    hash: TokenHash,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let used = recovery_codes::Entity::update_many()
        .col_expr(recovery_codes::Column::UsedAt, Expr::value(now.0))
        .filter(codes_of(tenant, user))
        .filter(recovery_codes::Column::Hash.eq(hash.into_bytes()))
        .filter(recovery_codes::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(used.rows_affected == 1)
}
