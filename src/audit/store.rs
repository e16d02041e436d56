use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Set,
};
use uuid::Uuid;

use super::{By, Entry, Event};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::audit_entries::{ActiveModel, Column, Entity};
use crate::entities::tenants;
use crate::values::TenantId;

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    event: Event,
    now: Timestamp,
) -> Result<(), DbErr> {
    let (actor, actor_name, client) = match by {
        By::Actor(actor) => (Some(actor.user.uuid()), actor.name.clone(), actor.origin.client.to_string()),
        By::Staff(actor) => (None, actor.name.clone(), actor.origin.client.to_string()),
        By::Operator => (None, "operator".to_owned(), String::new()),
    };
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(Uuid::now_v7()),
        at: Set(now),
        actor: Set(actor),
        actor_name: Set(actor_name),
        client: Set(client),
        event: Set(event.name.to_owned()),
        details: Set(event.details.to_string()),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Until the transaction ends, others wait here. SQLite has one writer anyway.
pub(super) async fn lock_tenant(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), DbErr> {
    let query = tenants::Entity::find().filter(tenants::Column::Id.eq(tenant.uuid()));
    // not of the key: whoever inserts a row of that tenant need not wait
    db::only(query.lock(LockType::NoKeyUpdate), tx).await.map(|_| ())
}

pub(super) async fn count(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    events: impl Iterator<Item = &'static str>,
    since: Timestamp,
) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Event.is_in(events))
        .filter(Column::At.gt(since))
        .count(tx)
        .await
}

pub(super) async fn told(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    event: &str,
    (from, until): (Timestamp, Timestamp),
    mark: &str,
    looked_at: u64,
) -> Result<Vec<Entry>, DbErr> {
    let bounded = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Event.eq(event))
        .filter(Column::At.between(from, until))
        .order_by_asc(Column::At)
        .limit(looked_at);
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.in_subquery(bounded.into_query()))
        .filter(Column::Details.contains(mark))
        .order_by_asc(Column::At)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| Entry { at: row.at, by: row.actor_name }).collect())
}
