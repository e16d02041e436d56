use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::lease::Lease;
use super::work::Work;
use crate::email_provider::{self, Active};
use crate::mail::Failure;
use crate::outbox::HoldKind;
use crate::tenants;
use crate::values::{OutboxMessageId, TenantId};

/// After so many troubles in a row with an open connection, without a success between, the queue pauses. One
/// alone may be the message's fault, and must not stop the others.
const TROUBLES: u32 = 3;
/// So long an open connection waits for its next message.
const WORTH_WAITING: Duration = Duration::from_millis(500);

/// So long it counts that the provider was seen to be the present one.
const MOMENT: Duration = Duration::from_millis(100);

/// Why no further message is begun.
#[derive(Clone, Debug)]
pub(super) enum StopReason {
    /// There was enough, or the process ends, or the lease is lost, or the provider is another one.
    Enough,
    /// The provider is broken or not to be reached.
    Hold(HoldKind, Box<Failure>),
    /// The provider wants to be left alone for so long.
    Wait(Duration),
}

/// A queue while this process serves it: shared by whoever feeds it, its connections and the outcome writer.
pub(super) struct TenantQueue {
    pub tenant: TenantId,
    pub lease: Arc<Lease>,
    pub active: Active,
    /// When it was last seen that provider and tenant are as they were at the beginning.
    seen_at: Mutex<(Instant, u64)>,
    /// Something of it has changed: a message was taken or settled, or it closes.
    pub changed: Notify,
    /// There are more messages, or there will be none.
    more: Notify,
    inner: Mutex<Inner>,
}

/// What the provider has shown in this turn.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    #[default]
    Nothing,
    /// It has answered a message, if only with no.
    Answers,
    /// It has taken one over.
    Accepts,
}

/// How quickly a server answers a whole message.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Quick,
    Slow,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Work>,
    /// Taken from the database and without an outcome.
    known: HashSet<OutboxMessageId>,
    /// With an outcome that is not written yet.
    settling: HashSet<OutboxMessageId>,
    closing: Option<StopReason>,
    /// Nothing was found in the database when last looked.
    dry: bool,
    shown: Shown,
    /// How long it took over the last message.
    pace: Pace,
    /// There is room to move: before that one message goes alone, and no second one after its answer.
    open: bool,
    troubles: u32,
    /// The message with large files that is being sent.
    large: Option<OutboxMessageId>,
    begun: usize,
    settled: usize,
}

impl Inner {
    fn may_begin(&self) -> bool {
        let in_hand = self.known.len().saturating_sub(self.queue.len());
        self.open || (self.shown == Shown::Nothing && in_hand == 0)
    }
}

impl TenantQueue {
    /// `seen_at` is a moment before the provider was read, and how many changes of providers there were then.
    pub(super) fn new(
        tenant: TenantId,
        lease: Arc<Lease>,
        active: Active,
        (seen_at, changes): (Instant, u64),
    ) -> Self {
        Self {
            tenant,
            lease,
            active,
            // a change since that moment is looked for at once
            seen_at: Mutex::new((seen_at, changes)),
            changed: Notify::new(),
            more: Notify::new(),
            inner: Mutex::default(),
        }
    }

    /// Whether the provider is still the one that this queue has, since a deleted one's credentials are never
    /// used, and the tenant still in service. What was seen a moment ago is not looked up again: a queue of
    /// few messages opens its connections and reads its messages at almost the same time. A change by this process is
    /// seen at once.
    pub(super) async fn is_in_force(&self, db: &impl ConnectionTrait) -> Result<bool, DbErr> {
        let (now, changes) = (Instant::now(), email_provider::changes());
        let (seen_at, seen_changes) = *self.seen_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now - seen_at < MOMENT && changes == seen_changes {
            return Ok(true);
        }
        let in_force = email_provider::revision(db, self.tenant).await? == Some(self.active.revision)
            && !tenants::is_suspended(db, self.tenant).await?;
        if in_force {
            *self.seen_at.lock().unwrap_or_else(PoisonError::into_inner) = (now, changes);
        }
        Ok(in_force)
    }

    /// The next message, unless the queue closes or the lease has run out. Whoever gets a large one takes its
    /// [`LargePermit`](super::work::LargePermit).
    pub(super) fn take(&self) -> Option<Work> {
        self.take_from(self.lock(), true)
    }

    fn take_from(&self, mut inner: MutexGuard<'_, Inner>, large_too: bool) -> Option<Work> {
        if inner.closing.is_some() || !self.lease.is_valid() || !inner.may_begin() {
            return None;
        }
        let large_too = large_too && inner.large.is_none();
        let next = inner.queue.iter().position(|work| large_too || !work.is_large())?;
        let work = inner.queue.remove(next)?;
        if work.is_large() {
            inner.large = Some(work.due.id);
        }
        inner.begun += 1;
        drop(inner);
        self.changed.notify_one();
        Some(work)
    }

