//! The staged check: what a delivery would meet, step by step, without a mail.
//!
//! - It runs in a task of its own and notes each step in the database, so that its page shows how far it is
//!   in whichever process answers, and a visitor may leave.
//! - What is typed can be checked before it is saved. Its secret lives in the task only; the stored one is
//!   used only where saving would keep it, that is for its own destination.
//! - Checks, tries of ports and test messages are limited together.
//! - A check of the stored provider is news of its health. One that passes ends a failure, and proves no more:
//!   no message was accepted.

mod mend;
mod provider_check;
mod report;
mod store;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::health::{self, HealthEvent};
use super::{Error, SecretChange, Settings, active, test_message};
use crate::audit::{self, By, Event};
use crate::i18n::Language;
use crate::mail::{CheckedStep, Mailer, Message, Sender};
use crate::state::State;
use crate::values::{Actor, EmailAddress, ProviderCheckId, TenantId};

pub use mend::{Mended, QuickFix};
pub use provider_check::{CheckState, PortTrial, ProviderCheck};
pub use report::{Reporting, report};
pub(super) use report::{of, outcome, result};

/// A check is over within 30 seconds; the rest of them is ours.
pub const CHECK_DEADLINE: Duration = Duration::from_secs(25);
/// Other ports are tried all at once.
const PORTS_DEADLINE: Duration = Duration::from_secs(20);
/// So many former checks are kept.
const CHECKS_KEPT: u64 = 50;

/// What is to be checked, and how.
struct Task {
    settings: Settings,
    mailer: Mailer,
    sender: Sender,
    /// Which save it is; none for what stands in a form.
    revision: Option<Uuid>,
    recipient: EmailAddress,
    language: Language,
}

/// Begins a check of the stored provider. The server is asked about that recipient.
///
/// # Errors
/// [`Error::NoProvider`], [`Error::TooManyTests`], or when our own part fails.
pub async fn check_stored(
    state: &State,
    actor: &Actor,
    recipient: EmailAddress,
    language: Language,
) -> Result<ProviderCheckId, Error> {
    let (settings, active) = active::stored(state, actor.tenant).await?;
    let (mailer, sender, revision) = (active.mailer, active.sender, Some(active.revision));
    Ok(begin(state, actor, Task { settings, mailer, sender, revision, recipient, language }).await?.0)
}

/// As [`check_stored`], and waits for the end of the check. It is over in any case, also when nobody waits.
///
/// # Errors
/// As [`check_stored`].
pub async fn verify_stored(
    state: &State,
    actor: &Actor,
    recipient: EmailAddress,
    language: Language,
) -> Result<ProviderCheck, Error> {
    let (settings, active) = active::stored(state, actor.tenant).await?;
    let (mailer, sender, revision) = (active.mailer, active.sender, Some(active.revision));
    let task = Task { settings, mailer, sender, revision, recipient, language };
    let (id, under_way) = begin(state, actor, task).await?;
    under_way.await.map_err(|error| Error::Unusable(error.to_string()))?;
    // a provider that is removed takes its checks along
    find_check(state.db.read(), actor.tenant, id).await?.ok_or(Error::NoProvider)
}

/// Begins a check of settings that are not saved. A secret to keep is kept by the rule of saving.
///
/// # Errors
/// [`Error::SecretNeeded`], [`Error::TooManyTests`], or when our own part fails.
pub async fn check_form(
    state: &State,
    actor: &Actor,
    settings: Settings,
    secret: SecretChange,
    recipient: EmailAddress,
    language: Language,
) -> Result<ProviderCheckId, Error> {
    let (mailer, sender) = active::of_form(state, actor.tenant, &settings, secret).await?;
    let task = Task { settings, mailer, sender, revision: None, recipient, language };
    Ok(begin(state, actor, task).await?.0)
}

