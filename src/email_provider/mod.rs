//! The one active e-mail provider of a tenant.
//!
//! - One row a tenant: saving replaces it in one transaction and the former credentials are gone;
//!   *None* deletes it.
//! - The secret is sealed for the tenant and its destination. An empty password field keeps the stored
//!   one only while the destination is the same.
//! - A save carries the revision that its editor saw; if another came between, it is refused.
//! - [`mailer_for`] is the one way to a [`Mailer`](crate::mail::Mailer): a test message takes the very path
//!   of real mail.
//! - A result is noted as the provider's health only if the provider is still the one that was tried.

mod active;
mod api;
mod check;
pub(crate) mod events;
mod expiry;
mod form;
mod health;
pub(crate) mod notices;
mod pages;
mod powershell;
mod presets;
mod recognition;
mod settings;
mod store;
mod test_message;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::state::State;
use crate::values::{Actor, Secret, TenantId};
use crate::vault::{self, Binding};
use crate::web::Section;

pub use active::{Active, mailer_for};
pub use api::calls;
pub use check::{
    CHECK_DEADLINE, CheckState, Mended, PortTrial, ProviderCheck, QuickFix, Reporting, check_form,
    check_stored, find_check, report, try_ports, verify_stored,
};
pub use expiry::{SecretExpiry, Stage};
pub use health::{Health, HealthEvent, is_news, note};
pub use pages::routes;
pub use presets::{
    PRESETS, Preset, PresetLogin, Published, Selector, Server, SpfBy, is_exchange_online,
    password_sign_in_at_exchange_online,
};
pub use recognition::{Autoconfig, Recognised, recognise};
pub use settings::{Microsoft365Settings, SecretChange, Settings, SignIn, SmtpSettings};
pub use test_message::{
    Outcome, OwnWords, TEST_DEADLINE, TESTS_A_MINUTE, TestMessage, find_test, send_test, send_test_with,
};

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/settings", "nav-settings");

/// The stored provider, without its secret.
#[derive(Clone, Debug)]
pub struct Provider {
    /// New with every save.
    pub revision: Uuid,
    pub settings: Settings,
    /// Whether a secret is stored.
    pub has_secret: bool,
    /// What is known of whether it works.
    pub health: Health,
    /// When it was saved.
    pub saved_at: Timestamp,
    pub saved_by: String,
}

impl Provider {
    /// Whether a password for an SMTP server is stored.
    pub(crate) fn has_smtp_password(&self) -> bool {
        self.has_secret && matches!(self.settings, Settings::Smtp(_))
    }

    /// What would put right the failure that is known of it, the surest first.
    pub(crate) fn mends(&self) -> Vec<QuickFix> {
        match &self.health {
            Health::Failing { failure, .. } => QuickFix::of_failure(&self.settings, failure),
            Health::Untested | Health::Checked { .. } | Health::Accepted { .. } => Vec::new(),
        }
    }

