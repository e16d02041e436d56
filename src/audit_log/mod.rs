//! Administration > Audit log: what the tenant's administrators read of the log that the room `audit` writes.
//!
//! - **By number, newest first.** An entry's number has no gaps, so a page is a range of numbers. Who, address and
//!   request have no index; they are looked for among [`LOOKED_AT`] entries at a time, and the page says that
//!   there are more. A period is first turned into a range of numbers, by the index of the time.
//! - **In words.** [`words`] has a sentence for every event that the code records (a test reads the sources); one
//!   of a newer or an older version is shown by its name.
//! - **An export is a deed**, and is recorded before its first line leaves.

mod api;
mod entry;
pub(crate) mod events;
mod form;
mod pages;
mod store;
pub mod words;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{self, By, Event};
use crate::state::State;
use crate::values::{Actor, TenantId};
use crate::web::Section;

pub use api::calls;
pub use entry::{Listing, Logged};
pub use form::{Filter, FilterField, FilterForm};
pub use pages::routes;

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/audit-log", "nav-audit-log");

/// So many entries stand on one page.
pub const ON_A_PAGE: usize = 50;
/// So many are read at once for an export.
const IN_A_BATCH: usize = 500;
/// Among so many entries one page looks for those that match.
pub const LOOKED_AT: i64 = 20_000;

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// One page of the tenant's log: what matches, newest first, below the number `before` if one is given.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<i64>,
) -> Result<Listing, Error> {
    page(db, tenant, filter, before, ON_A_PAGE).await
}

/// The next batch of an export, like [`list`].
pub async fn batch(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<i64>,
) -> Result<Listing, Error> {
    page(db, tenant, filter, before, IN_A_BATCH).await
}

/// As [`list`], with so many entries at most on a page.
pub async fn page(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    before: Option<i64>,
    most: usize,
) -> Result<Listing, Error> {
    let Some((first, last)) = store::range(db, tenant, filter).await? else { return Ok(Listing::default()) };
    let last = before.map_or(last, |before| last.min(before.saturating_sub(1)));
    let from = first.max(last.saturating_sub(LOOKED_AT - 1));
    let mut rows = store::list(db, tenant, filter, (from, last), most + 1).await?;
    let older = if rows.len() > most {
        rows.truncate(most);
        rows.last().map(|row| row.seq)
    } else {
        (from > first).then_some(from)
    };
    Ok(Listing { rows, older })
}

/// The entry of that identifier, if it is the tenant's.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, id: Uuid) -> Result<Option<Logged>, Error> {
    Ok(store::find(db, tenant, id).await?)
}

/// Records that the log is exported: in which format, and which part.
pub async fn note_export(state: &State, actor: &Actor, format: &str, form: &FilterForm) -> Result<(), Error> {
    let event =
        Event { name: "audit_log.exported", details: json!({ "format": format, "filter": form.query() }) };
    let tx = state.db.write().await?;
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
