//! Dates and times as a reader expects them, in the reader's own time zone.

use chrono::{Datelike as _, NaiveDate, Timelike as _};
use chrono_tz::Tz;

use super::Language;
use crate::clock::Timestamp;

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// "24 November 2026, 14:02" or "24. November 2026, 14:02 Uhr".
pub fn format_date_time(at: Timestamp, zone: Tz, language: Language) -> String {
    let local = at.utc().with_timezone(&zone);
    let (date, hour, minute) = (format_date(local.date_naive(), language), local.hour(), local.minute());
    match language {
        Language::English => format!("{date}, {hour:02}:{minute:02}"),
        Language::German => format!("{date}, {hour:02}:{minute:02} Uhr"),
    }
}

/// In few characters, for tables: "14:02" of the present day, "24 Nov, 14:02" of the present year, else
/// "24 Nov 2026, 14:02"; in German "24.11., 14:02" and "24.11.2026, 14:02".
pub fn format_short(at: Timestamp, now: Timestamp, zone: Tz, language: Language) -> String {
    let local = at.utc().with_timezone(&zone);
    let (date, today) = (local.date_naive(), now.utc().with_timezone(&zone).date_naive());
    let time = local.format("%H:%M");
    if date == today {
        return time.to_string();
    }
    let year = if date.year() == today.year() { String::new() } else { date.year().to_string() };
    match language {
        Language::English => {
            let month = ENGLISH_MONTHS.get(date.month0() as usize).and_then(|name| name.get(..3));
            let day = format!("{} {} {year}", date.day(), month.unwrap_or_default());
            format!("{}, {time}", day.trim_end())
        }
        Language::German => format!("{:02}.{:02}.{year}, {time}", date.day(), date.month()),
    }
}

/// "24 November 2026" or "24. November 2026".
pub fn format_date(on: NaiveDate, language: Language) -> String {
    let month = |names: [&'static str; 12]| names.get(on.month0() as usize).copied().unwrap_or_default();
    match language {
        Language::English => format!("{} {} {}", on.day(), month(ENGLISH_MONTHS), on.year()),
        Language::German => format!("{}. {} {}", on.day(), month(GERMAN_MONTHS), on.year()),
    }
}

/// "14:02:11" with the zone's abbreviation, "14:02:11 CET"; for what happened just now.
pub fn format_time(at: Timestamp, zone: Tz) -> String {
    at.utc().with_timezone(&zone).format("%H:%M:%S %Z").to_string()
}

/// The time zone of that IANA name.
pub fn parse_time_zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// The names a person may choose from: `UTC` and those of the form `Region/City`, in order.
pub fn time_zone_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| {
        *name == "UTC" || (name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("US/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_its_reader_writes_it() {
        let at = Timestamp(1_795_525_331_000_000);
        let berlin = parse_time_zone("Europe/Berlin").unwrap();
        assert_eq!(format_date_time(at, berlin, Language::English), "24 November 2026, 14:02");
        assert_eq!(format_date_time(at, berlin, Language::German), "24. November 2026, 14:02 Uhr");
        assert_eq!(format_time(at, berlin), "14:02:11 CET");
        let short =
            |days: i64, language| format_short(at, Timestamp(at.0 + days * 86_400_000_000), berlin, language);
        assert_eq!(
            (short(0, Language::English), short(0, Language::German)),
            ("14:02".into(), "14:02".into())
        );
        assert_eq!(short(1, Language::English), "24 Nov, 14:02");
        assert_eq!(short(1, Language::German), "24.11., 14:02");
        assert_eq!(short(60, Language::English), "24 Nov 2026, 14:02");
        assert_eq!(short(60, Language::German), "24.11.2026, 14:02");
    }
}
