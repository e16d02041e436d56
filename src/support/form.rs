use crate::i18n::Text;
use crate::values::UserId;
use crate::web::FormErrors;

/// How many minutes a diagnosis session may last.
pub const ASKED_MINUTES: [u32; 3] = [15, 30, 60];
const MAX_REASON: usize = 500;
const MAX_TICKET: usize = 60;

/// The form in which a support person asks for a diagnosis session, as it was sent.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct AskForm {
    /// As whom: the user's identifier.
    pub user: String,
    pub reason: String,
    pub ticket: String,
    /// For how many minutes.
    pub minutes: String,
}

/// A field of that form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskField {
    User,
    Reason,
    Ticket,
    /// For how many minutes.
    Minutes,
}

impl AskField {
    /// The field's name in the form.
    pub fn name(self) -> &'static str {
        match self {
            AskField::User => "user",
            AskField::Reason => "reason",
            AskField::Ticket => "ticket",
            AskField::Minutes => "minutes",
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub reason: String,
    pub ticket: String,
    /// For how many minutes.
    pub minutes: u32,
}

impl AskForm {
    /// As whom, and what for.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn parse(&self) -> Result<(UserId, Asked), FormErrors<AskField>> {
        let mut errors = FormErrors::default();
        let user = self.user.parse().map_err(|_| Text::new("console-user-missing"));
        let user = errors.take(AskField::User, user);
        let reason = errors.take(AskField::Reason, line(&self.reason, MAX_REASON, "console-reason-missing"));
        let ticket = errors.take(AskField::Ticket, line(&self.ticket, MAX_TICKET, "console-ticket-missing"));
        let minutes = self.minutes.parse().ok().filter(|minutes| ASKED_MINUTES.contains(minutes));
        let minutes = errors.take(AskField::Minutes, minutes.ok_or(Text::new("console-minutes-unknown")));
        match (user, reason, ticket, minutes) {
            (Some(user), Some(reason), Some(ticket), Some(minutes)) => {
                Ok((user, Asked { reason, ticket, minutes }))
            }
            _ => Err(errors),
        }
    }
}

fn line(text: &str, most: usize, missing: &'static str) -> Result<String, Text> {
    let text = text.trim();
    if text.is_empty() {
        Err(Text::new(missing))
    } else if text.chars().count() > most || text.chars().any(char::is_control) {
        Err(Text::new("console-line-too-long").with_number("most", i64::try_from(most).unwrap_or(i64::MAX)))
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_said_at_once_and_the_hour_is_the_most() {
        let empty = AskForm::default().parse().unwrap_err();
        let fields: Vec<_> = empty.iter().map(|(field, _)| field.name()).collect();
        assert_eq!(fields, ["user", "reason", "ticket", "minutes"]);
        let form = AskForm {
            user: UserId::new().to_string(),
            reason: " Mail does not arrive ".to_owned(),
            ticket: "4711".to_owned(),
            minutes: "60".to_owned(),
        };
        assert_eq!(form.parse().unwrap().1.reason, "Mail does not arrive");
        for minutes in ["0", "61", "1440", "-5", "60.0", ""] {
            assert!(AskForm { minutes: minutes.to_owned(), ..form.clone() }.parse().is_err(), "{minutes}");
        }
        assert!(AskForm { reason: "a\nb".to_owned(), ..form.clone() }.parse().is_err());
    }
}
