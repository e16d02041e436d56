//! One's own second factor: what one does about it proves first that it is oneself who does it. Wrong proofs
//! are counted for the session, as at a change of the password: whoever is locked out by others can still do
//! this, and whoever found an open session cannot guess for long.

use serde_json::json;
use uuid::Uuid;

use super::{Error, charge_guess, client_key, password, store};
use crate::audit::{self, By, Event};
use crate::second_factor::{self, RecoveryCode};
use crate::state::State;
use crate::users;
use crate::values::{Actor, Secret, SessionId};

/// Makes the factor that was begun count, and gives the recovery codes, told this once.
///
/// # Errors
/// [`Error::Refused`] for a wrong code or too many of them, [`Error::Factor`] when none was begun, or when our
/// own part fails.
pub async fn confirm_second_factor(
    state: &State,
    actor: &Actor,
    session: SessionId,
    code: &str,
) -> Result<Vec<RecoveryCode>, Error> {
    let now = state.clock.now();
    let (_, failure) = charge_guess(state, actor, session, now).await?;
    let whose = (actor.tenant, actor.user);
    let tx = state.db.write().await?;
    users::find_own_credentials(&*tx, actor.tenant, actor.user).await?;
    let codes = second_factor::confirm(state, &*tx, whose, code, now).await?.ok_or(Error::Refused)?;
    store::delete_failure(&*tx, failure).await?;
    let event = Event { name: "second_factor.set_up", details: json!({}) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// New recovery codes in place of the former ones, told this once. `proof` is the present password or a code of
/// the app.
///
/// # Errors
/// [`Error::Refused`] when the proof is wrong or was guessed at too often, [`Error::Factor`] when there is no
/// second factor, [`Error::Busy`], or when our own part fails.
pub async fn renew_recovery_codes(
    state: &State,
    actor: &Actor,
    session: SessionId,
    proof: Secret,
) -> Result<Vec<RecoveryCode>, Error> {
    let failure = prove(state, actor, session, proof).await?;
    let tx = state.db.write().await?;
    store::delete_failure(&*tx, failure).await?;
    users::find_own_credentials(&*tx, actor.tenant, actor.user).await?;
    if !second_factor::is_on(&*tx, actor.tenant, actor.user).await? {
        return Err(Error::Factor(second_factor::Error::None));
    }
    let codes = second_factor::renew_recovery_codes(&*tx, (actor.tenant, actor.user)).await?;
    let event = Event { name: "second_factor.recovery_codes_renewed", details: json!({}) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Removes one's second factor and its recovery codes. `proof` is the present password or a code of the app.
///
/// # Errors
/// [`Error::Refused`] when the proof is wrong or was guessed at too often, [`Error::Busy`], or when our own
/// part fails.
pub async fn remove_second_factor(
    state: &State,
    actor: &Actor,
    session: SessionId,
    proof: Secret,
) -> Result<(), Error> {
    let failure = prove(state, actor, session, proof).await?;
    let tx = state.db.write().await?;
    store::delete_failure(&*tx, failure).await?;
    users::find_own_credentials(&*tx, actor.tenant, actor.user).await?;
    second_factor::remove(&*tx, actor.tenant, actor.user).await?;
    let event = Event { name: "second_factor.removed", details: json!({}) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

/// Checks the present password or a code of the app, whichever it is: no password is as short as a code. The
/// guess that was charged for it is to be taken back with the deed.
pub(super) async fn prove(
    state: &State,
    actor: &Actor,
    session: SessionId,
    proof: Secret,
) -> Result<Uuid, Error> {
    let now = state.clock.now();
    if !second_factor::is_of_app(proof.expose()) {
        let turn = password::turn(&client_key(actor.origin.client)).await?;
        let (found, failure) = charge_guess(state, actor, session, now).await?;
        let right = turn.verify(proof, found.password_hash).await?.is_right();
        return if right { Ok(failure) } else { Err(Error::Refused) };
    }
    let (_, failure) = charge_guess(state, actor, session, now).await?;
    let whose = (actor.tenant, actor.user);
    let tx = state.db.write().await?;
    users::find_own_credentials(&*tx, actor.tenant, actor.user).await?;
    second_factor::use_code(state, &*tx, whose, proof.expose(), now).await?.ok_or(Error::Refused)?;
    tx.commit().await?;
    Ok(failure)
}
