//! What is published about the domain that the portal's mail comes from, and what that means for the mail:
//! where answers go (MX), who may send (SPF), who signs (DKIM), and what becomes of mail that fits neither
//! (DMARC). For each the very line that is to be added or changed.
//!
//! - Nothing is changed here. A check asks the DNS when somebody presses the button, and its answers are kept until the
//!   next one: who opens the page asks nobody anything.
//! - What cannot be known from outside is said to be unknown, not guessed.
//! - A check is over in ten seconds; ten a minute a tenant; each stands in the audit log.
//! - Each judgement is a pure function of answers, so that its tests are genuine records.

mod dkim;
mod dmarc;
pub(crate) mod events;
mod finding;
mod form;
mod mx;
mod pages;
mod service;
mod spf;
mod spf_record;
mod store;

use std::time::Duration;

use sea_orm::DbErr;
use serde_json::json;
use tokio::time::Instant;

use crate::audit::{self, By, Event, Limit};
use crate::clock::Timestamp;
use crate::dns::Dns;
use crate::email_provider;
use crate::state::State;
use crate::values::{Actor, EmailAddress, TenantId};

use service::Service;

pub use finding::{Finding, Outcome, Record, Subject};
pub use pages::routes;

/// A check is over by then.
const DEADLINE: Duration = Duration::from_secs(9);
/// So many checks a minute a tenant.
const LIMIT: Limit = Limit { most: 10, within: Duration::from_mins(1), together_with: &[] };

/// What a check found.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// The address that mail comes from.
    pub sender: String,
    /// Its domain, in ASCII.
    pub domain: String,
    /// What the mail goes through: a known service, or a server by its name.
    pub through: String,
    /// Whether the domain is that service's own, so that nobody else can change its DNS.
    pub is_services_own: bool,
    /// The DKIM selector that was typed; empty if those of the service were looked at.
    pub selector: String,
    /// One finding each: MX, SPF, DKIM, DMARC.
    pub findings: Vec<Finding>,
}

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no provider, so no domain either.
    #[error("no provider is active")]
    NoProvider,
    /// Too many checks in this minute.
    #[error("too many checks in this minute")]
    TooMany,
    /// The provider cannot be read.
    #[error(transparent)]
    Provider(#[from] email_provider::Error),
    /// The stored address is none.
    #[error("the stored sender address cannot be read")]
    Unusable,
    /// The report cannot be written down.
    #[error(transparent)]
    Report(#[from] serde_json::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Who is asked, and until when.
#[derive(Clone, Copy)]
struct DnsQuery<'a> {
    dns: &'a Dns,
    until: Instant,
}

/// What is known of the domain of the stored provider's sender.
#[derive(Clone, Debug)]
pub struct Known {
    /// The sender's domain, in ASCII.
    pub domain: String,
    /// What the last check of it found, and when. Nothing, if it was for another sender or another way.
    pub last: Option<(Report, Timestamp)>,
}

/// Finds what the last check found; it asks nobody.
///
/// # Errors
/// [`Error::NoProvider`], or when the database fails.
pub async fn last(state: &State, tenant: TenantId) -> Result<Known, Error> {
    let db = state.db.read();
    let stored = email_provider::find(db, tenant).await?.ok_or(Error::NoProvider)?;
    let sender = EmailAddress::parse(stored.settings.sender_address()).map_err(|_| Error::Unusable)?;
    let through = Service::of(&stored.settings).to_string();
    let last = store::find(db, tenant).await?;
    let last = last.filter(|(report, _)| report.sender == sender.to_string() && report.through == through);
    Ok(Known { domain: sender.domain().to_owned(), last })
}

/// Checks the domain of the stored provider's sender. With a `selector` that DKIM key is looked at, else
/// those that the provider is known to use. What it finds is kept for [`last`].
///
/// # Errors
/// [`Error::NoProvider`], [`Error::TooMany`], or when the database fails.
pub async fn check(state: &State, actor: &Actor, selector: Option<&str>) -> Result<(), Error> {
    let stored = email_provider::find(state.db.read(), actor.tenant).await?.ok_or(Error::NoProvider)?;
    let sender = EmailAddress::stored(stored.settings.sender_address()).map_err(|_| Error::Unusable)?;
    let event = Event {
        name: "sender_domain.checked",
        details: json!({ "domain": sender.domain(), "selector": selector }),
    };
    let tx = state.db.write().await?;
    let now = state.clock.now();
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, LIMIT).await? {
        return Err(Error::TooMany);
    }
    tx.commit().await?;

    let service = Service::of(&stored.settings);
    let asking = DnsQuery { dns: &state.dns, until: Instant::now() + DEADLINE };
    let (mx, spf, dkim, policy) = tokio::join!(
        mx::look(asking, sender.domain()),
        spf::look(asking, &sender, &service),
        dkim::look(asking, sender.domain(), &service, selector),
        dmarc::ask(asking, sender.domain()),
    );
    let dmarc = dmarc::judge(sender.domain(), policy, &dmarc::Prospects::of(&spf, &dkim, &service));
    let is_services_own = service.owns(sender.domain());
    let mut findings = vec![mx, spf, dkim, dmarc];
    if is_services_own {
        for finding in &mut findings {
            finding.change.clear();
        }
    }
    let report = Report {
        sender: sender.to_string(),
        domain: sender.domain().to_owned(),
        through: service.to_string(),
        is_services_own,
        selector: selector.unwrap_or_default().to_owned(),
        findings,
    };
    let json = serde_json::to_string(&report)?;
    let tx = state.db.write().await?;
    store::replace(&*tx, actor.tenant, &json, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
