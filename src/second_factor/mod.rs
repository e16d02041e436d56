//! The second factor of a user: an app on a telephone that shows six digits, and recovery codes for the day
//! when it is not at hand.
//!
//! - A factor counts once a code of it was confirmed; what is still being set up asks nobody for anything.
//! - The secret is sealed for its user. It is told while the factor is set up, and never again.
//! - A code counts once: its step is stored on the condition that it is later than the last one, so that two
//!   sign-ins at the same moment cannot share it. A recovery code likewise.
//! - Recovery codes have 80 random bits and are kept as hashes; new ones replace all former ones.
//!
//! Who may do all this, and how wrong codes are counted, is the business of `auth`.

pub(crate) mod events;
mod recovery_code;
mod store;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::i18n::Text;
use crate::state::State;
use crate::totp;
use crate::users::{self, directory};
use crate::values::{Actor, Secret, TenantId, UserId, unicode};
use crate::vault::{self, Binding};

pub use recovery_code::RecoveryCode;

/// So many recovery codes there are at a time.
pub const RECOVERY_CODES: usize = 10;

/// What is known of a person's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when it counts.
    pub since: Timestamp,
    /// How many recovery codes are left.
    pub codes_left: usize,
}

impl SecondFactor {
    /// How many recovery codes are left, in words.
    pub fn left(&self) -> Text {
        Text::new("factor-codes-left").with_number("count", self.codes_left)
    }
}

/// With what the second factor was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A code of the app.
    App,
    /// A recovery code, which is used up now.
    RecoveryCode,
}

impl Proof {
    /// The name in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::App => "app",
            Proof::RecoveryCode => "recovery-code",
        }
    }
}

/// Why a second factor cannot be set up, checked or reset.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is on already, or was not begun.
    #[error("no second factor is being set up")]
    NotBegun,
    /// There is no such user, or they have none.
    #[error("the user has no second factor")]
    None,
    /// One removes one's own with one's password, not by a reset.
    #[error("nobody resets their own second factor")]
    Oneself,
    /// Whoever acts is no active administrator any more.
    #[error("only an active administrator may do this")]
    NotInCharge,
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The person's second factor, if it counts.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<SecondFactor>, DbErr> {
    let since = store::find(db, tenant, user).await?.and_then(|row| row.confirmed_at);
    let Some(since) = since else { return Ok(None) };
    Ok(Some(SecondFactor { since, codes_left: store::count_codes(db, tenant, user).await? }))
}

