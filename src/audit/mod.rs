//! Who did what, when, from where. Append-only: this room has no verb that changes an entry.
//!
//! An entry is written in the transaction of the deed, so that neither exists without the other. It
//! names the fields that changed, never the value of a secret.

mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::values::{Actor, StaffActor, TenantId};

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// A signed-in person.
    Actor(&'a Actor),
    /// A member of the staff, as themselves.
    Staff(&'a StaffActor),
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

/// A deed as it is told later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who, by the name at that time.
    pub by: String,
}

/// The deeds of that name, from `from` on and until `until`, whose particulars hold `mark`; the oldest first.
///
/// The particulars have no index. So only the first `looked_at` entries of that name in that time are looked
/// at: what is told may be incomplete, but never takes long. Whoever knows the moment gives it as both ends.
///
/// # Errors
/// When the database fails.
pub async fn told(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    name: &str,
    (from, until): (Timestamp, Timestamp),
    mark: &str,
    looked_at: u64,
) -> Result<Vec<Entry>, DbErr> {
    store::told(db, tenant, name, (from, until), mark, looked_at).await
}

/// How often something may be done.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// So many times,
    pub most: u64,
    /// within that time,
    pub within: Duration,
    /// these other deeds counted as well, by their names.
    pub together_with: &'static [&'static str],
}

/// Records a deed unless it was done too often lately: what is limited is what is in the log, over all
/// processes. Attempts at the same time wait for each other at the tenant's row.
///
/// # Errors
/// When the database fails. `false` means that it was done too often, and nothing was recorded.
pub async fn record_within(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    event: Event,
    now: Timestamp,
    limit: Limit,
) -> Result<bool, DbErr> {
    store::lock_tenant(tx, tenant).await?;
    let since = now.minus(limit.within);
    let names = std::iter::once(event.name).chain(limit.together_with.iter().copied());
    if store::count(tx, tenant, names, since).await? >= limit.most {
        return Ok(false);
    }
    store::insert(tx, tenant, by, event, now).await?;
    Ok(true)
}