async fn begin(state: &State, actor: &Actor, task: Task) -> Result<(ProviderCheckId, JoinHandle<()>), Error> {
    let (id, now) = (ProviderCheckId::new(), state.clock.now());
    let Task { settings, mailer, sender, revision, recipient, language } = task;
    // what would be sent, and is not: servers are told its size
    let to = recipient.clone();
    let message = test_message::compose(state, id.uuid(), sender, to, &actor.name, language)?;
    let of_form = revision.is_none();
    let event = Event {
        name: "email_provider.checked",
        details: json!({
            "of": if of_form { "form" } else { "stored" },
            "provider": settings.kind(),
            "through": settings.server(),
            "recipient": recipient.to_string(),
        }),
    };
    let tx = state.db.write().await?;
    store::insert(&*tx, actor, id, of_form, &settings, &recipient, now).await?;
    store::delete_old(&*tx, actor.tenant, CHECKS_KEPT).await?;
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, test_message::LIMIT).await? {
        return Err(Error::TooManyTests);
    }
    tx.commit().await?;

    let (state, tenant) = (state.clone(), actor.tenant);
    let under_way = tokio::spawn(async move {
        if let Err(error) = run(&state, tenant, id, &mailer, &message, revision).await {
            tracing::error!(%error, "what came of a check cannot be noted");
        }
    });
    Ok((id, under_way))
}

async fn run(
    state: &State,
    tenant: TenantId,
    id: ProviderCheckId,
    mailer: &Mailer,
    message: &Message,
    revision: Option<Uuid>,
) -> Result<(), Error> {
    let (tell, told) = mpsc::unbounded_channel();
    let (result, steps) =
        tokio::join!(mailer.check(message, CHECK_DEADLINE, tell), note_steps(state, tenant, id, told));
    let now = state.clock.now();
    let tx = state.db.write().await?;
    if let Some(revision) = revision {
        let news =
            result.as_ref().map_or_else(|failure| HealthEvent::Failed(failure), |()| HealthEvent::Passed);
        health::note(&*tx, tenant, revision, news, now).await?;
    }
    store::set_steps(&*tx, tenant, id, &steps, Some(now)).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes the steps while they are taken. A database that fails is asked again with the next one.
async fn note_steps(
    state: &State,
    tenant: TenantId,
    id: ProviderCheckId,
    mut told: mpsc::UnboundedReceiver<CheckedStep>,
) -> Vec<CheckedStep> {
    let mut steps = Vec::new();
    while let Some(step) = told.recv().await {
        steps.push(step);
        while let Ok(step) = told.try_recv() {
            steps.push(step);
        }
        let noted = async {
            let tx = state.db.write().await?;
            store::set_steps(&*tx, tenant, id, &steps, None).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "a step of a check cannot be noted");
        }
    }
    steps
}

/// A check of the tenant.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub async fn find_check(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: ProviderCheckId,
) -> Result<Option<ProviderCheck>, Error> {
    store::find(db, tenant, id).await
}

/// Begins to try the operator's list of ports at the server of a check that did not get through to it.
///
/// # Errors
/// [`Error::TooManyTests`], or when our own part fails. A check that has no need of it is left alone.
pub async fn try_ports(state: &State, actor: &Actor, check: &ProviderCheck) -> Result<(), Error> {
    let now = state.clock.now();
    let (Settings::Smtp(smtp), true) = (&check.settings, check.wants_ports(now)) else { return Ok(()) };
    let all = state.config.smtp_ports.iter().copied();
    let ports: Vec<u16> = all.filter(|port| *port != smtp.server_port).collect();
    let mut bare = smtp.clone();
    bare.sign_in = super::SignIn::Nobody;
    let bare = Settings::Smtp(bare);
    let (mailer, _) = active::of_form(state, actor.tenant, &bare, SecretChange::Nothing).await?;
    let event = Event {
        name: "email_provider.ports_tried",
        details: json!({ "server": smtp.server_address, "ports": ports }),
    };
    let mut trial = PortTrial { began_at: now, tried: ports, open: None };
    let tx = state.db.write().await?;
    store::set_ports(&*tx, actor.tenant, check.id, &trial).await?;
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, test_message::LIMIT).await? {
        return Err(Error::TooManyTests);
    }
    tx.commit().await?;

    let (state, tenant, id) = (state.clone(), actor.tenant, check.id);
    tokio::spawn(async move {
        trial.open = Some(mailer.try_ports(&trial.tried, PORTS_DEADLINE).await);
        let noted = async {
            let tx = state.db.write().await?;
            store::set_ports(&*tx, tenant, id, &trial).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "what came of trying ports cannot be noted");
        }
    });
    Ok(())
}

/// Forgets the tenant's checks, in the transaction in which its provider is removed: its settings stand in
/// them.
pub(super) async fn forget(tx: &impl ConnectionTrait, tenant: TenantId) -> Result<(), Error> {
    Ok(store::delete_all(tx, tenant).await?)
}
