//! Who did what, when, from where, on whose behalf. Append-only: this room has no verb that changes an entry.
//!
//! - **In the transaction of the deed**, so that neither exists without the other. It is the *last statement*
//!   there: it locks the row with the chain's head, which all deeds of the tenant share, and only what is locked
//!   last by everybody can never be waited for in a circle (see ARCHITECTURE.md, order of locks).
//! - **No secrets.** An entry names the fields that changed, never the value of a secret.
//! - **A chain.** Every entry has a number and carries the hash of the one before (`chain.rs`). Whoever alters,
//!   removes, inserts or swaps entries behind our back would have to make all later hashes again, and the head;
//!   [`verify()`] proves that nobody did, and a head that was noted elsewhere proves it even against those who can.
//! - **Retention** ([`prune`]) deletes a prefix and keeps its last hash as the anchor, so that the rest can still
//!   be proved.

mod chain;
mod event_table;
mod retention;
mod store;
mod verify;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::values::{Actor, StaffActor, StaffId, TenantId};

pub use chain::{Hash, Link};
pub use event_table::{EventTable, EventTables, EventWords, Sentence, ValueWord};
pub use retention::prune;
pub use verify::{Fault, Proof, verify};

use chain::{Chained, Ends};

#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    Actor(&'a Actor),
    /// A member of the staff, as themselves.
    Staff(&'a StaffActor),
    /// The operator, on the command line of the machine.
    Operator,
}

#[derive(Clone, Debug)]
pub struct Event {
    /// Its name, as `room.deed`, such as `email_provider.saved`. The room's `EVENTS` say it to people.
    pub name: &'static str,
    /// The particulars. Never a secret.
    pub details: Value,
}

/// Records a deed in the transaction in which it is done, as its last statement: until the transaction ends,
/// others who record for the tenant wait.
pub async fn record(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    event: Event,
    now: Timestamp,
) -> Result<(), DbErr> {
    record_all(tx, tenant, by, vec![event], now).await
}

/// Records many deeds of one transaction at once, in their order; like [`record`], last.
pub async fn record_all(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    events: Vec<Event>,
    now: Timestamp,
) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let ends = store::lock_ends(tx, tenant).await?;
    append(tx, tenant, by, events, now, ends).await
}

async fn append(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    events: Vec<Event>,
    now: Timestamp,
    ends: Ends,
) -> Result<(), DbErr> {
    let mut head = ends.head;
    let mut entries = Vec::with_capacity(events.len());
    for event in &events {
        let entry = entry(tenant, head.seq + 1, by, event, now);
        head = Link { seq: entry.seq, hash: entry.hash_after(head.hash) };
        entries.push((entry, head.hash));
    }
    store::insert(tx, entries).await?;
    store::set_head(tx, tenant, head).await
}

fn entry(tenant: TenantId, seq: i64, by: By<'_>, event: &Event, at: Timestamp) -> Chained {
    let (actor, staff) = match by {
        By::Actor(actor) => (Some(actor), None),
        By::Staff(actor) => (None, Some(actor)),
        By::Operator => (None, None),
    };
    let behind = actor.and_then(|actor| actor.support.as_ref());
    let origin = actor.map(|actor| &actor.origin).or(staff.map(|actor| &actor.origin));
    let name = actor.map(|actor| &actor.name).or(staff.map(|actor| &actor.name));
    Chained {
        tenant: tenant.uuid(),
        seq,
        id: Uuid::now_v7(),
        at,
        actor: actor.map(|actor| actor.user.uuid()),
        actor_name: name.cloned().unwrap_or("operator".to_owned()),
        support_staff: behind
            .map(|behind| behind.staff)
            .or(staff.map(|actor| actor.staff))
            .map(StaffId::uuid),
        support_name: behind.map(|behind| behind.name.clone()),
        diagnosis: behind.map(|behind| behind.diagnosis.uuid()),
        client: origin.map(|origin| origin.client.to_string()).unwrap_or_default(),
        request_id: origin.map(|origin| origin.request_id.clone()).unwrap_or_default(),
        event: event.name.to_owned(),
        details: details(event, actor.and_then(|actor| actor.api_key.as_deref())).to_string(),
    }
}

/// The particulars, and by which key a program did it, if it was one.
fn details(event: &Event, api_key: Option<&str>) -> Value {
    let mut details = event.details.clone();
    if let (Some(key), Some(fields)) = (api_key, details.as_object_mut()) {
        fields.insert("api_key".to_owned(), Value::from(key));
    }
    details
}

/// A deed as it is told later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    /// Who, by the name at that time.
    pub by: String,
}

/// The deeds of that name, from `from` on and until `until`, whose particulars hold `mark`; the oldest first.
///
/// The particulars have no index. So only the first `looked_at` entries of that name in that time are looked
/// at: what is told may be incomplete, but never takes long. Whoever knows the moment gives it as both ends.
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
    pub most: u64,
    pub within: Duration,
    /// these other deeds counted as well, by their names.
    pub together_with: &'static [&'static str],
}

/// Records a deed unless it was done too often lately: what is limited is what is in the log, over all
/// processes. Attempts at the same time wait for each other at the chain's head. Like [`record`] it is the last
/// statement; whoever is refused drops the transaction, and what was written before goes with it.
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
    let ends = store::lock_ends(tx, tenant).await?;
    let since = now.minus(limit.within);
    let names = std::iter::once(event.name).chain(limit.together_with.iter().copied());
    if store::count(tx, tenant, names, since).await? >= limit.most {
        return Ok(false);
    }
    append(tx, tenant, by, vec![event], now, ends).await?;
    Ok(true)
}
