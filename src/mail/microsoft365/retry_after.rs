//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Clock;

/// How long to wait. A date is measured from the answer's own `Date`, so that a clock that is wrong here
/// does no harm.
pub(super) fn parse(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(text)?;
    let now = date.and_then(http_date).unwrap_or_else(|| Clock::System.now().utc());
    Some((until - now).to_std().unwrap_or_default())
}

/// The one form of a date that may be written today (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let date = text.ends_with("GMT").then(|| DateTime::parse_from_rfc2822(text).ok())??;
    Some(date.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_nothing_else() {
        let date = Some("Tue, 24 Nov 2026 12:00:00 GMT");
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999", Some(u64::MAX)),
            ("Tue, 24 Nov 2026 12:01:30 GMT", Some(90)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("Tue, 24 Nov 2026 12:01:30 +0100", None),
        ] {
            assert_eq!(parse(text, date), seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn without_a_date_of_the_answer_the_clock_here_counts() {
        let in_an_hour = Clock::System.now().plus(Duration::from_hours(1)).utc();
        let text = in_an_hour.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let wait = parse(&text, None).unwrap().as_secs();
        assert!((3590..=3600).contains(&wait), "{wait}");
    }
}
