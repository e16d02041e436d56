//! Mail that must not be lost: everything that Posthorn sends, apart from test messages, goes through
//! this one durable outbox and its one delivery engine.
//!
//! - **In the caller's transaction.** [`enqueue()`] takes one, so that a mail exists exactly when the thing
//!   it tells of exists. It only inserts: it waits for no worker and no worker for it. After the commit the
//!   caller rings ([`wake`]); whoever forgets it is found by polling a second later.
//! - **Contents and messages.** What is to be said is stored once, as data with the name of its type (`mail_types`); a
//!   message is a small row. The words are made when it is sent. What no version of this program knows at the moment
//!   waits for one that does. Message-ID and MIME boundary are fixed when it is enqueued, and the
//!   Date and sender of the accepted attempt are kept, so that the mail can be made again and compared.
//! - **Queues.** A worker leases a tenant's queue, not messages. So connections, holds and order are one
//!   worker's business, with no coordination but the database. See [`worker`].
//! - **At least once, never lost.** A message is due until its outcome is committed. A process never has
//!   more than [`IN_FLIGHT`] messages between their final dot and that commit, and that is how many can
//!   arrive twice when it is killed; with the same Message-ID, by which the receiving side knows them.
//! - **An unknown outcome** (the connection was lost after the final dot, without an answer) is repeated
//!   once and marked *may have arrived twice*; unknown again, only a person tries it again.
//! - **Counts are sums of small tallies**, written with what they count, since counting a million rows is
//!   not quick in any database.

mod api;
mod budget;
mod compose;
mod counters;
pub mod deliveries;
mod emails;
mod enqueue;
pub(crate) mod events;
mod files;
pub mod queue;
mod message;
pub mod metrics;
pub(crate) mod notices;
mod operator;
mod pages;
pub mod retry;
mod sealed_link;
mod outcomes;
mod state;
mod store;
pub mod worker;

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::audit::{self, By};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::mail_types::{MailKind, RenderError, UnreadableMail};
use crate::state::State;
use crate::values::{Actor, EmailAddress, OutboxMessageId, TenantId};
use crate::web::Section;

pub use api::calls;
pub use counters::Counters;
pub use emails::Announcement;
pub use enqueue::{Enqueued, NewMail, enqueue, message_id};
pub use files::{File, FileNote};
pub use message::{KEY_BYTES, LIFETIME, Priority, Recipient, SendOptions};
pub use operator::{hold_mail, release_held};
pub use pages::{banner, routes};
pub use queue::{Hold, HoldKind};
pub use sealed_link::SealedLink;
pub use state::{MessageStatus, Transition};

use counters::Change;

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/deliveries", "nav-deliveries");

/// The types of mail of this room.
pub const MAIL_TYPES: &[MailKind] = &[MailKind::of::<Announcement>()];

/// So many messages of one process are between their final dot and the commit of their outcome, at most.
pub const IN_FLIGHT: usize = 64;
/// The deeds to single messages, as the audit log names them.
const CANCELLED: &str = "outbox.cancelled";
const TRIED_AGAIN: &str = "outbox.tried_again";

