//! Signed-in sessions: who is signed in, since when, from where.
//!
//! A session is found by the hash of the key in its cookie, and the finding already says who the
//! person is *now*: a change of role, a deactivation and a suspended tenant work at the next request.
//! A session ends when it was idle too long, when it is too old, when its owner ends it, and with
//! every other one of the person when the password changes.
//!
//! A support person's session as one of the users is such a session, too, bound to its diagnosis session: it
//! is open only while that one is, the support person is active, and the tenant consents.

mod store;

use std::time::Duration;

use chrono_tz::Tz;
use sea_orm::{ConnectionTrait, DbErr};

use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::values::{
    Actor, ApiKeyId, DiagnosisId, Impersonator, Origin, Role, Scopes, SessionId, TenantId, TokenHash, UserId,
};

/// "Last seen" is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// So many sessions a person may have at once.
const MAX_SESSIONS: u64 = 20;

/// How long a session may live.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub idle: Duration,
    pub absolute: Duration,
    /// Whether support staff may look at tenants' portals without a consent of the tenant.
    pub help_is_agreed: bool,
}

/// A session that is to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub tenant: TenantId,
    pub user: UserId,
    pub client: String,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// What the web layer keeps with the session.
    pub state: String,
    /// When the person's password was checked, or set by themselves.
    pub verified_at: Timestamp,
    /// The diagnosis session of the support person who begins it in that person's place.
    pub diagnosis: Option<DiagnosisId>,
}

/// A session that is open, and whose it is at this moment.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The session's name in the list of sessions.
    pub id: SessionId,
    /// What the web layer keeps with it.
    pub state: String,
    pub person: Person,
}

/// A signed-in person, fresh from the database.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Person {
    pub tenant: TenantId,
    /// The first label of the tenant's host.
    pub tenant_slug: String,
    pub tenant_name: String,
    pub user: UserId,
    /// The name as the person wrote it.
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// What the person may do.
    #[serde(with = "role_name")]
    pub role: Role,
    /// The language that the person chose, if any.
    pub own_language: Option<String>,
    /// The tenant's language, if any.
    pub tenant_language: Option<String>,
    /// The person's time zone.
    pub time_zone: Option<String>,
    /// Whether a second factor of theirs counts.
    pub has_second_factor: bool,
    /// Whether the tenant's administrators must have one.
    pub administrators_need_second_factor: bool,
    /// The support person who looks at the portal as this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<Support>,
}

/// A program's key that counts, and as whom it acts.
#[derive(Clone, Debug)]
pub struct KeyInUse {
    pub id: ApiKeyId,
    /// Its first characters, by which people know it.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    pub expires_at: Timestamp,
    /// When it was last noted as used, and from which address.
    pub last_used: Option<(Timestamp, String)>,
    /// The administrator who made it.
    pub person: Person,
}

/// A support person who looks at the portal as one of a tenant's users.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Support {
    /// Who, and in which diagnosis session.
    pub behind: Impersonator,
    pub reason: String,
    pub ticket: String,
    /// Until when, at the latest.
    pub until: Timestamp,
    /// Whether the tenant lets them see addresses in full.
    pub shows_recipients: bool,
}

mod role_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::values::Role;

    pub(super) fn serialize<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
        let name = String::deserialize(deserializer)?;
        Role::parse(&name).ok_or_else(|| D::Error::custom("no such role"))
    }
}

impl Person {
    /// The person as one who acts, from there.
    pub fn actor(&self, origin: Origin) -> Actor {
        Actor {
            tenant: self.tenant,
            user: self.user,
            name: self.name.clone(),
            role: self.role,
            origin,
            support: self.support.as_ref().map(|support| support.behind.clone()),
            api_key: None,
        }
    }

    /// Whether people's addresses are shown in full to whoever has this session: not to a support person, unless
    /// the tenant lets them. Then they are not to be searched for either, or one could be guessed letter by letter.
    pub fn sees_addresses(&self) -> bool {
        self.support.as_ref().is_none_or(|support| support.shows_recipients)
    }

    /// Whether the person must set up a second factor before anything else.
    pub fn lacks_second_factor(&self) -> bool {
        // a support person has one of their own
        self.support.is_none()
            && self.role == Role::TenantAdmin
            && self.administrators_need_second_factor
            && !self.has_second_factor
    }

    /// The person's language, or else the tenant's; `None` leaves it to the browser.
    pub fn language(&self) -> Option<Language> {
        self.own_language.as_deref().or(self.tenant_language.as_deref()).and_then(Language::parse)
    }

