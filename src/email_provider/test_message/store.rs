use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};

use super::{Error, Outcome, TestMessage};
use crate::clock::Timestamp;
use crate::entities::test_messages::{ActiveModel, Column, Entity};
use crate::values::{Actor, EmailAddress, TenantId, TestMessageId};

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: TestMessageId,
    recipient: &EmailAddress,
    now: Timestamp,
) -> Result<(), DbErr> {
    let model = ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        id: Set(id.uuid()),
        requested_by: Set(actor.user.uuid()),
        recipient: Set(recipient.to_string()),
        requested_at: Set(now),
        outcome: Set(None),
    };
    Entity::insert(model).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete_old(tx: &impl ConnectionTrait, tenant: TenantId, kept: u64) -> Result<(), DbErr> {
    let oldest: Option<Timestamp> = Entity::find()
        .select_only()
        .column(Column::RequestedAt)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .order_by_desc(Column::RequestedAt)
        .offset(kept)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    let Some(oldest) = oldest else { return Ok(()) };
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::RequestedAt.lte(oldest))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_outcome(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: TestMessageId,
    outcome: &Outcome,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(serde_json::to_string(outcome)?))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: TestMessageId,
) -> Result<Option<TestMessage>, Error> {
    let model = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    let Some(model) = model else { return Ok(None) };
    let outcome = model.outcome.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Some(TestMessage { recipient: model.recipient, requested_at: model.requested_at, outcome }))
}
