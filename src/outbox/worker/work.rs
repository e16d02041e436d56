use std::sync::Arc;

use tokio::time::Instant;

use super::queue::TenantQueue;
use super::store::Due;
use crate::mail_types::Mail;
use crate::outbox::budget;

/// A content with what must be known of its files; they themselves are read when a message is sent.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub mail: Arc<dyn Mail>,
    /// Whether there are any.
    pub has_files: bool,
    /// How many bytes they have.
    pub files: u64,
}

/// A message at hand, with what it says.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub due: Due,
    pub content: Arc<Loaded>,
    /// When it was read.
    pub read_at: Instant,
}

impl Work {
    pub(super) fn is_large(&self) -> bool {
        budget::is_large(self.content.files)
    }
}

/// The right to send a message with large files, of which a queue has one: its connections must not have all the
/// memory for such messages, nor wait for it while small ones are due.
pub(super) struct LargePermit(Arc<TenantQueue>);

impl LargePermit {
    /// The one that a message has which was taken, if it is large.
    pub(super) fn of(queue: &Arc<TenantQueue>, work: &Work) -> Option<Self> {
        work.is_large().then(|| Self(Arc::clone(queue)))
    }
}

impl Drop for LargePermit {
    fn drop(&mut self) {
        self.0.large_is_gone();
    }
}
