use std::io::BufRead as _;
use std::time::Duration;

use super::manage::open_migrated;
use super::{Failure, say};
use crate::audit::By;
use crate::clock::Clock;
use crate::config::Config;
use crate::console;
use crate::db::Db;
use crate::tenants::{self, Listed};

/// So long a deletion waits for a worker.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many tenants are read at once.
const BATCH: u64 = 500;

async fn find(db: &Db, slug: &str) -> Result<Listed, Failure> {
    let found = tenants::find_any(db.read(), slug).await.map_err(Failure::of)?;
    found.ok_or(Failure(format!("there is no tenant `{slug}`")))
}

pub(super) async fn list(config: Config) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let mut after = String::new();
    loop {
        let rows = tenants::list(db.read(), "", &after, BATCH).await.map_err(Failure::of)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after.clone_from(&last.tenant.slug);
        for row in rows {
            let state = if row.suspended { "suspended" } else { "in service" };
            say(&format!("{}\t{state}\t{}", row.tenant.slug, row.tenant.name));
        }
    }
}

pub(super) async fn set_suspended(config: Config, slug: &str, suspended: bool) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let tenant = find(&db, slug).await?.tenant;
    let now = Clock::System.now();
    console::set_suspended(&db, By::Operator, &tenant, suspended, now).await.map_err(Failure::of)?;
    let state = if suspended { "suspended: nobody signs in, its mail waits" } else { "in service" };
    say(&format!("{slug} is {state}."));
    Ok(())
}

pub(super) async fn delete(config: Config, slug: &str) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let tenant = find(&db, slug).await?.tenant;
    say(&format!(
        "Everything that belongs to {} is deleted: people, provider, mail, audit log. It cannot be undone, and the \
         slug cannot be used again. Type {slug} to confirm:",
        tenant.name
    ));
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed).map_err(Failure::of)?;
    if typed.trim() != tenant.slug {
        return Err(Failure(format!("that was not {slug}; nothing was deleted")));
    }
    let deleted = console::delete(&db, By::Operator, &tenant, PATIENCE, Clock::System.now()).await;
    deleted.map_err(Failure::of)?;
    say(&format!("{slug} was deleted."));
    Ok(())
}
