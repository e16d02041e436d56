//! Mail that programs hand in for a tenant's people: the low door to the outbox.
//!
//! - **Nobody is written to whom the tenant does not know.** A recipient is a user of the tenant, or an address of a
//!   domain that an administrator has allowed ([`Policy`]): a key that has leaked must not be able to write to strangers
//!   in the tenant's name.
//! - **All or nothing.** A call is one transaction: its messages, its answer and its entry in the audit log.
//! - **A repeat does nothing.** Who gives a call an `Idempotency-Key` may repeat it for a day and gets the first answer,
//!   byte for byte. The key belongs to the tenant, not to the API key: one that was replaced must not send mail twice.
//!   Taking the key is the first statement of the transaction, so that of repeats at the same time all but one wait for
//!   its outcome and hold nothing that it needs. What was refused leaves the key free.
//! - **One mail a person.** Whoever is named twice in a message gets it once.

mod api;
mod emails;
pub(crate) mod events;
mod form;
mod html;
mod message;
pub(crate) mod notices;
mod once;
mod pages;
mod policy;
mod store;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::db::Connection;
use crate::email_provider;
use crate::i18n::Language;
use crate::mail_types::MailKind;
use crate::outbox::{self, NewMail, Recipient, SendOptions, deliveries};
use crate::state::State;
use crate::users::directory::{self, AccountStatus};
use crate::values::{Actor, EmailAddress, EmailAddressProblem, TenantId, UserId};
use crate::web::Section;

pub use api::calls;
pub use emails::Written;
pub use message::{Draft, Sent, To};
pub use once::{KEPT, Key, Once};
pub use pages::routes;
pub use policy::{Policy, StoredPolicy};

/// The API keys' entry in the navigation: this room's page stands there, and the first page is that of `programs`, which
/// comes later.
pub const SECTION: Section = Section::new("/administration/api-keys", "nav-api-keys");

/// The types of mail of this room.
pub const MAIL_TYPES: &[MailKind] = &[MailKind::of::<Written>()];

/// Why nothing was handed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    OtherRequest,
    /// Some recipients may not be written to.
    #[error("{} recipients may not be written to", .0.len())]
    Unwanted(Vec<Unwanted>),
    /// A mail cannot be enqueued.
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    /// The answer cannot be written.
    #[error(transparent)]
    Answer(#[from] serde_json::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A recipient who may not be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwanted {
    /// Of which message, counted from 0.
    pub message: usize,
    /// Which recipient of it, counted from 0.
    pub recipient: usize,
    pub why: Why,
}

/// Why a recipient may not be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no such user of the tenant, or they are deactivated.
    NoUser,
    /// The policy does not allow the domain.
    Domain,
}

/// What a program is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub body: String,
    /// Whether it was told before, and nothing was done.
    pub replayed: bool,
}

/// Hands messages in, all or none. `tell` makes the answer's body of what was sent; `fallback` is the language of those
/// who have none of their own.
///
/// # Errors
/// [`Error::OtherRequest`], [`Error::Unwanted`], or when the database fails.
pub async fn send(
    state: &State,
    actor: &Actor,
    once: Option<&Once>,
    drafts: Vec<Draft>,
    fallback: Language,
    tell: impl FnOnce(&[Sent]) -> Result<String, serde_json::Error> + Send,
) -> Result<Told, Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    if let Some(once) = once
        && let Some((fingerprint, body)) = store::claim_key(&*tx, tenant, once, now, now.minus(KEPT)).await?
    {
        let is_same = fingerprint == once.fingerprint;
        return if is_same { Ok(Told { body, replayed: true }) } else { Err(Error::OtherRequest) };
    }
    let (letters, places) = address(&*tx, tenant, drafts, fallback).await?;
    let ids = outbox::enqueue(&*tx, state, tenant, &letters).await?.ids;
    let held =
        email_provider::revision(&*tx, tenant).await?.is_none() || deliveries::is_held(&*tx, tenant).await?;
    let all: Vec<Sent> = ids.iter().zip(&places).map(|(own, places)| Sent::of(own, places, held)).collect();
    let body = tell(&all)?;
    if let Some(once) = once {
        store::keep_answer(&*tx, tenant, &once.key, &body).await?;
    }
    let recipients: usize = letters.iter().map(|letter| letter.recipients.len()).sum();
    let files: usize = letters.iter().map(|letter| letter.files.len()).sum();
    let details = json!({ "messages": letters.len(), "recipients": recipients, "files": files });
    let event = Event { name: "messages.sent", details };
    audit::record(&*tx, tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    outbox::wake(state).await;
    Ok(Told { body, replayed: false })
}