/// Whether the person has a second factor that counts.
pub async fn is_on(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<bool, DbErr> {
    Ok(store::find(db, tenant, user).await?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Begins to set one up, with a new secret in place of one that was begun before.
///
/// # Errors
/// [`Error::NotBegun`] when one is on already, or when system, vault or database fail.
pub async fn begin(state: &State, actor: &Actor) -> Result<(), Error> {
    let destination = actor.user.to_string();
    let sealed = state.vault.seal(&totp::generate()?, &binding(actor.tenant, &destination))?;
    let tx = state.db.write().await?;
    // two presses of the button wait for each other at the person's row
    users::find_own_credentials(&*tx, actor.tenant, actor.user).await?;
    if is_on(&*tx, actor.tenant, actor.user).await? {
        return Err(Error::NotBegun);
    }
    store::delete(&*tx, actor.tenant, actor.user).await?;
    store::insert(&*tx, actor.tenant, actor.user, sealed).await?;
    tx.commit().await?;
    Ok(())
}

/// The secret of the factor that is being set up: to be shown to its owner.
///
/// # Errors
/// When vault or database fail.
pub async fn begun(state: &State, tenant: TenantId, user: UserId) -> Result<Option<Secret>, Error> {
    let row = store::find(state.db.read(), tenant, user).await?;
    let Some(row) = row.filter(|row| row.confirmed_at.is_none()) else { return Ok(None) };
    Ok(Some(state.vault.open(&row.sealed_secret, &binding(tenant, &user.to_string()))?))
}

/// Makes the factor that was begun count, if the code is one of it. Gives the recovery codes, told this once.
///
/// # Errors
/// [`Error::NotBegun`], or when system, vault or database fail.
pub async fn confirm(
    state: &State,
    tx: &impl ConnectionTrait,
    (tenant, user): (TenantId, UserId),
    code: &str,
    now: Timestamp,
) -> Result<Option<Vec<RecoveryCode>>, Error> {
    let row = store::find_for_update(tx, tenant, user).await?.filter(|row| row.confirmed_at.is_none());
    let row = row.ok_or(Error::NotBegun)?;
    let secret = state.vault.open(&row.sealed_secret, &binding(tenant, &user.to_string()))?;
    let Some(step) = totp::check(&secret, code, None, now) else { return Ok(None) };
    if !store::confirm(tx, tenant, user, step, now).await? {
        return Err(Error::NotBegun);
    }
    renew_recovery_codes(tx, (tenant, user)).await.map(Some)
}

/// New recovery codes in place of the former ones, told this once.
///
/// # Errors
/// When system or database fail.
pub async fn renew_recovery_codes(
    tx: &impl ConnectionTrait,
    (tenant, user): (TenantId, UserId),
) -> Result<Vec<RecoveryCode>, Error> {
    let codes = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate()).collect::<Result<Vec<_>, _>>()?;
    store::delete_codes(tx, tenant, user).await?;
    store::insert_codes(tx, tenant, user, codes.iter().map(RecoveryCode::hash)).await?;
    Ok(codes)
}

/// Uses what was typed up, if it is a code of the app or a recovery code that counts. Nobody who takes it a
/// second time is let in, also not at the same moment.
///
/// # Errors
/// When vault or database fail.
pub async fn use_code(
    state: &State,
    tx: &impl ConnectionTrait,
    (tenant, user): (TenantId, UserId),
    typed: &str,
    now: Timestamp,
) -> Result<Option<Proof>, Error> {
    let row = store::find_for_update(tx, tenant, user).await?;
    let Some(row) = row.filter(|row| row.confirmed_at.is_some()) else { return Ok(None) };
    if !is_of_app(typed) {
        let Some(hash) = RecoveryCode::hash_of(typed) else { return Ok(None) };
        let used = store::use_recovery_code(tx, tenant, user, hash, now).await?;
        return Ok(used.then_some(Proof::RecoveryCode));
    }
    let secret = state.vault.open(&row.sealed_secret, &binding(tenant, &user.to_string()))?;
    let Some(step) = totp::check(&secret, typed, row.last_step, now) else { return Ok(None) };
    Ok(store::use_step(tx, tenant, user, step).await?.then_some(Proof::App))
}

/// Whether that looks like a code of an app: digits, and as few as no password and no recovery code has.
pub fn is_of_app(typed: &str) -> bool {
    let typed = unicode::with_plain_digits(typed);
    let digits = typed.chars().filter(|c| !c.is_whitespace());
    digits.clone().count() <= 8 && digits.clone().all(|c| c.is_ascii_digit())
}

/// Removes the person's second factor and their recovery codes.
pub async fn remove(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    store::delete_codes(tx, tenant, user).await?;
    store::delete(tx, tenant, user).await
}

/// Takes the second factor from another person of the actor's tenant, who has lost it. Who must have one sets
/// up another after signing in.
///
/// # Errors
/// [`Error::None`] also for a user of another tenant, [`Error::Oneself`], [`Error::NotInCharge`], or when the database fails.
pub async fn reset(state: &State, actor: &Actor, user: UserId) -> Result<(), Error> {
    if actor.user == user {
        return Err(Error::Oneself);
    }
    reset_by(&state.db, actor.tenant, By::Actor(actor), user, state.clock.now()).await
}

/// The same by the operator.
///
/// # Errors
/// [`Error::None`], or when the database fails.
pub async fn reset_by_operator(db: &Db, tenant: TenantId, user: UserId, now: Timestamp) -> Result<(), Error> {
    reset_by(db, tenant, By::Operator, user, now).await
}

async fn reset_by(db: &Db, tenant: TenantId, by: By<'_>, user: UserId, now: Timestamp) -> Result<(), Error> {
    let tx = db.write().await?;
    if let By::Actor(actor) = by {
        // they may have lost the role since the request began
        let locked = directory::lock(&*tx, tenant, user).await?.ok_or(Error::None)?;
        if !locked.administrators.contains(&actor.user) {
            return Err(Error::NotInCharge);
        }
    }
    if !is_on(&*tx, tenant, user).await? {
        return Err(Error::None);
    }
    remove(&*tx, tenant, user).await?;
    let event = Event { name: "second_factor.reset", details: json!({ "user": user.to_string() }) };
    audit::record(&*tx, tenant, by, event, now).await?;
    tx.commit().await?;
    db.erase_traces();
    Ok(())
}

fn binding(tenant: TenantId, user: &str) -> Binding<'_> {
    Binding { tenant: Some(tenant), purpose: "totp", destination: user }
}

#[cfg(test)]
mod tests {
    use super::is_of_app;

    #[test]
    fn codes_of_apps_are_told_from_recovery_codes_and_passwords() {
        for code in ["123456", "١٢٣٤٥٦", "１２３ ４５６", " 123 456 ", "000000", "", "12"] {
            assert!(is_of_app(code), "{code:?}");
        }
        for other in ["2345-6723-4567-2345", "abcd-efgh-ijkl-mnop", "123456789012", "12345a"] {
            assert!(!is_of_app(other), "{other:?}");
        }
    }
}
