//! When a message is tried again.

use std::time::Duration;

use crate::clock::Timestamp;

/// The first gap; each further one is twice as long.
pub const FIRST_GAP: Duration = Duration::from_mins(1);
/// No gap of ours is longer.
pub const MAX_GAP: Duration = Duration::from_mins(30);
/// No wish of a server is obeyed beyond this.
pub const MAX_WISH: Duration = Duration::from_hours(6);
/// Up to that share is added to a gap, so that what failed together is not tried together. From the longest gap it is
/// taken away: a queue that is held is probed every half an hour, and then one of its messages must be due.
const JITTER: f64 = 0.2;

/// When a message that failed `attempts` times (at least once) is tried next.
///
/// A server's `wish` is obeyed, up to [`MAX_WISH`], but no gap is shorter than our own: many servers
/// wish for seconds. `jitter` is from 0 to 1. A message whose life ends before its next try is looked at
/// once more at its end, to be told that it expired.
pub fn next_try(
    attempts: u32,
    now: Timestamp,
    expires_at: Timestamp,
    wish: Option<Duration>,
    jitter: f64,
) -> Timestamp {
    let at = now.plus(gap(attempts, wish, jitter));
    // a life that is over already ends at the next look, not in the past
    Timestamp(at.0.min(expires_at.0.max(now.0)))
}

/// The gap after that many attempts.
pub fn gap(attempts: u32, wish: Option<Duration>, jitter: f64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let own = (FIRST_GAP * 2u32.pow(doublings)).min(MAX_GAP);
    let share = JITTER * jitter.clamp(0.0, 1.0);
    let own = if own < MAX_GAP { own.mul_f64(1.0 + share) } else { own.mul_f64(1.0 - share) };
    let wish = wish.unwrap_or_default().min(MAX_WISH);
    if wish > own { wish.mul_f64(1.0 + share) } else { own }
}

/// A random number from 0 to 1 for a gap.
pub(super) fn jitter() -> f64 {
    let mut bytes = [0; 4];
    // without randomness there is no jitter, and no harm
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAYS: Duration = Duration::from_hours(72);

    #[test]
    fn the_gaps_double_up_to_half_an_hour() {
        let minutes: Vec<u64> = (1..=8).map(|n| gap(n, None, 0.0).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_server_is_obeyed_but_not_to_hurry() {
        assert_eq!(gap(1, Some(Duration::from_secs(300)), 0.0), Duration::from_secs(300));
        assert_eq!(gap(3, Some(Duration::from_secs(5)), 0.0), Duration::from_mins(4));
        assert_eq!(gap(1, Some(Duration::MAX), 0.0), MAX_WISH);
    }

    proptest! {
        #[test]
        fn a_gap_is_within_its_bounds(attempts in any::<u32>(), wish in any::<Option<u32>>(), jitter in -1.0..2.0) {
            let wish = wish.map(|seconds| Duration::from_secs(u64::from(seconds)));
            let gap = gap(attempts, wish, jitter);
            prop_assert!(gap >= FIRST_GAP);
            prop_assert!(gap >= wish.unwrap_or_default().min(MAX_WISH));
            prop_assert!(gap <= MAX_GAP.max(wish.unwrap_or_default().min(MAX_WISH).mul_f64(1.2)));
        }

        #[test]
        fn gaps_never_shrink(attempts in 1u32..100) {
            prop_assert!(gap(attempts + 1, None, 0.0) >= gap(attempts, None, 0.0));
        }

        #[test]
        fn a_try_is_never_in_the_past_nor_after_the_end_of_life(
            attempts in any::<u32>(), now in 0i64..i64::MAX / 2, life in 0u64..300_000, jitter in 0.0..1.0,
        ) {
            let now = Timestamp(now);
            let end = now.plus(Duration::from_secs(life));
            let next = next_try(attempts, now, end, None, jitter);
            prop_assert!(next >= now && next <= end);
            prop_assert!(next == end || next.since(now) >= FIRST_GAP);
        }

        #[test]
        fn a_message_is_tried_often_enough_and_then_ends(jitter in 0.0..1.0) {
            let start = Timestamp(1_795_525_331_000_000);
            let end = start.plus(DAYS);
            let (mut now, mut attempts) = (start, 0);
            while now < end {
                attempts += 1;
                now = next_try(attempts, now, end, None, jitter);
            }
            prop_assert!((140..=190).contains(&attempts), "{attempts}");
            prop_assert_eq!(now, end);
        }
    }
}
