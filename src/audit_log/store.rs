use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Filter, Logged};
use crate::db;
use crate::entities::audit_chains as chains;
use crate::entities::audit_entries::{Column, Entity, Model};
use crate::values::TenantId;

/// Deeds side by side are not recorded exactly in the order of their time. None is so many places off.
const OUT_OF_ORDER: u64 = 1000;

/// The first and the last number that may fit; nothing if none can.
pub(super) async fn range(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
) -> Result<Option<(i64, i64)>, DbErr> {
    let query = chains::Entity::find().filter(chains::Column::TenantId.eq(tenant.uuid()));
    let Some(ends) = db::only(query, db).await? else { return Ok(None) };
    let (mut first, mut last) = (ends.anchor_seq + 1, ends.head_seq);
    let near = Entity::find()
        .select_only()
        .column(Column::Seq)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .limit(OUT_OF_ORDER);
    if let Some(from) = filter.from {
        let query = near.clone().filter(Column::At.gte(from)).order_by_asc(Column::At);
        let numbers: Vec<i64> = query.into_tuple().all(db).await?;
        let Some(least) = numbers.into_iter().min() else { return Ok(None) };
        first = std::cmp::max(first, least);
    }
    if let Some(until) = filter.until {
        let query = near.filter(Column::At.lt(until)).order_by_desc(Column::At);
        let numbers: Vec<i64> = query.into_tuple().all(db).await?;
        let Some(most) = numbers.into_iter().max() else { return Ok(None) };
        last = std::cmp::min(last, most);
    }
    Ok((first <= last).then_some((first, last)))
}

/// What fits among the entries of these numbers, newest first, at most so many.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    (from, last): (i64, i64),
    most: usize,
) -> Result<Vec<Logged>, DbErr> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Seq.between(from, last))
        .apply_if(filter.event.as_ref(), |query, event| query.filter(Column::Event.eq(event)))
        .apply_if(filter.from, |query, from| query.filter(Column::At.gte(from)))
        .apply_if(filter.until, |query, until| query.filter(Column::At.lt(until)))
        .apply_if(filter.client.as_ref(), |query, client| query.filter(Column::Client.eq(client)))
        .apply_if(filter.request.as_ref(), |query, request| query.filter(Column::RequestId.eq(request)))
        .apply_if(filter.user, |query, user| query.filter(Column::Actor.eq(user.uuid())))
        .apply_if(filter.who.as_ref(), |query, who| query.filter(is_named(who)))
        .order_by_desc(Column::Seq)
        .limit(u64::try_from(most).unwrap_or(u64::MAX))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(logged).collect())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Logged>, DbErr> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::Id.eq(id));
    Ok(db::only(query, db).await?.map(logged))
}

/// Whether the name of whoever acted, or stood behind, holds that. SQLite takes only letters of ASCII for the same
/// in either case: so a name that begins with another one is looked for as it is written, too.
fn is_named(who: &str) -> Condition {
    let lower = who.to_lowercase();
    let begun = lower.chars().next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(lower.chars().skip(1)).collect::<String>()
    });
    let mut any = Condition::any();
    for column in [Column::ActorName, Column::SupportName] {
        any = any
            .add(Expr::col(column).like(holding(who)))
            .add(Expr::col(column).like(holding(&begun)))
            .add(Expr::expr(Func::lower(Expr::col(column))).like(holding(&lower)));
    }
    any
}

fn holding(text: &str) -> LikeExpr {
    let text = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{text}%")).escape('\\')
}

fn logged(row: Model) -> Logged {
    Logged {
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
        // what is no JSON was not written by us, and is shown as it is
        details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
        hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
