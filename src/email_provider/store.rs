use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Error, Health, Outcome, Settings, Stored, TestMessage};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::email_providers::{ActiveModel, Column, Entity, Model};
use crate::entities::test_messages;
use crate::values::{Actor, EmailAddress, TenantId, TestMessageId};

/// The stored provider with its sealed secret.
pub(super) struct Row {
    pub stored: Stored,
    pub sealed_secret: Option<Vec<u8>>,
}

fn row(model: Model) -> Result<Row, Error> {
    let settings = match model.kind.as_str() {
        "smtp" => Settings::Smtp(serde_json::from_str(&model.settings)?),
        "microsoft365" => Settings::Microsoft365(serde_json::from_str(&model.settings)?),
        other => return Err(Error::Unusable(format!("unknown kind of provider `{other}`"))),
    };
    let stored = Stored {
        revision: model.revision,
        settings,
        has_secret: model.sealed_secret.is_some(),
        health: serde_json::from_str(&model.health)?,
        saved_at: model.saved_at,
        saved_by: model.saved_by_name,
    };
    Ok(Row { stored, sealed_secret: model.sealed_secret })
}

pub(super) async fn find(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Row>, Error> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    db::only(query, db).await?.map(row).transpose()
}

pub(super) async fn revision(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Uuid>, DbErr> {
    let revisions: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Revision)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(revisions.into_iter().next())
}

pub(super) async fn find_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Row>, Error> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).lock_exclusive();
    db::only(query, tx).await?.map(row).transpose()
}

pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    settings: &Settings,
    sealed_secret: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<(), Error> {
    delete(tx, actor.tenant).await?;
    let json = match settings {
        Settings::Smtp(smtp) => serde_json::to_string(smtp)?,
        Settings::Microsoft365(microsoft) => serde_json::to_string(microsoft)?,
    };
    let model = ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        revision: Set(Uuid::now_v7()),
        kind: Set(settings.kind().to_owned()),
        settings: Set(json),
        sealed_secret: Set(sealed_secret),
        health: Set(serde_json::to_string(&Health::Untested)?),
        saved_at: Set(now),
        saved_by: Set(actor.user.uuid()),
        saved_by_name: Set(actor.name.clone()),
    };
    let inserted = Entity::insert(model).exec_without_returning(tx).await;
    inserted.map(|_| ()).map_err(|error| match error.sql_err() {
        // two first saves side by side: there was no row for the second to wait at
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::Conflict,
        _ => Error::Database(error),
    })
}

pub(super) async fn delete(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::TenantId.eq(tenant.uuid())).exec(tx).await.map(|_| ())
}

pub(super) async fn set_health(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    revision: Uuid,
    health: &Health,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Health, Expr::value(serde_json::to_string(health)?))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Revision.eq(revision))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn count_tests(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    since: Timestamp,
) -> Result<u64, DbErr> {
    test_messages::Entity::find()
        .filter(test_messages::Column::TenantId.eq(tenant.uuid()))
        .filter(test_messages::Column::RequestedAt.gt(since))
        .count(tx)
        .await
}

pub(super) async fn insert_test(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: TestMessageId,
    recipient: &EmailAddress,
    now: Timestamp,
) -> Result<(), DbErr> {
    let model = test_messages::ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        id: Set(id.uuid()),
        requested_by: Set(actor.user.uuid()),
        recipient: Set(recipient.to_string()),
        requested_at: Set(now),
        outcome: Set(None),
    };
    test_messages::Entity::insert(model).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete_old_tests(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    kept: u64,
) -> Result<(), DbErr> {
    let oldest: Option<Timestamp> = test_messages::Entity::find()
        .select_only()
        .column(test_messages::Column::RequestedAt)
        .filter(test_messages::Column::TenantId.eq(tenant.uuid()))
        .order_by_desc(test_messages::Column::RequestedAt)
        .offset(kept)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    let Some(oldest) = oldest else { return Ok(()) };
    test_messages::Entity::delete_many()
        .filter(test_messages::Column::TenantId.eq(tenant.uuid()))
        .filter(test_messages::Column::RequestedAt.lte(oldest))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_test_outcome(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: TestMessageId,
    outcome: &Outcome,
) -> Result<(), Error> {
    test_messages::Entity::update_many()
        .col_expr(test_messages::Column::Outcome, Expr::value(serde_json::to_string(outcome)?))
        .filter(test_messages::Column::TenantId.eq(tenant.uuid()))
        .filter(test_messages::Column::Id.eq(id.uuid()))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn find_test(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: TestMessageId,
) -> Result<Option<TestMessage>, Error> {
    let model = test_messages::Entity::find()
        .filter(test_messages::Column::TenantId.eq(tenant.uuid()))
        .filter(test_messages::Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    let Some(model) = model else { return Ok(None) };
    let outcome = model.outcome.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Some(TestMessage { recipient: model.recipient, requested_at: model.requested_at, outcome }))
}
