//! What administrators see of the outbox and do with it: lists, a message's story, many at once.
//!
//! Lists go by key, newest first: a message's identifier holds the time of its enqueuing, so a period is a
//! range of identifiers. State and recipient have an index each; a kind has none, since every index costs
//! each message that is sent, and is looked for among a bounded number of messages at a time.

mod csv;
mod filter;
mod held;
mod mail;
mod outlook;
pub(super) mod store;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::counts::{Change, Counts};
use super::{Error, Event, LIFETIME, State};
use crate::audit::{self, By};
use crate::clock::Timestamp;
use crate::mail::Failure;
use crate::state::State as Outside;
use crate::values::{Actor, EmailAddress, OutboxMessageId, TenantId};

pub use csv::{Separator, line};
pub use filter::{Filter, FilterField, FilterForm, KINDS, kind_name};
pub use held::Held;
pub use mail::{Mail, Match, mail};
pub use outlook::{Limit, Outlook};

/// So many messages a page of the list has.
pub const PAGE: usize = 50;
/// So many are looked at for one page before it is shown as it is.
const LOOKED_AT: usize = 20_000;
/// So many rows are read at once.
const BATCH: usize = 1000;
/// So many messages one press changes at most.
pub const CHANGED_AT_ONCE: usize = 5000;
/// So many of them in one transaction.
const STEP: usize = 200;
/// So many may be chosen by hand.
pub const CHOSEN: usize = 500;

/// A message as a list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The message.
    pub id: OutboxMessageId,
    /// The address as it was given.
    pub recipient: String,
    /// The name of its kind.
    pub kind: String,
    /// Its state; [`State::Held`] is not told apart from [`State::Due`] here.
    pub state: State,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it is tried (again), while it is due.
    pub due_at: Timestamp,
    /// When it took its present state for good.
    pub finished_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// An answer to the whole message never came, once at least.
    pub may_have_arrived_twice: bool,
    /// The last failure; of a former attempt if it was accepted.
    pub failure: Option<Box<Failure>>,
    /// The server's answer, if it was accepted.
    pub answer: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The messages, newest first.
    pub rows: Vec<Listed>,
    /// Where to go on, if there may be more.
    pub older: Option<OutboxMessageId>,
}

/// Everything about one message.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What a list shows of it.
    pub listed: Listed,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// Its Message-ID, with angle brackets.
    pub message_id: String,
    /// By which server it was accepted, as host:port.
    pub server: Option<String>,
    /// Under which number that server queued it.
    pub queue_id: Option<String>,
    /// The attempts that did not end in acceptance, in order.
    pub attempts: Vec<Attempt>,
}

/// An attempt that did not end in acceptance.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// What came of it: put_off, provider_broken, given_up, unknown, suppressed, unbuildable.
    pub verdict: String,
    /// What happened; nothing if no provider was asked.
    pub failure: Option<Box<Failure>>,
}

/// What is done to many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Try them again now.
    TryAgain,
    /// Cancel them.
    Cancel,
}

/// How many messages were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// So many.
    pub done: usize,
    /// So many were in a state in which it cannot be done, or are gone.
    pub left: usize,
    /// Whether there are more that match.
    pub more: bool,
}

/// An address to which nothing is sent.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The address in lower case.
    pub address: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was refused for good.
    pub refusals: u32,
    /// The last refusal.
    pub failure: Option<Box<Failure>>,
}

/// What stands on top of the list.
#[derive(Clone, Debug)]
pub struct Overview {
    /// How many are in which state.
    pub counts: Counts,
    /// What was done in each of the last 24 hours, the oldest first.
    pub hours: Vec<(Timestamp, Counts)>,
    /// What waits, and how long it will take.
    pub outlook: Outlook,
    /// Whether the lane is held.
    pub is_held: bool,
    /// Why nothing leaves, if the administrators should be told.
    pub notice: Option<Held>,
}

impl Deed {
    /// The name in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Deed::TryAgain => "try-again",
            Deed::Cancel => "cancel",
        }
    }

    /// The deed of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Deed::TryAgain, Deed::Cancel].into_iter().find(|deed| deed.as_str() == name)
    }

    /// Whether it can be done with everything in that state at once. What waits is tried at once by
    /// [`super::release`].
    pub fn fits_all(self, state: State) -> bool {
        match self {
            Deed::TryAgain => {
                matches!(state, State::Failed | State::Unknown | State::Cancelled | State::Expired)
            }
            Deed::Cancel => matches!(state, State::Due | State::Held),
        }
    }

    fn event(self) -> Event {
        match self {
            Deed::TryAgain => Event::TriedAgain,
            Deed::Cancel => Event::Cancelled,
        }
    }
}

/// A page of the tenant's messages that match, the newest first, of those older than `before`. It may be
/// shorter than [`PAGE`] and have more behind it.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
) -> Result<Listing, Error> {
    Ok(collect(db, tenant, filter, before, PAGE).await?)
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
///
/// # Errors
/// When the database fails.
pub async fn batch(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<OutboxMessageId>,
) -> Result<Listing, Error> {
    Ok(collect(db, tenant, filter, before, BATCH).await?)
}

/// The message, if it is the tenant's.
///
/// # Errors
/// When the database fails.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
) -> Result<Option<Delivery>, Error> {
    Ok(store::find(db, tenant, id).await?)
}

/// Does it to the messages that somebody has chosen. Those whose state does not allow it are left.
///
/// # Errors
/// When the database fails; steps that were done stay done.
pub async fn change_chosen(
    outside: &Outside,
    actor: &Actor,
    deed: Deed,
    ids: &[OutboxMessageId],
) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    for some in ids.chunks(STEP) {
        let done = change_step(outside, actor, deed, some.to_vec()).await?;
        changed.done += done;
        changed.left += some.len() - done;
    }
    wake(outside, deed, changed).await;
    Ok(changed)
}

