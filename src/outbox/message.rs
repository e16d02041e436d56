use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::values::{EmailAddress, OutboxMessageId};

/// So long a message is tried unless told otherwise.
pub const LIFETIME: Duration = Duration::from_hours(72);
/// An idempotency key has at most so many bytes.
pub const KEY_BYTES: usize = 200;

/// Who waits for a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A person, in front of a screen: it goes first.
    Interactive,
    Bulk,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Priority; 2] = [Priority::Interactive, Priority::Bulk];

    /// The number in the database; the smaller goes first.
    pub fn number(self) -> i32 {
        match self {
            Priority::Interactive => 0,
            Priority::Bulk => 1,
        }
    }
}

/// One recipient of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub address: EmailAddress,
    /// In which language to say it.
    pub language: Language,
    /// What makes it this message and no other, in the words of whoever enqueues it, such as
    /// `report-7/2026-11-24/anna`; at most [`KEY_BYTES`]. A second message of the tenant with the same key
    /// is not enqueued.
    pub key: Option<String>,
}

/// How messages are to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOptions {
    /// Who waits for them.
    pub priority: Priority,
    /// Before then they do not leave.
    pub not_before: Option<Timestamp>,
    /// How long they are tried, from when they may leave.
    pub lifetime: Duration,
}

impl SendOptions {
    /// A person waits for it; three days.
    pub const INTERACTIVE: SendOptions =
        SendOptions { priority: Priority::Interactive, not_before: None, lifetime: LIFETIME };
    /// Nobody waits for it in particular; three days.
    pub const BULK: SendOptions =
        SendOptions { priority: Priority::Bulk, not_before: None, lifetime: LIFETIME };
}

/// Identifiers of messages that are enqueued together: UUIDv7 (RFC 9562) of the given time, in the order in
/// which they are taken.
pub(super) struct Ids {
    millis: u64,
    taken: u64,
}

impl Ids {
    pub(super) fn at(now: Timestamp) -> Self {
        Self { millis: u64::try_from(now.0 / 1000).unwrap_or(0), taken: 0 }
    }

    pub(super) fn next(&mut self) -> Uuid {
        let mut random = [0; 10];
        // The 12 bits behind the milliseconds count. When they are used up, the next millisecond begins:
        // ten thousand at once are three milliseconds ahead, which nobody will notice.
        if getrandom::fill(&mut random).is_err() {
            return Uuid::now_v7();
        }
        let (millis, count) = (self.millis + (self.taken >> 12), self.taken & 0xfff);
        let [high, low] = u16::try_from(count).unwrap_or(0).to_be_bytes();
        let [first, second, ..] = &mut random;
        (*first, *second) = (high, low);
        self.taken += 1;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// The Message-ID (RFC 5322, section 3.6.4) of a message that is enqueued at that host. It is the portal's
/// and not the sender's: it stays the same when the tenant changes the provider meanwhile.
pub(super) fn message_id(id: OutboxMessageId, host: &str) -> String {
    format!("<{id}@{host}>")
}

/// The number under which a server says it queued a message, out of its reply to the final dot. Every
/// server has words of its own: Postfix `queued as`, Exim `id=`, Exchange `InternalId=`.
pub(super) fn queue_id(answer: &str) -> Option<String> {
    let lower = answer.to_ascii_lowercase();
    let rest = ["queued as ", "internalid=", "id="].iter().find_map(|mark| {
        let at = lower.find(mark)?;
        answer.get(at + mark.len()..)
    })?;
    let end = rest.find(|c: char| c.is_whitespace() || ",;)]>".contains(c)).unwrap_or(rest.len());
    let id = rest.get(..end.min(80))?.trim_matches(['<', '.']);
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_of_their_time_and_in_order() {
        let mut ids = Ids::at(Timestamp(1_795_525_331_123_456));
        let all: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        let (seconds, nanos) = all[0].get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_795_525_331, 123));
        assert_eq!(all[0].get_version_num(), 7);
        assert_ne!(Ids::at(Timestamp(0)).next(), Ids::at(Timestamp(0)).next());
    }

    #[test]
    fn the_servers_number_is_found_in_its_answer() {
        for (answer, id) in [
            ("250 2.0.0 Ok: queued as 4WkP3N1nDgz2xVd", Some("4WkP3N1nDgz2xVd")),
            ("250 OK id=1rAbCd-0003Xy-1Z", Some("1rAbCd-0003Xy-1Z")),
            (
                "250 2.6.0 <x@y> [InternalId=6901, Hostname=AM9.example] 3 bytes in 0.1, Queued mail for delivery",
                Some("6901"),
            ),
            ("250 Ok", None),
            ("250 queued as ", None),
        ] {
            assert_eq!(queue_id(answer).as_deref(), id, "{answer}");
        }
    }
}
