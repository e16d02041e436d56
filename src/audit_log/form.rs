use std::net::IpAddr;

use chrono::NaiveDate;

use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::values::UserId;
use crate::web::FormErrors;

/// Which entries are wanted. All that it names must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// This is a part of the name of the actor, or of the support person behind, whatever its case.
    pub who: Option<String>,
    /// The event of that name.
    pub event: Option<String>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub client: Option<String>,
    pub request: Option<String>,
    pub user: Option<UserId>,
}

/// The fields of the filter, as they are typed and as they stand in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct FilterForm {
    /// A part of a name, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// An event's name, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// The first day, as 2026-11-24, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The last day, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// An IP address, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// A request's identifier, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request: String,
}

/// A field of the filter that can be filled in wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterField {
    From,
    Until,
    /// The address of the client.
    Client,
}

impl FilterField {
    /// The field's name in the form.
    pub fn name(self) -> &'static str {
        match self {
            FilterField::From => "from",
            FilterField::Until => "until",
            FilterField::Client => "client",
        }
    }
}

impl FilterForm {
    /// Whether nothing is filled in.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The filter as the query of an address, without the question mark.
    pub fn query(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }

    /// The filter that was typed. `beginning_of` says when a day begins where the reader is. An event that there
    /// is not may be one of another version: it fits nothing, or what that version has recorded.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn parse(
        &self,
        beginning_of: impl Fn(NaiveDate) -> Option<Timestamp>,
    ) -> Result<Filter, FormErrors<FilterField>> {
        let mut errors = FormErrors::default();
        let day = |typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => typed.parse().map(Some).map_err(|_| Text::new("outbox-filter-day-malformed")),
        };
        let from: Option<NaiveDate> = errors.take(FilterField::From, day(&self.from)).flatten();
        let last: Option<NaiveDate> = errors.take(FilterField::Until, day(&self.until)).flatten();
        if let (Some(from), Some(last)) = (from, last)
            && last < from
        {
            errors.add(FilterField::Until, Text::new("outbox-filter-period-ends-first"));
        }
        let client = match self.client.trim() {
            "" => Ok(None),
            // as it was written down: IPv6 has many spellings
            typed => typed
                .parse::<IpAddr>()
                .map(|ip| Some(ip.to_canonical().to_string()))
                .map_err(|_| Text::new("audit-log-address-malformed")),
        };
        let client = errors.take(FilterField::Client, client).flatten();
        if !errors.is_empty() {
            return Err(errors);
        }
        let text = |typed: &str| Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty());
        Ok(Filter {
            who: text(&self.who),
            event: text(&self.event),
            from: from.and_then(&beginning_of),
            until: last.and_then(|last| last.succ_opt()).and_then(&beginning_of),
            client,
            request: text(&self.request).map(|typed| typed.to_lowercase()),
            user: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_midnight(day: NaiveDate) -> Option<Timestamp> {
        Some(Timestamp(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()))
    }

    fn form(from: &str, until: &str, client: &str) -> FilterForm {
        let text = |text: &str| text.to_owned();
        FilterForm { from: text(from), until: text(until), client: text(client), ..FilterForm::default() }
    }

    #[test]
    fn what_is_typed_wrongly_is_said_at_its_field_all_at_once() {
        let errors = form("yesterday", "2026-13-01", "192.0.2").parse(at_midnight).unwrap_err();
        for field in [FilterField::From, FilterField::Until, FilterField::Client] {
            assert!(errors.at(field).is_some(), "{field:?}");
        }
        let errors = form("2026-11-24", "2026-11-23", "").parse(at_midnight).unwrap_err();
        assert!(errors.at(FilterField::Until).is_some());
    }

    #[test]
    fn an_address_is_looked_for_as_it_was_written_down() {
        for (typed, written) in [
            (" 192.0.2.7 ", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
        ] {
            let filter = form("", "", typed).parse(at_midnight).unwrap();
            assert_eq!(filter.client.as_deref(), Some(written));
        }
        assert_eq!(FilterForm::default().parse(at_midnight).unwrap(), Filter::default());
        assert!(FilterForm::default().is_empty() && FilterForm::default().query().is_empty());
    }
}
