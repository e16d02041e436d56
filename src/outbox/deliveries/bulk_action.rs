use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{Delivery, Filter, collect};
use crate::audit::{self, By};
use crate::clock::Timestamp;
use crate::db;
use crate::outbox::counters::{Change, store as tallies};
use crate::outbox::{CANCELLED, Error, LIFETIME, MessageStatus, TRIED_AGAIN, Transition, store};
use crate::state::State;
use crate::values::{Actor, OutboxMessageId, TenantId};

/// So often one press reads on, where few match: each time it looks at some thousand messages.
const ROUNDS: usize = 20;
/// So many messages one press changes at most.
pub const CHANGED_AT_ONCE: usize = 5000;
/// So many of them in one transaction.
const STEP: usize = 200;
/// So many entries of the audit log are looked at for a message's story.
const LOOKED_AT: u64 = 5000;
/// So many may be chosen by hand.
pub const CHOSEN: usize = 500;

/// What is done to many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkAction {
    /// Try them again now.
    TryAgain,
    Cancel,
}

/// What a person did with one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub at: Timestamp,
    pub action: BulkAction,
    /// Who, by the name at that time.
    pub by: String,
}

/// How many messages were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    pub done: usize,
    /// So many were in a state in which it cannot be done, or are gone.
    pub left: usize,
    /// Whether there are more that match.
    pub more: bool,
}

impl BulkAction {
    /// The name in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            BulkAction::TryAgain => "try-again",
            BulkAction::Cancel => "cancel",
        }
    }

    /// The action of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [BulkAction::TryAgain, BulkAction::Cancel].into_iter().find(|action| action.as_str() == name)
    }

    /// Whether it can be done with everything in that state at once. What waits is tried at once by
    /// [`crate::outbox::release`].
    pub fn fits_all(self, state: MessageStatus) -> bool {
        match self {
            BulkAction::TryAgain => {
                matches!(
                    state,
                    MessageStatus::Failed
                        | MessageStatus::Unknown
                        | MessageStatus::Cancelled
                        | MessageStatus::Expired
                )
            }
            BulkAction::Cancel => matches!(state, MessageStatus::Due | MessageStatus::Held),
        }
    }

    fn audited_as(self) -> &'static str {
        match self {
            BulkAction::TryAgain => TRIED_AGAIN,
            BulkAction::Cancel => CANCELLED,
        }
    }

    fn event(self) -> Transition {
        match self {
            BulkAction::TryAgain => Transition::TriedAgain,
            BulkAction::Cancel => Transition::Cancelled,
        }
    }
}

/// Does it to the messages that somebody has chosen. Those whose state does not allow it are left.
///
/// # Errors
/// When the database fails; steps that were done stay done.
pub async fn apply_to_selected(
    app: &State,
    actor: &Actor,
    action: BulkAction,
    ids: &[OutboxMessageId],
) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    for some in ids.chunks(STEP) {
        let done = change_step(app, actor, action, some.to_vec()).await?;
        changed.done += done;
        changed.left += some.len() - done;
    }
    wake(app, action, changed).await;
    Ok(changed)
}

/// Does it to all messages that match, in steps, up to [`CHANGED_AT_ONCE`]. The filter must name a state that
/// the action [fits](BulkAction::fits_all); otherwise nothing is done.
///
/// # Errors
/// When the database fails; steps that were done stay done.
pub async fn change_all(
    app: &State,
    actor: &Actor,
    action: BulkAction,
    filter: &Filter,
) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    if !filter.state.is_some_and(|state| action.fits_all(state)) {
        return Ok(changed);
    }
    let mut before = None;
    for _ in 0..ROUNDS {
        let listing = collect(app.db.read(), actor.tenant, filter, before, STEP).await?;
        let ids: Vec<OutboxMessageId> = listing.rows.iter().map(|row| row.id).collect();
        let count = ids.len();
        let done = change_step(app, actor, action, ids).await?;
        changed.done += done;
        changed.left += count - done;
        before = listing.older;
        changed.more = before.is_some();
        if !changed.more || changed.done >= CHANGED_AT_ONCE {
            break;
        }
    }
    wake(app, action, changed).await;
    Ok(changed)
}

async fn wake(app: &State, action: BulkAction, changed: Changed) {
    if action == BulkAction::TryAgain && changed.done > 0 {
        crate::outbox::wake(app).await;
    }
}

/// One step. The engine may hold some of the messages and want others: an update of many rows locks them in the
/// order in which the database finds them. PostgreSQL then ends one of the two, and the step begins anew.
async fn change_step(
    app: &State,
    actor: &Actor,
    action: BulkAction,
    mut ids: Vec<OutboxMessageId>,
) -> Result<usize, Error> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(0);
    }
    let mut tries = 0;
    loop {
        match change_once(app, actor, action, &ids).await {
            Err(Error::Database(error)) if tries < 5 && db::is_deadlock(&error) => tries += 1,
            result => return result,
        }
    }
}

/// One transaction. Messages are locked in the order of their identifiers, the tallies after them, the head of the
/// audit log last.
async fn change_once(
    app: &State,
    actor: &Actor,
    action: BulkAction,
    ids: &[OutboxMessageId],
) -> Result<usize, Error> {
    let (tenant, now) = (actor.tenant, app.clock.now());
    let life = (action == BulkAction::TryAgain).then(|| (now, now.plus(LIFETIME)));
    let name = action.audited_as();
    let mut change = Change::default();
    let mut deeds = Vec::new();
    let tx = app.db.write().await?;
    for id in ids.iter().copied() {
        let Some((former, twice)) = store::state_for_update(&*tx, tenant, id).await? else { continue };
        let Some((state, _)) = former.after(action.event(), twice) else { continue };
        store::set_state(&*tx, tenant, id, state, life, now).await?;
        change.moved(former, state);
        let details = json!({ "message": id.to_string(), "was": former.as_str() });
        deeds.push(audit::Event { name, details });
    }
    let done = deeds.len();
    tallies::add_changes(&*tx, &[(tenant, change)].into(), now).await?;
    if action == BulkAction::TryAgain && done > 0 {
        store::insert_arrival(&*tx, tenant, 0, now).await?;
    }
    audit::record_all(&*tx, tenant, By::Actor(actor), deeds, now).await?;
    tx.commit().await?;
    Ok(done)
}

/// What persons did with the message, in order. The audit log tells it, where many other messages may stand:
/// the last cancelling and the last trying again are always found, by the moment that the message itself
/// keeps; those before among the first 5,000 since it was enqueued.
pub async fn deeds(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Vec<Done>, Error> {
    let (listed, mark) = (&delivery.listed, delivery.listed.id.to_string());
    let cancelled_at = listed.finished_at.filter(|_| listed.state == MessageStatus::Cancelled);
    // whoever tries it again gives it a new life of the usual length
    let tried_again_at = Some(delivery.expires_at.minus(LIFETIME));
    let mut all = Vec::new();
    for (action, last) in [(BulkAction::Cancel, cancelled_at), (BulkAction::TryAgain, tried_again_at)] {
        let told =
            |from, until| audit::told(db, tenant, action.audited_as(), (from, until), &mark, LOOKED_AT);
        let mut entries = told(listed.created_at, now).await?;
        if let Some(at) = last.filter(|at| entries.iter().all(|entry| entry.at != *at)) {
            entries.extend(told(at, at).await?);
        }
        all.extend(entries.into_iter().map(|entry| Done { at: entry.at, action, by: entry.by }));
    }
    all.sort_by_key(|done| done.at);
    Ok(all)
}
