//! Keys with which programs act for a tenant.
//!
//! - **A key is one administrator's.** It acts as them, within its scopes, and ends with their role or their
//!   account ([`end_all_of`]; [`crate::sessions::find_by_api_key`] asks again at each call).
//! - **Told once.** What is kept is its SHA-256, and its first characters for people to know it by.
//! - **Every key ends.** One that was revoked or has expired stays in the list for as long as its maker.
//! - **Its use is told**: the list shows the last one to the minute. The audit log has an entry for its first use,
//!   for each first one of a day, and for each from another address; deeds name the key anyway.

pub(crate) mod events;
mod key;
mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::sessions::KeyInUse;
use crate::users::directory::{self, AccountStatus};
use crate::values::{Actor, ApiKeyId, Origin, Role, Secret, TenantId, Token, TokenHash, UserId};

pub use key::{ApiKey, Filter, Listing, NewKey, PREFIX, Status, parse_name};

/// So many keys of a tenant may be in force at once.
pub const MAX_KEYS: u64 = 100;
/// The longest life of a key.
pub const MAX_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// The longest name, in characters.
pub const MAX_NAME: usize = 100;
/// From then on before its end people are told that a key ends soon.
const ENDS_SOON: Duration = Duration::from_secs(14 * 24 * 3600);
/// "Last used" is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const DAY: i64 = 24 * 3600 * 1_000_000;

/// Why nothing is changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such key.
    #[error("there is no such key")]
    NoSuchKey,
    /// Whoever is to make it is no active administrator any more.
    #[error("only an active administrator may make a key")]
    NotInCharge,
    /// The tenant has as many keys as it may have.
    #[error("a tenant has at most {MAX_KEYS} keys in force")]
    TooMany,
    /// A key cannot make one that may do more, or lasts longer.
    #[error("a key cannot make one that may do more than itself, or lasts longer")]
    MoreThanItself,
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The key that a program presents, as it is looked for. Nothing if it cannot be one.
pub fn hash(presented: &str) -> Option<TokenHash> {
    presented.strip_prefix(PREFIX).map(|_| TokenHash::of(presented))
}

/// Makes a key that acts as the actor. It is told this once. `within` is the key that makes it, if it is one.
///
/// # Errors
/// [`Error::NotInCharge`], [`Error::TooMany`], [`Error::MoreThanItself`], or when system or database fail.
pub async fn add(
    db: &Db,
    actor: &Actor,
    new: NewKey,
    within: Option<&KeyInUse>,
    now: Timestamp,
) -> Result<(ApiKeyId, Secret), Error> {
    if let Some(maker) = within
        && !(new.scopes.are_within(&maker.scopes) && new.expires_at <= maker.expires_at)
    {
        return Err(Error::MoreThanItself);
    }
    let key = Secret::new(format!("{PREFIX}{}", Token::generate()?.expose()));
    let prefix: String = key.expose().chars().take(PREFIX.len() + 6).collect();
    let id = ApiKeyId::new();
    let event = Event {
        name: "api_keys.created",
        details: json!({
            "key": prefix, "name": new.name, "scopes": new.scopes.to_string(),
            "until": new.expires_at.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }),
    };
    let tx = db.write().await?;
    // who loses role or account at this moment waits for this key, or is found to have lost it; and of many who make
    // keys at once none is beyond the limit
    let locked = directory::lock(&*tx, actor.tenant, actor.user).await?.map(|locked| locked.target);
    let is_in_charge =
        locked.is_some_and(|it| it.role == Role::TenantAdmin && it.standing != AccountStatus::Deactivated);
    if !is_in_charge {
        return Err(Error::NotInCharge);
    }
    // a key that is revoked at this moment waits for the one that it makes, or makes none
    if let Some(maker) = within {
        let present = store::find_for_update(&*tx, actor.tenant, maker.id).await?;
        if present.is_none_or(|key| key.status(now) != Status::Active) {
            return Err(Error::NotInCharge);
        }
    }
    if store::count_in_force(&*tx, actor.tenant, now).await? >= MAX_KEYS {
        return Err(Error::TooMany);
    }
    let hash = TokenHash::of(key.expose());
    store::insert(&*tx, actor, (id, within.map(|maker| maker.id)), &prefix, hash, new, now).await?;
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    Ok((id, key))
}

