//! The rules of signing in that a tenant's administrators set.
//!
//! - That administrators must use a second factor is enforced by `web::gate` at every request, so that the rule
//!   holds at once and for every address. Only somebody who has one can switch it on.
//! - That nobody signs in with a password but one administrator, who keeps the door open should the tenant's own
//!   service fail, is enforced by `auth`. It can be switched on once an administrator has come by that service.

pub(crate) mod events;
mod form;
pub(crate) mod notices;
mod pages;

use sea_orm::DbErr;
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::oidc;
use crate::second_factor;
use crate::state::State;
use crate::tenants;
use crate::users;
use crate::values::{Actor, UserId};
use crate::web::Section;

pub use pages::routes;

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/settings/sign-in", "nav-sign-in");

/// Why a rule cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever wants it has no second factor.
    #[error("whoever requires a second factor must have one")]
    OwnFirst,
    /// No administrator has come by the tenant's own service yet.
    #[error("no administrator has signed in by the service yet")]
    NotProven,
    /// That is no active administrator with a password.
    #[error("no active administrator with a password")]
    NoBreakGlass,
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

/// Sets who may sign in with a password: that administrator alone, or, with `None`, everybody. Sessions that are
/// open go on.
///
/// # Errors
/// [`Error::NotProven`], [`Error::NoBreakGlass`], or when the database fails.
pub async fn set_local_sign_in(state: &State, actor: &Actor, only_for: Option<UserId>) -> Result<(), Error> {
    let tx = state.db.write().await?;
    if let Some(user) = only_for {
        let service = oidc::find(&*tx, actor.tenant).await?;
        if service.is_none_or(|service| service.proven_at.is_none()) {
            return Err(Error::NotProven);
        }
        let all = users::administrators(&*tx, actor.tenant).await?;
        if !all.iter().any(|one| one.user == user && one.has_password) {
            return Err(Error::NoBreakGlass);
        }
    }
    tenants::set_local_sign_in_only_for(&*tx, actor.tenant, only_for).await?;
    let details = json!({ "password_only_for": only_for.map(|user| user.to_string()) });
    let event = Event { name: "sign_in.rules_changed", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
