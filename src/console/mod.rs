//! The console of the staff, at the base host: support staff find a tenant and see how its mail does, operators
//! suspend, resume and delete tenants.
//!
//! It shows no address of a person in full and no secret, and every look at a tenant stands in that tenant's
//! audit log.

pub(crate) mod notices;
mod pages;

use std::time::{Duration, Instant};

use sea_orm::DbErr;
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::email_provider::{self, Provider};
use crate::outbox::deliveries::{self, Filter, Held, Listed};
use crate::outbox::{self, Counters};
use crate::state::State;
use crate::support::{self, Grant, Visit};
use crate::tenants::{self, Tenant};
use crate::users::{self, Named};
use crate::values::{StaffActor, StaffRole};

pub use pages::routes;

/// The deeds of operators, as the audit log names them.
const SUSPENDED: &str = "tenant.suspended";
const RESUMED: &str = "tenant.resumed";
/// So many of the last failures are shown.
const FAILURES: usize = 10;
/// So many people are offered to look as.
const PEOPLE: u64 = 200;

/// A tenant at a glance.
#[derive(Clone, Debug)]
pub struct TenantSummary {
    /// The provider; `Err` if its stored settings cannot be read.
    pub provider: Result<Option<Provider>, String>,
    /// How many messages are in which state.
    pub counts: Counters,
    /// Why nothing leaves, if it is so.
    pub held: Option<Held>,
    /// The last messages that were refused for good.
    pub failures: Vec<Listed>,
    /// The consent in force.
    pub grant: Option<Grant>,
    /// The last diagnosis sessions.
    pub visits: Vec<Visit>,
    /// Whom one can look as.
    pub people: Vec<Named>,
}

impl TenantSummary {
    /// Where the tenant's mail goes, as far as it is known.
    fn destination(&self) -> Option<String> {
        self.provider.as_ref().ok()?.as_ref().map(|stored| stored.settings.destination())
    }
}

/// Why a tenant is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A worker still sends its mail.
    #[error("its mail is still under way; it is out of service now, and can be deleted in a minute")]
    UnderWay,
    /// The outbox cannot be read.
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// How that tenant's mail does. A support person's look stands in its audit log.
pub async fn glance(state: &State, actor: &StaffActor, tenant: &Tenant) -> Result<TenantSummary, Error> {
    let db = state.db.read();
    let failed = Filter { state: Some(outbox::MessageStatus::Failed), ..Filter::default() };
    let mut failures = deliveries::list(db, tenant.id, &failed, None).await?.rows;
    failures.truncate(FAILURES);
    let glance = TenantSummary {
        provider: email_provider::find(db, tenant.id).await.map_err(|error| error.to_string()),
        counts: outbox::counts(db, tenant.id).await?,
        held: deliveries::notice(state, tenant.id).await?,
        failures,
        grant: support::consent(db, tenant.id, state.clock.now()).await?,
        visits: support::visits(db, tenant.id).await?,
        people: users::named(db, tenant.id, PEOPLE).await?,
    };
    let tx = state.db.write().await?;
    let event = Event { name: "support.looked_at", details: json!({}) };
    audit::record(&*tx, tenant.id, By::Staff(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    Ok(glance)
}

/// Takes a tenant out of service, or puts it back.
pub async fn set_suspended(
    db: &Db,
    by: By<'_>,
    tenant: &Tenant,
    suspended: bool,
    now: Timestamp,
) -> Result<(), DbErr> {
    let tx = db.write().await?;
    tenants::set_suspended(&*tx, tenant.id, suspended).await?;
    let name = if suspended { SUSPENDED } else { RESUMED };
    audit::record(&*tx, tenant.id, by, Event { name, details: json!({}) }, now).await?;
    tx.commit().await?;
    db.ring().await;
    Ok(())
}

/// Deletes a tenant and everything that is its. It is out of service first, and waits until no worker sends its
/// mail any more, so that no outcome comes for a message that is gone.
///
/// # Errors
/// [`Error::UnderWay`] when a worker does not come to an end within `patience`, or when the database fails.
pub async fn delete(
    db: &Db,
    by: By<'_>,
    tenant: &Tenant,
    patience: Duration,
    now: Timestamp,
) -> Result<(), Error> {
    set_suspended(db, by, tenant, true, now).await?;
    let begin = Instant::now();
    while !outbox::is_quiet(db.read(), tenant.id).await? {
        if begin.elapsed() > patience {
            return Err(Error::UnderWay);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    outbox::erase(db, tenant.id).await?;
    let name = match by {
        By::Actor(actor) => &actor.name,
        By::Staff(actor) => &actor.name,
        By::Operator => "operator",
    };
    // everything that is the tenant's goes with it
    let tx = db.write_at_length().await?;
    tenants::delete(&*tx, tenant, name, now).await?;
    tx.commit().await?;
    db.erase_traces();
    tracing::warn!(slug = tenant.slug, by = name, "a tenant was deleted");
    Ok(())
}

/// Whether that role may see a tenant's mail at a glance.
fn sees_mail(role: StaffRole) -> bool {
    role == StaffRole::Support
}
