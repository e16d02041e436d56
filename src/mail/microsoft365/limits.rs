use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use super::backoff::Backoff;
use super::day::Day;
use super::{Cloud, Microsoft365Account, Microsoft365Limits};

/// What is no longer needed is cleared away that often.
const SWEEP: Duration = Duration::from_mins(1);
/// So often whoever lets others go first looks whether they have gone.
const YIELDING: Duration = Duration::from_millis(100);
/// A place that is not free in time may be so then.
const NO_PLACE: Duration = Duration::from_secs(5);

/// One mailbox as one application uses it. Tenant and application are part of it, so that a stranger
/// who types another tenant's mailbox beside an application of his own uses up nothing of theirs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct MailboxKey {
    cloud: Cloud,
    tenant: String,
    client: String,
    mailbox: String,
}

impl MailboxKey {
    pub(super) fn new(account: &Microsoft365Account) -> Self {
        Self {
            cloud: account.cloud,
            tenant: account.tenant_id.to_lowercase(),
            client: account.client_id.to_lowercase(),
            mailbox: account.mailbox.normalised(),
        }
    }
}

/// Why a mailbox is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Throttled,
    Unavailable,
}

/// Keeps our own limits, and what Microsoft asked for. In memory and for this process: a lane of the
/// outbox is one process's at a time, and what a restart forgets Microsoft says again.
///
/// governor paces the messages of a minute: one at a time, evenly, so that no minute ever holds more. It
/// does not count the recipients of a day: its buckets refill while they are emptied, so that up to twice
/// the limit fits into 24 hours.
pub(super) struct Limiter {
    limits: Microsoft365Limits,
    pace: RateLimiter<MailboxKey, HashMapStateStore<MailboxKey>, MonotonicClock>,
    books: Mutex<Books>,
}

/// Who takes turns at a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// A person sits and waits for it, for some seconds: a test message.
    First,
    /// Whatever goes out by and by.
    Usual,
}

struct Books {
    mailboxes: HashMap<MailboxKey, Mailbox>,
    doors: HashMap<(Cloud, String), Arc<Semaphore>>,
    /// How many of the first rank wait at a mailbox.
    first: HashMap<MailboxKey, usize>,
    swept: Instant,
}

#[derive(Default)]
struct Mailbox {
    backoff: Backoff,
    reason: Option<Reason>,
    day: Day,
}

/// A place at Microsoft's counter, given back when it is dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// It would take too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong(pub(super) Duration);

impl Limiter {
    pub(super) fn new(limits: Microsoft365Limits) -> Self {
        let messages = NonZeroU32::new(limits.messages_a_minute).unwrap_or(NonZeroU32::MIN);
        let gap = Duration::from_mins(1) / messages.get();
        let quota = Quota::with_period(gap).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        let books = Books {
            mailboxes: HashMap::new(),
            doors: HashMap::new(),
            first: HashMap::new(),
            swept: Instant::now(),
        };
        Self { limits, pace: RateLimiter::hashmap(quota), books: Mutex::new(books) }
    }

    /// Why and for how long a mailbox is left alone, if it is.
    pub(super) fn left_alone(&self, key: &MailboxKey) -> Option<(Reason, Duration)> {
        let books = self.books();
        let mailbox = books.mailboxes.get(key)?;
        Some((mailbox.reason?, mailbox.backoff.left(Instant::now())?))
    }

    /// Counts the recipients of a message before it is sent.
    pub(super) fn count(&self, key: &MailboxKey, recipients: u32) -> Result<(), TooLong> {
        let mut books = self.books();
        self.sweep(&mut books);
        let limit = self.limits.recipients_a_day;
        let day = &mut books.mailboxes.entry(key.clone()).or_default().day;
        day.take(Instant::now(), recipients, limit).map_err(TooLong)
    }

    /// Takes it back, since the message was refused.
    pub(super) fn count_back(&self, key: &MailboxKey, recipients: u32) {
        if let Some(mailbox) = self.books().mailboxes.get_mut(key) {
            mailbox.day.give_back(recipients);
        }
    }

    /// Waits for the mailbox's turn, and then for a place; at most until then.
    pub(super) async fn turn(&self, key: &MailboxKey, rank: Rank, until: Instant) -> Result<Place, TooLong> {
        let clock = MonotonicClock;
        let first = (rank == Rank::First).then(|| First::at(self, key));
        loop {
            let wait = if first.is_none() && self.books().first.contains_key(key) {
                YIELDING
            } else {
                match self.pace.check_key(key) {
                    Ok(()) => break,
                    Err(not_yet) => not_yet.wait_time_from(clock.now()),
                }
            };
            if Instant::now() + wait >= until {
                return Err(TooLong(wait));
            }
            sleep(wait).await;
        }
        drop(first);
        let door = self.door(key);
        match timeout_at(until, door.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place { _permit: permit }),
            _ => Err(TooLong(NO_PLACE)),
        }
    }

    /// Microsoft asked to be left alone when a request that began then had arrived; returns for how long.
    pub(super) fn refused(
        &self,
        key: &MailboxKey,
        reason: Reason,
        began: Instant,
        asked: Option<Duration>,
    ) -> Duration {
        let mut books = self.books();
        let mailbox = books.mailboxes.entry(key.clone()).or_default();
        mailbox.reason = Some(reason);
        mailbox.backoff.refused(Instant::now(), began, asked)
    }

    /// Microsoft took a message.
    pub(super) fn taken(&self, key: &MailboxKey) {
        if let Some(mailbox) = self.books().mailboxes.get_mut(key) {
            mailbox.backoff.taken();
        }
    }

    fn door(&self, key: &MailboxKey) -> Arc<Semaphore> {
        let places = usize::try_from(self.limits.concurrent_requests.max(1)).unwrap_or(1);
        let mut books = self.books();
        let door = books.doors.entry((key.cloud, key.client.clone()));
        door.or_insert_with(|| Arc::new(Semaphore::new(places))).clone()
    }

    fn sweep(&self, books: &mut Books) {
        let now = Instant::now();
        if now.saturating_duration_since(books.swept) < SWEEP {
            return;
        }
        books.swept = now;
        books.doors.retain(|_, door| Arc::strong_count(door) > 1);
        books.mailboxes.retain(|_, mailbox| {
            mailbox.day.forget(now);
            !mailbox.backoff.is_idle(now) || !mailbox.day.is_empty()
        });
        self.pace.retain_recent();
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the first rank who waits at a mailbox, for as long as it lives.
struct First<'a> {
    limiter: &'a Limiter,
    key: &'a MailboxKey,
}

