use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QueryResult, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{KeyInUse, Limits, ListedSession, NewSession, OpenSession, Person, Support};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::sessions::{ActiveModel, Column, Entity};
use crate::entities::{
    api_keys, diagnosis_sessions as diagnoses, second_factors, staff, support_grants as grants, tenants,
    users,
};
use crate::values::{
    ApiKeyId, DiagnosisId, Impersonator, Role, Scopes, SessionId, StaffId, StaffRole, TenantId, TokenHash,
    UserId,
};

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    id: SessionId,
    key: TokenHash,
    session: NewSession,
    now: Timestamp,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant_id: Set(session.tenant.uuid()),
        id: Set(id.uuid()),
        user_id: Set(session.user.uuid()),
        key_hash: Set(key.into_bytes()),
        state: Set(session.state),
        client: Set(session.client),
        user_agent: Set(session.user_agent),
        created_at: Set(now),
        last_seen_at: Set(now),
        diagnosis_id: Set(session.diagnosis.map(DiagnosisId::uuid)),
        proved_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// One statement says everything about the request's person.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    key: TokenHash,
    limits: Limits,
    now: Timestamp,
) -> Result<Option<(OpenSession, Timestamp, Option<DiagnosisId>)>, DbErr> {
    let mut query = people();
    query
        .columns([(Entity, Column::State), (Entity, Column::LastSeenAt), (Entity, Column::DiagnosisId)])
        .expr_as(Expr::col((Entity, Column::Id)), "session_id")
        .inner_join(
            Entity,
            Condition::all()
                .add(Expr::col((Entity, Column::TenantId)).equals((users::Entity, users::Column::TenantId)))
                .add(Expr::col((Entity, Column::UserId)).equals((users::Entity, users::Column::Id))),
        )
        .and_where(Expr::col((Entity, Column::KeyHash)).eq(key.into_bytes()))
        .and_where(Expr::col((Entity, Column::LastSeenAt)).gt(now.minus(limits.idle).0))
        .and_where(Expr::col((Entity, Column::CreatedAt)).gt(now.minus(limits.absolute).0));
    let Some(row) = db.query_one(&query).await? else { return Ok(None) };
    let Some(person) = person(&row)? else { return Ok(None) };
    let session = OpenSession {
        id: SessionId::from(row.try_get::<Uuid>("", "session_id")?),
        state: row.try_get("", "state")?,
        person,
    };
    let diagnosis: Option<Uuid> = row.try_get("", "diagnosis_id")?;
    Ok(Some((session, row.try_get("", "last_seen_at")?, diagnosis.map(DiagnosisId::from))))
}

/// The support person behind a session, while the diagnosis session is open, they are active, and the tenant
/// consents or help is agreed.
pub(super) async fn find_support(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    diagnosis: DiagnosisId,
    help_is_agreed: bool,
    now: Timestamp,
) -> Result<Option<Support>, DbErr> {
    let query = diagnoses::Entity::find()
        .filter(diagnoses::Column::TenantId.eq(tenant.uuid()))
        .filter(diagnoses::Column::Id.eq(diagnosis.uuid()))
        .filter(diagnoses::Column::EndedAt.is_null())
        .filter(diagnoses::Column::EndsAt.gt(now));
    let Some(row) = db::only(query, db).await? else { return Ok(None) };
    let query = staff::Entity::find()
        .filter(staff::Column::Id.eq(row.staff_id))
        .filter(staff::Column::Active.eq(true));
    let Some(member) = db::only(query, db).await?.filter(|it| it.role == StaffRole::Support.as_str()) else {
        return Ok(None);
    };
    let grants = grants::Entity::find()
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::RevokedAt.is_null())
        .filter(Condition::any().add(grants::Column::Until.is_null()).add(grants::Column::Until.gt(now)))
        .all(db)
        .await?;
    if grants.is_empty() && !help_is_agreed {
        return Ok(None);
    }
    Ok(row.ends_at.map(|until| Support {
        behind: Impersonator { staff: StaffId::from(member.id), name: row.staff_name, diagnosis },
        reason: row.reason,
        ticket: row.ticket,
        until,
        shows_recipients: grants.iter().any(|grant| grant.shows_recipients),
    }))
}

