//! The staff of whoever runs this installation: their accounts, links and sessions.
//!
//! Staff belong to no tenant and sign in at the base host, always with a second factor. Their sessions are a
//! table of their own, so that one can never be taken for a tenant's: at a tenant's host it is none.

mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, SqlErr};

use crate::clock::Timestamp;
use crate::sessions::Limits;
use crate::totp::{self, Step};
use crate::values::{EmailAddress, Secret, StaffId, StaffRole, Token, TokenHash};
use crate::vault::{self, Binding, Vault};

/// For so long a link to set password and second factor works.
pub const LINK_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Staff sessions end sooner than others: they reach further.
const MAX_SESSION: Duration = Duration::from_secs(8 * 3600);
const MAX_IDLE: Duration = Duration::from_secs(30 * 60);
/// "Last seen" is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// Failures from which an account waits, and for how long each time.
const FAILURES_ALLOWED: i32 = 5;
const WAIT: Duration = Duration::from_secs(15 * 60);

/// A member of the staff.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StaffMember {
    pub id: StaffId,
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// What they may do.
    #[serde(with = "role_name")]
    pub role: StaffRole,
}

mod role_name {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::values::StaffRole;

    pub(super) fn serialize<S: Serializer>(role: &StaffRole, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StaffRole, D::Error> {
        let name = String::deserialize(deserializer)?;
        StaffRole::parse(&name).ok_or_else(|| D::Error::custom("no such role"))
    }
}

/// What is needed to check who signs in.
#[derive(Clone)]
pub struct Credentials {
    pub member: StaffMember,
    /// argon2id in PHC form; `None` before the first password, and for who is not active.
    pub password_hash: Option<String>,
    /// Until when the account waits.
    pub locked_until: Option<Timestamp>,
    sealed_totp: Vec<u8>,
    totp_step: Option<Step>,
    failed_sign_ins: i32,
}

/// A staff session that is to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub staff: StaffId,
    pub client: String,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// What the web layer keeps with the session.
    pub state: String,
    /// When the password was checked.
    pub verified_at: Timestamp,
}

/// Why a member of the staff could not be added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody has that address.
    #[error("there is already a member of the staff {0}")]
    EmailTaken(EmailAddress),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The secret of one member's one-time passwords opens for nobody else's.
fn seal_for(staff: &str) -> Binding<'_> {
    Binding { tenant: None, purpose: "staff-totp", destination: staff }
}

/// Adds a member of the staff, without a password; [`link`] makes the way in.
///
/// # Errors
/// [`Error::EmailTaken`], or when the system or the database fails.
pub async fn add(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    email: EmailAddress,
    name: String,
    role: StaffRole,
    now: Timestamp,
) -> Result<StaffId, Error> {
    let id = StaffId::new();
    let sealed = vault.seal(&totp::generate()?, &seal_for(&id.to_string()))?;
    store::insert(tx, id, &email, name, role, sealed, now).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::EmailTaken(email),
        _ => Error::Database(error),
    })?;
    Ok(id)
}

/// Makes a link with which the member sets a password and the second factor, once. Password, second factor,
/// sessions and links that there were no longer work.
///
/// # Errors
/// When the system or the database fails.
pub async fn link(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    staff: StaffId,
    now: Timestamp,
) -> Result<Token, Error> {
    let token = Token::generate()?;
    let sealed = vault.seal(&totp::generate()?, &seal_for(&staff.to_string()))?;
    store::reset(tx, staff, sealed).await?;
    store::delete_sessions(tx, staff).await?;
    store::delete_links(tx, staff).await?;
    store::insert_link(tx, staff, token.hash(), now.plus(LINK_LIFE)).await?;
    Ok(token)
}

