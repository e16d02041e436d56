use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, Set};
use uuid::Uuid;

use super::{By, Event};
use crate::clock::Timestamp;
use crate::entities::audit_entries::{ActiveModel, Entity};
use crate::values::TenantId;

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    event: Event,
    now: Timestamp,
) -> Result<(), DbErr> {
    let (actor, actor_name, client) = match by {
        By::Actor(actor) => (Some(actor.user.uuid()), actor.name.clone(), actor.client.to_string()),
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
