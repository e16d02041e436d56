use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use super::{AccountStatus, Counters, Filter, Listed, Member};
use crate::db;
use crate::entities::users::{Column, Entity, Model};
use crate::i18n::Language;
use crate::values::{Role, TenantId, UserId};

/// So many addresses or people are looked for in one statement.
const ADDRESSES: usize = 500;

fn one(tenant: TenantId, user: UserId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::Id.eq(user.uuid()))
}

fn has(standing: AccountStatus) -> Condition {
    let all = Condition::all();
    match standing {
        AccountStatus::Active => all.add(Column::Active.eq(true)).add(Column::PasswordHash.is_not_null()),
        AccountStatus::Invited => all.add(Column::Active.eq(true)).add(Column::PasswordHash.is_null()),
        AccountStatus::Deactivated => all.add(Column::Active.eq(false)),
    }
}

/// A pattern for what has these characters in it, none of which means anything else.
fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

/// SQLite knows capitals of ASCII only, so names are looked for as they are typed as well.
fn matching(search: &str, in_addresses: bool) -> Condition {
    let lower = search.to_lowercase();
    let address = in_addresses.then(|| Expr::col(Column::EmailKey).like(containing(&lower)));
    Condition::any()
        .add_option(address)
        .add(Expr::expr(Func::lower(Expr::col(Column::Name))).like(containing(&lower)))
        .add(Expr::col(Column::Name).like(containing(search)))
}

fn fitting(tenant: TenantId, filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    if !filter.search.is_empty() {
        query = query.filter(matching(&filter.search, filter.in_addresses));
    }
    if let Some(standing) = filter.standing {
        query = query.filter(has(standing));
    }
    if let Some(role) = filter.role {
        query = query.filter(Column::Role.eq(role.as_str()));
    }
    if let Some(address) = &filter.address {
        query = query.filter(Column::EmailKey.eq(address));
    }
    if let Some(user) = filter.user {
        query = query.filter(Column::Id.eq(user.uuid()));
    }
    query
}

pub(super) async fn list_in_order(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    after: Option<UserId>,
    count: usize,
) -> Result<Vec<Listed>, DbErr> {
    let mut query = fitting(tenant, filter);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    let rows = query.order_by_asc(Column::Id).limit(count as u64).all(db).await?;
    Ok(rows.into_iter().filter_map(listed).collect())
}

pub(super) async fn count(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
) -> Result<u64, DbErr> {
    fitting(tenant, filter).count(db).await
}

pub(super) async fn names(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    users: &[UserId],
) -> Result<HashMap<UserId, String>, DbErr> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.is_in(users.iter().map(|user| user.uuid())))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (UserId::from(id), name)).collect())
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    after: Option<UserId>,
    count: usize,
) -> Result<Vec<Listed>, DbErr> {
    let mut query = fitting(tenant, filter);
    // whoever was removed meanwhile is no place to go on from: it begins anew
    let former = match after {
        Some(user) => db::only(Entity::find().filter(one(tenant, user)), db).await?,
        None => None,
    };
    if let Some(former) = former {
        query = query.filter(Column::EmailKey.gt(former.email_key));
    }
    let rows = query.order_by_asc(Column::EmailKey).limit(count as u64).all(db).await?;
    Ok(rows.into_iter().filter_map(listed).collect())
}

fn listed(row: Model) -> Option<Listed> {
    Some(Listed {
        user: UserId::from(row.id),
        role: Role::parse(&row.role)?,
        language: row.language.as_deref().and_then(Language::parse),
        time_zone: row.time_zone,
        standing: AccountStatus::of(row.active, row.password_hash.is_some()),
        invitation: None,
        name: row.name,
        email: row.email,
        created_at: row.created_at,
    })
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Listed>, DbErr> {
    Ok(db::only(Entity::find().filter(one(tenant, user)), db).await?.and_then(listed))
}

pub(super) async fn find_all(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    users: &[UserId],
) -> Result<Vec<Listed>, DbErr> {
    let mut found = Vec::new();
    for some in users.chunks(ADDRESSES) {
        let query = Entity::find()
            .filter(Column::TenantId.eq(tenant.uuid()))
            .filter(Column::Id.is_in(some.iter().map(|user| user.uuid())));
        found.extend(query.all(db).await?.into_iter().filter_map(listed));
    }
    Ok(found)
}

pub(super) async fn find_by_keys(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    keys: Vec<String>,
) -> Result<Vec<Listed>, DbErr> {
    let mut found = Vec::new();
    for some in keys.chunks(ADDRESSES) {
        let query = Entity::find()
            .filter(Column::TenantId.eq(tenant.uuid()))
            .filter(Column::EmailKey.is_in(some.iter().map(String::as_str)));
        found.extend(query.all(db).await?.into_iter().filter_map(listed));
    }
    Ok(found)
}

pub(super) async fn counts(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Counters, DbErr> {
    let rows: Vec<(bool, bool, i64)> = Entity::find()
        .select_only()
        .column(Column::Active)
        .expr_as(Column::PasswordHash.is_not_null(), "has_password")
        .expr_as(Column::Id.count(), "people")
        .filter(Column::TenantId.eq(tenant.uuid()))
        .group_by(Column::Active)
        .group_by(Column::PasswordHash.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let mut counts = Counters::default();
    for (active, has_password, people) in rows {
        match AccountStatus::of(active, has_password) {
            AccountStatus::Active => counts.active += people,
            AccountStatus::Invited => counts.invited += people,
            AccountStatus::Deactivated => counts.deactivated += people,
        }
    }
    Ok(counts)
}

pub(super) async fn taken(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    keys: Vec<String>,
) -> Result<HashSet<String>, DbErr> {
    let mut taken = HashSet::new();
    for some in keys.chunks(ADDRESSES) {
        let found: Vec<String> = Entity::find()
            .select_only()
            .column(Column::EmailKey)
            .filter(Column::TenantId.eq(tenant.uuid()))
            .filter(Column::EmailKey.is_in(some.iter().map(String::as_str)))
            .into_tuple()
            .all(db)
            .await?;
        taken.extend(found);
    }
    Ok(taken)
}

pub(super) async fn lock(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Vec<Member>, DbErr> {
    let wanted =
        Condition::any().add(Column::Id.eq(user.uuid())).add(Column::Role.eq(Role::TenantAdmin.as_str()));
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(wanted)
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let member = |row: Model| {
        Some(Member {
            user: UserId::from(row.id),
            role: Role::parse(&row.role)?,
            language: row.language.as_deref().and_then(Language::parse),
            standing: AccountStatus::of(row.active, row.password_hash.is_some()),
            name: row.name,
            email: row.email,
        })
    };
    Ok(rows.into_iter().filter_map(member).collect())
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

pub(super) async fn set_active(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    active: bool,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Active, Expr::value(active))
        .filter(one(tenant, user))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn delete(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(one(tenant, user)).exec(tx).await.map(|_| ())
}
