//! Fresh proof: what changes who can get in asks whoever does it to show that it is really them, by a sign-in that
//! was just now or by the present password (or a code of the app) once more. An open session that somebody found is
//! not enough.

use std::time::Duration;

use sea_orm::DbErr;

use super::{Error, own_factor, store};
use crate::sessions;
use crate::state::State;
use crate::values::{Actor, Secret, SessionId};

/// A proof counts so long for what begins.
pub const FRESH_FOR: Duration = Duration::from_secs(5 * 60);
/// And so long for what was begun with it and is finished.
pub const FINISH_WITHIN: Duration = Duration::from_secs(15 * 60);

/// Whether the session began, or its owner proved themselves in it, within that time.
pub async fn is_fresh(
    state: &State,
    actor: &Actor,
    session: SessionId,
    within: Duration,
) -> Result<bool, DbErr> {
    let proved = sessions::proved_at(state.db.read(), actor.tenant, actor.user, session).await?;
    Ok(proved.is_some_and(|at| at > state.clock.now().minus(within)))
}

/// Takes the present password or a code of the app as proof, and notes it at the session. Wrong ones are counted for
/// the session.
///
/// # Errors
/// [`Error::Refused`] when the proof is wrong or was guessed at too often, [`Error::Busy`], or when our own part
/// fails.
pub async fn prove_fresh(
    state: &State,
    actor: &Actor,
    session: SessionId,
    proof: Secret,
) -> Result<(), Error> {
    let failure = own_factor::prove(state, actor, session, proof).await?;
    let tx = state.db.write().await?;
    store::delete_failure(&*tx, failure).await?;
    sessions::note_proof(&*tx, actor.tenant, actor.user, session, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