/// The letters, and for each recipient of each draft which of its letter's they are.
async fn address(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    drafts: Vec<Draft>,
    fallback: Language,
) -> Result<(Vec<NewMail>, Vec<Vec<usize>>), Error> {
    let everybody = || drafts.iter().flat_map(|draft| &draft.recipients);
    let users: HashSet<UserId> = everybody().filter_map(To::user).collect();
    let users = users_of(tx, tenant, users, fallback).await?;
    let has_addresses = everybody().any(|to| matches!(to, To::Address(_)));
    let policy = if has_addresses { policy(tx, tenant).await?.policy } else { Policy::default() };
    let strangers = everybody().filter_map(|to| match to {
        To::Address(address) if !policy.allows(address) => Some(address),
        _ => None,
    });
    let colleagues = users_at(tx, tenant, &strangers.collect::<Vec<_>>(), fallback).await?;
    let mut unwanted = Vec::new();
    let (mut letters, mut places) = (Vec::new(), Vec::new());
    for (message, draft) in drafts.into_iter().enumerate() {
        let (mut recipients, mut own, mut known) = (Vec::new(), Vec::new(), HashMap::new());
        for (recipient, to) in draft.recipients.iter().enumerate() {
            let found = match to {
                To::User(user) => users.get(user).cloned().ok_or(Why::NoUser),
                To::Address(address) if policy.allows(address) => Ok((address.clone(), fallback)),
                To::Address(address) => colleagues.get(&address.normalised()).cloned().ok_or(Why::Domain),
            };
            match found {
                Ok((address, language)) => {
                    let place = *known.entry(address.normalised()).or_insert(recipients.len());
                    if place == recipients.len() {
                        recipients.push(Recipient { address, language, key: None });
                    }
                    own.push(place);
                }
                Err(why) => unwanted.push(Unwanted { message, recipient, why }),
            }
        }
        let Draft { subject, text, html, files, priority, .. } = draft;
        let mail = Arc::new(Written { subject, text, html });
        let terms = SendOptions { priority, ..SendOptions::INTERACTIVE };
        letters.push(NewMail { mail, files, terms, recipients });
        places.push(own);
    }
    if unwanted.is_empty() { Ok((letters, places)) } else { Err(Error::Unwanted(unwanted)) }
}

/// Address and language of those users who are in use.
async fn users_of(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    users: HashSet<UserId>,
    fallback: Language,
) -> Result<HashMap<UserId, (EmailAddress, Language)>, DbErr> {
    let users: Vec<UserId> = users.into_iter().collect();
    let mut found = HashMap::new();
    for user in directory::find_all(tx, tenant, &users).await? {
        match EmailAddress::stored(&user.email).map_err(EmailAddressProblem::text) {
            Ok(address) if user.standing != AccountStatus::Deactivated => {
                found.insert(user.user, (address, user.language.unwrap_or(fallback)));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Finds the active users who have these addresses, by their normalised form. Mail goes to the address that is
/// stored, whatever the spelling by which it was asked for.
async fn users_at(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    addresses: &[&EmailAddress],
    fallback: Language,
) -> Result<HashMap<String, (EmailAddress, Language)>, DbErr> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let users = directory::find_by_addresses(tx, tenant, addresses).await?;
    let active = users.into_iter().filter(|user| user.standing == AccountStatus::Active);
    Ok(active
        .filter_map(|user| Some((EmailAddress::stored(&user.email).ok()?, user.language.unwrap_or(fallback))))
        .map(|(address, language)| (address.normalised(), (address, language)))
        .collect())
}

/// Answers whether programs may write to that address: an active user's, or one that the policy allows.
pub fn may_write<'a>(
    db: &'a Connection,
    tenant: TenantId,
    address: &'a EmailAddress,
) -> BoxFuture<'a, Result<bool, DbErr>> {
    let standing = Some(AccountStatus::Active);
    let filter =
        directory::Filter { address: Some(address.normalised()), standing, ..directory::Filter::default() };
    Box::pin(async move {
        let is_user = directory::count(db, tenant, &filter).await? > 0;
        Ok(is_user || policy(db, tenant).await?.policy.allows(address))
    })
}

/// To whom programs may write besides the tenant's users.
pub async fn policy(db: &impl ConnectionTrait, tenant: TenantId) -> Result<StoredPolicy, DbErr> {
    Ok(store::policy(db, tenant).await?.unwrap_or_default())
}

/// Saves to whom programs may write besides the tenant's users.
pub async fn save_policy(state: &State, actor: &Actor, policy: &Policy) -> Result<(), DbErr> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    set_policy(&*tx, actor.tenant, policy, &actor.name, now).await?;
    let details = json!({ "domains": policy.domains() });
    let event = Event { name: "messages.policy_saved", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await
}

/// The same in the caller's transaction, which records the deed.
pub async fn set_policy(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    policy: &Policy,
    by: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::set_policy(tx, tenant, policy, by, now).await
}

/// Removes answers that are not told again.
pub async fn sweep(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    store::forget_answers(tx, now.minus(KEPT)).await
}
