//! Users of a tenant: their names, roles and credentials.
//!
//! The e-mail address signs a person in; two users of a tenant cannot share one, whatever its
//! capitals. A new user has no password and sets one by a link that works once within seven days.

pub(crate) mod events;
mod links;
pub mod directory;
mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, SqlErr};

use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::values::{EmailAddress, Role, TenantId, UserId};

pub use links::{
    Invited, LinkPurpose, PASSWORD_LINK_LIFE, RESET_LINK_LIFE, add_link, end_links, find_by_link,
    password_link, sweep_links, take_link,
};

/// Failures from which an account waits.
const FAILURES_ALLOWED: i32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(60);
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);
/// So long after the last wait the failures count no more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);

/// A user to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: EmailAddress,
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The language; `None`: the tenant's, then the browser's.
    pub language: Option<Language>,
    /// An IANA time zone; `None`: UTC.
    pub time_zone: Option<String>,
}

/// What is needed to check a password.
#[derive(Clone)]
pub struct Credentials {
    pub user: UserId,
    /// Whether the account is in use.
    pub active: bool,
    /// argon2id in PHC form; `None` before the first password.
    pub password_hash: Option<String>,
    /// Failures since the last success.
    pub failed_sign_ins: i32,
    /// Until when the account waits.
    pub locked_until: Option<Timestamp>,
}

/// Why a user could not be added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another user of the tenant has that address.
    #[error("there is already a user {0} in this tenant")]
    EmailTaken(EmailAddress),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Somebody whom a support person can look at the portal as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub user: UserId,
    pub name: String,
    /// What the user may do.
    pub role: Role,
}

/// The active users who have a password: administrators first, then by name; so many at most.
pub async fn named(db: &impl ConnectionTrait, tenant: TenantId, most: u64) -> Result<Vec<Named>, DbErr> {
    store::named(db, tenant, most).await
}

/// Adds a user, active and without a password.
///
/// # Errors
/// [`Error::EmailTaken`], or when the database fails.
pub async fn add(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: NewUser,
    now: Timestamp,
) -> Result<UserId, Error> {
    let id = UserId::new();
    let email = user.email.clone();
    store::insert(tx, tenant, id, user, now).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::EmailTaken(email),
        _ => Error::Database(error),
    })?;
    Ok(id)
}

/// The credentials of the user with that address, if there is one.
pub async fn find_credentials(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    email: &EmailAddress,
) -> Result<Option<Credentials>, DbErr> {
    store::find_credentials(db, tenant, &email.normalised()).await
}

/// The credentials of the user whose address was stored exactly so.
pub async fn find_credentials_as_stored(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    email: &str,
) -> Result<Option<Credentials>, DbErr> {
    store::find_credentials_as_stored(db, tenant, email).await
}

/// The addresses of users that are not what they would be today, with the slugs of their tenants: those that another user
/// has in another encoding, and those with characters that nobody sees.
pub async fn odd_addresses(db: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
    let is_odd = |email: &str, key: &str| match EmailAddress::parse(email) {
        Ok(address) => address.normalised() != key,
        Err(_) => true,
    };
    let all = store::addresses_beyond_ascii(db).await?;
    let odd = all.into_iter().filter(|(_, email, key)| is_odd(email, key));
    Ok(odd.map(|(slug, email, _)| (slug, email)).collect())
}