/// Whose link that is, and the secret for their app, while it works.
///
/// # Errors
/// When the database fails or the secret does not open.
pub async fn find_by_link(
    db: &impl ConnectionTrait,
    vault: &Vault,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<(StaffMember, Secret)>, Error> {
    let Some(found) = store::find_by_link(db, token.clone(), now).await? else { return Ok(None) };
    let secret = vault.open(&found.sealed_totp, &seal_for(&found.member.id.to_string()))?;
    Ok(Some((found.member, secret)))
}

/// Sets the password of a link's owner and notes the first code; the link no longer works.
///
/// # Errors
/// When the database fails. `false`: the link was used meanwhile, and nothing was changed.
pub async fn set_up(
    tx: &impl ConnectionTrait,
    staff: StaffId,
    token: TokenHash,
    password_hash: String,
    step: Step,
    now: Timestamp,
) -> Result<bool, DbErr> {
    if !store::take_link(tx, token).await? {
        return Ok(false);
    }
    store::set_password(tx, staff, password_hash, step, now).await?;
    Ok(true)
}

/// The credentials of the member with that address, if there is one. Others who ask wait on PostgreSQL until
/// the transaction ends.
pub async fn find_credentials(
    tx: &impl ConnectionTrait,
    email: &EmailAddress,
) -> Result<Option<Credentials>, DbErr> {
    store::find_credentials(tx, &email.normalised()).await
}

/// Replaces the hash of the same password by one of today's making.
pub async fn renew_hash(tx: &impl ConnectionTrait, staff: StaffId, hash: String) -> Result<(), DbErr> {
    store::renew_hash(tx, staff, hash).await
}

/// Counts a failed sign-in *before* anything is checked, so that guesses made side by side count as well;
/// [`accept`] takes it back. From the fifth on the account waits a quarter of an hour.
pub async fn count_failure(
    tx: &impl ConnectionTrait,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), DbErr> {
    let waited = credentials.locked_until.is_some_and(|until| until <= now);
    let failures = if waited { 1 } else { credentials.failed_sign_ins.saturating_add(1) };
    let locked_until = (failures >= FAILURES_ALLOWED).then(|| now.plus(WAIT));
    store::set_failures(tx, credentials.member.id, failures, locked_until).await
}

/// Accepts a code of that member if it is a fresh one, and forgets the failures.
///
/// # Errors
/// When the database fails or the secret does not open. `false`: it is wrong, or was used before.
pub async fn accept(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    credentials: &Credentials,
    code: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let staff = credentials.member.id;
    let secret = vault.open(&credentials.sealed_totp, &seal_for(&staff.to_string()))?;
    let Some(step) = totp::check(&secret, code, credentials.totp_step, now) else { return Ok(false) };
    if !store::advance(tx, staff, step).await? {
        return Ok(false);
    }
    store::set_failures(tx, staff, 0, None).await?;
    Ok(true)
}

/// Begins a session under that key. If the password was changed after it was checked, or the member is no
/// longer active, there is none.
pub async fn begin(
    tx: &impl ConnectionTrait,
    key: TokenHash,
    session: NewSession,
    now: Timestamp,
) -> Result<(), DbErr> {
    match store::find_password_set_at(tx, session.staff).await? {
        Some(set_at) if set_at <= session.verified_at => store::insert_session(tx, key, session, now).await,
        _ => Ok(()),
    }
}

/// Whose open session that key is, and what the web layer keeps with it.
pub async fn find(
    db: &impl ConnectionTrait,
    key: &TokenHash,
    limits: Limits,
    now: Timestamp,
) -> Result<Option<(StaffMember, String)>, DbErr> {
    let found = store::find_session(db, key.clone(), shorter(limits, now)).await?;
    let Some((member, state, last_seen)) = found else { return Ok(None) };
    if now.since(last_seen) >= TOUCH_EVERY {
        store::touch(db, key.clone(), now).await?;
    }
    Ok(Some((member, state)))
}

/// Since when a session must have been seen, and since when it may have begun.
fn shorter(limits: Limits, now: Timestamp) -> (Timestamp, Timestamp) {
    (now.minus(limits.idle.min(MAX_IDLE)), now.minus(limits.absolute.min(MAX_SESSION)))
}

/// Replaces what the web layer keeps with a session.
pub async fn keep(db: &impl ConnectionTrait, key: TokenHash, state: String) -> Result<(), DbErr> {
    store::keep(db, key, state).await
}

/// Ends the session of that key.
pub async fn end_by_key(db: &impl ConnectionTrait, key: TokenHash) -> Result<(), DbErr> {
    store::delete_session(db, key).await
}

/// Removes the sessions and links that have ended by time.
pub async fn sweep(db: &impl ConnectionTrait, limits: Limits, now: Timestamp) -> Result<(), DbErr> {
    store::delete_ended(db, shorter(limits, now), now).await
}

/// All members by address, and whether each is active.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<(StaffMember, bool)>, DbErr> {
    store::list(db).await
}

/// Takes a member's rights, or gives them back; sessions and links end at once.
pub async fn set_active(tx: &impl ConnectionTrait, staff: StaffId, active: bool) -> Result<(), DbErr> {
    store::set_active(tx, staff, active).await?;
    store::delete_sessions(tx, staff).await?;
    store::delete_links(tx, staff).await
}

/// Gives a member a password and a known secret of the second factor: for the demo and for tests.
///
/// # Errors
/// When the secret cannot be sealed or the database fails.
pub async fn set_known(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    staff: StaffId,
    password_hash: String,
    totp_secret: &Secret,
    now: Timestamp,
) -> Result<(), Error> {
    store::reset(tx, staff, vault.seal(totp_secret, &seal_for(&staff.to_string()))?).await?;
    Ok(store::set_password(tx, staff, password_hash, 0, now).await?)
}