    /// Whether a client secret for Microsoft 365 is stored.
    pub(crate) fn has_client_secret(&self) -> bool {
        self.has_secret && matches!(self.settings, Settings::Microsoft365(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// There was none before.
    First,
    /// The former one is gone.
    Replaced,
    /// The former settings are gone, the secret was kept.
    SecretKept,
}

/// Which state an editor had before their eyes when they changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// They do not say, and insist.
    Unsaid,
    /// No provider was stored.
    Nothing,
    Revision(Uuid),
}

/// Why a provider cannot be saved, removed or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else saved or removed it in the meantime.
    #[error("the provider was changed in the meantime")]
    Conflict,
    /// The stored secret was to be kept, and is for another destination or gone.
    #[error("the stored secret is for another destination")]
    SecretNeeded,
    #[error("no provider is active")]
    NoProvider,
    /// Too many test messages and checks in this minute.
    #[error("too many test messages and checks in this minute")]
    TooManyTests,
    /// Too many look-ups of a domain's service in this minute.
    #[error("too many look-ups in this minute")]
    TooManyLookUps,
    /// The stored settings cannot be read.
    #[error("the stored settings of a provider cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The stored address or sender cannot be read, or the message not composed.
    #[error("a message cannot be composed: {0}")]
    Unusable(String),
    /// The secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The tenant's provider, if one is active.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Provider>, Error> {
    Ok(store::find(db, tenant).await?.map(|row| row.stored))
}

/// Today, in UTC: by which dates that administrators enter are judged.
pub fn today(state: &State) -> NaiveDate {
    state.clock.now().utc().date_naive()
}

/// How often this process has saved or removed a provider.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Returns how often this process has saved or removed a provider of any tenant: whoever remembers one looks again when
/// that has changed.
pub fn changes() -> u64 {
    CHANGES.load(Ordering::SeqCst)
}

/// Which save the tenant's provider is of, if one is active: what a long-running sender asks before it uses
/// a provider again.
pub async fn revision(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Uuid>, DbErr> {
    store::revision(db, tenant).await
}

/// Saves the one active provider in place of the former. A save over another state than
/// the editor has `seen` is refused.
///
/// # Errors
/// [`Error::Conflict`], [`Error::SecretNeeded`], or when vault or database fail.
pub async fn save(
    state: &State,
    actor: &Actor,
    settings: &Settings,
    secret: SecretChange,
    seen: Seen,
) -> Result<Saved, Error> {
    let now = state.clock.now();
    let binding_of = settings.destination();
    let sealed = match &secret {
        SecretChange::Replace(secret) => {
            Some(state.vault.seal(secret, &binding(actor.tenant, settings, &binding_of))?)
        }
        SecretChange::Keep | SecretChange::Nothing => None,
    };
    let tx = state.db.write().await?;
    let former = store::find_for_update(&*tx, actor.tenant).await?;
    refuse_stale(former.as_ref(), seen)?;
    let kept = match (&secret, &former) {
        (SecretChange::Keep, Some(former)) if former.stored.settings.destination() == binding_of => {
            Some(former.sealed_secret.clone().ok_or(Error::SecretNeeded)?)
        }
        (SecretChange::Keep, _) => return Err(Error::SecretNeeded),
        _ => None,
    };
    let event = Event {
        name: "email_provider.saved",
        details: json!({
            "provider": settings.kind(),
            "replaced": former.as_ref().map(|former| former.stored.settings.kind()),
            "changed": settings.changes(former.as_ref().map(|former| &former.stored.settings)),
            "secret": secret.name(),
        }),
    };
    store::replace(&*tx, actor, settings, sealed.or(kept), now).await?;
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    CHANGES.fetch_add(1, Ordering::SeqCst);
    state.db.erase_traces();
    forget_tokens(state, former.as_ref().map(|former| &former.stored.settings));
    forget_tokens(state, Some(settings));
    // mail may be waiting for it
    state.db.ring().await;
    Ok(match (former, secret) {
        (None, _) => Saved::First,
        (Some(_), SecretChange::Keep) => Saved::SecretKept,
        (Some(_), SecretChange::Replace(_) | SecretChange::Nothing) => Saved::Replaced,
    })
}

/// Replaces the client secret of the Microsoft 365 provider and its last day, and nothing else.
///
/// # Errors
/// [`Error::Conflict`] also when another kind of provider is active by now, [`Error::NoProvider`], or
/// when vault or database fail.
pub async fn replace_client_secret(
    state: &State,
    actor: &Actor,
    secret: Secret,
    expires_on: Option<NaiveDate>,
    seen: Seen,
) -> Result<Saved, Error> {
    let stored = find(state.db.read(), actor.tenant).await?.ok_or(Error::NoProvider)?;
    let Settings::Microsoft365(mut microsoft) = stored.settings else { return Err(Error::Conflict) };
    // who does not say what they saw means the present state, which must not change on the way either
    let seen = if seen == Seen::Unsaid { Seen::Revision(stored.revision) } else { seen };
    microsoft.secret_expires_on = expires_on;
    save(state, actor, &Settings::Microsoft365(microsoft), SecretChange::Replace(secret), seen).await
}

/// Deactivates and deletes the provider: *None*. Removing none is no error.
///
/// # Errors
/// [`Error::Conflict`], or when the database fails.
pub async fn remove(state: &State, actor: &Actor, seen: Seen) -> Result<(), Error> {
    let tx = state.db.write().await?;
    let former = store::find_for_update(&*tx, actor.tenant).await?;
    refuse_stale(former.as_ref(), seen)?;
    if let Some(former) = &former {
        store::delete(&*tx, actor.tenant).await?;
        check::forget(&*tx, actor.tenant).await?;
        let details = json!({ "provider": former.stored.settings.kind() });
        let event = Event { name: "email_provider.removed", details };
        audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    }
    tx.commit().await?;
    CHANGES.fetch_add(1, Ordering::SeqCst);
    state.db.erase_traces();
    forget_tokens(state, former.as_ref().map(|former| &former.stored.settings));
    Ok(())
}

/// What was signed in to under former settings must not outlive them.
fn forget_tokens(state: &State, settings: Option<&Settings>) {
    if let Some(Settings::Microsoft365(microsoft)) = settings {
        state.network.forget_microsoft365_tokens(&microsoft.client_id);
    }
}

fn refuse_stale(former: Option<&store::Row>, seen: Seen) -> Result<(), Error> {
    let present = former.map_or(Seen::Nothing, |former| Seen::Revision(former.stored.revision));
    if seen == Seen::Unsaid || seen == present { Ok(()) } else { Err(Error::Conflict) }
}

fn binding<'a>(tenant: TenantId, settings: &Settings, destination: &'a str) -> Binding<'a> {
    Binding { tenant: Some(tenant), purpose: settings.secret_purpose(), destination }
}
