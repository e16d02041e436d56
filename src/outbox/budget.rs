//! How much memory mails with large files may take in this process, whoever composes them.
//!
//! A mail of 25 MiB takes a hundred while it is composed: the files, their copy in base64, the finished message. So
//! whoever composes one needs a share of [`ALL_MIB`], and keeps it as long as there is the mail. Small mails need none:
//! there are few at a time, and they would only wait.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MIB: u64 = 1024 * 1024;
/// All large mails of this process together, in MiB.
const ALL_MIB: u32 = 256;
/// A mail whose files have more bytes is large: one MiB when it is composed.
const SMALL: u64 = 3 * MIB / 4;
/// So many bytes for each of a file: while the mail is composed, and afterwards.
const COMPOSING: u64 = 5;
const COMPOSED: u64 = 3;

static ALL: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(ALL_MIB as usize)));

/// A share of the memory; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Share(Option<OwnedSemaphorePermit>);

/// Whether a mail with files of so many bytes needs a share.
pub(super) fn is_large(files: u64) -> bool {
    files > SMALL
}

/// The share of a mail with files of so many bytes, as soon as there is one. `None`: there was none in that time.
pub(super) async fn take(files: u64, patience: Duration) -> Option<Share> {
    if !is_large(files) {
        return Some(Share(None));
    }
    let taken = Arc::clone(&ALL).acquire_many_owned(mib(files, COMPOSING));
    let permit = tokio::time::timeout(patience, taken).await.ok()?.ok()?;
    Some(Share(Some(permit)))
}

impl Share {
    /// The mail is composed, and what was only needed for it is free.
    pub(super) fn composed(&mut self, files: u64) {
        if let Some(permit) = &mut self.0 {
            let spare = permit.num_permits().saturating_sub(mib(files, COMPOSED) as usize);
            drop(permit.split(spare));
        }
    }
}

/// The largest mail takes no more than all.
fn mib(files: u64, each: u64) -> u32 {
    u32::try_from(files.saturating_mul(each).div_ceil(MIB)).unwrap_or(ALL_MIB).min(ALL_MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_mails_share_what_there_is_and_small_ones_do_not_wait() {
        let moment = Duration::from_millis(20);
        let whole = 60 * MIB;
        let mut first = take(whole, moment).await.unwrap();
        assert!(take(whole, moment).await.is_none(), "all is taken");
        assert!(take(SMALL, moment).await.is_some(), "a small one needs none");
        first.composed(whole);
        assert!(take(15 * MIB, moment).await.is_some(), "composed, it takes less");
        drop(first);
        assert!(take(whole, moment).await.is_some());
        assert_eq!(mib(u64::MAX, COMPOSING), ALL_MIB, "whatever its size, a mail is composed some day");
    }
}