/// Does it to all messages that match, in steps, up to [`CHANGED_AT_ONCE`]. The filter must name a state that
/// the deed [fits](Deed::fits_all); otherwise nothing is done.
///
/// # Errors
/// When the database fails; steps that were done stay done.
pub async fn change_all(
    outside: &Outside,
    actor: &Actor,
    deed: Deed,
    filter: &Filter,
) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    if !filter.state.is_some_and(|state| deed.fits_all(state)) {
        return Ok(changed);
    }
    let mut before = None;
    loop {
        let listing = collect(outside.db.read(), actor.tenant, filter, before, STEP).await?;
        let ids: Vec<OutboxMessageId> = listing.rows.iter().map(|row| row.id).collect();
        let count = ids.len();
        let done = change_step(outside, actor, deed, ids).await?;
        changed.done += done;
        changed.left += count - done;
        before = listing.older;
        changed.more = before.is_some();
        if !changed.more || changed.done >= CHANGED_AT_ONCE {
            break;
        }
    }
    wake(outside, deed, changed).await;
    Ok(changed)
}

async fn wake(outside: &Outside, deed: Deed, changed: Changed) {
    if deed == Deed::TryAgain && changed.done > 0 {
        super::wake(outside).await;
    }
}

/// One transaction. Messages are locked in the order of their identifiers and the tallies after them, as the
/// worker does, so that neither waits for the other in a circle.
async fn change_step(
    outside: &Outside,
    actor: &Actor,
    deed: Deed,
    mut ids: Vec<OutboxMessageId>,
) -> Result<usize, Error> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(0);
    }
    let (tenant, now) = (actor.tenant, outside.clock.now());
    let life = (deed == Deed::TryAgain).then(|| (now, now.plus(LIFETIME)));
    let name = if deed == Deed::Cancel { "outbox.cancelled" } else { "outbox.tried_again" };
    let mut change = Change::default();
    let mut done = 0;
    let tx = outside.db.write().await?;
    for id in ids {
        let Some((former, twice)) = super::store::state_for_update(&*tx, tenant, id).await? else { continue };
        let Some((state, _)) = former.after(deed.event(), twice) else { continue };
        super::store::set_state(&*tx, tenant, id, state, life, now).await?;
        change.moved(former, state);
        let details = json!({ "message": id.to_string(), "was": former.as_str() });
        audit::record(&*tx, tenant, By::Actor(actor), audit::Event { name, details }, now).await?;
        done += 1;
    }
    super::store::add_changes(&*tx, &[(tenant, change)].into(), now).await?;
    if deed == Deed::TryAgain && done > 0 {
        super::store::insert_arrival(&*tx, tenant, 0, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// What stands on top of the list.
///
/// # Errors
/// When the database fails.
pub async fn overview(outside: &Outside, tenant: TenantId) -> Result<Overview, Error> {
    const HOUR: i64 = 3_600_000_000;
    let (db, now) = (outside.db.read(), outside.clock.now());
    let held = held(db, tenant).await?;
    let is_held = held.as_ref().is_some_and(|held| held.hold.is_held());
    let counts = super::store::sums(db, tenant).await?.with_the_rest_waiting(is_held);
    let this_hour = now.0 - now.0.rem_euclid(HOUR);
    let first = this_hour - 23 * HOUR;
    let mut hours: Vec<(Timestamp, Counts)> =
        (0..24).map(|n| (Timestamp(first + n * HOUR), Counts::default())).collect();
    for (hour, counts) in store::hours(db, tenant, Timestamp(first)).await? {
        if let Some(entry) = hours.iter_mut().find(|(at, _)| *at == hour) {
            entry.1 = counts;
        }
    }
    let outlook = outlook::of(outside, tenant, &counts, &hours, is_held).await?;
    let notice = held.filter(|held| held.is_worth_a_notice(now));
    Ok(Overview { counts, hours, outlook, is_held, notice })
}

/// Whether the tenant's lane is held, so that what waits in it is.
///
/// # Errors
/// When the database fails.
pub async fn is_held(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, Error> {
    Ok(super::hold(db, tenant).await?.is_some_and(|hold| hold.is_held()))
}

/// Why nothing leaves the tenant's lane, if it is held or paused.
///
/// # Errors
/// When the database fails.
async fn held(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Held>, Error> {
    let Some(hold) = super::hold(db, tenant).await? else { return Ok(None) };
    let waiting = super::store::sums(db, tenant).await?.with_the_rest_waiting(true).held;
    Ok(Some(Held { hold, next_try: store::lane_due(db, tenant).await?, waiting }))
}

/// As [`held`], if the tenant's administrators should be told wherever they are.
///
/// # Errors
/// When the database fails.
pub async fn notice(outside: &Outside, tenant: TenantId) -> Result<Option<Held>, Error> {
    let now = outside.clock.now();
    let held = held(outside.db.read(), tenant).await?;
    Ok(held.filter(|held| held.is_worth_a_notice(now)))
}

/// A page of the tenant's suppressed addresses behind `after`, in order.
///
/// # Errors
/// When the database fails.
pub async fn suppressions(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    after: &str,
) -> Result<Vec<Suppression>, Error> {
    Ok(store::suppressions(db, tenant, after, PAGE + 1).await?)
}

/// Whether and why nothing is sent to that address.
///
/// # Errors
/// When the database fails.
pub async fn suppression(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    address: &EmailAddress,
) -> Result<Option<Suppression>, Error> {
    Ok(store::suppression(db, tenant, &address.normalised()).await?)
}
