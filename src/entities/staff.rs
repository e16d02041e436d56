//! Members of the staff. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub email_key: String,
    pub name: String,
    pub role: String,
    pub active: bool,
    pub password_hash: Option<String>,
    pub password_set_at: Option<Timestamp>,
    pub sealed_totp: Vec<u8>,
    pub totp_step: Option<i64>,
    pub failed_sign_ins: i32,
    pub locked_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
