use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Administrator, Listed, Tenant};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::tenants::{ActiveModel, Column, Entity, Model};
use crate::entities::{tenant_tombstones as tombstones, users};
use crate::i18n::Language;
use crate::values::{Role, TenantId, UserId};

pub(super) async fn insert(tx: &impl ConnectionTrait, tenant: Tenant, now: Timestamp) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(tenant.id.uuid()),
        slug: Set(tenant.slug),
        name: Set(tenant.name),
        language: Set(tenant.language.map(|language| language.code().to_owned())),
        suspended: Set(false),
        second_factor_required_for_administrators: Set(false),
        local_sign_in_only_for: Set(None),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn find_active_by_slug(
    db: &impl ConnectionTrait,
    slug: &str,
) -> Result<Option<Tenant>, DbErr> {
    let query = Entity::find().filter(Column::Slug.eq(slug)).filter(Column::Suspended.eq(false));
    Ok(db::only(query, db).await?.map(tenant))
}

pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Tenant>, DbErr> {
    let rows = Entity::find().order_by_asc(Column::Slug).all(db).await?;
    Ok(rows.into_iter().map(tenant).collect())
}

fn tenant(row: Model) -> Tenant {
    Tenant {
        id: TenantId::from(row.id),
        slug: row.slug,
        name: row.name,
        language: row.language.as_deref().and_then(Language::parse),
    }
}

fn listed(row: Model) -> Listed {
    Listed { suspended: row.suspended, created_at: row.created_at, tenant: tenant(row) }
}

pub(super) async fn find_any(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Listed>, DbErr> {
    Ok(db::only(Entity::find().filter(Column::Slug.eq(slug)), db).await?.map(listed))
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    part: &str,
    after: &str,
    most: u64,
) -> Result<Vec<Listed>, DbErr> {
    let mut query = Entity::find().filter(Column::Slug.gt(after)).order_by_asc(Column::Slug).limit(most);
    if !part.is_empty() {
        let pattern = format!("%{}%", part.to_lowercase().replace(['\\', '%', '_'], ""));
        let name = Func::lower(Expr::col((Entity, Column::Name)));
        query = query
            .filter(Condition::any().add(Column::Slug.like(&pattern)).add(Expr::expr(name).like(&pattern)));
    }
    Ok(query.all(db).await?.into_iter().map(listed).collect())
}

pub(super) async fn is_buried(db: &impl ConnectionTrait, slug: &str) -> Result<bool, DbErr> {
    let query = tombstones::Entity::find().filter(tombstones::Column::Slug.eq(slug));
    Ok(db::only(query, db).await?.is_some())
}

pub(super) async fn bury(
    tx: &impl ConnectionTrait,
    slug: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = tombstones::ActiveModel {
        slug: Set(slug.to_owned()),
        deleted_at: Set(now),
        deleted_by: Set(by.to_owned()),
    };
    tombstones::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Whatever belongs to the tenant goes with it.
pub(super) async fn delete(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Id.eq(tenant.uuid())).exec(tx).await.map(|_| ())
}

pub(super) async fn set_suspended(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    suspended: bool,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Suspended, Expr::value(suspended))
        .filter(Column::Id.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn is_suspended(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    let found: Vec<bool> = Entity::find()
        .select_only()
        .column(Column::Suspended)
        .filter(Column::Id.eq(tenant.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.first().copied().unwrap_or(true))
}

pub(super) async fn in_service(
    db: &impl ConnectionTrait,
    tenants: &[TenantId],
) -> Result<HashSet<TenantId>, DbErr> {
    if tenants.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(tenants.iter().map(|tenant| tenant.uuid())))
        .filter(Column::Suspended.eq(false))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(TenantId::from).collect())
}

pub(super) async fn requires_second_factor(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<bool, DbErr> {
    let found: Vec<bool> = Entity::find()
        .select_only()
        .column(Column::SecondFactorRequiredForAdministrators)
        .filter(Column::Id.eq(tenant.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.first().copied().unwrap_or(false))
}

pub(super) async fn set_second_factor_required(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    required: bool,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::SecondFactorRequiredForAdministrators, Expr::value(required))
        .filter(Column::Id.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn local_sign_in_only_for(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<UserId>, DbErr> {
    let found: Vec<Option<Uuid>> = Entity::find()
        .select_only()
        .column(Column::LocalSignInOnlyFor)
        .filter(Column::Id.eq(tenant.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().flatten().next().map(UserId::from))
}

pub(super) async fn set_local_sign_in_only_for(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: Option<UserId>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LocalSignInOnlyFor, Expr::value(user.map(UserId::uuid)))
        .filter(Column::Id.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn administrators(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Vec<Administrator>, DbErr> {
    let rows = users::Entity::find()
        .filter(users::Column::TenantId.eq(tenant.uuid()))
        .filter(users::Column::Role.eq(Role::TenantAdmin.as_str()))
        .filter(users::Column::Active.eq(true))
        .order_by_asc(users::Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| Administrator { name: row.name, email: row.email }).collect())
}
