//! The forms of the settings page and its neighbours: raw fields to settings, or all their problems.

mod entra;
mod microsoft365;
mod smtp;

use uuid::Uuid;

use super::Seen;
use crate::i18n::Text;
use crate::values::unicode::is_hidden;
use crate::values::{EmailAddress, EmailAddressProblem};

pub(super) use microsoft365::{Microsoft365Field, Microsoft365Form, SecretForm};
pub(super) use smtp::{ProgramSmtp, SmtpField, SmtpForm};

const MAX_CREDENTIAL: usize = 256;

/// A form that carries nothing but the revision that its editor saw.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RevisionForm {
    pub revision: Option<String>,
}

/// What a form says its editor saw.
pub(super) fn seen(revision: Option<&str>) -> Seen {
    match revision {
        None | Some("") => Seen::Unsaid,
        Some("none") => Seen::Nothing,
        // anything unreadable is a revision that never was: a conflict, not a licence
        Some(revision) => Seen::Revision(revision.parse().unwrap_or(Uuid::nil())),
    }
}

/// A user name without the blanks around it that come along with a copy, a no-break space among them.
fn credential(text: &str, problem: &'static str) -> Result<String, Text> {
    let text = text.trim();
    if text.chars().any(is_hidden) {
        return Err(Text::new("provider-username-hidden"));
    }
    if text.chars().any(char::is_control) || text.chars().count() > MAX_CREDENTIAL {
        return Err(Text::new(problem).with_number("most", MAX_CREDENTIAL));
    }
    Ok(text.to_owned())
}

/// The one field of the form for a test message.
#[derive(Debug, serde::Deserialize)]
pub(super) struct TestMessageForm {
    #[serde(default)]
    pub recipient: String,
}

impl TestMessageForm {
    pub(super) fn parse(&self) -> Result<EmailAddress, Text> {
        EmailAddress::parse(&self.recipient).map_err(EmailAddressProblem::text)
    }
}

/// The form that begins a check of the stored provider. Without a recipient the server is asked about whoever
/// presses the button.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct CheckForm {
    pub recipient: String,
}

impl CheckForm {
    pub(super) fn parse(&self, own: &str) -> Result<EmailAddress, Text> {
        let recipient = if self.recipient.trim().is_empty() { own } else { self.recipient.as_str() };
        EmailAddress::parse(recipient).map_err(EmailAddressProblem::text)
    }
}

/// The one field of the form that asks which service a domain uses.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct RecogniseForm {
    pub address: String,
}

impl RecogniseForm {
    pub(super) fn parse(&self) -> Result<EmailAddress, Text> {
        EmailAddress::parse(&self.address).map_err(EmailAddressProblem::text)
    }
}

/// Whether a checkbox was ticked, as browsers and scripts say it.
fn is_ticked(value: Option<&str>) -> bool {
    value.is_some_and(|value| !matches!(value, "" | "off" | "false" | "0"))
}