pub(super) async fn find_person(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Person>, DbErr> {
    let mut query = people();
    query
        .and_where(Expr::col((users::Entity, users::Column::TenantId)).eq(tenant.uuid()))
        .and_where(Expr::col((users::Entity, users::Column::Id)).eq(user.uuid()));
    db.query_one(&query).await?.as_ref().map(person).transpose().map(Option::flatten)
}

/// One statement for each call of a program, too.
pub(super) async fn find_by_api_key(
    db: &impl ConnectionTrait,
    tenant_slug: &str,
    key: TokenHash,
    now: Timestamp,
) -> Result<Option<KeyInUse>, DbErr> {
    use api_keys::{Column as Key, Entity as Keys};
    let mut query = people();
    query
        .columns([(Keys, Key::Prefix), (Keys, Key::Scopes), (Keys, Key::ExpiresAt)])
        .columns([(Keys, Key::LastUsedAt), (Keys, Key::LastUsedFrom)])
        .expr_as(Expr::col((Keys, Key::Id)), "key_id")
        .inner_join(
            Keys,
            Condition::all()
                .add(Expr::col((Keys, Key::TenantId)).equals((users::Entity, users::Column::TenantId)))
                .add(Expr::col((Keys, Key::UserId)).equals((users::Entity, users::Column::Id))),
        )
        .and_where(Expr::col((Keys, Key::KeyHash)).eq(key.into_bytes()))
        .and_where(Expr::col((Keys, Key::RevokedAt)).is_null())
        .and_where(Expr::col((Keys, Key::ExpiresAt)).gt(now.0))
        .and_where(Expr::col((tenants::Entity, tenants::Column::Slug)).eq(tenant_slug));
    let Some(row) = db.query_one(&query).await? else { return Ok(None) };
    let Some(person) = person(&row)? else { return Ok(None) };
    let last_used_at: Option<Timestamp> = row.try_get("", "last_used_at")?;
    let last_used_from: Option<String> = row.try_get("", "last_used_from")?;
    Ok(Some(KeyInUse {
        id: ApiKeyId::from(row.try_get::<Uuid>("", "key_id")?),
        prefix: row.try_get("", "prefix")?,
        scopes: Scopes::read(&row.try_get::<String>("", "scopes")?),
        expires_at: row.try_get("", "expires_at")?,
        last_used: last_used_at.zip(last_used_from),
        person,
    }))
}

/// Active people of tenants in service.
fn people() -> SelectStatement {
    Query::select()
        .columns([
            (users::Entity, users::Column::TenantId),
            (users::Entity, users::Column::Id),
            (users::Entity, users::Column::Name),
            (users::Entity, users::Column::Email),
            (users::Entity, users::Column::Role),
            (users::Entity, users::Column::Language),
            (users::Entity, users::Column::TimeZone),
        ])
        .column((tenants::Entity, tenants::Column::Slug))
        .column((tenants::Entity, tenants::Column::SecondFactorRequiredForAdministrators))
        .column((second_factors::Entity, second_factors::Column::ConfirmedAt))
        .expr_as(Expr::col((tenants::Entity, tenants::Column::Name)), "tenant_name")
        .expr_as(Expr::col((tenants::Entity, tenants::Column::Language)), "tenant_language")
        .from(users::Entity)
        .inner_join(
            tenants::Entity,
            Expr::col((tenants::Entity, tenants::Column::Id))
                .equals((users::Entity, users::Column::TenantId)),
        )
        .left_join(
            second_factors::Entity,
            Condition::all()
                .add(
                    Expr::col((second_factors::Entity, second_factors::Column::TenantId))
                        .equals((users::Entity, users::Column::TenantId)),
                )
                .add(
                    Expr::col((second_factors::Entity, second_factors::Column::UserId))
                        .equals((users::Entity, users::Column::Id)),
                ),
        )
        .and_where(Expr::col((users::Entity, users::Column::Active)).eq(true))
        .and_where(Expr::col((tenants::Entity, tenants::Column::Suspended)).eq(false))
        .take()
}

fn person(row: &QueryResult) -> Result<Option<Person>, DbErr> {
    let Some(role) = Role::parse(&row.try_get::<String>("", "role")?) else { return Ok(None) };
    Ok(Some(Person {
        tenant: TenantId::from(row.try_get::<Uuid>("", "tenant_id")?),
        tenant_slug: row.try_get("", "slug")?,
        tenant_name: row.try_get("", "tenant_name")?,
        user: UserId::from(row.try_get::<Uuid>("", "id")?),
        name: row.try_get("", "name")?,
        email: row.try_get("", "email")?,
        role,
        own_language: row.try_get("", "language")?,
        tenant_language: row.try_get("", "tenant_language")?,
        time_zone: row.try_get("", "time_zone")?,
        support: None,
        has_second_factor: row.try_get::<Option<i64>>("", "confirmed_at")?.is_some(),
        administrators_need_second_factor: row.try_get("", "second_factor_required_for_administrators")?,
    }))
}

fn open(limits: Limits, now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::LastSeenAt.gt(now.minus(limits.idle)))
        .add(Column::CreatedAt.gt(now.minus(limits.absolute)))
}

