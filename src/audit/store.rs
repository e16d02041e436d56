use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, JoinType,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Set,
};
use uuid::Uuid;

use super::Entry;
use super::chain::{BEGINNING, Chained, Ends, Hash, Link};
use crate::clock::Timestamp;
use crate::db;
use crate::entities::audit_chains as chains;
use crate::entities::audit_entries::{ActiveModel, Column, Entity, Model};
use crate::values::TenantId;

/// So many rows are inserted by one statement.
const ROWS: usize = 500;

fn link(seq: i64, hash: Vec<u8>) -> Result<Link, DbErr> {
    let hash = hash.try_into().map_err(|_| DbErr::Type("a hash of the audit log has 32 bytes".to_owned()))?;
    Ok(Link { seq, hash })
}

fn ends_of(row: chains::Model) -> Result<Ends, DbErr> {
    Ok(Ends { anchor: link(row.anchor_seq, row.anchor_hash)?, head: link(row.head_seq, row.head_hash)? })
}

/// The ends of the tenant's chain, which is begun if there is none. Until the transaction ends, others wait here.
pub(super) async fn lock_ends(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<Ends, DbErr> {
    if let Some(ends) = ends_for_update(tx, tenant).await? {
        return Ok(ends);
    }
    let begun = chains::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        anchor_seq: Set(BEGINNING.seq),
        anchor_hash: Set(BEGINNING.hash.to_vec()),
        head_seq: Set(BEGINNING.seq),
        head_hash: Set(BEGINNING.hash.to_vec()),
    };
    // whoever comes second waits for the first one's commit, inserts nothing, and reads what the first has written
    chains::Entity::insert(begun)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    ends_for_update(tx, tenant).await?.ok_or_else(|| DbErr::RecordNotFound("audit_chains".to_owned()))
}

/// The ends of the tenant's chain, if it was begun, locked until the transaction ends.
pub(super) async fn ends_for_update(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<Ends>, DbErr> {
    let query = chains::Entity::find().filter(chains::Column::TenantId.eq(tenant.uuid()));
    db::only(query.lock_exclusive(), tx).await?.map(ends_of).transpose()
}

/// The ends of the tenant's chain as they are at this moment.
pub(super) async fn ends(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Ends>, DbErr> {
    let query = chains::Entity::find().filter(chains::Column::TenantId.eq(tenant.uuid()));
    db::only(query, db).await?.map(ends_of).transpose()
}

pub(super) async fn insert(tx: &impl ConnectionTrait, entries: Vec<(Chained, Hash)>) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = entries.into_iter().map(|(entry, hash)| row(entry, hash)).collect();
    for some in rows.chunks(ROWS) {
        Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn row(entry: Chained, hash: Hash) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(entry.tenant),
        id: Set(entry.id),
        seq: Set(entry.seq),
        at: Set(entry.at),
        actor: Set(entry.actor),
        actor_name: Set(entry.actor_name),
        support_staff: Set(entry.support_staff),
        support_name: Set(entry.support_name),
        diagnosis: Set(entry.diagnosis),
        client: Set(entry.client),
        request_id: Set(entry.request_id),
        event: Set(entry.event),
        details: Set(entry.details),
        hash: Set(hash.to_vec()),
    }
}

fn chained(row: Model) -> (Chained, Vec<u8>) {
    let entry = Chained {
        tenant: row.tenant_id,
        seq: row.seq,
        id: row.id,
        at: row.at,
        actor: row.actor,
        actor_name: row.actor_name,
        support_staff: row.support_staff,
        support_name: row.support_name,
        diagnosis: row.diagnosis,
        client: row.client,
        request_id: row.request_id,
        event: row.event,
        details: row.details,
    };
    (entry, row.hash)
}

pub(super) async fn set_head(tx: &impl ConnectionTrait, tenant: TenantId, head: Link) -> Result<(), DbErr> {
    chains::Entity::update_many()
        .col_expr(chains::Column::HeadSeq, Expr::value(head.seq))
        .col_expr(chains::Column::HeadHash, Expr::value(head.hash.to_vec()))
        .filter(chains::Column::TenantId.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub(super) async fn set_anchor(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    anchor: Link,
) -> Result<(), DbErr> {
    chains::Entity::update_many()
        .col_expr(chains::Column::AnchorSeq, Expr::value(anchor.seq))
        .col_expr(chains::Column::AnchorHash, Expr::value(anchor.hash.to_vec()))
        .filter(chains::Column::TenantId.eq(tenant.uuid()))
        .exec(tx)
        .await
        .map(|_| ())
}

/// The entries behind that number, in order, each with its stored hash.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    behind: i64,
    limit: u64,
) -> Result<Vec<(Chained, Vec<u8>)>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Seq.gt(behind))
        .order_by_asc(Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(chained).collect())
}

/// Tenants behind that one whose first entry behind the anchor is older than that: by one look into an index for each chain.
pub(super) async fn tenants_with_older(
    db: &impl ConnectionTrait,
    older_than: Timestamp,
    behind: Option<TenantId>,
    limit: u64,
) -> Result<Vec<TenantId>, DbErr> {
    let first = chains::Entity::belongs_to(Entity)
        .from(chains::Column::TenantId)
        .to(Column::TenantId)
        .on_condition(|chain, entry| {
            let next = Expr::col((chain, chains::Column::AnchorSeq)).add(1);
            sea_orm::Condition::all().add(Expr::col((entry, Column::Seq)).eq(next))
        });
    let ids: Vec<Uuid> = chains::Entity::find()
        .select_only()
        .column(chains::Column::TenantId)
        .join(JoinType::InnerJoin, first.into())
        .filter(Column::At.lt(older_than))
        .apply_if(behind, |query, behind| query.filter(chains::Column::TenantId.gt(behind.uuid())))
        .order_by_asc(chains::Column::TenantId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(TenantId::from).collect())
}

pub(super) async fn delete_until(tx: &impl ConnectionTrait, tenant: TenantId, seq: i64) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Seq.lte(seq))
        .exec(tx)
        .await
        .map(|_| ())
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
