//! Sessions in the database behind actix-session's store trait.
//!
//! One cookie name serves tenants' people and, at the base host, the staff; the key is looked for in both tables,
//! and [`super::gate`] lets each count at its own hosts only.
//!
//! The cookie holds a signed random key, the database its hash. The state that a request sees has,
//! beside what is kept (`csrf`, `client`, `agent`), the person as the database knows them at this
//! moment; that part is never written back.

use std::collections::HashMap;

use actix_session::config::{BrowserSession, CookieContentSecurity, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};

use super::context::{Context, SignedIn, StaffSignedIn};
use super::{Error, cookie};
use crate::clock::Timestamp;
use crate::db;
use crate::sessions::{self, NewSession, Person};
use crate::staff::{self, StaffMember};
use crate::state::State;
use crate::values::{DiagnosisId, SessionId, Token, TokenHash};

const PERSON: &str = "person";
const SESSION: &str = "session";
const CSRF: &str = "csrf";
const CLIENT: &str = "client";
const AGENT: &str = "agent";
const VERIFIED_AT: &str = "verified_at";
const DIAGNOSIS: &str = "diagnosis";
const STAFF: &str = "staff";

/// actix-session's store, over the room `sessions`.
#[derive(Clone)]
pub struct Store(actix_web::web::Data<State>);

/// The middleware that loads and stores sessions.
pub fn session_middleware(state: &actix_web::web::Data<State>) -> SessionMiddleware<Store> {
    let key = Key::from(state.vault.derive("session cookie").as_slice());
    SessionMiddleware::builder(Store(state.clone()), key)
        .cookie_name(cookie::cookie_name(&state.config, "posthorn_session"))
        .cookie_secure(state.config.base_url.https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(
            // the store knows when a session ends; the cookie goes with the browser
            BrowserSession::default().state_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges),
        )
        .build()
}

/// Begins a session for that person, with a key and a CSRF token of its own. `verified_at` is from
/// before their password was checked: if it is changed until the session is stored, there is none.
///
/// # Errors
/// When the system gives no random numbers.
pub fn begin_session(
    session: &Session,
    context: &Context,
    person: &Person,
    user_agent: &str,
    verified_at: Timestamp,
) -> Result<(), Error> {
    session.clear();
    session.insert(PERSON, person)?;
    begin(session, context, user_agent, verified_at)
}

/// Begins a support person's session as that person, in that diagnosis session.
///
/// # Errors
/// When the system gives no random numbers.
pub fn begin_diagnosis(
    session: &Session,
    context: &Context,
    person: &Person,
    diagnosis: DiagnosisId,
    user_agent: &str,
    now: Timestamp,
) -> Result<(), Error> {
    session.clear();
    session.insert(PERSON, person)?;
    session.insert(DIAGNOSIS, diagnosis)?;
    begin(session, context, user_agent, now)
}

/// Begins a session of a member of the staff, at the base host.
///
/// # Errors
/// When the system gives no random numbers.
pub fn begin_staff_session(
    session: &Session,
    context: &Context,
    member: &StaffMember,
    user_agent: &str,
    verified_at: Timestamp,
) -> Result<(), Error> {
    session.clear();
    session.insert(STAFF, member)?;
    begin(session, context, user_agent, verified_at)
}

fn begin(
    session: &Session,
    context: &Context,
    user_agent: &str,
    verified_at: Timestamp,
) -> Result<(), Error> {
    session.insert(VERIFIED_AT, verified_at)?;
    session.insert(CSRF, Token::generate()?.expose())?;
    session.insert(CLIENT, context.client.to_string())?;
    session.insert(AGENT, user_agent.chars().filter(|c| !c.is_control()).take(300).collect::<String>())?;
    session.renew();
    Ok(())
}

/// Gives the session a new key after its person has proved again who they are.
///
/// # Errors
/// Never, in practice: the instant is always to be written.
pub fn renew_session(session: &Session, verified_at: Timestamp) -> Result<(), Error> {
    session.insert(VERIFIED_AT, verified_at)?;
    session.renew();
    Ok(())
}

/// Ends the session here and in the database.
pub fn end_session(session: &Session) {
    session.purge();
}

pub(super) fn signed_in(session: &Session) -> Option<SignedIn> {
    Some(SignedIn {
        session: session.get::<SessionId>(SESSION).ok()??,
        person: session.get::<Person>(PERSON).ok()??,
        csrf: session.get::<String>(CSRF).ok()??,
    })
}

pub(super) fn staff_signed_in(session: &Session) -> Option<StaffSignedIn> {
    Some(StaffSignedIn {
        member: session.get::<StaffMember>(STAFF).ok()??,
        csrf: session.get::<String>(CSRF).ok()??,
    })
}

impl Store {
    fn limits(&self) -> sessions::Limits {
        self.0.session_limits()
    }