fn of(tenant: TenantId, user: UserId) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant.uuid())).add(Column::UserId.eq(user.uuid()))
}

pub(super) async fn touch(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: SessionId,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now.0))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await
        .map(|_| ())
}

/// When the person last proved themselves in that session: at its beginning, or since. Not in one of support staff.
pub(super) async fn proved_at(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    id: SessionId,
) -> Result<Option<Timestamp>, DbErr> {
    let query = Entity::find()
        .filter(of(tenant, user))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::DiagnosisId.is_null());
    Ok(db::only(query, db).await?.map(|row| row.proved_at.unwrap_or(row.created_at)))
}

pub(super) async fn note_proof(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::ProvedAt, Expr::value(now.0))
        .filter(of(tenant, user))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn update_state(
    db: &impl ConnectionTrait,
    key: TokenHash,
    state: String,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .filter(Column::KeyHash.eq(key.into_bytes()))
        .exec(db)
        .await
        .map(|_| ())
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    limits: Limits,
    now: Timestamp,
) -> Result<Vec<ListedSession>, DbErr> {
    let rows = Entity::find()
        .filter(of(tenant, user))
        .filter(Column::DiagnosisId.is_null())
        .filter(open(limits, now))
        .order_by_desc(Column::LastSeenAt)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ListedSession {
            id: SessionId::from(row.id),
            client: row.client,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

pub(super) async fn delete_by_key(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::KeyHash.eq(key.into_bytes())).exec(db).await.map(|_| ())
}

pub(super) async fn delete(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    id: SessionId,
) -> Result<(), DbErr> {
    Entity::delete_many().filter(of(tenant, user)).filter(Column::Id.eq(id.uuid())).exec(db).await.map(|_| ())
}

pub(super) async fn delete_others(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<(), DbErr> {
    let mut others = Entity::delete_many().filter(of(tenant, user));
    if let Some(kept) = kept {
        others = others.filter(Column::Id.ne(kept.uuid()));
    }
    others.exec(db).await.map(|_| ())
}

pub(super) async fn delete_ended(
    db: &impl ConnectionTrait,
    limits: Limits,
    now: Timestamp,
) -> Result<u64, DbErr> {
    let ended = Condition::any()
        .add(Column::LastSeenAt.lte(now.minus(limits.idle)))
        .add(Column::CreatedAt.lte(now.minus(limits.absolute)));
    Ok(Entity::delete_many().filter(ended).exec(db).await?.rows_affected)
}

/// When the person's password was set, while they may use the tenant. Locks the row on PostgreSQL, so that a
/// session that begins and a password that changes, or an account that is closed, come one after the other.
pub(super) async fn lock_person(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Option<Timestamp>>, DbErr> {
    let row = users::Entity::find()
        .filter(users::Column::TenantId.eq(tenant.uuid()))
        .filter(users::Column::Id.eq(user.uuid()))
        .lock_exclusive();
    let Some(row) = db::only(row, tx).await?.filter(|row| row.active) else { return Ok(None) };
    // a closed account, or a tenant out of service, has nobody
    let person = find_person(tx, tenant, user).await?;
    Ok(person.map(|_| row.password_set_at))
}

pub(super) async fn delete_oldest(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    kept: u64,
) -> Result<(), DbErr> {
    // the identifiers are in the order of creation
    let beyond: Option<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(of(tenant, user))
        .filter(Column::DiagnosisId.is_null())
        .order_by_desc(Column::Id)
        .offset(kept)
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    let Some(beyond) = beyond else { return Ok(()) };
    Entity::delete_many()
        .filter(of(tenant, user))
        .filter(Column::DiagnosisId.is_null())
        .filter(Column::Id.lte(beyond))
        .exec(tx)
        .await
        .map(|_| ())
}
