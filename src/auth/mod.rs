//! Signing in and out, setting a password, and the second factor on the way in.
//!
//! - Wrong, unknown, inactive and locked accounts get the same words, the same status and the same
//!   work: one argon2 verification.
//! - After five failures an account waits (see `users`); from one client address at most fifty sign-ins
//!   an hour may fail (IPv6: from one /64). Successes do not count.
//! - Whoever has a second factor is asked for it, whether they come with a password, a link or from the tenant's
//!   own sign-in service ([`admit`]). Until then there is no session: see `pending`.
//! - A right password takes back only what it was charged. What wrong codes have counted stays until a code was
//!   right, or a known password would buy five more guesses each time.
//! - A forgotten password is replaced by a link that is mailed; see [`reset`].
//! - What a new password must be stands in `rules.rs`.
//! - Hashing happens off the async threads, a bounded number at once: a flood of sign-ins slows
//!   sign-ins, not pages.

pub(crate) mod events;
mod fresh;
pub(crate) mod notices;
mod own_factor;
mod pages;
mod password;
mod pending;
pub mod reset;
mod rules;
mod staff;
mod store;

use std::net::IpAddr;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::mail_types::MailKind;
use crate::second_factor;
use crate::sessions;
use crate::state::State;
use crate::tenants;
use crate::users::{self, Credentials, LinkPurpose};
use crate::values::{Actor, EmailAddress, Origin, Secret, SessionId, TenantId, TokenHash, unicode};

pub use fresh::{FINISH_WITHIN, FRESH_FOR, is_fresh, prove_fresh};
pub use own_factor::{confirm_second_factor, remove_second_factor, renew_recovery_codes};
pub use pages::{ask as ask_for_code, begin as begin_session, local, routes};
use password::Match;
pub use password::hash as hash_password;
pub use pending::{Entry, PendingSignIn, Purpose, admit, check_code, find_pending};
pub use rules::{Known, MAX_PASSWORD, MIN_PASSWORD, chosen_password};
pub use staff::{set_up_staff, sign_in_staff};

/// The types of mail of this room.
pub const MAIL_TYPES: &[MailKind] = &[MailKind::of::<reset::PasswordReset>()];

