use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};

use super::{Credentials, NewSession, StaffMember};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::staff::{ActiveModel, Column, Entity, Model};
use crate::entities::{staff_links, staff_sessions};
use crate::values::{EmailAddress, StaffId, StaffRole, TokenHash};

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    id: StaffId,
    email: &EmailAddress,
    name: String,
    role: StaffRole,
    sealed_totp: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        email: Set(email.to_string()),
        email_key: Set(email.normalised()),
        name: Set(name),
        role: Set(role.as_str().to_owned()),
        active: Set(true),
        password_hash: Set(None),
        password_set_at: Set(None),
        sealed_totp: Set(sealed_totp),
        totp_step: Set(None),
        failed_sign_ins: Set(0),
        locked_until: Set(None),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

fn member(row: &Model) -> Option<StaffMember> {
    Some(StaffMember {
        id: StaffId::from(row.id),
        name: row.name.clone(),
        email: row.email.clone(),
        role: StaffRole::parse(&row.role)?,
    })
}

fn credentials(row: Model) -> Option<Credentials> {
    Some(Credentials {
        member: member(&row)?,
        password_hash: row.password_hash.filter(|_| row.active),
        locked_until: row.locked_until,
        sealed_totp: row.sealed_totp,
        totp_step: row.totp_step,
        failed_sign_ins: row.failed_sign_ins,
    })
}

pub(super) async fn find_credentials(
    tx: &impl ConnectionTrait,
    email_key: &str,
) -> Result<Option<Credentials>, DbErr> {
    let query = Entity::find().filter(Column::EmailKey.eq(email_key)).lock_exclusive();
    Ok(db::only(query, tx).await?.and_then(credentials))
}

pub(super) async fn find_by_link(
    db: &impl ConnectionTrait,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Credentials>, DbErr> {
    let query = staff_links::Entity::find()
        .filter(staff_links::Column::TokenHash.eq(token.into_bytes()))
        .filter(staff_links::Column::ExpiresAt.gt(now));
    let Some(link) = db::only(query, db).await? else { return Ok(None) };
    let query = Entity::find().filter(Column::Id.eq(link.staff_id)).filter(Column::Active.eq(true));
    Ok(db::only(query, db).await?.and_then(credentials))
}

/// Without password and second factor; failures are forgotten, since whoever made the link knows whom it is for.
pub(super) async fn reset(
    tx: &impl ConnectionTrait,
    staff: StaffId,
    sealed_totp: Vec<u8>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(staff.uuid()),
        password_hash: Set(None),
        password_set_at: Set(None),
        sealed_totp: Set(sealed_totp),
        totp_step: Set(None),
        failed_sign_ins: Set(0),
        locked_until: Set(None),
        ..ActiveModel::default()
    };
    Entity::update_many().set(row).filter(Column::Id.eq(staff.uuid())).exec(tx).await.map(|_| ())
}

pub(super) async fn set_password(
    tx: &impl ConnectionTrait,
    staff: StaffId,
    hash: String,
    step: i64,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        password_hash: Set(Some(hash)),
        password_set_at: Set(Some(now)),
        totp_step: Set(Some(step)),
        ..ActiveModel::default()
    };
    Entity::update_many().set(row).filter(Column::Id.eq(staff.uuid())).exec(tx).await.map(|_| ())
}

pub(super) async fn renew_hash(tx: &impl ConnectionTrait, staff: StaffId, hash: String) -> Result<(), DbErr> {
    let row = ActiveModel { password_hash: Set(Some(hash)), ..ActiveModel::default() };
    Entity::update_many().set(row).filter(Column::Id.eq(staff.uuid())).exec(tx).await.map(|_| ())
}