    async fn save_staff(
        &self,
        member: StaffMember,
        state: HashMap<String, String>,
    ) -> Result<SessionKey, SaveError> {
        let session = staff::NewSession {
            staff: member.id,
            client: value(&state, CLIENT).unwrap_or_default(),
            user_agent: value(&state, AGENT).unwrap_or_default(),
            verified_at: value(&state, VERIFIED_AT).unwrap_or(Timestamp(0)),
            state: kept(state).map_err(|error| SaveError::Serialization(error.into()))?,
        };
        let token = Token::generate().map_err(|error| SaveError::Other(error.into()))?;
        let save = async {
            let tx = self.0.db.write().await?;
            staff::begin(&*tx, token.hash(), session, self.0.clock.now()).await?;
            tx.commit().await
        };
        save.await.map_err(|error: sea_orm::DbErr| SaveError::Other(failed(error)))?;
        session_key(&token)
    }
}

/// What the front door knows trouble with the database by: actix-session hands on no more of an error than its words.
pub(super) const NO_DATABASE: &str = "sessions: trouble with the database";

fn failed(error: sea_orm::DbErr) -> anyhow::Error {
    if db::trouble(&error).is_some() { anyhow::Error::new(error).context(NO_DATABASE) } else { error.into() }
}

fn session_key(token: &Token) -> Result<SessionKey, SaveError> {
    SessionKey::try_from(token.expose().to_owned())
        .map_err(|_| SaveError::Other(std::io::Error::other("a session's key is too long").into()))
}

fn hash(key: &SessionKey) -> TokenHash {
    TokenHash::of(key.as_ref())
}

/// What is kept of a state, as JSON.
fn kept(mut state: HashMap<String, String>) -> Result<String, serde_json::Error> {
    state.retain(|name, _| ![PERSON, SESSION, STAFF, DIAGNOSIS].contains(&name.as_str()));
    serde_json::to_string(&state)
}

fn value<T: serde::de::DeserializeOwned>(state: &HashMap<String, String>, name: &str) -> Option<T> {
    serde_json::from_str(state.get(name)?).ok()
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let fail = |error: serde_json::Error| LoadError::Deserialization(error.into());
        let found = sessions::find(self.0.db.read(), hash(key), self.limits(), self.0.clock.now()).await;
        let Some(open) = found.map_err(|error| LoadError::Other(failed(error)))? else {
            let found = staff::find(self.0.db.read(), &hash(key), self.limits(), self.0.clock.now()).await;
            let found = found.map_err(|error| LoadError::Other(failed(error)))?;
            let Some((member, kept)) = found else { return Ok(None) };
            let mut state: HashMap<String, String> = serde_json::from_str(&kept).map_err(fail)?;
            state.insert(STAFF.to_owned(), serde_json::to_string(&member).map_err(fail)?);
            return Ok(Some(state));
        };
        let mut state: HashMap<String, String> = serde_json::from_str(&open.state).map_err(fail)?;
        state.insert(PERSON.to_owned(), serde_json::to_string(&open.person).map_err(fail)?);
        state.insert(SESSION.to_owned(), serde_json::to_string(&open.id).map_err(fail)?);
        Ok(Some(state))
    }

    async fn save(&self, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, SaveError> {
        let other = |text: &'static str| SaveError::Other(std::io::Error::other(text).into());
        if let Some(member) = value::<StaffMember>(&state, STAFF) {
            return self.save_staff(member, state).await;
        }
        let person: Person = value(&state, PERSON).ok_or_else(|| other("a session needs a person"))?;
        let session = NewSession {
            tenant: person.tenant,
            user: person.user,
            client: value(&state, CLIENT).unwrap_or_default(),
            user_agent: value(&state, AGENT).unwrap_or_default(),
            verified_at: value(&state, VERIFIED_AT).unwrap_or(Timestamp(0)),
            diagnosis: value(&state, DIAGNOSIS),
            state: kept(state).map_err(|error| SaveError::Serialization(error.into()))?,
        };
        let token = Token::generate().map_err(|error| SaveError::Other(error.into()))?;
        let save = async {
            let tx = self.0.db.write().await?;
            sessions::begin(&*tx, token.hash(), session, self.0.clock.now()).await?;
            tx.commit().await
        };
        save.await.map_err(|error: sea_orm::DbErr| SaveError::Other(failed(error)))?;
        session_key(&token)
    }

    /// A session that was ended meanwhile must not come back, and that is no error of the request.
    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let state = kept(state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let keep = async {
            sessions::keep(self.0.db.read(), hash(&key), state.clone()).await?;
            staff::keep(self.0.db.read(), hash(&key), state).await
        };
        keep.await.map_err(|error| UpdateError::Other(failed(error)))?;
        Ok(key)
    }

    /// "Last seen" is written by [`sessions::find`], at most once a minute.
    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        sessions::end_by_key(self.0.db.read(), hash(key)).await.map_err(failed)?;
        staff::end_by_key(self.0.db.read(), hash(key)).await.map_err(failed)
    }
}
