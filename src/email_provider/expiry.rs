use chrono::NaiveDate;

use super::settings::Settings;
use crate::i18n::Text;

/// How near a client secret is to its end. Each stage is one occasion to tell the administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// At most 30 days are left.
    Month,
    Fortnight,
    Week,
    Day,
    Expired,
}

/// A client secret that ends soon, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretExpiry {
    /// Its last day, as the administrator entered it.
    pub on: NaiveDate,
    /// So many days are left; negative after the last.
    pub days_left: i64,
    /// What that amounts to.
    pub stage: Stage,
}

impl SecretExpiry {
    /// What is to be said of the secret's end on that day (in UTC); nothing if it is far, or unknown.
    pub fn of(settings: &Settings, today: NaiveDate) -> Option<Self> {
        let Settings::Microsoft365(microsoft) = settings else { return None };
        let on = microsoft.secret_expires_on?;
        let days_left = on.signed_duration_since(today).num_days();
        let stage = match days_left {
            31.. => return None,
            15..=30 => Stage::Month,
            8..=14 => Stage::Fortnight,
            2..=7 => Stage::Week,
            0..=1 => Stage::Day,
            _ => Stage::Expired,
        };
        Some(Self { on, days_left, stage })
    }

    /// How loud the notice of it is: `info`, `warning` or `error`.
    pub fn tone(&self) -> &'static str {
        match self.stage {
            Stage::Month => "info",
            Stage::Fortnight | Stage::Week => "warning",
            Stage::Day | Stage::Expired => "error",
        }
    }

    /// One sentence of how near it is.
    pub fn text(&self) -> Text {
        match (self.stage, self.days_left) {
            (Stage::Expired, _) => Text::new("provider-secret-expired"),
            (_, 0) => Text::new("provider-secret-expires-today"),
            (_, days) => Text::new("provider-secret-expires-in").with_number("days", days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email_provider::Microsoft365Settings;
    use crate::mail::Cloud;

    fn on(expires: Option<&str>, today: &str) -> Option<(Stage, i64)> {
        let settings = Settings::Microsoft365(Microsoft365Settings {
            cloud: Cloud::Global,
            tenant_id: "contoso.example".to_owned(),
            client_id: "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned(),
            sender_address: "reports@contoso.example".to_owned(),
            secret_expires_on: expires.map(|date| date.parse().unwrap()),
            large_messages: false,
        });
        SecretExpiry::of(&settings, today.parse().unwrap()).map(|expiry| (expiry.stage, expiry.days_left))
    }

    #[test]
    fn an_end_is_told_at_30_14_7_and_1_days_and_after_it() {
        let end = Some("2026-12-31");
        for (today, expected) in [
            ("2026-11-30", None),
            ("2026-12-01", Some((Stage::Month, 30))),
            ("2026-12-16", Some((Stage::Month, 15))),
            ("2026-12-17", Some((Stage::Fortnight, 14))),
            ("2026-12-24", Some((Stage::Week, 7))),
            ("2026-12-29", Some((Stage::Week, 2))),
            ("2026-12-30", Some((Stage::Day, 1))),
            ("2026-12-31", Some((Stage::Day, 0))),
            ("2027-01-01", Some((Stage::Expired, -1))),
        ] {
            assert_eq!(on(end, today), expected, "{today}");
        }
        assert_eq!(on(None, "2027-01-01"), None);
    }
}
