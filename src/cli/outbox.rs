use super::manage::open_migrated;
use super::{Failure, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::outbox;
use crate::tenants::{self, Tenant};

/// The tenant of that slug, or all there are.
async fn of(db: &Db, slug: Option<&str>) -> Result<Vec<Tenant>, Failure> {
    let Some(slug) = slug else { return tenants::all(db.read()).await.map_err(Failure::of) };
    let found = tenants::find_any(db.read(), slug).await.map_err(Failure::of)?;
    let found = found.ok_or(Failure(format!("there is no tenant `{slug}`")))?;
    Ok(vec![found.tenant])
}

pub(super) async fn hold(config: Config, slug: Option<&str>) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let tenants = of(&db, slug).await?;
    for tenant in &tenants {
        outbox::hold_mail(&db, tenant.id, Clock::System.now()).await.map_err(Failure::of)?;
    }
    say(&format!(
        "The mail of {} is held: what waits and what is to come. A worker that runs sends for half a minute more at \
         most. `posthorn outbox release` sends what waits, with --cancel it is cancelled.",
        whose(&tenants, slug)
    ));
    Ok(())
}

pub(super) async fn release(config: Config, slug: Option<&str>, cancel: bool) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let (mut released, mut cancelled) = (Vec::new(), 0);
    for tenant in of(&db, slug).await? {
        let now = Clock::System.now();
        if let Some(count) = outbox::release_held(&db, tenant.id, cancel, now).await.map_err(Failure::of)? {
            cancelled += count;
            released.push(tenant);
        }
    }
    db.ring().await;
    if released.is_empty() {
        say("Nothing is held by `posthorn outbox hold`.");
        return Ok(());
    }
    let fate =
        if cancel { format!("{cancelled} messages were cancelled") } else { "what waits is sent".to_owned() };
    say(&format!("The mail of {} is no longer held; {fate}.", whose(&released, slug)));
    Ok(())
}

fn whose(tenants: &[Tenant], slug: Option<&str>) -> String {
    match (slug, tenants.len()) {
        (Some(slug), _) => slug.to_owned(),
        (None, 1) => "one tenant".to_owned(),
        (None, count) => format!("{count} tenants"),
    }
}
