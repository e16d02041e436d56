//! A tenant's queue: whether mail may leave, and when it is looked at next.

pub(super) mod lease;
pub(super) mod store;

use std::time::Duration;

use uuid::Uuid;

use super::retry;
use crate::clock::Timestamp;
use crate::mail::{Failure, Recovery, Verdict};

/// A provider that may come back by itself is asked so often.
pub const PROBE_GAP: Duration = Duration::from_mins(30);
/// So often a refused sign-in or sender is tried; then only a person releases the queue, since hammering
/// locks accounts.
pub const TRIES: u32 = 3;
/// So long they are apart at least.
pub const TRIES_GAP: Duration = Duration::from_mins(1);
/// So often it is looked whether a tenant is in service again.
pub const SUSPENDED_GAP: Duration = Duration::from_mins(1);
/// A queue that is merely paused is worth a notice when it has been for so long.
pub const PATIENCE: Duration = Duration::from_hours(1);

/// Why a queue is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldKind {
    /// The provider could not be reached, or is too busy: it is tried again with growing gaps.
    Paused,
    /// The provider is broken and may come back by itself: now and then a probe tells.
    ByItself,
    /// The provider is broken and a person must put it right.
    ByPerson,
    /// There is no provider.
    NoProvider,
    /// The stored provider cannot be used by this program: its secret does not open, for instance.
    Unusable,
    /// The tenant is out of service.
    Suspended,
    /// The operator holds it, until they say what becomes of what waits.
    ByOperator,
}

/// Why nothing leaves a tenant's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub kind: HoldKind,
    /// What happened last, if a provider was involved.
    pub failure: Option<Box<Failure>>,
    /// Since when nothing was accepted.
    pub since: Timestamp,
    /// The provider that it is about; another one releases the queue.
    pub revision: Option<Uuid>,
    /// How many tries failed since then.
    pub tries: u32,
}

impl HoldKind {
    pub const ALL: [HoldKind; 7] = [
        Self::Paused,
        Self::ByItself,
        Self::ByPerson,
        Self::NoProvider,
        Self::Unusable,
        Self::Suspended,
        Self::ByOperator,
    ];

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            HoldKind::Paused => "paused",
            HoldKind::ByItself => "by_itself",
            HoldKind::ByPerson => "by_person",
            HoldKind::NoProvider => "no_provider",
            HoldKind::Unusable => "unusable",
            HoldKind::Suspended => "suspended",
            HoldKind::ByOperator => "by_operator",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What a provider's failure means for the queue.
    pub(super) fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::ProviderBroken(Recovery::ByPerson) => HoldKind::ByPerson,
            Verdict::ProviderBroken(Recovery::ByItself) => HoldKind::ByItself,
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::GiveUp => HoldKind::Paused,
        }
    }
}

impl Hold {
    /// The hold after one more failure. The count and the beginning stay whatever the kinds: a server
    /// that fails now so, now so, must not gain tries by it.
    #[must_use]
    pub fn next(
        former: Option<&Hold>,
        kind: HoldKind,
        failure: Option<Box<Failure>>,
        revision: Option<Uuid>,
        now: Timestamp,
    ) -> Self {
        let former = former.filter(|former| former.revision == revision);
        Self {
            kind,
            failure,
            since: former.map_or(now, |former| former.since),
            revision,
            tries: former.map_or(0, |former| former.tries).saturating_add(1),
        }
    }

    /// When the provider is tried again; `None` if only a person, or another provider, releases the queue.
    pub fn next_try(&self, now: Timestamp, jitter: f64) -> Option<Timestamp> {
        let gap = match self.kind {
            HoldKind::Paused => retry::gap(self.tries, None, jitter),
            HoldKind::ByItself | HoldKind::Unusable => PROBE_GAP,
            HoldKind::Suspended => SUSPENDED_GAP,
            HoldKind::ByPerson if self.tries < TRIES => TRIES_GAP.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0),
            HoldKind::ByPerson | HoldKind::NoProvider | HoldKind::ByOperator => return None,
        };
        Some(now.plus(gap))
    }

    /// Whether its messages count as held. In a queue that is merely paused they wait for their next try, as
    /// they would after any other temporary failure.
    pub fn is_held(&self) -> bool {
        self.kind != HoldKind::Paused
    }

    /// Whether the tenant's administrators should be told.
    pub fn is_worth_a_notice(&self, now: Timestamp) -> bool {
        self.kind != HoldKind::Paused || now.since(self.since) >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_525_331_000_000);

    fn hold(kind: HoldKind, tries: u32) -> Hold {
        Hold { kind, failure: None, since: NOW, revision: None, tries }
    }

    #[test]
    fn a_refused_sign_in_is_tried_three_times_a_minute_apart() {
        let mut now = NOW;
        let mut former = None;
        let mut tries = 0;
        loop {
            let hold = Hold::next(former.as_ref(), HoldKind::ByPerson, None, None, now);
            tries += 1;
            let Some(next) = hold.next_try(now, 0.0) else { break };
            assert!(next.since(now) >= TRIES_GAP);
            (now, former) = (next, Some(hold));
        }
        assert_eq!(tries, TRIES);
    }

    #[test]
    fn another_provider_begins_anew() {
        let former = Hold { revision: Some(Uuid::from_u128(1)), ..hold(HoldKind::ByPerson, 3) };
        let same = Hold::next(Some(&former), HoldKind::ByPerson, None, Some(Uuid::from_u128(1)), NOW);
        assert_eq!(same.tries, 4);
        let other = Hold::next(Some(&former), HoldKind::ByPerson, None, Some(Uuid::from_u128(2)), NOW);
        assert_eq!(other.tries, 1);
    }

    #[test]
    fn a_short_pause_is_no_notice() {
        let paused = hold(HoldKind::Paused, 1);
        assert!(!paused.is_worth_a_notice(NOW));
        assert!(paused.is_worth_a_notice(NOW.plus(PATIENCE)));
        assert!(hold(HoldKind::NoProvider, 1).is_worth_a_notice(NOW));
    }

    fn kinds() -> impl Strategy<Value = HoldKind> {
        prop::sample::select(vec![HoldKind::Paused, HoldKind::ByItself, HoldKind::ByPerson])
    }

    proptest! {
        #[test]
        fn however_failures_alternate_a_sign_in_is_not_hammered(kinds in prop::collection::vec(kinds(), 1..50)) {
            let (mut now, mut former): (Timestamp, Option<Hold>) = (NOW, None);
            let mut sign_ins = 0;
            for kind in kinds {
                let hold = Hold::next(former.as_ref(), kind, None, None, now);
                sign_ins += u32::from(kind == HoldKind::ByPerson);
                let Some(next) = hold.next_try(now, 0.5) else { break };
                prop_assert!(next.since(now) >= TRIES_GAP);
                (now, former) = (next, Some(hold));
            }
            prop_assert!(sign_ins <= TRIES);
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in HoldKind::ALL {
            assert_eq!(HoldKind::parse(kind.as_str()), Some(kind));
        }
    }
}