/// Why mail could not be enqueued, or a verb does nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An idempotency key is longer than [`KEY_BYTES`].
    #[error("an idempotency key has at most {KEY_BYTES} bytes")]
    KeyTooLong,
    /// There is no such message.
    #[error("there is no such message")]
    NoSuchMessage,
    /// The message is in a state in which this cannot be done.
    #[error("this cannot be done with a message in the state {}", .0.as_str())]
    WrongState(MessageStatus),
    /// There is too much to do to compose a mail with large files now.
    #[error("too many mails with large files are being composed")]
    Busy,
    /// The content cannot be made into words.
    #[error(transparent)]
    RenderError(#[from] RenderError),
    /// The content cannot be stored or read.
    #[error(transparent)]
    Content(#[from] UnreadableMail),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Wakes the workers. To be called after the commit: within the transaction it would make PostgreSQL's
/// commits wait for each other.
pub async fn wake(app: &State) {
    app.db.ring().await;
}

/// A person cancels a message that waits. One that is being sent at this moment may still leave; then it
/// will say so.
///
/// # Errors
/// [`Error::NoSuchMessage`], [`Error::WrongState`], or when the database fails.
pub async fn cancel(app: &State, actor: &Actor, id: OutboxMessageId) -> Result<(), Error> {
    let tx = app.db.write().await?;
    let now = app.clock.now();
    let deed = change(&*tx, actor.tenant, id, Transition::Cancelled, now).await?;
    audit::record(&*tx, actor.tenant, By::Actor(actor), deed, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A person has a message tried again now, with a new life of the usual length; also one that failed, was
/// cancelled, expired, or whose outcome is unknown.
///
/// # Errors
/// [`Error::NoSuchMessage`], [`Error::WrongState`], or when the database fails.
pub async fn try_again(app: &State, actor: &Actor, id: OutboxMessageId) -> Result<(), Error> {
    let tx = app.db.write().await?;
    let now = app.clock.now();
    let deed = change(&*tx, actor.tenant, id, Transition::TriedAgain, now).await?;
    store::insert_arrival(&*tx, actor.tenant, 0, now).await?;
    audit::record(&*tx, actor.tenant, By::Actor(actor), deed, now).await?;
    tx.commit().await?;
    wake(app).await;
    Ok(())
}

/// Cancels a message or has it tried again, in the caller's transaction. The caller records the deed that is
/// returned as the last statement and at that moment, by which the message's story finds it; after
/// [`Transition::TriedAgain`] it wakes the queue.
async fn change(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    id: OutboxMessageId,
    event: Transition,
    now: Timestamp,
) -> Result<audit::Event, Error> {
    let (former, twice) = store::state_for_update(tx, tenant, id).await?.ok_or(Error::NoSuchMessage)?;
    let (state, _) = former.after(event, twice).ok_or(Error::WrongState(former))?;
    let life = (event == Transition::TriedAgain).then(|| (now, now.plus(LIFETIME)));
    store::set_state(tx, tenant, id, state, life, now).await?;
    let mut change = Change::default();
    change.moved(former, state);
    counters::store::add_changes(tx, &BTreeMap::from([(tenant, change)]), now).await?;
    let name = if event == Transition::Cancelled { CANCELLED } else { TRIED_AGAIN };
    Ok(audit::Event { name, details: json!({ "message": id.to_string(), "was": former.as_str() }) })
}

/// Cancels what waits under keys that begin in one of these ways, since what it tells of is no longer true; in the
/// caller's transaction, which records the deed. One that is being sent at this moment may still leave.
pub async fn withdraw(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    keys: &[String],
    now: Timestamp,
) -> Result<(), Error> {
    let mut change = Change::default();
    for id in store::waiting_under(tx, tenant, keys).await? {
        let Some((former, twice)) = store::state_for_update(tx, tenant, id).await? else { continue };
        let Some((state, _)) = former.after(Transition::Cancelled, twice) else { continue };
        store::set_state(tx, tenant, id, state, None, now).await?;
        change.moved(former, state);
    }
    if change != Change::default() {
        counters::store::add_changes(tx, &BTreeMap::from([(tenant, change)]), now).await?;
    }
    Ok(())
}

/// *Try again now*: a person releases the tenant's held queue, and what was put off is due at once.
pub async fn release(app: &State, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    queue::store::release(&*tx, &[actor.tenant], now).await?;
    let event = audit::Event { name: "outbox.released", details: json!({}) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    wake(app).await;
    Ok(())
}

/// Why nothing leaves the tenant's queue, if it is held.
pub async fn hold(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Hold>, Error> {
    Ok(queue::store::hold(db, tenant).await?)
}

/// How many of the tenant's messages are in which state.
pub async fn counts(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Counters, Error> {
    let held = queue::store::hold(db, tenant).await?.is_some_and(|hold| hold.is_held());
    Ok(counters::store::sums(db, tenant).await?.with_the_rest_waiting(held))
}

/// A person lifts the suppression of an address. Returns whether there was one.
pub async fn lift_suppression(app: &State, actor: &Actor, address: &EmailAddress) -> Result<bool, Error> {
    let now = app.clock.now();
    let tx = app.db.write().await?;
    let lifted = store::delete_suppression(&*tx, actor.tenant, &address.normalised()).await?;
    if lifted {
        let details = json!({ "recipient": address.to_string() });
        let event = audit::Event { name: "outbox.suppression_lifted", details };
        audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    }
    tx.commit().await?;
    Ok(lifted)
}

/// Whether no worker serves the tenant's queue, so that no outcome is to come.
pub async fn is_quiet(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, Error> {
    Ok(!store::is_leased(db, tenant).await?)
}

/// Deletes all messages of a tenant that is about to go, in small steps that never block others' sending.
pub async fn erase(db: &Db, tenant: TenantId) -> Result<(), Error> {
    loop {
        let tx = db.write().await?;
        let deleted = store::delete_some(&*tx, tenant).await?;
        tx.commit().await?;
        if deleted == 0 {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

/// How many messages of the whole outbox are in which state.
pub async fn totals(db: &impl ConnectionTrait) -> Result<Counters, Error> {
    let mut all = counters::store::totals(db, false).await?;
    let held = counters::store::totals(db, true).await?.held;
    (all.due, all.held) = (all.due - held, held);
    Ok(all)
}

/// Deletes messages that have been through for longer than the configured time, in small steps that never
/// block sending, and contents to which nothing refers any more; sums up the tallies of former days.
pub async fn sweep(app: &State) -> Result<(), Error> {
    worker::delete_old(app, app.config.outbox_retention).await?;
    worker::fold_tallies(app).await?;
    app.db.erase_traces();
    Ok(())
}
