use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const DAY: Duration = Duration::from_hours(24);
/// Recipients are counted in groups of so long.
const GROUP: Duration = Duration::from_mins(5);

/// The recipients of any 24 hours, in groups of five minutes: a bounded memory, and never too few.
#[derive(Default)]
pub(super) struct Day {
    groups: VecDeque<(Instant, u32)>,
}

impl Day {
    /// Counts so many more, or says how long to wait until the limit allows it.
    pub(super) fn take(&mut self, now: Instant, count: u32, limit: u32) -> Result<(), Duration> {
        self.forget(now);
        let spent: u32 = self.groups.iter().map(|(_, count)| *count).sum();
        let mut excess = (spent.saturating_add(count)).saturating_sub(limit);
        if excess > 0 {
            for (began, group) in &self.groups {
                excess = excess.saturating_sub(*group);
                if excess == 0 {
                    return Err((*began + GROUP + DAY).saturating_duration_since(now));
                }
            }
            return Err(DAY); // more at once than the limit of a day
        }
        match self.groups.back_mut() {
            Some((began, group)) if now.saturating_duration_since(*began) < GROUP => *group += count,
            _ => self.groups.push_back((now, count)),
        }
        Ok(())
    }

    /// Takes so many of the latest back.
    pub(super) fn give_back(&mut self, count: u32) {
        if let Some((_, group)) = self.groups.back_mut() {
            *group = group.saturating_sub(count);
        }
    }

    pub(super) fn forget(&mut self, now: Instant) {
        while self.groups.front().is_some_and(|(began, count)| *count == 0 || *began + GROUP + DAY <= now) {
            self.groups.pop_front();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_24_hours_hold_more_recipients_than_the_limit() {
        let (mut day, start) = (Day::default(), Instant::now());
        let mut taken: Vec<Instant> = Vec::new();
        // one every minute for three days: what is refused is tried again a minute later
        for minute in 0..3 * 24 * 60 {
            let now = start + Duration::from_mins(minute);
            if day.take(now, 1, 100).is_ok() {
                taken.push(now);
            }
        }
        for (number, at) in taken.iter().enumerate() {
            let within = taken[number..].iter().filter(|other| **other < *at + DAY).count();
            assert!(within <= 100, "{within} within 24 hours");
        }
        assert!(taken.len() > 290, "only {} in three days", taken.len());
    }

    #[test]
    fn the_wait_until_the_day_has_room_again_is_said_and_right() {
        let (mut day, start) = (Day::default(), Instant::now());
        day.take(start, 6, 10).unwrap();
        day.take(start + Duration::from_hours(1), 4, 10).unwrap();
        let now = start + Duration::from_hours(2);
        let wait = day.take(now, 1, 10).unwrap_err();
        assert_eq!(wait, Duration::from_hours(22) + GROUP);
        assert!(day.take(now + wait - Duration::from_secs(1), 1, 10).is_err());
        day.take(now + wait, 6, 10).unwrap();
        assert_eq!(day.take(now + wait, 11, 10), Err(DAY));
        assert!(day.take(now + wait, 1, 10).is_err());
        day.give_back(1);
        day.take(now + wait, 1, 10).unwrap();
    }
}
