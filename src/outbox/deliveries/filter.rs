use chrono::NaiveDate;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::outbox::MessageStatus;
use crate::values::EmailAddress;
use crate::web::FormErrors;

/// Which messages are wanted. All that it names must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In that state; due and held are one, since only the queue tells them apart.
    pub state: Option<MessageStatus>,
    pub kind: Option<String>,
    /// To that address, whatever its case.
    pub recipient: Option<String>,
    /// Enqueued then or later.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether a message's kind fits.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// The first identifier that may fit.
    pub(super) fn first_id(&self) -> Option<Uuid> {
        self.from.map(first_of)
    }

    /// The first identifier behind those that may fit.
    pub(super) fn end_id(&self) -> Option<Uuid> {
        self.until.map(first_of)
    }
}

/// The first UUIDv7 (RFC 9562) of that millisecond.
fn first_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.0.div_euclid(1000)).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// The fields of the filter, as they are typed and as they stand in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct FilterForm {
    /// A state's name, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// A kind's name, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// An address, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub recipient: String,
    /// The first day, as 2026-11-24, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The last day, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
}

/// A field of the filter that can be filled in wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterField {
    Recipient,
    From,
    Until,
}

impl FilterField {
    /// The field's name in the form.
    pub fn name(self) -> &'static str {
        match self {
            FilterField::Recipient => "recipient",
            FilterField::From => "from",
            FilterField::Until => "until",
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

    /// The filter that was typed. `beginning_of` says when a day begins where the reader is. States and
    /// kinds that there are not are those of a mistyped address and mean nothing.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn parse(
        &self,
        beginning_of: impl Fn(NaiveDate) -> Option<Timestamp>,
    ) -> Result<Filter, FormErrors<FilterField>> {
        let mut errors = FormErrors::default();
        let recipient = match self.recipient.trim() {
            "" => Ok(None),
            typed => EmailAddress::parse(typed)
                .map(|address| Some(address.normalised()))
                .map_err(|_| Text::new("outbox-filter-recipient-whole")),
        };
        let recipient = errors.take(FilterField::Recipient, recipient).flatten();
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
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Filter {
            state: MessageStatus::parse(&self.state),
            kind: (!self.kind.is_empty()).then(|| self.kind.clone()),
            recipient,
            from: from.and_then(&beginning_of),
            until: last.and_then(|last| last.succ_opt()).and_then(&beginning_of),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_midnight(day: NaiveDate) -> Option<Timestamp> {
        Some(Timestamp(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()))
    }

    fn form(recipient: &str, from: &str, until: &str) -> FilterForm {
        FilterForm {
            recipient: recipient.to_owned(),
            from: from.to_owned(),
            until: until.to_owned(),
            ..FilterForm::default()
        }
    }

    #[test]
    fn a_period_is_a_range_of_identifiers_with_its_last_day() {
        let filter = form("", "2026-11-24", "2026-11-24").parse(at_midnight).unwrap();
        let millis = |id: Option<Uuid>| id.unwrap().get_timestamp().unwrap().to_unix().0;
        assert_eq!(millis(filter.end_id()) - millis(filter.first_id()), 24 * 3600);
        let inside = first_of(Timestamp(filter.from.unwrap().0 + 3_600_000_000));
        assert!(filter.first_id().unwrap() < inside && inside < filter.end_id().unwrap());
    }

    #[test]
    fn what_is_typed_wrongly_is_said_at_its_field() {
        for (form, field) in [
            (form("anna", "", ""), FilterField::Recipient),
            (form("", "yesterday", ""), FilterField::From),
            (form("", "", "2026-13-01"), FilterField::Until),
            (form("", "2026-11-24", "2026-11-23"), FilterField::Until),
        ] {
            assert!(form.parse(at_midnight).unwrap_err().at(field).is_some(), "{form:?}");
        }
        let filter = form(" Anna@Acme.Example ", "", "").parse(at_midnight).unwrap();
        assert_eq!(filter.recipient.as_deref(), Some("anna@acme.example"));
    }
}
