//! Tenants' consent to help. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_grants")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub granted_at: Timestamp,
    pub granted_by: Uuid,
    pub granted_by_name: String,
    pub until: Option<Timestamp>,
    pub shows_recipients: bool,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by_name: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
