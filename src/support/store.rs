use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Asked, Grant, Visit};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::diagnosis_sessions::{ActiveModel, Column, Entity, Model};
use crate::entities::{support_grants as grants, support_seen as seen};
use crate::values::{Actor, DiagnosisId, StaffId, TenantId, TokenHash, UserId};

pub(super) async fn insert_grant(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    until: Option<Timestamp>,
    shows_recipients: bool,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = grants::ActiveModel {
        tenant_id: Set(actor.tenant.uuid()),
        id: Set(Uuid::now_v7()),
        granted_at: Set(now),
        granted_by: Set(actor.user.uuid()),
        granted_by_name: Set(actor.name.clone()),
        until: Set(until),
        shows_recipients: Set(shows_recipients),
        revoked_at: Set(None),
        revoked_by_name: Set(None),
    };
    grants::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn revoke(tx: &impl ConnectionTrait, actor: &Actor, now: Timestamp) -> Result<(), DbErr> {
    grants::Entity::update_many()
        .col_expr(grants::Column::RevokedAt, Expr::value(now.0))
        .col_expr(grants::Column::RevokedByName, Expr::value(actor.name.as_str()))
        .filter(grants::Column::TenantId.eq(actor.tenant.uuid()))
        .filter(grants::Column::RevokedAt.is_null())
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn grant_in_force(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Option<Grant>, DbErr> {
    let rows = grants::Entity::find()
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::RevokedAt.is_null())
        .filter(Condition::any().add(grants::Column::Until.is_null()).add(grants::Column::Until.gt(now)))
        .order_by_desc(grants::Column::GrantedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().next().map(|row| Grant {
        at: row.granted_at,
        by: row.granted_by_name,
        until: row.until,
        shows_recipients: row.shows_recipients,
    }))
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    staff: (StaffId, &str),
    tenant: TenantId,
    user: (UserId, &str),
    asked: Asked,
    token: TokenHash,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(tenant.uuid()),
        id: Set(DiagnosisId::new().uuid()),
        staff_id: Set(staff.0.uuid()),
        staff_name: Set(staff.1.to_owned()),
        user_id: Set(user.0.uuid()),
        user_name: Set(user.1.to_owned()),
        reason: Set(asked.reason),
        ticket: Set(asked.ticket),
        asked_at: Set(now),
        minutes: Set(i32::try_from(asked.minutes).unwrap_or(0)),
        hand_over_hash: Set(Some(token.into_bytes())),
        begun_at: Set(None),
        ends_at: Set(None),
        ended_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

fn visit(row: Model) -> Visit {
    Visit {
        id: DiagnosisId::from(row.id),
        staff: StaffId::from(row.staff_id),
        staff_name: row.staff_name,
        user: UserId::from(row.user_id),
        user_name: row.user_name,
        reason: row.reason,
        ticket: row.ticket,
        minutes: u32::try_from(row.minutes).unwrap_or(0),
        begun_at: row.begun_at,
        was_ended: row.ended_at.is_some(),
        ends_at: row.ended_at.or(row.ends_at),
    }
}

pub(super) async fn find_by_token(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    token: TokenHash,
    (from, until): (Timestamp, Timestamp),
) -> Result<Option<Visit>, DbErr> {
    let query = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::HandOverHash.eq(token.into_bytes()))
        .filter(Column::BegunAt.is_null())
        .filter(Column::AskedAt.between(from, until));
    Ok(db::only(query, db).await?.map(visit))
}

fn one(tenant: TenantId, id: DiagnosisId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::Id.eq(id.uuid()))
}

/// Whether it was still to begin: of two at once one begins it.
pub(super) async fn begin(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: DiagnosisId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbErr> {
    let begun = Entity::update_many()
        .col_expr(Column::BegunAt, Expr::value(now.0))
        .col_expr(Column::EndsAt, Expr::value(until.0))
        .col_expr(Column::HandOverHash, Expr::value(Option::<Vec<u8>>::None))
        .filter(one(tenant, id))
        .filter(Column::BegunAt.is_null())
        .exec(tx)
        .await?;
    Ok(begun.rows_affected == 1)
}

/// Whether it was still open.
pub(super) async fn end(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: DiagnosisId,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now.0))
        .filter(one(tenant, id))
        .filter(Column::EndedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected == 1)
}

/// Ends what goes on, and what was asked for cannot begin.
pub(super) async fn end_all(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::EndsAt.gt(now))
        .exec(tx)
        .await?;
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::BegunAt.is_null())
        .exec(tx)
        .await
        .map(|_| ())
}

/// Those that began; with `since`, only those that ended later or go on.
pub(super) async fn visits(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    since: Option<Timestamp>,
    most: u64,
) -> Result<Vec<Visit>, DbErr> {
    let mut query = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::BegunAt.is_not_null())
        .order_by_desc(Column::BegunAt)
        .limit(most);
    if let Some(since) = since {
        let ended_early = Condition::all().add(Column::EndedAt.is_not_null()).add(Column::EndedAt.gt(since));
        let by_time = Condition::all().add(Column::EndedAt.is_null()).add(Column::EndsAt.gt(since));
        query = query.filter(Condition::any().add(ended_early).add(by_time));
    }
    Ok(query.all(db).await?.into_iter().map(visit).collect())
}

pub(super) async fn forget(db: &impl ConnectionTrait, before: Timestamp) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::BegunAt.is_null())
        .filter(Column::AskedAt.lt(before))
        .exec(db)
        .await
        .map(|_| ())
}

pub(super) async fn seen_at(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Timestamp>, DbErr> {
    let query = seen::Entity::find_by_id((tenant.uuid(), user.uuid()));
    Ok(db::only(query, db).await?.map(|row| row.at))
}

pub(super) async fn note_seen(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = seen::ActiveModel { tenant_id: Set(tenant.uuid()), user_id: Set(user.uuid()), at: Set(now) };
    let key = [seen::Column::TenantId, seen::Column::UserId];
    let again = OnConflict::columns(key).update_column(seen::Column::At).to_owned();
    seen::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await.map(|_| ())
}
