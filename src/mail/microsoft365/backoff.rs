use std::time::Duration;

use tokio::time::Instant;

/// Our own gap after the first refusal; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// Its end. What Microsoft asks for may be longer.
const MAX_OF_OURS: Duration = Duration::from_mins(15);
/// Nothing waits longer, whatever was asked for.
const LONGEST: Duration = Duration::from_hours(24);

/// For how long somebody is left alone who asked for it. Microsoft says so with `Retry-After`, at times
/// with a useless constant (microsoftgraph/msgraph-sdk-javascript#297), at times not at all; hence the
/// longer of what was asked for and a gap of our own that doubles.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    until: Option<Instant>,
    refused_at: Option<Instant>,
    refusals: u32,
}

impl Backoff {
    /// How long there still is to wait.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        self.until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// A request that began at `began` was refused; returns how long to wait from `now`. Requests that
    /// were under way together are refused together: that counts once.
    pub(super) fn refused(&mut self, now: Instant, began: Instant, asked: Option<Duration>) -> Duration {
        if self.refused_at.is_none_or(|before| began >= before) {
            self.refusals = self.refusals.saturating_add(1);
        }
        self.refused_at = Some(now);
        let doublings = self.refusals.saturating_sub(1).min(10);
        let own = FIRST.saturating_mul(1 << doublings).min(MAX_OF_OURS);
        let wait = asked.unwrap_or_default().max(own + spread(own)).min(LONGEST);
        let until = now + wait;
        self.until = Some(self.until.map_or(until, |before| before.max(until)));
        self.left(now).unwrap_or_default()
    }

    /// A request was taken: the next refusal is the first again.
    pub(super) fn taken(&mut self) {
        self.refusals = 0;
    }

    /// Whether nothing needs to be remembered.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.left(now).is_none()
            && self.refused_at.is_none_or(|at| now.saturating_duration_since(at) > MAX_OF_OURS * 2)
    }
}

/// Up to a quarter more, so that many who were refused together do not come back together.
fn spread(gap: Duration) -> Duration {
    let mut byte = [0];
    // without randomness there is no spread, which harms nobody
    let part = getrandom::fill(&mut byte).map_or(0, |()| u32::from(byte[0]));
    if gap <= FIRST { Duration::ZERO } else { gap / 4 * part / 256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn what_microsoft_asks_for_is_obeyed_to_the_second_up_to_a_day() {
        for (asked, wait) in [(2, 2), (5, 5), (3600, 3600), (86_400, 86_400), (900_000, 86_400)] {
            let (mut backoff, now) = (Backoff::default(), Instant::now());
            assert_eq!(backoff.refused(now, now, Some(seconds(asked))), seconds(wait));
            assert_eq!(backoff.left(now + seconds(wait - 1)), Some(seconds(1)));
            assert_eq!(backoff.left(now + seconds(wait)), None);
        }
    }

    #[test]
    fn a_constant_that_is_of_no_use_is_outgrown_up_to_a_quarter_of_an_hour() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..14 {
            let wait = backoff.refused(now, now, Some(seconds(1)));
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits[0], 1);
        for (number, wait) in waits.iter().enumerate() {
            let least = (1_u64 << number).min(900);
            assert!((least..=least + least / 4 + 1).contains(wait), "{waits:?}");
        }
        backoff.taken();
        assert_eq!(backoff.refused(now, now, None), seconds(1));
    }

    #[test]
    fn requests_refused_together_count_once_and_the_longest_wish_holds() {
        let (mut backoff, began) = (Backoff::default(), Instant::now());
        let now = began + Duration::from_millis(50);
        backoff.refused(now, began, Some(seconds(30)));
        backoff.refused(now, began, Some(seconds(3)));
        assert_eq!(backoff.refused(now, began, None), seconds(30));
        let later = now + seconds(30);
        assert!(backoff.refused(later, later, None) <= seconds(3), "the second refusal of ours");
    }

    #[test]
    fn it_is_forgotten_in_time() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        assert!(backoff.is_idle(now));
        backoff.refused(now, now, Some(seconds(60)));
        assert!(!backoff.is_idle(now) && !backoff.is_idle(now + seconds(900)));
        assert!(backoff.is_idle(now + seconds(3601)));
    }
}
