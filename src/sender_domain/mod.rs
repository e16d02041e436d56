//! What is published about the domain that the portal's mail comes from, and what that means for the mail:
//! where answers go (MX), who may send (SPF), who signs (DKIM), and what becomes of mail that fits neither
//! (DMARC). For each the very line that is to be added or changed.
//!
//! - Nothing is changed here, and nothing is kept: a check asks the DNS and shows the answers.
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

use std::time::Duration;

use sea_orm::DbErr;
use serde_json::json;
use tokio::time::Instant;

use crate::audit::{self, By, Event, Limit};
use crate::dns::Dns;
use crate::email_provider;
use crate::state::State;
use crate::values::{Actor, EmailAddress};

use service::Service;

pub use finding::{Finding, Outcome, Record, Subject};
pub use pages::routes;

/// A check is over by then.
const DEADLINE: Duration = Duration::from_secs(9);
/// So many checks a minute a tenant.
const LIMIT: Limit = Limit { most: 10, within: Duration::from_mins(1), together_with: &[] };

/// What a check found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The address that mail comes from.
    pub sender: EmailAddress,
    /// What the mail goes through: a known service, or a server by its name.
    pub through: String,
    /// Whether the domain is that service's own, so that nobody else can change its DNS.
    pub is_services_own: bool,
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
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Who is asked, and until when.
#[derive(Clone, Copy)]
struct Asking<'a> {
    dns: &'a Dns,
    until: Instant,
}

/// Checks the domain of the stored provider's sender. With a `selector` that DKIM key is looked at, else
/// those that the provider is known to use.
///
/// # Errors
/// [`Error::NoProvider`], [`Error::TooMany`], or when the database fails.
pub async fn check(state: &State, actor: &Actor, selector: Option<&str>) -> Result<Report, Error> {
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
    let asking = Asking { dns: &state.dns, until: Instant::now() + DEADLINE };
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
    Ok(Report { sender, through: service.to_string(), is_services_own, findings })
}
