//! What administrators see of the outbox and do with it: lists, a message's story, many at once.
//!
//! Lists go by key, newest first: a message's identifier holds the time of its enqueuing, so a period is a
//! range of identifiers. State and recipient have an index each; a kind has none, since every index costs
//! each message that is sent, and is looked for among a bounded number of messages at a time.

mod csv;
mod bulk_action;
mod delivery;
mod filter;
mod held;
mod mail;
mod outlook;
pub(super) mod store;

use sea_orm::{ConnectionTrait, DbErr};

use super::{Counters, Error, Hold, HoldKind, MessageStatus};
use crate::clock::Timestamp;
use crate::email_provider;
use crate::state::State;
use crate::values::{EmailAddress, OutboxMessageId, TenantId};

pub use bulk_action::{
    BulkAction, CHANGED_AT_ONCE, CHOSEN, Changed, Done, apply_to_selected, change_all, deeds,
};
pub use csv::{Separator, line};
pub use delivery::{Attempt, Delivery, Listed, Listing, Overview, Suppression};
pub use filter::{Filter, FilterField, FilterForm};
pub use held::Held;
pub use mail::{Mail, Match, mail};
pub use outlook::{Limit, Outlook};

/// So many messages a page of the list has.
pub const PAGE: usize = 50;
/// So many are looked at for one page before it is shown as it is.
const LOOKED_AT: usize = 20_000;
/// So many rows are read at once.
const BATCH: usize = 1000;

/// A page of the tenant's messages that match, the newest first, of those older than `before`. It may be
/// shorter than [`PAGE`] and have more behind it.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
) -> Result<Listing, Error> {
    Ok(collect(db, tenant, filter, before, PAGE).await?)
}

/// As [`list`], with that many on a page, and with what is due told apart from what is held.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
    (count, queue_is_held): (usize, bool),
) -> Result<Listing, Error> {
    // what waits in a queue is all of it held, or nothing is
    let is_none_of_these = match filter.state {
        Some(MessageStatus::Due) => queue_is_held,
        Some(MessageStatus::Held) => !queue_is_held,
        _ => false,
    };
    if is_none_of_these {
        return Ok(Listing::default());
    }
    Ok(collect(db, tenant, filter, before, count).await?)
}

async fn collect(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    mut before: Option<OutboxMessageId>,
    wanted: usize,
) -> Result<Listing, DbErr> {
    let mut listing = Listing::default();
    let mut batch = wanted + 1;
    let mut looked_at = 0;
    while looked_at < LOOKED_AT {
        let rows = store::list(db, tenant, filter, before, batch).await?;
        let is_last = rows.len() < batch;
        looked_at += rows.len();
        for row in rows {
            if listing.rows.len() == wanted {
                listing.older = before;
                return Ok(listing);
            }
            before = Some(row.id);
            if filter.has_kind(&row.kind) {
                listing.rows.push(row);
            }
        }
        if is_last {
            return Ok(listing);
        }
        batch = BATCH;
    }
    listing.older = before;
    Ok(listing)
}

/// Further messages for an export: a batch, and where to go on.
pub async fn batch(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
) -> Result<Listing, Error> {
    Ok(collect(db, tenant, filter, before, BATCH).await?)
}

/// The message, if it is the tenant's.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<Delivery>, Error> {
    Ok(store::find(db, tenant, id).await?)
}

/// What stands on top of the list.
pub async fn overview(app: &State, tenant: TenantId) -> Result<Overview, Error> {
    const HOUR: i64 = 3_600_000_000;
    let (db, now) = (app.db.read(), app.clock.now());
    let held = held(db, tenant).await?;
    let is_held = held.as_ref().is_some_and(|held| held.hold.is_held());
    let counts = super::counters::store::sums(db, tenant).await?.with_the_rest_waiting(is_held);
    let this_hour = now.0 - now.0.rem_euclid(HOUR);
    let first = this_hour - 23 * HOUR;
    let mut hours: Vec<(Timestamp, Counters)> =
        (0..24).map(|n| (Timestamp(first + n * HOUR), Counters::default())).collect();
    for (hour, counts) in store::hours(db, tenant, Timestamp(first)).await? {
        if let Some(entry) = hours.iter_mut().find(|(at, _)| *at == hour) {
            entry.1 = counts;
        }
    }
    let outlook = outlook::of(app, tenant, &counts, &hours, is_held).await?;
    Ok(Overview { counts, hours, outlook, is_held })
}

/// Why nothing leaves the tenant's queue, unless it is held for another provider than the present one: then
/// the engine is about to release it, and who has just saved a provider must not read that there is none.
async fn hold(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Hold>, Error> {
    let Some(hold) = super::hold(db, tenant).await? else { return Ok(None) };
    let revision = email_provider::revision(db, tenant).await?;
    let has_provider = !matches!(hold.kind, HoldKind::Suspended | HoldKind::ByOperator);
    let is_about_another = has_provider && hold.revision != revision;
    Ok((!is_about_another).then_some(hold))
}

/// Whether the tenant's queue is held, so that what waits in it is.
pub async fn is_held(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, Error> {
    Ok(hold(db, tenant).await?.is_some_and(|hold| hold.is_held()))
}

/// Why nothing leaves the tenant's queue, if it is held or paused.
async fn held(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Held>, Error> {
    let Some(hold) = hold(db, tenant).await? else { return Ok(None) };
    let waiting = super::counters::store::sums(db, tenant).await?.with_the_rest_waiting(true).held;
    Ok(Some(Held { hold, next_try: store::queue_due(db, tenant).await?, waiting }))
}

/// Why nothing leaves the tenant's queue, if its administrators should be told wherever they are.
pub async fn notice(app: &State, tenant: TenantId) -> Result<Option<Held>, Error> {
    let now = app.clock.now();
    let held = held(app.db.read(), tenant).await?;
    Ok(held.filter(|held| held.is_worth_a_notice(now)))
}

/// A page of the tenant's suppressed addresses behind `after`, in order.
pub async fn suppressions(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    after: &str,
) -> Result<Vec<Suppression>, Error> {
    Ok(store::suppressions(db, tenant, after, PAGE + 1).await?)
}

/// Whether and why nothing is sent to that address.
pub async fn suppression(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    address: &EmailAddress,
) -> Result<Option<Suppression>, Error> {
    Ok(store::suppression(db, tenant, &address.normalised()).await?)
}
