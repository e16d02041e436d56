//! A tenant's own sign-in service. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oidc_providers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    pub revision: Uuid,
    pub issuer: String,
    pub client_id: String,
    pub sealed_secret: Vec<u8>,
    pub role_claim: Option<String>,
    pub role_value: Option<String>,
    pub just_in_time: bool,
    pub allowed_domains: String,
    pub proven_at: Option<Timestamp>,
    pub saved_at: Timestamp,
    pub saved_by: Uuid,
    pub saved_by_name: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