    /// The next message. Waits for it a little, since a connection that was opened, and signed in, is worth
    /// it; but not when there will be none.
    pub(super) async fn take_soon(&self) -> Option<Work> {
        let end = Instant::now() + WORTH_WAITING;
        loop {
            let more = self.more.notified();
            if let Some(work) = self.take() {
                return Some(work);
            }
            let is_over = {
                let inner = self.lock();
                inner.closing.is_some() || inner.dry
            };
            if is_over || !self.lease.is_valid() || Instant::now() >= end {
                return None;
            }
            drop(timeout_at(end, more).await);
        }
    }

    /// Notes whether there was anything in the database.
    pub(super) fn set_dry(&self, dry: bool) {
        self.lock().dry = dry;
        self.more.notify_waiters();
    }

    /// One more message if there are more than that: what is taken ahead must not keep other connections
    /// idle. A large one is not made ahead: two of them would need twice the memory.
    pub(super) fn take_ahead(&self, left_for_others: usize) -> Option<Work> {
        let inner = self.lock();
        if inner.queue.len() > left_for_others { self.take_from(inner, false) } else { None }
    }

    /// The message with large files has been sent, or was not.
    pub(super) fn large_is_gone(&self) {
        self.lock().large = None;
        self.changed.notify_one();
        self.more.notify_waiters();
    }

    /// Adds messages from the database.
    pub(super) fn add(&self, works: Vec<Work>) {
        let mut inner = self.lock();
        for work in works {
            inner.known.insert(work.due.id);
            inner.queue.push_back(work);
        }
        drop(inner);
        self.more.notify_waiters();
    }

    /// The outcome is on its way to the outcome writer.
    pub(super) fn settling(&self, id: OutboxMessageId) {
        let mut inner = self.lock();
        inner.known.remove(&id);
        inner.settling.insert(id);
        let was_last = inner.known.is_empty();
        drop(inner);
        if was_last {
            self.changed.notify_one();
        }
    }

    /// The outcome is written.
    pub(super) fn settled(&self, id: OutboxMessageId) {
        let mut inner = self.lock();
        inner.settling.remove(&id);
        inner.settled += 1;
    }

    /// A message that was taken and not sent: it stays due.
    pub(super) fn forget(&self, id: OutboxMessageId) {
        self.lock().known.remove(&id);
        self.changed.notify_one();
    }

    /// Ends this turn; the first reason stays, unless it was a mere *enough*.
    pub(super) fn close(&self, why: StopReason) {
        let mut inner = self.lock();
        if matches!(inner.closing, None | Some(StopReason::Enough)) {
            inner.closing = Some(why);
        }
        // what nobody has begun stays due
        let left: Vec<OutboxMessageId> = inner.queue.drain(..).map(|work| work.due.id).collect();
        for id in left {
            inner.known.remove(&id);
        }
        drop(inner);
        self.changed.notify_one();
        self.more.notify_waiters();
    }

    /// There is room to move.
    pub(super) fn open(&self) {
        self.lock().open = true;
        self.more.notify_waiters();
    }

    /// The server has answered a whole message after that time; one that takes as long as `slow` is slow.
    pub(super) fn answered(&self, after: Duration, slow: Duration) {
        self.lock().pace = if after < slow { Pace::Quick } else { Pace::Slow };
    }

    pub(super) fn is_slow(&self) -> bool {
        self.lock().pace == Pace::Slow
    }

    /// The provider works: it has answered a message.
    pub(super) fn prove(&self) {
        self.show(Shown::Answers);
    }

    /// The provider has taken a message over.
    pub(super) fn accept(&self) {
        self.show(Shown::Accepts);
    }

    fn show(&self, shown: Shown) {
        let mut inner = self.lock();
        let first = inner.shown == Shown::Nothing;
        inner.shown = inner.shown.max(shown);
        inner.troubles = 0;
        drop(inner);
        if first {
            self.changed.notify_one();
        }
    }

    pub(super) fn has_accepted(&self) -> bool {
        self.lock().shown == Shown::Accepts
    }

    /// Something went wrong with an open connection.
    pub(super) fn trouble(&self, failure: &Failure) {
        let mut inner = self.lock();
        inner.troubles += 1;
        let too_many = inner.troubles >= TROUBLES;
        drop(inner);
        if too_many {
            self.close(StopReason::Hold(HoldKind::Paused, Box::new(failure.clone())));
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.lock().shown > Shown::Nothing
    }

    pub(super) fn closing(&self) -> Option<StopReason> {
        self.lock().closing.clone()
    }

    /// How many of those queued a further connection could send.
    pub(super) fn takeable(&self) -> usize {
        let inner = self.lock();
        if inner.large.is_some() {
            inner.queue.iter().filter(|work| !work.is_large()).count()
        } else {
            inner.queue.len()
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.lock().queue.len()
    }

    pub(super) fn known(&self) -> HashSet<OutboxMessageId> {
        let inner = self.lock();
        inner.known.union(&inner.settling).copied().collect()
    }

    /// How many messages were begun and how many settled in this turn: whether anything moves.
    pub(super) fn progress(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.begun, inner.settled)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