/// The credentials of that user.
pub async fn find_own_credentials(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Credentials>, DbErr> {
    store::find_own_credentials(db, tenant, user).await
}

/// Counts a failed sign-in *before* the password is checked, so that guesses made side by side count
/// as well; [`count_success`] takes it back. From the fifth on the account waits: one minute, then
/// twice as long each time, up to fifteen.
pub async fn count_failure(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), DbErr> {
    let failures = standing(credentials, now).0.saturating_add(1);
    let locked_until = wait_after(failures).map(|wait| now.plus(wait));
    store::set_failures(tx, tenant, credentials.user, failures, locked_until).await
}

/// Takes back what [`count_failure`] counted, and nothing else: the password was right, but somebody who has it
/// must not wipe out by it that they failed at the second factor.
pub async fn take_failure_back(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), DbErr> {
    let Some(present) = store::find_own_credentials(tx, tenant, credentials.user).await? else {
        return Ok(());
    };
    let (former, waited) = standing(credentials, now);
    // others may have failed meanwhile: their failures stay
    let left = present.failed_sign_ins.saturating_sub(1).max(0);
    let locked_until = if left <= former { waited } else { present.locked_until };
    store::set_failures(tx, tenant, credentials.user, left, locked_until).await
}

/// The failures that still count, and until when the account waited for them.
fn standing(credentials: &Credentials, now: Timestamp) -> (i32, Option<Timestamp>) {
    let forgotten = credentials.locked_until.is_some_and(|until| until.plus(FORGOTTEN_AFTER) <= now);
    if forgotten { (0, None) } else { (credentials.failed_sign_ins, credentials.locked_until) }
}

fn wait_after(failures: i32) -> Option<Duration> {
    let doublings = u32::try_from(failures - FAILURES_ALLOWED).ok()?;
    let factor = 2_u32.saturating_pow(doublings.min(16));
    Some(FIRST_WAIT.saturating_mul(factor).min(MAX_WAIT))
}

/// Forgets the failures, since the password was right.
pub async fn count_success(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    store::set_failures(tx, tenant, user, 0, None).await
}

/// Sets the hash of the user's password, forgets failures and lets no link work any longer.
pub async fn set_password(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    password_hash: String,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::set_password_hash(tx, tenant, user, password_hash, now).await?;
    store::set_failures(tx, tenant, user, 0, None).await?;
    links::store::delete(tx, tenant, user).await
}

/// Replaces the hash of the same password by one of today's making.
pub async fn renew_hash(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    password_hash: String,
) -> Result<(), DbErr> {
    store::renew_hash(tx, tenant, user, password_hash).await
}

/// Gives the user another name.
pub async fn set_name(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    name: &str,
) -> Result<(), DbErr> {
    store::set_name(tx, tenant, user, name).await
}

/// Gives the user that role, unless the tenant would be left without an active administrator. Says whether the
/// role is another one now.
pub async fn follow_role(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    role: Role,
) -> Result<bool, DbErr> {
    let administrators = store::lock_administrators(tx, tenant).await?;
    let is_one = administrators.iter().any(|one| one.user == user);
    let stays = is_one == (role == Role::TenantAdmin);
    if stays || (is_one && administrators.len() == 1) {
        return Ok(false);
    }
    store::set_role(tx, tenant, user, role).await?;
    Ok(true)
}

/// An active administrator, and whether they could sign in with a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    pub user: UserId,
    pub name: String,
    pub email: String,
    /// Whether a password is set.
    pub has_password: bool,
}

/// The active administrators, in the order of their accounts; in a writing transaction they stay what they are
/// until its end.
pub async fn administrators(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Vec<Administrator>, DbErr> {
    store::lock_administrators(tx, tenant).await
}

/// Sets the user's language and time zone.
pub async fn set_preferences(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    language: Option<Language>,
    time_zone: &str,
) -> Result<(), DbErr> {
    store::set_preferences(tx, tenant, user, language, time_zone).await
}

#[cfg(test)]
mod tests {
    use super::wait_after;

    #[test]
    fn the_fifth_failure_costs_a_minute_and_it_doubles_to_fifteen() {
        let minutes: Vec<_> = (4..12).map(|n| wait_after(n).map(|wait| wait.as_secs() / 60)).collect();
        assert_eq!(minutes, [None, Some(1), Some(2), Some(4), Some(8), Some(15), Some(15), Some(15)]);
        assert_eq!(wait_after(i32::MAX).unwrap().as_secs(), 900);
    }
}
