use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{OidcSettings, RoleClaim, StoredOidc};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::oidc_providers::{ActiveModel, Column, Entity, Model};
use crate::values::{Actor, TenantId};

/// The stored service with its sealed secret.
pub(super) struct Row {
    pub stored: StoredOidc,
    pub sealed_secret: Vec<u8>,
}

fn row(model: Model) -> Row {
    let role = model.role_claim.zip(model.role_value).map(|(claim, value)| RoleClaim { claim, value });
    let settings = OidcSettings {
        issuer: model.issuer,
        client_id: model.client_id,
        role,
        just_in_time: model.just_in_time,
        allowed_domains: model.allowed_domains.split_whitespace().map(str::to_owned).collect(),
    };
    let stored = StoredOidc {
        revision: model.revision,
        settings,
        proven_at: model.proven_at,
        saved_at: model.saved_at,
        saved_by: model.saved_by_name,
    };
    Row { stored, sealed_secret: model.sealed_secret }
}

pub(super) async fn find(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Row>, DbErr> {
    Ok(db::only(Entity::find().filter(Column::TenantId.eq(tenant.uuid())), db).await?.map(row))
}

pub(super) async fn find_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Row>, DbErr> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).lock_exclusive();
    Ok(db::only(query, tx).await?.map(row))
}

/// Whether no other first save came between: there was no row at which this one could have waited.
pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    settings: &OidcSettings,
    sealed_secret: Vec<u8>,
    proven_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    delete(tx, actor.tenant).await?;
    let (claim, value) = settings.role.clone().map(|role| (role.claim, role.value)).unzip();
    let model = ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        revision: Set(Uuid::now_v7()),
        issuer: Set(settings.issuer.clone()),
        client_id: Set(settings.client_id.clone()),
        sealed_secret: Set(sealed_secret),
        role_claim: Set(claim),
        role_value: Set(value),
        just_in_time: Set(settings.just_in_time),
        allowed_domains: Set(settings.allowed_domains.join(" ")),
        proven_at: Set(proven_at),
        saved_at: Set(now),
        saved_by: Set(actor.user.uuid()),
        saved_by_name: Set(actor.name.clone()),
    };
    match Entity::insert(model).exec_without_returning(tx).await {
        Ok(_) => Ok(true),
        Err(error) => match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Ok(false),
            _ => Err(error),
        },
    }
}

pub(super) async fn set_proven(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    revision: Uuid,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ProvenAt, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Revision.eq(revision))
        .filter(Column::ProvenAt.is_null())
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn delete(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::TenantId.eq(tenant.uuid())).exec(tx).await.map(|_| ())
}
