//! Signing in at a tenant's own service, by OpenID Connect: any issuer with discovery, the code flow with PKCE.
//!
//! - One service a tenant. Its client secret is sealed for issuer and client ID; an empty field keeps it only
//!   while both are the same.
//! - A tenant types the issuer, and the issuer's document names further addresses. All of them are asked through
//!   [`Network::call`](crate::mail::Network::call), by the rules for mail servers.
//! - A sign-in is bound to the browser that began it, to its tenant and to the settings by which it began. Its
//!   `state` works once, within ten minutes.
//! - A token is believed after its signature, issuer, audience, nonce and time were checked. Only the service's
//!   own keys sign; neither `none` nor the client's secret does.
//! - People are known by issuer and subject, never by address. An address that the service vouches for connects a
//!   person with their account, once.
//! - Whoever has a second factor here is asked for it here.
//! - A role is taken only by a claim that was read and does not hold the value. What cannot be read takes nothing, and is
//!   recorded; a claim that the service leaves out altogether keeps an administrator out, with a sentence that says so.
//! - Metadata is remembered for five minutes, a failure for half a minute, in the process; a signature by an
//!   unknown key has it fetched anew. A service is asked once at a time.

mod claims;
mod discovery;
pub(crate) mod events;
mod pages;
mod settings;
mod sign_in;
mod store;
mod token;
mod trouble;

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, By, Event, Limit};
use crate::db::Connection;
use crate::state::State;
use crate::tenants;
use crate::values::{Actor, TenantId};
use crate::vault::{self, Binding};

pub use pages::routes;
pub use settings::{OidcSecret, OidcSettings, RoleClaim, StoredOidc};
pub use sign_in::{Answer, Begun, Finished, Refusal, begin, finish, sweep};
pub use trouble::Trouble;

/// So often a minute a tenant may have a service checked.
const CHECKS: Limit =
    Limit { most: 10, within: Duration::from_secs(60), together_with: &["email_provider.recognition"] };

/// Why a service cannot be saved, removed, checked or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else saved or removed it in the meantime.
    #[error("the sign-in service was changed in the meantime")]
    Conflict,
    /// The stored secret was to be kept, and is for another issuer or client.
    #[error("the stored secret is for another destination")]
    SecretNeeded,
    /// Nobody else signs in with a password: first that is to change.
    #[error("people sign in with this service only")]
    LocalSignInOff,
    #[error("no sign-in service is set up")]
    NotSetUp,
    /// Somebody begins sign-ins again and again.
    #[error("too many sign-ins begun from one address")]
    TooManyFromHere,
    /// Too many checks in this minute.
    #[error("too many checks in this minute")]
    TooManyChecks,
    /// The person is not let in.
    #[error("refused: {0:?}")]
    Refused(Box<Refusal>),
    /// Our own settings make an address that is none.
    #[error("an address cannot be made: {0}")]
    Address(String),
    /// A part of `auth` failed.
    #[error(transparent)]
    Auth(#[from] crate::auth::Error),
    /// A user cannot be added.
    #[error(transparent)]
    User(#[from] crate::users::Error),
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The tenant's service, if one is set up.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<StoredOidc>, DbErr> {
    Ok(store::find(db, tenant).await?.map(|row| row.stored))
}

/// Answers whether the tenant has a service; for the tables of rooms before this one.
pub fn offers_sign_in(db: &Connection, tenant: TenantId) -> BoxFuture<'_, Result<bool, DbErr>> {
    Box::pin(async move { Ok(find(db, tenant).await?.is_some()) })
}

/// Saves the service in place of the former. `seen` is the revision that the editor saw; `None` means that there
/// was none.
///
/// # Errors
/// [`Error::Conflict`], [`Error::SecretNeeded`], [`Error::LocalSignInOff`] for another issuer or client while
/// nobody signs in with a password, or when vault or database fail.
pub async fn save(
    state: &State,
    actor: &Actor,
    settings: &OidcSettings,
    secret: OidcSecret,
    seen: Option<Uuid>,
) -> Result<(), Error> {
    let destination = settings.destination();
    let sealed = match &secret {
        OidcSecret::Replace(secret) => Some(state.vault.seal(secret, &binding(actor.tenant, &destination))?),
        OidcSecret::Keep => None,
    };
    let tx = state.db.write().await?;
    let former = store::find_for_update(&*tx, actor.tenant).await?;
    if former.as_ref().map(|former| former.stored.revision) != seen {
        return Err(Error::Conflict);
    }
    let same = former.as_ref().filter(|former| former.stored.settings.destination() == destination);
    if former.is_some() && same.is_none() {
        refuse_while_needed(&*tx, actor.tenant).await?;
    }
    let kept = same.map(|former| former.sealed_secret.clone());
    let sealed = sealed.or(kept).ok_or(Error::SecretNeeded)?;
    let proven_at = same.and_then(|former| former.stored.proven_at);
    let now = state.clock.now();
    if !store::replace(&*tx, actor, settings, sealed, proven_at, now).await? {
        return Err(Error::Conflict);
    }
    let details = json!({
        "issuer": settings.issuer,
        "client_id": settings.client_id,
        "role": settings.role.as_ref().map(|role| format!("{}={}", role.claim, role.value)),
        "just_in_time": settings.just_in_time,
        "allowed_domains": settings.allowed_domains,
        "secret": if matches!(secret, OidcSecret::Keep) { "kept" } else { "replaced" },
    });
    audit::record(&*tx, actor.tenant, By::Actor(actor), Event { name: "oidc.saved", details }, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

/// Removes the service. Removing none is no error.
///
/// # Errors
/// [`Error::Conflict`], [`Error::LocalSignInOff`], or when the database fails.
pub async fn remove(state: &State, actor: &Actor, seen: Option<Uuid>) -> Result<(), Error> {
    let tx = state.db.write().await?;
    let former = store::find_for_update(&*tx, actor.tenant).await?;
    if former.as_ref().map(|former| former.stored.revision) != seen {
        return Err(Error::Conflict);
    }
    refuse_while_needed(&*tx, actor.tenant).await?;
    let Some(former) = former else { return Ok(()) };
    store::delete(&*tx, actor.tenant).await?;
    let details = json!({ "issuer": former.stored.settings.issuer });
    let event = Event { name: "oidc.removed", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

async fn refuse_while_needed(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), Error> {
    let only_for = tenants::local_sign_in_only_for(tx, tenant).await?;
    if only_for.is_some() { Err(Error::LocalSignInOff) } else { Ok(()) }
}

/// Asks the service what it says of itself, and judges it. Nothing of ours is sent there.
///
/// # Errors
/// [`Error::TooManyChecks`], or when the database fails.
pub async fn check(state: &State, actor: &Actor, issuer: &str) -> Result<Result<(), Trouble>, Error> {
    let event = Event { name: "oidc.checked", details: json!({ "issuer": issuer }) };
    let tx = state.db.write().await?;
    let now = state.clock.now();
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, CHECKS).await? {
        return Err(Error::TooManyChecks);
    }
    tx.commit().await?;
    Ok(discovery::discover(&state.network, issuer).await.map(|_| ()))
}

fn binding(tenant: TenantId, destination: &str) -> Binding<'_> {
    Binding { tenant: Some(tenant), purpose: "oidc-client-secret", destination }
}
