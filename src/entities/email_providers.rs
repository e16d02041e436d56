//! The one active e-mail provider of a tenant. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_providers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub revision: Uuid,
    pub kind: String,
    pub settings: String,
    pub sealed_secret: Option<Vec<u8>>,
    pub health: String,
    pub saved_at: Timestamp,
    pub saved_by: Uuid,
    pub saved_by_name: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