/// So many sign-ins an hour may fail from one client address.
const FAILURES_AN_HOUR: u64 = 50;
const HOUR: Duration = Duration::from_secs(3600);
/// So often a session may guess at the present password within fifteen minutes.
const GUESSES_A_SESSION: u64 = 5;
const GUESSES_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong password, or no such account, or not in use, or locked: nobody learns which.
    #[error("refused")]
    Refused,
    /// Too many failures from this client address.
    #[error("too many failures from this client address")]
    TooManyFromHere,
    /// Too many sign-ins are waiting to be checked.
    #[error("too many sign-ins are waiting")]
    Busy,
    /// The link was used, replaced or is too old.
    #[error("the link does not work any longer")]
    DeadLink,
    /// The code of the second factor is wrong.
    #[error("the code of the second factor is wrong")]
    WrongCode,
    /// A member of the staff cannot be read.
    #[error(transparent)]
    Staff(#[from] crate::staff::Error),
    /// The sign-in that waited for a code is over.
    #[error("the sign-in does not wait any longer")]
    Over,
    /// The second factor cannot be set up or checked.
    #[error(transparent)]
    Factor(#[from] second_factor::Error),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// People of this tenant sign in with its own service.
    #[error("people of this tenant sign in with its own service")]
    LocalSignInOff,
    /// A hash cannot be made or read.
    #[error("a password hash cannot be made or read: {0}")]
    Hash(String),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Checks an address and a password. Whoever has a second factor is not in yet.
///
/// # Errors
/// [`Error::Refused`], [`Error::TooManyFromHere`], [`Error::Busy`], or when our own part fails.
pub async fn sign_in(
    state: &State,
    tenant: TenantId,
    email: &str,
    password: Secret,
    origin: Origin,
) -> Result<Entry, Error> {
    let here = client_key(origin.client);
    let turn = password::turn(&here).await?;
    let now = state.clock.now();
    if store::count_failures(state.db.read(), &here, now.minus(HOUR)).await? >= FAILURES_AN_HOUR {
        return Err(Error::TooManyFromHere);
    }
    let tx = state.db.write().await?;
    let credentials = find_credentials(&*tx, tenant, email).await?;
    // who signs in elsewhere has no password here that counts; one who keeps the door open for that has
    let only_for = tenants::local_sign_in_only_for(&*tx, tenant).await?;
    let credentials = credentials.filter(|found| only_for.is_none_or(|only| only == found.user));
    let waits = credentials.as_ref().is_some_and(|found| found.locked_until.is_some_and(|until| until > now));
    let usable = credentials.filter(|found| found.active && found.password_hash.is_some() && !waits);
    // Both counts are charged before the check and taken back after a success: guesses made side by
    // side count, and whether there is such an account shows in no commit more or less.
    let failure = store::insert_failure(&*tx, &here, now).await?;
    if let Some(found) = &usable {
        users::count_failure(&*tx, tenant, found, now).await?;
    }
    tx.commit().await?;

    let hash = usable.as_ref().and_then(|found| found.password_hash.clone());
    let matched = turn.verify(password.clone(), hash).await?;
    let entry = match usable {
        Some(found) if matched.is_right() => {
            let renewed = match matched {
                Match::Former => Some(turn.hash(password).await?),
                _ => None,
            };
            let tx = state.db.write().await?;
            // the password may have been changed, or the account closed, while it was checked
            let present = users::find_own_credentials(&*tx, tenant, found.user).await?;
            let holds =
                present.is_some_and(|present| present.active && present.password_hash == found.password_hash);
            store::delete_failure(&*tx, failure).await?;
            if let Some(hash) = renewed.filter(|_| holds) {
                users::renew_hash(&*tx, tenant, found.user, hash).await?;
            }
            let person = sessions::find_person(&*tx, tenant, found.user).await?.filter(|_| holds);
            if person.as_ref().is_some_and(|person| person.has_second_factor) {
                users::take_failure_back(&*tx, tenant, &found, now).await?;
            } else {
                users::count_success(&*tx, tenant, found.user).await?;
            }
            let entry = match person {
                Some(person) => Some(admit(&*tx, person, Purpose::Password, now, origin, now).await?),
                None => None,
            };
            tx.commit().await?;
            entry
        }
        _ => None,
    };
    entry.ok_or(Error::Refused)
}

/// The credentials of whoever signs in with that address. Addresses that were stored before they were composed and
/// freed of what nobody sees are found as they are, if nobody has the address that they should have been.
async fn find_credentials(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    typed: &str,
) -> Result<Option<Credentials>, DbErr> {
    let typed = typed.trim_matches([' ', '\t']);
    if typed.chars().any(unicode::is_hidden) || unicode::composed(typed) != typed {
        let stored = users::find_credentials_as_stored(tx, tenant, typed).await?;
        if stored.is_some() {
            return Ok(stored);
        }
    }
    match EmailAddress::parse(typed) {
        Ok(address) => users::find_credentials(tx, tenant, &address).await,
        Err(_) => Ok(None),
    }
}

/// Sets the first password, or a new one, by a link of that purpose. Then no link of the person works any longer,
/// and all their sessions have ended.
///
/// # Errors
/// [`Error::DeadLink`], [`Error::Busy`], or when our own part fails.
pub async fn set_password_by_link(
    state: &State,
    tenant: TenantId,
    purpose: LinkPurpose,
    token: &str,
    password: Secret,
    origin: Origin,
) -> Result<Entry, Error> {
    let (now, token) = (state.clock.now(), TokenHash::of(token));
    // before the hash: who has no link must not make us work
    let found = users::find_by_link(state.db.read(), tenant, purpose, token.clone(), now).await?;
    found.ok_or(Error::DeadLink)?;
    let hash = password::turn(&client_key(origin.client)).await?.hash(password).await?;
    let tx = state.db.write().await?;
    let invited = users::take_link(&*tx, tenant, purpose, token, now).await?.ok_or(Error::DeadLink)?;
    let only_for = tenants::local_sign_in_only_for(&*tx, tenant).await?;
    if only_for.is_some_and(|only| only != invited.user) {
        return Err(Error::LocalSignInOff);
    }
    users::set_password(&*tx, tenant, invited.user, hash, now).await?;
    sessions::end_others(&*tx, tenant, invited.user, None).await?;
    pending::end(&*tx, tenant, invited.user).await?;
    let person = sessions::find_person(&*tx, tenant, invited.user).await?.ok_or(Error::DeadLink)?;
    let event = Event { name: "auth.password_set", details: json!({ "by": purpose.as_str() }) };
    let entry = admit(&*tx, person.clone(), Purpose::Link, now, origin.clone(), now).await?;
    audit::record(&*tx, tenant, By::Actor(&person.actor(origin)), event, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(entry)
}

/// Changes one's own password and ends one's other sessions. Wrong guesses at the present password are
/// counted for the session, not for the account: whoever is locked out by others can still do this.
///
/// # Errors
/// [`Error::Refused`] when the present password is wrong or was guessed at too often, [`Error::Busy`], or
/// when our own part fails.
pub async fn change_password(
    state: &State,
    actor: &Actor,
    session: SessionId,
    present: Secret,
    new: Secret,
) -> Result<(), Error> {
    let turn = password::turn(&client_key(actor.origin.client)).await?;
    let now = state.clock.now();
    let (found, failure) = charge_guess(state, actor, session, now).await?;
    if !turn.verify(present, found.password_hash).await?.is_right() {
        return Err(Error::Refused);
    }
    let hash = turn.hash(new).await?;
    let tx = state.db.write().await?;
    users::set_password(&*tx, actor.tenant, actor.user, hash, now).await?;
    store::delete_failure(&*tx, failure).await?;
    sessions::end_others(&*tx, actor.tenant, actor.user, Some(session)).await?;
    pending::end(&*tx, actor.tenant, actor.user).await?;
    let event = Event { name: "auth.password_set", details: json!({ "by": "its owner" }) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Charges a guess at what proves the session's owner, before it is checked. Who has guessed too often is
/// refused.
async fn charge_guess(
    state: &State,
    actor: &Actor,
    session: SessionId,
    now: Timestamp,
) -> Result<(Credentials, Uuid), Error> {
    let tx = state.db.write().await?;
    let found = users::find_own_credentials(&*tx, actor.tenant, actor.user).await?.ok_or(Error::Refused)?;
    let here = format!("session {session}");
    if store::count_failures(&*tx, &here, now.minus(GUESSES_WITHIN)).await? >= GUESSES_A_SESSION {
        return Err(Error::Refused);
    }
    let failure = store::insert_failure(&*tx, &here, now).await?;
    tx.commit().await?;
    Ok((found, failure))
}

/// The ways in that a tenant offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    pub service: bool,
    /// A password, for everybody.
    pub password: bool,
}

/// The ways in that the tenant offers.
pub async fn ways(state: &State, tenant: TenantId) -> Result<Ways, DbErr> {
    let db = state.db.read();
    let mut service = false;
    for offers in state.tables.sign_in_services {
        service = service || offers(db, tenant).await?;
    }
    Ok(Ways { service, password: tenants::local_sign_in_only_for(db, tenant).await?.is_none() })
}

/// Whether something may be done once more under that name, and notes that it is done: at most so often within that
/// time, an hour at most.
pub async fn is_within(
    tx: &impl ConnectionTrait,
    name: &str,
    (most, within): (u64, Duration),
    now: Timestamp,
) -> Result<bool, DbErr> {
    if store::count_failures(tx, name, now.minus(within)).await? >= most {
        return Ok(false);
    }
    store::insert_failure(tx, name, now).await.map(|_| true)
}

/// Notes that somebody there begins a sign-in at the tenant's own service; `false` if too many were begun there within
/// an hour and came to no end.
pub async fn note_begun(tx: &impl ConnectionTrait, client: IpAddr, now: Timestamp) -> Result<bool, DbErr> {
    is_within(tx, &begun_from(client), (FAILURES_AN_HOUR, HOUR), now).await
}

/// Takes it back when such a sign-in has come to a good end: many people share an address.
pub async fn take_begun_back(tx: &impl ConnectionTrait, client: IpAddr) -> Result<(), DbErr> {
    store::delete_newest(tx, &begun_from(client)).await
}

fn begun_from(client: IpAddr) -> String {
    format!("begun from {}", client_key(client))
}

/// Removes what no longer counts.
pub async fn sweep(state: &State) -> Result<(), DbErr> {
    let tx = state.db.write().await?;
    let now = state.clock.now();
    store::delete_failures(&*tx, now.minus(HOUR)).await?;
    pending::sweep(&*tx, now).await?;
    users::sweep_links(&*tx, now).await?;
    tx.commit().await
}

/// An IPv4 address, or the /64 that one IPv6 subscriber has.
fn client_key(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::client_key;

    #[test]
    fn addresses_of_one_subscriber_count_together() {
        let key = |text: &str| client_key(text.parse().unwrap());
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}
