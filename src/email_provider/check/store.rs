use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};

use super::{CheckedStep, Error, PortTrial, ProviderCheck};
use crate::clock::Timestamp;
use crate::db;
use crate::email_provider::{Settings, store};
use crate::entities::provider_checks::{ActiveModel, Column, Entity, Model};
use crate::values::{Actor, EmailAddress, ProviderCheckId, TenantId};

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: ProviderCheckId,
    of_form: bool,
    settings: &Settings,
    recipient: &EmailAddress,
    now: Timestamp,
) -> Result<(), Error> {
    let model = ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        id: Set(id.uuid()),
        requested_by: Set(actor.user.uuid()),
        requested_at: Set(now),
        of_form: Set(of_form),
        kind: Set(settings.kind().to_owned()),
        settings: Set(store::to_json(settings)?),
        recipient: Set(recipient.to_string()),
        steps: Set("[]".to_owned()),
        ports: Set(None),
        finished_at: Set(None),
    };
    Ok(Entity::insert(model).exec_without_returning(tx).await.map(|_| ())?)
}

pub(super) async fn delete_old(tx: &impl ConnectionTrait, tenant: TenantId, kept: u64) -> Result<(), DbErr> {
    let oldest: Vec<Timestamp> = Entity::find()
        .select_only()
        .column(Column::RequestedAt)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .order_by_desc(Column::RequestedAt)
        .offset(kept)
        .limit(1)
        .into_tuple()
        .all(tx)
        .await?;
    let Some(oldest) = oldest.into_iter().next() else { return Ok(()) };
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::RequestedAt.lte(oldest))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn delete_all(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::TenantId.eq(tenant.uuid())).exec(tx).await.map(|_| ())
}

/// Notes the steps so far; with a time the check is over.
pub(super) async fn set_steps(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ProviderCheckId,
    steps: &[CheckedStep],
    finished_at: Option<Timestamp>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Steps, Expr::value(serde_json::to_string(steps)?))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn set_ports(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: ProviderCheckId,
    trial: &PortTrial,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Ports, Expr::value(serde_json::to_string(trial)?))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: ProviderCheckId,
) -> Result<Option<ProviderCheck>, Error> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::Id.eq(id.uuid()));
    db::only(query, db).await?.map(provider_check).transpose()
}

fn provider_check(model: Model) -> Result<ProviderCheck, Error> {
    Ok(ProviderCheck {
        id: model.id.into(),
        requested_at: model.requested_at,
        of_form: model.of_form,
        settings: store::settings(&model.kind, &model.settings)?,
        recipient: model.recipient,
        steps: serde_json::from_str(&model.steps)?,
        ports: model.ports.as_deref().map(serde_json::from_str).transpose()?,
        finished_at: model.finished_at,
    })
}
