//! Who did what, when, from where. Append-only: this room has no verb that changes an entry.
//!
//! An entry is written in the transaction of the deed, so that neither exists without the other. It
//! names the fields that changed, never the value of a secret.

mod store;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::values::{Actor, TenantId};

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// A signed-in person.
    Actor(&'a Actor),
    /// The operator, on the command line of the machine.
    Operator,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name, as `room.deed`, such as `email_provider.saved`.
    pub name: &'static str,
    /// The particulars. Never a secret.
    pub details: Value,
}

/// Records a deed in the transaction in which it is done.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    event: Event,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::insert(tx, tenant, by, event, now).await
}
