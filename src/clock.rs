//! The time as a value: the system's, or one that tests wind by hand.
//!
//! An instant is a count of microseconds since 1970 in UTC and is stored as a `BIGINT`: text sorts
//! wrongly as soon as fractions or offsets differ, and PostgreSQL keeps microseconds and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sea_orm::DeriveValueType,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant that much later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The instant that much earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The instant as a date and time in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// A clock that stands still until a test winds it; microseconds since 1970.
    Wound(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System =>
            {
                #[allow(clippy::disallowed_methods, reason = "this is the one reader of the system clock")]
                Timestamp(Utc::now().timestamp_micros())
            }
            Clock::Wound(micros) => Timestamp(micros.load(Ordering::SeqCst)),
        }
    }

    /// A clock for tests, set to the system's time.
    pub fn wound_to_now() -> Self {
        Clock::Wound(Arc::new(AtomicI64::new(Clock::System.now().0)))
    }

    /// Winds a test's clock forward. The system's clock cannot be wound: nothing happens.
    pub fn advance(&self, span: Duration) {
        if let Clock::Wound(micros) = self {
            micros.store(self.now().plus(span).0, Ordering::SeqCst);
        }
    }
}