/// Notes the step of a code unless one as late was noted before: of two at once one wins.
pub(super) async fn advance(tx: &impl ConnectionTrait, staff: StaffId, step: i64) -> Result<bool, DbErr> {
    let earlier = Condition::any().add(Column::TotpStep.is_null()).add(Column::TotpStep.lt(step));
    let updated = Entity::update_many()
        .col_expr(Column::TotpStep, Expr::value(step))
        .filter(Column::Id.eq(staff.uuid()))
        .filter(earlier)
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

pub(super) async fn set_failures(
    tx: &impl ConnectionTrait,
    staff: StaffId,
    failures: i32,
    locked_until: Option<Timestamp>,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::FailedSignIns, Expr::value(failures))
        .col_expr(Column::LockedUntil, Expr::value(locked_until.map(|at| at.0)))
        .filter(Column::Id.eq(staff.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_active(tx: &impl ConnectionTrait, staff: StaffId, active: bool) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Active, Expr::value(active))
        .filter(Column::Id.eq(staff.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn list(db: &impl ConnectionTrait) -> Result<Vec<(StaffMember, bool)>, DbErr> {
    let rows = Entity::find().order_by_asc(Column::EmailKey).all(db).await?;
    Ok(rows.iter().filter_map(|row| Some((member(row)?, row.active))).collect())
}

pub(super) async fn insert_link(
    tx: &impl ConnectionTrait,
    staff: StaffId,
    token: TokenHash,
    expires_at: Timestamp,
) -> Result<(), DbErr> {
    let row = staff_links::ActiveModel {
        token_hash: Set(token.into_bytes()),
        staff_id: Set(staff.uuid()),
        expires_at: Set(expires_at),
    };
    staff_links::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn delete_links(tx: &impl ConnectionTrait, staff: StaffId) -> Result<(), DbErr> {
    let all = staff_links::Entity::delete_many().filter(staff_links::Column::StaffId.eq(staff.uuid()));
    all.exec(tx).await.map(|_| ())
}

/// Whether the link was still there: of two who use it at once one has it.
pub(super) async fn take_link(tx: &impl ConnectionTrait, token: TokenHash) -> Result<bool, DbErr> {
    let link =
        staff_links::Entity::delete_many().filter(staff_links::Column::TokenHash.eq(token.into_bytes()));
    Ok(link.exec(tx).await?.rows_affected == 1)
}

/// When the password of an active member was set; locks the row on PostgreSQL.
pub(super) async fn find_password_set_at(
    tx: &impl ConnectionTrait,
    staff: StaffId,
) -> Result<Option<Timestamp>, DbErr> {
    let query =
        Entity::find().filter(Column::Id.eq(staff.uuid())).filter(Column::Active.eq(true)).lock_exclusive();
    Ok(db::only(query, tx).await?.and_then(|row| row.password_set_at))
}

pub(super) async fn insert_session(
    tx: &impl ConnectionTrait,
    key: TokenHash,
    session: NewSession,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = staff_sessions::ActiveModel {
        key_hash: Set(key.into_bytes()),
        staff_id: Set(session.staff.uuid()),
        state: Set(session.state),
        client: Set(session.client),
        user_agent: Set(session.user_agent),
        created_at: Set(now),
        last_seen_at: Set(now),
    };
    staff_sessions::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn find_session(
    db: &impl ConnectionTrait,
    key: TokenHash,
    (seen_since, begun_since): (Timestamp, Timestamp),
) -> Result<Option<(StaffMember, String, Timestamp)>, DbErr> {
    let query = staff_sessions::Entity::find()
        .filter(staff_sessions::Column::KeyHash.eq(key.into_bytes()))
        .filter(staff_sessions::Column::LastSeenAt.gt(seen_since))
        .filter(staff_sessions::Column::CreatedAt.gt(begun_since));
    let Some(session) = db::only(query, db).await? else { return Ok(None) };
    let query = Entity::find().filter(Column::Id.eq(session.staff_id)).filter(Column::Active.eq(true));
    let found = db::only(query, db).await?.as_ref().and_then(member);
    Ok(found.map(|member| (member, session.state, session.last_seen_at)))
}

fn of_key(key: TokenHash) -> Condition {
    Condition::all().add(staff_sessions::Column::KeyHash.eq(key.into_bytes()))
}

pub(super) async fn touch(db: &impl ConnectionTrait, key: TokenHash, now: Timestamp) -> Result<(), DbErr> {
    staff_sessions::Entity::update_many()
        .col_expr(staff_sessions::Column::LastSeenAt, Expr::value(now.0))
        .filter(of_key(key))
        .exec(db)
        .await
        .map(|_| ())
}

pub(super) async fn keep(db: &impl ConnectionTrait, key: TokenHash, state: String) -> Result<(), DbErr> {
    staff_sessions::Entity::update_many()
        .col_expr(staff_sessions::Column::State, Expr::value(state))
        .filter(of_key(key))
        .exec(db)
        .await
        .map(|_| ())
}

pub(super) async fn delete_session(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), DbErr> {
    staff_sessions::Entity::delete_many().filter(of_key(key)).exec(db).await.map(|_| ())
}

pub(super) async fn delete_sessions(db: &impl ConnectionTrait, staff: StaffId) -> Result<(), DbErr> {
    let all = staff_sessions::Entity::delete_many().filter(staff_sessions::Column::StaffId.eq(staff.uuid()));
    all.exec(db).await.map(|_| ())
}

pub(super) async fn delete_ended(
    db: &impl ConnectionTrait,
    (seen_since, begun_since): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<(), DbErr> {
    let ended = Condition::any()
        .add(staff_sessions::Column::LastSeenAt.lte(seen_since))
        .add(staff_sessions::Column::CreatedAt.lte(begun_since));
    staff_sessions::Entity::delete_many().filter(ended).exec(db).await?;
    staff_links::Entity::delete_many()
        .filter(staff_links::Column::ExpiresAt.lte(now))
        .exec(db)
        .await
        .map(|_| ())
}
