use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, Set,
};

use super::Underway;
use crate::clock::Timestamp;
use crate::entities::oidc_identities;
use crate::entities::oidc_sign_ins::{ActiveModel, Column, Entity};
use crate::values::{TenantId, TokenHash, UserId};

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    (state, browser): (TokenHash, TokenHash),
    underway: Underway,
    expires_at: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        state_hash: Set(state.into_bytes()),
        browser_hash: Set(browser.into_bytes()),
        revision: Set(underway.revision),
        nonce: Set(underway.nonce),
        sealed_verifier: Set(underway.sealed_verifier),
        next: Set(underway.next),
        expires_at: Set(expires_at),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Takes a sign-in away, so that it works once; one of another browser stays.
pub(super) async fn take(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    (state, browser): (TokenHash, TokenHash),
    now: Timestamp,
) -> Result<Option<Underway>, DbErr> {
    let one = Condition::all()
        .add(Column::TenantId.eq(tenant.uuid()))
        .add(Column::StateHash.eq(state.into_bytes()))
        .add(Column::BrowserHash.eq(browser.into_bytes()))
        .add(Column::ExpiresAt.gt(now));
    let Some(row) = Entity::find().filter(one.clone()).one(tx).await? else { return Ok(None) };
    let taken = Entity::delete_many().filter(one).exec(tx).await?.rows_affected == 1;
    Ok(taken.then_some(Underway {
        revision: row.revision,
        nonce: row.nonce,
        sealed_verifier: row.sealed_verifier,
        next: row.next,
    }))
}

pub(super) async fn delete_expired(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx).await.map(|_| ())
}

pub(super) async fn find_identity(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserId>, DbErr> {
    let found = oidc_identities::Entity::find()
        .filter(oidc_identities::Column::TenantId.eq(tenant.uuid()))
        .filter(oidc_identities::Column::Issuer.eq(issuer))
        .filter(oidc_identities::Column::Subject.eq(subject))
        .one(tx)
        .await?;
    Ok(found.map(|row| UserId::from(row.user_id)))
}

pub(super) async fn is_connected(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    issuer: &str,
    user: UserId,
) -> Result<bool, DbErr> {
    let count = oidc_identities::Entity::find()
        .filter(oidc_identities::Column::TenantId.eq(tenant.uuid()))
        .filter(oidc_identities::Column::UserId.eq(user.uuid()))
        .filter(oidc_identities::Column::Issuer.eq(issuer))
        .count(tx)
        .await?;
    Ok(count > 0)
}

pub(super) async fn insert_identity(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    (issuer, subject): (&str, &str),
    user: UserId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = oidc_identities::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        user_id: Set(user.uuid()),
        linked_at: Set(now),
    };
    oidc_identities::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}
