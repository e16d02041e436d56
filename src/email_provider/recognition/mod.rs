//! Which mail service a sender's domain uses: known by its MX record, or said by the domain itself through
//! the autoconfig convention (Thunderbird's; draft-ietf-mailmaint-autoconfig).

mod autoconfig;

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{Error, Preset};
use crate::audit::{self, By, Event, Limit};
use crate::dns::Mx;
use crate::state::State;
use crate::values::{Actor, EmailAddress};

pub use autoconfig::Autoconfig;

/// The whole of it is over by then.
const DEADLINE: Duration = Duration::from_secs(9);
/// So often a minute a tenant may ask.
const LIMIT: Limit = Limit { most: 10, within: Duration::from_mins(1), together_with: &[] };

/// What was found out.
#[derive(Clone, Debug)]
pub enum Recognised {
    /// A service of our table takes the domain's mail.
    Service {
        preset: &'static Preset,
        /// The incoming server that told.
        mx: String,
    },
    /// The domain says it itself.
    Said {
        config: Autoconfig,
        by: String,
    },
    Nothing,
}

/// Finds out which service the domain of that address uses.
///
/// # Errors
/// [`Error::TooManyLookUps`], or when the database fails.
pub async fn recognise(state: &State, actor: &Actor, sender: &EmailAddress) -> Result<Recognised, Error> {
    let event = Event { name: "email_provider.recognition", details: json!({ "domain": sender.domain() }) };
    let tx = state.db.write().await?;
    let now = state.clock.now();
    if !audit::record_within(&*tx, actor.tenant, By::Actor(actor), event, now, LIMIT).await? {
        return Err(Error::TooManyLookUps);
    }
    tx.commit().await?;
    let until = Instant::now() + DEADLINE;
    let mx = state.dns.mx(sender.domain(), until).await.unwrap_or_default();
    if let Some(found) = by_mx(&mx) {
        return Ok(found);
    }
    Ok(by_autoconfig(state, sender, until).await.unwrap_or(Recognised::Nothing))
}

fn by_mx(all: &[Mx]) -> Option<Recognised> {
    all.iter().find_map(|mx| {
        Preset::of_mx(&mx.server).map(|preset| Recognised::Service { preset, mx: mx.server.clone() })
    })
}

/// Asks both places at once; the first in the convention's order counts.
async fn by_autoconfig(state: &State, sender: &EmailAddress, until: Instant) -> Option<Recognised> {
    let domain = sender.domain();
    let own = format!("autoconfig.{domain}");
    let (one, other) = tokio::join!(
        state.https.get(&own, "/mail/config-v1.1.xml", until),
        state.https.get(domain, "/.well-known/autoconfig/mail/config-v1.1.xml", until)
    );
    [(one, own.as_str()), (other, domain)].into_iter().find_map(|(document, by)| {
        let config = Autoconfig::parse(&document.ok()?, sender)?;
        Some(Recognised::Said { config, by: by.to_owned() })
    })
}