    /// The person's time zone; UTC if none is set.
    pub fn zone(&self) -> Tz {
        self.time_zone.as_deref().and_then(crate::i18n::parse_time_zone).unwrap_or(Tz::UTC)
    }
}

/// A session as its owner sees it in the list.
#[derive(Clone, Debug)]
pub struct ListedSession {
    pub id: SessionId,
    /// From where it was begun.
    pub client: String,
    /// The browser, as it names itself.
    pub user_agent: String,
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// Begins a session under that key, in a writing transaction. If the password was changed after it was
/// checked for this session, or the account was closed or the tenant suspended meanwhile, there is none. A
/// person's oldest sessions beyond twenty end.
pub async fn begin(
    tx: &impl ConnectionTrait,
    key: TokenHash,
    session: NewSession,
    now: Timestamp,
) -> Result<(), DbErr> {
    let (tenant, user) = (session.tenant, session.user);
    let is_own = session.diagnosis.is_none();
    let Some(password_set_at) = store::lock_person(tx, tenant, user).await? else { return Ok(()) };
    if password_set_at.is_some_and(|set_at| set_at > session.verified_at) {
        return Ok(());
    }
    store::insert(tx, SessionId::new(), key, session, now).await?;
    if !is_own {
        return Ok(());
    }
    store::delete_oldest(tx, tenant, user, MAX_SESSIONS).await
}

/// The open session of that key, if it has not ended and its owner may still use it.
pub async fn find(
    db: &impl ConnectionTrait,
    key: TokenHash,
    limits: Limits,
    now: Timestamp,
) -> Result<Option<OpenSession>, DbErr> {
    let Some(found) = store::find(db, key.clone(), limits, now).await? else { return Ok(None) };
    let (mut session, last_seen, diagnosis) = found;
    if let Some(diagnosis) = diagnosis {
        let tenant = session.person.tenant;
        let support = store::find_support(db, tenant, diagnosis, limits.help_is_agreed, now).await?;
        let Some(support) = support else {
            // neither a consent that is given later nor a clock that is put back opens it again
            store::delete_by_key(db, key).await?;
            return Ok(None);
        };
        session.person.support = Some(support);
    }
    // a short idle time needs a finer measure
    if now.since(last_seen) >= TOUCH_EVERY.min(limits.idle / 4) {
        store::touch(db, session.person.tenant, session.id, now).await?;
    }
    Ok(Some(session))
}

/// That person as the database knows them now, while they may use the tenant.
pub async fn find_person(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Person>, DbErr> {
    store::find_person(db, tenant, user).await
}

/// The key of that hash, with the person as whom it acts, if the host is that of their tenant: neither expired
/// nor revoked, and whoever made it still administers. Others are as if there were none.
pub async fn find_by_api_key(
    db: &impl ConnectionTrait,
    tenant_slug: &str,
    key: TokenHash,
    now: Timestamp,
) -> Result<Option<KeyInUse>, DbErr> {
    let found = store::find_by_api_key(db, tenant_slug, key, now).await?;
    Ok(found.filter(|found| found.person.role == Role::TenantAdmin))
}

/// When the person last proved in that session who they are: by signing in, or since.
pub async fn proved_at(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    session: SessionId,
) -> Result<Option<Timestamp>, DbErr> {
    store::proved_at(db, tenant, user, session).await
}

/// Notes that the person has just proved in that session who they are.
pub async fn note_proof(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::note_proof(tx, tenant, user, session, now).await
}

/// Replaces what the web layer keeps with a session. A session that has ended meanwhile stays ended.
pub async fn keep(db: &impl ConnectionTrait, key: TokenHash, state: String) -> Result<(), DbErr> {
    store::update_state(db, key, state).await
}

/// Ends the session of that key.
pub async fn end_by_key(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), DbErr> {
    store::delete_by_key(db, key).await
}

/// The person's open sessions, the last used first.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    limits: Limits,
    now: Timestamp,
) -> Result<Vec<ListedSession>, DbErr> {
    store::list(db, tenant, user, limits, now).await
}

/// Ends one session of the person; one that is not theirs stays.
pub async fn end(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    session: SessionId,
) -> Result<(), DbErr> {
    store::delete(db, tenant, user, session).await
}

/// Ends every session of the person but that one.
pub async fn end_others(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<(), DbErr> {
    store::delete_others(db, tenant, user, kept).await
}

/// Removes the sessions of all tenants that have ended by time.
pub async fn sweep(db: &impl ConnectionTrait, limits: Limits, now: Timestamp) -> Result<u64, DbErr> {
    store::delete_ended(db, limits, now).await
}
