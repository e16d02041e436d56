//! The rules of signing in that a tenant's administrators set.
//!
//! That administrators must use a second factor is enforced by `web::gate` at every request, so that the rule
//! holds at once and for every address. Only somebody who has one can switch it on.

mod pages;

use sea_orm::DbErr;
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::second_factor;
use crate::state::State;
use crate::tenants;
use crate::values::Actor;

pub use pages::routes;

/// Why a rule cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever wants it has no second factor.
    #[error("whoever requires a second factor must have one")]
    OwnFirst,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Sets whether the tenant's administrators must use a second factor.
///
/// # Errors
/// [`Error::OwnFirst`], or when the database fails.
pub async fn require_second_factor(state: &State, actor: &Actor, required: bool) -> Result<(), Error> {
    let tx = state.db.write().await?;
    if required && !second_factor::is_on(&*tx, actor.tenant, actor.user).await? {
        return Err(Error::OwnFirst);
    }
    tenants::set_second_factor_required(&*tx, actor.tenant, required).await?;
    let details = json!({ "administrators_need_second_factor": required });
    let event = Event { name: "sign_in.rules_changed", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
