//! Signing in as a member of the staff: password and second factor in one step, so that neither can be had
//! without the other and a wrong one does not say which it was.

use super::password::Match;
use super::{Error, FAILURES_AN_HOUR, HOUR, client_key, password, store};
use crate::staff::{self, StaffMember};
use crate::state::State;
use crate::totp;
use crate::values::{EmailAddress, Origin, Secret, TokenHash};

/// Checks address, password and code.
///
/// # Errors
/// [`Error::Refused`], [`Error::TooManyFromHere`], [`Error::Busy`], or when our own part fails.
pub async fn sign_in_staff(
    state: &State,
    email: &str,
    password: Secret,
    code: &str,
    origin: &Origin,
) -> Result<StaffMember, Error> {
    let here = client_key(origin.client);
    let turn = password::turn(&here).await?;
    let now = state.clock.now();
    if store::count_failures(state.db.read(), &here, now.minus(HOUR)).await? >= FAILURES_AN_HOUR {
        return Err(Error::TooManyFromHere);
    }
    let tx = state.db.write().await?;
    let credentials = match EmailAddress::parse(email) {
        Ok(email) => staff::find_credentials(&*tx, &email).await?,
        Err(_) => None,
    };
    let waits = |found: &staff::Credentials| found.locked_until.is_some_and(|until| until > now);
    let usable = credentials.filter(|found| found.password_hash.is_some() && !waits(found));
    // as in `sign_in`: charged before the check, taken back after a success
    let failure = store::insert_failure(&*tx, &here, now).await?;
    if let Some(found) = &usable {
        staff::count_failure(&*tx, found, now).await?;
    }
    tx.commit().await?;

    let hash = usable.as_ref().and_then(|found| found.password_hash.clone());
    let matched = turn.verify(password.clone(), hash).await?;
    let renewed = match matched {
        Match::Former => Some(turn.hash(password).await?),
        _ => None,
    };
    let found = usable.filter(|_| matched.is_right());
    // also for a wrong password: that one was right must not show in one transaction more
    let tx = state.db.write().await?;
    // the password may have been changed, or the account closed, while it was checked
    let present = match EmailAddress::parse(email) {
        Ok(email) => staff::find_credentials(&*tx, &email).await?,
        Err(_) => None,
    };
    let (Some(found), Some(present)) = (found, present) else { return Err(Error::Refused) };
    if present.password_hash != found.password_hash {
        return Err(Error::Refused);
    }
    if !staff::accept(&*tx, &state.vault, &present, code, now).await? {
        return Err(Error::Refused);
    }
    if let Some(hash) = renewed {
        staff::renew_hash(&*tx, present.member.id, hash).await?;
    }
    store::delete_failure(&*tx, failure).await?;
    tx.commit().await?;
    tracing::info!(staff = %present.member.id, client = %origin.client, "a member of the staff signed in");
    Ok(present.member)
}

/// Sets password and second factor by a link that then no longer works.
///
/// # Errors
/// [`Error::DeadLink`], [`Error::WrongCode`], [`Error::Busy`], or when our own part fails.
pub async fn set_up_staff(
    state: &State,
    token: &str,
    password: Secret,
    code: &str,
    origin: &Origin,
) -> Result<StaffMember, Error> {
    let now = state.clock.now();
    let hash = TokenHash::of(token);
    let found = staff::find_by_link(state.db.read(), &state.vault, &hash, now).await?;
    let (member, secret) = found.ok_or(Error::DeadLink)?;
    let step = totp::check(&secret, code, None, now).ok_or(Error::WrongCode)?;
    let password_hash = password::turn(&client_key(origin.client)).await?.hash(password).await?;
    let tx = state.db.write().await?;
    if !staff::set_up(&*tx, member.id, hash, password_hash, step, now).await? {
        return Err(Error::DeadLink);
    }
    tx.commit().await?;
    state.db.erase_traces();
    tracing::info!(staff = %member.id, client = %origin.client, "a member of the staff set password and second factor");
    Ok(member)
}
