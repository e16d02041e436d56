use std::time::Duration;

use super::store;
use crate::clock::Timestamp;
use crate::email_provider::{self, Settings};
use crate::outbox::{Counters, Error};
use crate::state::State;
use crate::values::TenantId;

/// The pace of a server is taken from so many last acceptances.
const LAST: u64 = 200;
/// A pace that was observed before is none now.
const RECENT: Duration = Duration::from_mins(2);

/// What waits, and how long it will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    Nothing,
    /// So many wait until the queue is released.
    Held(i64),
    /// So many wait for their next try, the first then.
    LaterTries(i64, Timestamp),
    Leaving {
        waiting: i64,
        /// When the last of them will have left, if that can be told.
        done_at: Option<Timestamp>,
        /// What holds them up.
        limit: Limit,
    },
}

/// What sets the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The tenant's own server.
    Server,
    /// Microsoft 365 takes so many a minute from a mailbox.
    AMinute(i64),
    /// Microsoft 365 takes mail for so many recipients in 24 hours from a mailbox.
    ADay(i64),
}

/// The outlook from what is counted.
pub(super) async fn of(
    app: &State,
    tenant: TenantId,
    counts: &Counters,
    hours: &[(Timestamp, Counters)],
    is_held: bool,
) -> Result<Outlook, Error> {
    let (db, now) = (app.db.read(), app.clock.now());
    let waiting = counts.due + counts.held;
    if waiting <= 0 {
        return Ok(Outlook::Nothing);
    }
    if is_held {
        return Ok(Outlook::Held(waiting));
    }
    if let Some(first) = store::first_due(db, tenant).await?
        && first > now
    {
        return Ok(Outlook::LaterTries(waiting, first));
    }
    let provider = email_provider::find(db, tenant).await.ok().flatten();
    if let Some(Settings::Microsoft365(_)) = provider.map(|stored| stored.settings) {
        let today: i64 = hours.iter().map(|(_, counts)| counts.accepted).sum();
        let config = &app.config;
        let limits = Limits {
            a_minute: config.microsoft365_messages_a_minute.into(),
            a_day: config.microsoft365_recipients_a_day.into(),
        };
        let (span, limit) = by_microsoft(waiting, today, limits);
        return Ok(Outlook::Leaving { waiting, done_at: Some(now.plus(span)), limit });
    }
    let finished = store::last_accepted(db, tenant, LAST).await?;
    let done_at = by_pace(waiting, &finished, now).map(|span| now.plus(span));
    Ok(Outlook::Leaving { waiting, done_at, limit: Limit::Server })
}

/// What Microsoft 365 takes from a mailbox, as configured.
#[derive(Clone, Copy, Debug)]
struct Limits {
    a_minute: i64,
    a_day: i64,
}

/// How long so many take within Microsoft's limits, when so many were taken in the last 24 hours.
fn by_microsoft(waiting: i64, taken_today: i64, limits: Limits) -> (Duration, Limit) {
    let in_steps = |count: i64, step: i64| count.unsigned_abs().div_ceil(step.unsigned_abs().max(1));
    let left_today = (limits.a_day - taken_today).max(0);
    if waiting <= left_today {
        let minutes = in_steps(waiting, limits.a_minute);
        return (Duration::from_secs(60 * minutes), Limit::AMinute(limits.a_minute));
    }
    // whatever the hour at which the 24 hours began: a day more at most for each further day's worth
    let days = in_steps(waiting - left_today, limits.a_day);
    (Duration::from_secs(24 * 3600 * days), Limit::ADay(limits.a_day))
}

/// How long so many take at the pace of the last ones.
fn by_pace(waiting: i64, finished: &[Timestamp], now: Timestamp) -> Option<Duration> {
    let (first, last) = (finished.iter().min()?, finished.iter().max()?);
    let gaps = u32::try_from(finished.len()).ok()?.checked_sub(1).filter(|gaps| *gaps >= 5)?;
    if now.since(*last) > RECENT {
        return None;
    }
    // a second more: a handful in the same instant is no pace
    let each = (last.since(*first) + Duration::from_secs(1)) / gaps;
    each.checked_mul(u32::try_from(waiting).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsoft_takes_thirty_a_minute_and_ten_thousand_a_day() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let of = |waiting, taken| by_microsoft(waiting, taken, Limits { a_minute: 30, a_day: 10_000 });
        assert_eq!(of(214, 0), (minutes(8), Limit::AMinute(30)));
        assert_eq!(of(1, 9_999), (minutes(1), Limit::AMinute(30)));
        assert_eq!(of(2, 9_999), (minutes(24 * 60), Limit::ADay(10_000)));
        assert_eq!(of(25_000, 0), (minutes(2 * 24 * 60), Limit::ADay(10_000)));
        assert_eq!(of(10, 12_000), (minutes(24 * 60), Limit::ADay(10_000)));
    }

    #[test]
    fn a_pace_is_what_was_observed_just_now() {
        let now = Timestamp(1_795_525_331_000_000);
        let each_second: Vec<Timestamp> = (0..61).map(|n| now.minus(Duration::from_secs(n))).collect();
        let span = by_pace(600, &each_second, now).unwrap();
        assert!((600..=611).contains(&span.as_secs()), "{span:?}");
        assert_eq!(by_pace(600, &each_second, now.plus(Duration::from_mins(3))), None);
        assert_eq!(by_pace(600, &each_second[..3], now), None);
        assert_eq!(by_pace(600, &[], now), None);
    }
}
