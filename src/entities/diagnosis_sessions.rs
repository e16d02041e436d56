//! Support staff's sessions as one of a tenant's users. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "diagnosis_sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub staff_id: Uuid,
    pub staff_name: String,
    pub user_id: Uuid,
    pub user_name: String,
    pub reason: String,
    pub ticket: String,
    pub asked_at: Timestamp,
    pub minutes: i32,
    pub hand_over_hash: Option<Vec<u8>>,
    pub begun_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
