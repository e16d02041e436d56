use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Administrator, Credentials, Named, NewUser};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::tenants;
use crate::entities::users::{ActiveModel, Column, Entity, Model};
use crate::i18n::Language;
use crate::values::{Role, TenantId, UserId};

fn one(tenant: TenantId, user: UserId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::Id.eq(user.uuid()))
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: UserId,
    user: NewUser,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(id.uuid()),
        email: Set(user.email.to_string()),
        email_key: Set(user.email.normalised()),
        name: Set(user.name),
        role: Set(user.role.as_str().to_owned()),
        language: Set(user.language.map(|language| language.code().to_owned())),
        time_zone: Set(user.time_zone),
        active: Set(true),
        password_hash: Set(None),
        password_set_at: Set(None),
        failed_sign_ins: Set(0),
        locked_until: Set(None),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn named(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    most: u64,
) -> Result<Vec<Named>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Active.eq(true))
        .filter(Column::PasswordHash.is_not_null())
        // `tenant-admin` comes behind `member`
        .order_by_desc(Column::Role)
        .order_by_asc(Column::Name)
        .limit(most)
        .all(db)
        .await?;
    let named = |row: Model| {
        Some(Named { user: UserId::from(row.id), role: Role::parse(&row.role)?, name: row.name })
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

fn credentials(row: Model) -> Credentials {
    Credentials {
        user: UserId::from(row.id),
        active: row.active,
        password_hash: row.password_hash,
        failed_sign_ins: row.failed_sign_ins,
        locked_until: row.locked_until,
    }
}

/// Locks the row on PostgreSQL, so that guesses made side by side are counted one by one; on SQLite
/// the writing transaction does.
pub(super) async fn find_credentials(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    email_key: &str,
) -> Result<Option<Credentials>, DbErr> {
    let query = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::EmailKey.eq(email_key))
        .lock_exclusive();
    Ok(db::only(query, db).await?.map(credentials))
}

pub(super) async fn find_credentials_as_stored(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    email: &str,
) -> Result<Option<Credentials>, DbErr> {
    let query = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Email.eq(email))
        .lock_exclusive();
    Ok(db::only(query, db).await?.map(credentials))
}

/// The slug of the tenant, the address and its key of everybody whose address is not all ASCII.
pub(super) async fn addresses_beyond_ascii(
    db: &impl ConnectionTrait,
) -> Result<Vec<(String, String, String)>, DbErr> {
    let slugs: HashMap<Uuid, String> = tenants::Entity::find()
        .select_only()
        .columns([tenants::Column::Id, tenants::Column::Slug])
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let rows: Vec<(Uuid, String, String)> = Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::Email, Column::EmailKey])
        .filter(Expr::cust("length(email) <> octet_length(email)"))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Email)
        .into_tuple()
        .all(db)
        .await?;
    let named = |(tenant, email, key)| (slugs.get(&tenant).cloned().unwrap_or_default(), email, key);
    Ok(rows.into_iter().map(named).collect())
}

pub(super) async fn renew_hash(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    hash: String,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn find_own_credentials(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Credentials>, DbErr> {
    Ok(Entity::find().filter(one(tenant, user)).lock_exclusive().one(db).await?.map(credentials))
}

pub(super) async fn set_failures(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    failures: i32,
    locked_until: Option<Timestamp>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::FailedSignIns, Expr::value(failures))
        .col_expr(Column::LockedUntil, Expr::value(locked_until.map(|at| at.0)))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_password_hash(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    hash: String,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash))
        .col_expr(Column::PasswordSetAt, Expr::value(now.0))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_name(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    name: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(name))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn lock_administrators(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Vec<Administrator>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Role.eq(Role::TenantAdmin.as_str()))
        .filter(Column::Active.eq(true))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let administrator = |row: Model| Administrator {
        user: UserId::from(row.id),
        name: row.name,
        email: row.email,
        has_password: row.password_hash.is_some(),
    };
    Ok(rows.into_iter().map(administrator).collect())
}

pub(super) async fn set_role(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    role: Role,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Role, Expr::value(role.as_str()))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_preferences(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    language: Option<Language>,
    time_zone: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Language, Expr::value(language.map(Language::code)))
        .col_expr(Column::TimeZone, Expr::value(time_zone))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}
