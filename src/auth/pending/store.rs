use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Set};

use super::{PendingSignIn, Purpose};
use crate::clock::Timestamp;
use crate::entities::pending_sign_ins::{ActiveModel, Column, Entity};
use crate::values::{TenantId, TokenHash, UserId};

fn one(tenant: TenantId, token: TokenHash) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::TokenHash.eq(token.into_bytes()))
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
    pending: PendingSignIn,
    expires_at: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        token_hash: Set(token.into_bytes()),
        user_id: Set(pending.user.uuid()),
        purpose: Set(pending.purpose.as_str().to_owned()),
        verified_at: Set(pending.verified_at),
        expires_at: Set(expires_at),
        attempts: Set(pending.attempts),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<PendingSignIn>, DbErr> {
    let row = Entity::find().filter(one(tenant, token)).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(row.and_then(|row| {
        Some(PendingSignIn {
            user: UserId::from(row.user_id),
            purpose: Purpose::parse(&row.purpose)?,
            verified_at: row.verified_at,
            attempts: row.attempts,
        })
    }))
}

pub(super) async fn count_attempt(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
    attempts: i32,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Attempts, Expr::value(attempts))
        .filter(one(tenant, token))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn delete(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
) -> Result<(), DbErr> {
    Entity::delete_many().filter(one(tenant, token)).exec(tx).await.map(|_| ())
}

pub(super) async fn delete_of(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn delete_expired(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await.map(|_| ())
}