/// Revokes a key, and those that were made with it: no call that comes from now on counts. Whoever had a key that went
/// astray has nothing left of it. One that has ended already stays as it is.
///
/// # Errors
/// [`Error::NoSuchKey`], or when the database fails.
pub async fn revoke(db: &Db, actor: &Actor, id: ApiKeyId, now: Timestamp) -> Result<(), Error> {
    let tx = db.write().await?;
    let key = store::find_for_update(&*tx, actor.tenant, id).await?.ok_or(Error::NoSuchKey)?;
    let mut deeds = Vec::new();
    let mut ending = vec![key];
    while let Some(key) = ending.pop() {
        // also of a key that has ended: what it made may be in force
        ending.extend(store::made_by(&*tx, actor.tenant, key.id).await?);
        if key.revoked_at.is_none() {
            store::revoke(&*tx, actor.tenant, key.id, now).await?;
            let details = json!({ "key": key.prefix, "name": key.name });
            deeds.push(Event { name: "api_keys.revoked", details });
        }
    }
    audit::record_all(&*tx, actor.tenant, By::Actor(actor), deeds, now).await?;
    Ok(tx.commit().await?)
}

/// Gives a key another name.
///
/// # Errors
/// [`Error::NoSuchKey`], or when the database fails.
pub async fn rename(db: &Db, actor: &Actor, id: ApiKeyId, name: String, now: Timestamp) -> Result<(), Error> {
    let tx = db.write().await?;
    let key = store::find_for_update(&*tx, actor.tenant, id).await?.ok_or(Error::NoSuchKey)?;
    if key.name != name {
        let details = json!({ "key": key.prefix, "was": key.name, "name": name });
        store::rename(&*tx, actor.tenant, id, name).await?;
        let event = Event { name: "api_keys.renamed", details };
        audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Revokes all keys of a person who no longer administers, in the caller's transaction, which records why.
pub async fn end_all_of(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::revoke_all_of(tx, tenant, user, now).await
}

/// Notes that a key is used, at most once a minute.
pub async fn note_use(db: &Db, key: &KeyInUse, origin: &Origin, now: Timestamp) -> Result<(), DbErr> {
    let from = origin.client.to_string();
    let is_fresh = key.last_used.as_ref().is_some_and(|(at, _)| *at <= now && now.since(*at) < TOUCH_EVERY);
    if is_fresh {
        return Ok(());
    }
    let tenant = key.person.tenant;
    let is_known = key
        .last_used
        .as_ref()
        .is_some_and(|(at, former)| at.0.div_euclid(DAY) == now.0.div_euclid(DAY) && *former == from);
    let tx = db.write().await?;
    // of many calls at once one writes
    let noted = store::touch(&*tx, tenant, key.id, &from, now.minus(TOUCH_EVERY), now).await?;
    if noted && !is_known {
        let actor = Actor { api_key: Some(key.prefix.clone()), ..key.person.actor(origin.clone()) };
        let event = Event { name: "api_keys.used", details: json!({ "key": key.prefix }) };
        audit::record(&*tx, tenant, By::Actor(&actor), event, now).await?;
    }
    tx.commit().await
}

/// A page of the tenant's keys that fit, the newest first, of those older than `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: Filter,
    before: Option<ApiKeyId>,
    (count, now): (usize, Timestamp),
) -> Result<Listing, DbErr> {
    let mut rows = store::list(db, tenant, filter, before, (count + 1, now)).await?;
    let has_more = rows.len() > count;
    rows.truncate(count);
    let older = rows.last().map(|key| key.id).filter(|_| has_more);
    Ok(Listing { rows, older })
}

/// The key, if it is the tenant's.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, DbErr> {
    store::find(db, tenant, id).await
}
