//! What is left of tenants that were deleted. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant_tombstones")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub deleted_at: Timestamp,
    pub deleted_by: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
