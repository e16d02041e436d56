use std::time::Duration;

use super::manage::open_migrated;
use super::{Failure, say};
use crate::audit::{self, Proof};
use crate::clock::Clock;
use crate::config::Config;
use crate::tenants;

/// Proves the chain of one tenant, or of all, one line each.
pub(super) async fn verify(config: Config, slug: Option<&str>) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let mut tenants = tenants::all(db.read()).await.map_err(Failure::of)?;
    if let Some(slug) = slug {
        tenants.retain(|tenant| tenant.slug == slug);
        if tenants.is_empty() {
            return Err(Failure(format!("there is no tenant `{slug}`")));
        }
    }
    let (mut broken, count) = (0, tenants.len());
    for tenant in tenants {
        let proof = audit::verify(db.read(), tenant.id).await.map_err(Failure::of)?;
        broken += usize::from(proof.broken.is_some());
        say(&format!("{}: {}", tenant.slug, line(&proof)));
    }
    if broken == 0 {
        return Ok(());
    }
    Err(Failure(format!("the audit log is broken: that of {broken} of {count} tenants")))
}

fn line(proof: &Proof) -> String {
    let (first, last) = (proof.anchor.seq + 1, proof.proved.seq);
    if let Some((seq, fault)) = &proof.broken {
        return format!("BROKEN at entry {seq}: {fault}");
    }
    if first > last {
        return format!("no entries; head {last} {}", proof.proved.hex());
    }
    format!("entries {first} to {last} are as recorded; head {last} {}", proof.proved.hex())
}

/// Deletes what is older than so many days.
pub(super) async fn prune(config: Config, days: u32) -> Result<(), Failure> {
    let db = open_migrated(&config).await?;
    let before = Clock::System.now().minus(Duration::from_secs(24 * 3600 * u64::from(days)));
    let deleted = audit::prune(&db, before).await.map_err(Failure::of)?;
    say(&format!("{deleted} entries of the audit log were older than {days} days and are deleted."));
    Ok(())
}
