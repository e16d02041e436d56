use sea_orm::DbErr;

use super::chain::Link;
use super::store;
use crate::clock::Timestamp;
use crate::db::Db;
use crate::values::TenantId;

/// So many entries are deleted in one transaction: nobody waits long for the head.
const STEP: u64 = 1000;
/// So many tenants are looked up at once.
const TENANTS: u64 = 500;

/// Deletes, of every tenant, the entries from the first one on that are older than that, and keeps the hash of
/// the last of them as the chain's anchor. It stops at the first entry that is younger: a chain has no holes.
/// Returns how many were deleted.
///
/// # Errors
/// When the database fails; steps that were done stay done.
pub async fn prune(db: &Db, older_than: Timestamp) -> Result<u64, DbErr> {
    let (mut deleted, mut behind) = (0, None);
    loop {
        // by key: a chain that is broken right behind its anchor stays older, and must not be met again and again
        let tenants = store::tenants_with_older(db.read(), older_than, behind, TENANTS).await?;
        let Some(last) = tenants.last() else { break };
        behind = Some(*last);
        for tenant in tenants {
            loop {
                let done = step(db, tenant, older_than).await?;
                deleted += done;
                if done < STEP {
                    break;
                }
            }
        }
    }
    if deleted > 0 {
        // names and addresses are personal data: they do not stay in the write-ahead log either
        db.erase_traces();
    }
    Ok(deleted)
}

/// One transaction. It locks the head first, and no other row that anybody waits for.
async fn step(db: &Db, tenant: TenantId, older_than: Timestamp) -> Result<u64, DbErr> {
    let tx = db.write().await?;
    let Some(ends) = store::ends_for_update(&*tx, tenant).await? else { return Ok(0) };
    let mut anchor = ends.anchor;
    let mut count = 0;
    for (entry, hash) in store::page(&*tx, tenant, ends.anchor.seq, STEP).await? {
        if entry.at >= older_than {
            break;
        }
        let follows = entry.seq == anchor.seq + 1 && entry.hash_after(anchor.hash).as_slice() == hash;
        if !follows {
            // for `verify` to find, and not for us to cover up
            tracing::warn!(%tenant, seq = entry.seq, "the audit log is broken here, and nothing behind is deleted");
            break;
        }
        anchor = Link { seq: entry.seq, hash: entry.hash_after(anchor.hash) };
        count += 1;
    }
    if count > 0 {
        store::delete_until(&*tx, tenant, anchor.seq).await?;
        store::set_anchor(&*tx, tenant, anchor).await?;
        tx.commit().await?;
    }
    Ok(count)
}
