//! Sign-ins whose person has proved one factor and still owes the code of the second.
//!
//! There is no session yet: what the browser holds is a token that opens nothing but the page that asks for
//! the code. It lives for ten minutes and dies with the fifth wrong code.

mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::{Error, FAILURES_AN_HOUR, HOUR, client_key};
use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::second_factor;
use crate::sessions::{self, Person};
use crate::state::State;
use crate::users;
use crate::values::{Origin, TenantId, Token, TokenHash, UserId};

const LIFE: Duration = Duration::from_secs(10 * 60);
/// Wrong codes that a sign-in survives, and one more.
const WRONG_CODES: i32 = 5;

/// How a person proves the first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Password,
    /// With a link to set one.
    Link,
    /// At the tenant's own sign-in service.
    Oidc,
}

impl Purpose {
    const ALL: [Purpose; 3] = [Purpose::Password, Purpose::Link, Purpose::Oidc];

    /// The name in the database and the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Password => "password",
            Purpose::Link => "link",
            Purpose::Oidc => "oidc",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}

/// A sign-in that waits for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    pub user: UserId,
    /// How they came so far.
    pub purpose: Purpose,
    /// From before the first factor was checked.
    pub verified_at: Timestamp,
    /// Wrong codes so far.
    pub attempts: i32,
}

/// How far a person has come who proved the first factor.
pub enum Entry {
    Granted(Box<Person>),
    /// They owe the code of their second factor; the browser keeps the token until then.
    CodeNeeded(Token),
}

/// Lets a person in who has proved the first factor, or has them wait for the code of the second. Whichever
/// way people come, they come by here. Its audit entry is the last thing that the transaction does.
///
/// # Errors
/// When system or database fail.
pub async fn admit(
    tx: &impl ConnectionTrait,
    person: Person,
    purpose: Purpose,
    verified_at: Timestamp,
    origin: Origin,
    now: Timestamp,
) -> Result<Entry, Error> {
    if person.has_second_factor {
        let pending = PendingSignIn { user: person.user, purpose, verified_at, attempts: 0 };
        let token = Token::generate().map_err(|error| Error::Random(error.to_string()))?;
        store::insert(tx, person.tenant, token.hash(), pending, now.plus(LIFE)).await?;
        return Ok(Entry::CodeNeeded(token));
    }
    // who comes by a link has an entry for the password that they set
    if purpose != Purpose::Link {
        let details = if purpose == Purpose::Oidc { json!({ "by": purpose.as_str() }) } else { json!({}) };
        let event = Event { name: "auth.signed_in", details };
        audit::record(tx, person.tenant, By::Actor(&person.actor(origin)), event, now).await?;
    }
    Ok(Entry::Granted(Box::new(person)))
}

/// The sign-in of that token, while it waits.
pub async fn find_pending(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    token: &str,
    now: Timestamp,
) -> Result<Option<PendingSignIn>, DbErr> {
    store::find(db, tenant, TokenHash::of(token), now).await
}

/// Ends a sign-in with the code that was missing. A wrong one counts for the account like a wrong password,
/// in the transaction that looks at it: guesses made side by side wait for each other at the person's row.
///
/// # Errors
/// [`Error::Refused`] for a wrong code or while the account waits, [`Error::Over`] when there is no such
/// sign-in any more, [`Error::TooManyFromHere`], or when our own part fails.
pub async fn check_code(
    state: &State,
    tenant: TenantId,
    token: &str,
    typed: &str,
    origin: Origin,
) -> Result<(Person, PendingSignIn), Error> {
    let (here, now) = (client_key(origin.client), state.clock.now());
    if super::store::count_failures(state.db.read(), &here, now.minus(HOUR)).await? >= FAILURES_AN_HOUR {
        return Err(Error::TooManyFromHere);
    }
    let hash = TokenHash::of(token);
    let tx = state.db.write().await?;
    let pending = store::find(&*tx, tenant, hash.clone(), now).await?.ok_or(Error::Over)?;
    let user = pending.user;
    let credentials = users::find_own_credentials(&*tx, tenant, user).await?.ok_or(Error::Over)?;
    // again, now that nobody else of the same person is about: another may have used it up
    let pending = store::find(&*tx, tenant, hash.clone(), now).await?.ok_or(Error::Over)?;
    let person = sessions::find_person(&*tx, tenant, user).await?.filter(|person| person.has_second_factor);
    let Some(person) = person else {
        store::delete(&*tx, tenant, hash).await?;
        tx.commit().await?;
        return Err(Error::Over);
    };
    if credentials.locked_until.is_some_and(|until| until > now) {
        return Err(Error::Refused);
    }
    let actor = person.actor(origin);
    let Some(proof) = second_factor::use_code(state, &*tx, (tenant, user), typed, now).await? else {
        super::store::insert_failure(&*tx, &here, now).await?;
        users::count_failure(&*tx, tenant, &credentials, now).await?;
        let is_last = pending.attempts + 1 >= WRONG_CODES;
        if is_last {
            store::delete(&*tx, tenant, hash).await?;
            // somebody has the password, and not the app
            let event = Event { name: "auth.codes_refused", details: json!({ "wrong": WRONG_CODES }) };
            audit::record(&*tx, tenant, By::Actor(&actor), event, now).await?;
        } else {
            store::count_attempt(&*tx, tenant, hash, pending.attempts + 1).await?;
        }
        tx.commit().await?;
        return Err(if is_last { Error::Over } else { Error::Refused });
    };
    users::count_success(&*tx, tenant, user).await?;
    store::delete(&*tx, tenant, hash).await?;
    let details = json!({ "by": pending.purpose.as_str(), "second_factor": proof.as_str() });
    let event = Event { name: "auth.signed_in", details };
    audit::record(&*tx, tenant, By::Actor(&actor), event, now).await?;
    tx.commit().await?;
    Ok((person, pending))
}

/// Ends what waits of that person: their password is another one now.
pub(super) async fn end(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    store::delete_of(tx, tenant, user).await
}

/// Removes what is too old, of all tenants.
pub(super) async fn sweep(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    store::delete_expired(tx, now).await
}
