//! One row a recipient: to whom, when, what became of it. The columns are explained in `migrations/`.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_messages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub content_id: Uuid,
    pub kind: String,
    pub recipient: String,
    pub recipient_key: String,
    pub language: String,
    pub priority: i32,
    pub state: String,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
    pub attempts: i32,
    pub idempotency_key: Option<String>,
    pub message_id: String,
    pub may_have_arrived_twice: bool,
    pub failure: Option<String>,
    pub finished_at: Option<Timestamp>,
    pub answer: Option<String>,
    pub server: Option<String>,
    pub queue_id: Option<String>,
    pub sent_date: Option<Timestamp>,
    pub sent_from: Option<String>,
    pub sent_sha256: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