impl<'a> First<'a> {
    fn at(limiter: &'a Limiter, key: &'a MailboxKey) -> Self {
        *limiter.books().first.entry(key.clone()).or_default() += 1;
        Self { limiter, key }
    }
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        let first = &mut self.limiter.books().first;
        if let Some(count) = first.get_mut(self.key) {
            *count -= 1;
            if *count == 0 {
                first.remove(self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{EmailAddress, Secret};

    fn key(client: &str, mailbox: &str) -> MailboxKey {
        MailboxKey::new(&Microsoft365Account {
            cloud: Cloud::Global,
            tenant_id: "contoso.example".to_owned(),
            client_id: client.to_owned(),
            client_secret: Secret::new("x"),
            mailbox: EmailAddress::parse(mailbox).unwrap(),
            large_messages: false,
        })
    }

    fn limiter(concurrent_requests: u32, messages_a_minute: u32, recipients_a_day: u32) -> Limiter {
        Limiter::new(Microsoft365Limits { concurrent_requests, messages_a_minute, recipients_a_day })
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[tokio::test]
    async fn messages_of_a_mailbox_keep_their_distance_and_other_mailboxes_do_not_care() {
        let limiter = limiter(3, 600, 100); // one in 100 ms
        let (one, other) = (key("a", "one@contoso.example"), key("a", "other@contoso.example"));
        let began = std::time::Instant::now();
        for _ in 0..4 {
            drop(limiter.turn(&one, Rank::Usual, soon()).await.unwrap());
        }
        assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
        let at_once = Instant::now() + Duration::from_millis(1);
        assert!(limiter.turn(&one, Rank::Usual, at_once).await.is_err());
        assert!(limiter.turn(&other, Rank::Usual, soon()).await.is_ok());
    }

    #[tokio::test]
    async fn whom_a_person_waits_for_goes_first() {
        let limiter = limiter(9, 120, 100); // one in 500 ms
        let mailbox = key("a", "one@contoso.example");
        drop(limiter.turn(&mailbox, Rank::Usual, soon()).await.unwrap());
        let order = Mutex::new(Vec::new());
        let one = async |rank| {
            drop(limiter.turn(&mailbox, rank, soon()).await.unwrap());
            order.lock().unwrap().push(rank);
        };
        let later = async {
            sleep(Duration::from_millis(50)).await;
            one(Rank::First).await;
        };
        tokio::join!(one(Rank::Usual), one(Rank::Usual), one(Rank::Usual), later);
        assert_eq!(*order.lock().unwrap(), [Rank::First, Rank::Usual, Rank::Usual, Rank::Usual]);
        assert!(limiter.books().first.is_empty());
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_at_once_for_how_long() {
        let limiter = limiter(3, 1, 100);
        let mailbox = key("a", "one@contoso.example");
        drop(limiter.turn(&mailbox, Rank::Usual, soon()).await.unwrap());
        let began = std::time::Instant::now();
        let Err(TooLong(wait)) = limiter.turn(&mailbox, Rank::Usual, soon()).await else {
            panic!("it had to wait")
        };
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    }

    #[tokio::test]
    async fn an_application_has_so_many_places_over_all_its_mailboxes() {
        let limiter = limiter(2, 60_000, 100);
        let first = limiter.turn(&key("A", "one@contoso.example"), Rank::Usual, soon()).await.unwrap();
        let _second = limiter.turn(&key("a", "two@contoso.example"), Rank::Usual, soon()).await.unwrap();
        let third = key("a", "three@contoso.example");
        let short = Instant::now() + Duration::from_millis(50);
        let Err(TooLong(wait)) = limiter.turn(&third, Rank::Usual, short).await else {
            panic!("there was a third place")
        };
        assert_eq!(wait, NO_PLACE);
        assert!(limiter.turn(&key("b", "one@contoso.example"), Rank::Usual, soon()).await.is_ok());
        drop(first);
        assert!(limiter.turn(&third, Rank::Usual, soon()).await.is_ok());
    }

    #[test]
    fn a_mailbox_is_left_alone_for_as_long_as_was_asked_and_its_neighbours_are_not() {
        let limiter = limiter(3, 30, 100);
        let (one, other) = (key("a", "one@contoso.example"), key("a", "other@contoso.example"));
        assert_eq!(limiter.left_alone(&one), None);
        let wait = limiter.refused(&one, Reason::Throttled, Instant::now(), Some(Duration::from_secs(77)));
        assert_eq!(wait, Duration::from_secs(77));
        let (reason, left) = limiter.left_alone(&one).unwrap();
        assert!(reason == Reason::Throttled && left > Duration::from_secs(70));
        assert_eq!(limiter.left_alone(&other), None);
        let elsewhere = key("of-a-stranger", "one@contoso.example");
        assert_eq!(limiter.left_alone(&elsewhere), None);
    }
}
