//! One row a tenant with mail: when it is served, by whom, why it is held. The columns are explained in
//! `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_lanes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub due_at: Option<Timestamp>,
    pub lease_owner: Option<String>,
    pub lease_beat: i64,
    pub hold: Option<String>,
    pub hold_failure: Option<String>,
    pub hold_since: Option<Timestamp>,
    pub hold_revision: Option<Uuid>,
    pub hold_tries: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
