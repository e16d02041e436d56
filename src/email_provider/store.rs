use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Error, Health, Provider, Settings};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::email_providers::{ActiveModel, Column, Entity, Model};
use crate::values::{Actor, TenantId};

/// The stored provider with its sealed secret.
pub(super) struct Row {
    pub stored: Provider,
    pub sealed_secret: Option<Vec<u8>>,
}

fn row(model: Model) -> Result<Row, Error> {
    let settings = settings(&model.kind, &model.settings)?;
    let stored = Provider {
        revision: model.revision,
        settings,
        has_secret: model.sealed_secret.is_some(),
        health: serde_json::from_str(&model.health)?,
        saved_at: model.saved_at,
        saved_by: model.saved_by_name,
    };
    Ok(Row { stored, sealed_secret: model.sealed_secret })
}

/// The settings of that kind, as they are stored.
pub(super) fn settings(kind: &str, json: &str) -> Result<Settings, Error> {
    match kind {
        "smtp" => Ok(Settings::Smtp(serde_json::from_str(json)?)),
        "microsoft365" => Ok(Settings::Microsoft365(serde_json::from_str(json)?)),
        other => Err(Error::Unusable(format!("unknown kind of provider `{other}`"))),
    }
}

/// The settings as they are stored, beside their kind.
pub(super) fn to_json(settings: &Settings) -> Result<String, Error> {
    Ok(match settings {
        Settings::Smtp(smtp) => serde_json::to_string(smtp)?,
        Settings::Microsoft365(microsoft) => serde_json::to_string(microsoft)?,
    })
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
    let json = to_json(settings)?;
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
