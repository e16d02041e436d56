use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Set};

use super::{Invited, LinkPurpose};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::password_links::{ActiveModel, Column, Entity};
use crate::entities::users;
use crate::values::{TenantId, TokenHash, UserId};

fn one(tenant: TenantId, token: TokenHash) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::TokenHash.eq(token.into_bytes()))
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    purpose: LinkPurpose,
    token: TokenHash,
    expires_at: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        token_hash: Set(token.into_bytes()),
        user_id: Set(user.uuid()),
        expires_at: Set(expires_at),
        purpose: Set(purpose.as_str().to_owned()),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(in crate::users) async fn delete(
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

/// Whether it was there: who deletes it is the one who uses it.
pub(super) async fn delete_one(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
) -> Result<bool, DbErr> {
    Ok(Entity::delete_many().filter(one(tenant, token)).exec(tx).await?.rows_affected > 0)
}

pub(super) async fn delete_over(
    tx: &impl ConnectionTrait,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::ExpiresAt.lte(now))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn find_owner(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    purpose: LinkPurpose,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Invited>, DbErr> {
    let link = Entity::find()
        .filter(one(tenant, token))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::ExpiresAt.gt(now));
    let Some(link) = db::only(link, db).await? else { return Ok(None) };
    let user = users::Entity::find()
        .filter(users::Column::TenantId.eq(tenant.uuid()))
        .filter(users::Column::Id.eq(link.user_id))
        .filter(users::Column::Active.eq(true));
    let user = db::only(user, db).await?;
    Ok(user.map(|user| Invited { user: UserId::from(user.id), name: user.name, email: user.email }))
}

/// When the invitations of these people end, or have ended.
pub(in crate::users) async fn invitations(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    users: &[UserId],
) -> Result<Vec<(UserId, Timestamp)>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.is_in(users.iter().map(|user| user.uuid())))
        .filter(Column::Purpose.eq(LinkPurpose::Invitation.as_str()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (UserId::from(row.user_id), row.expires_at)).collect())
}
