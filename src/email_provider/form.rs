use uuid::Uuid;
use zeroize::Zeroizing;

use super::settings::{SecretChange, Settings, SignIn, SmtpSettings};
use super::{Seen, Stored};
use crate::i18n::Text;
use crate::mail::Security;
use crate::values::{EmailAddress, EmailAddressProblem, Host, HostProblem, Secret};
use crate::web::FormErrors;

const MAX_NAME: usize = 100;
const MAX_CREDENTIAL: usize = 256;

/// A field of the SMTP form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    ServerAddress,
    ServerPort,
    Security,
    SenderAddress,
    SenderName,
    Username,
    Password,
}

impl Field {
    /// The name of the input, and the anchor that the summary of problems leads to.
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::ServerAddress => "server_address",
            Field::ServerPort => "server_port",
            Field::Security => "security",
            Field::SenderAddress => "sender_address",
            Field::SenderName => "sender_name",
            Field::Username => "username",
            Field::Password => "password",
        }
    }
}

/// The SMTP form as it was sent. It has no `Debug`: there is a password in it.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct SmtpForm {
    /// The revision that the editor saw, `none` for none; left out by scripts that insist.
    pub revision: Option<String>,
    pub server_address: String,
    pub server_port: String,
    pub security: String,
    pub sender_address: String,
    pub sender_name: String,
    pub username_same_as_sender: Option<String>,
    pub username: String,
    password: Zeroizing<String>,
}

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

impl SmtpForm {
    /// The form as it shows when nothing is stored: StartTLS on its usual port, as most servers want it.
    pub(super) fn empty() -> Self {
        Self {
            server_port: Security::StartTls.usual_port().to_string(),
            security: Security::StartTls.as_str().to_owned(),
            username_same_as_sender: Some("on".to_owned()),
            ..Self::default()
        }
    }

    /// The form as it shows what is stored. The password is not in it.
    pub(super) fn of(smtp: &SmtpSettings) -> Self {
        Self {
            server_address: smtp.server_address.clone(),
            server_port: smtp.server_port.to_string(),
            security: smtp.security.as_str().to_owned(),
            sender_address: smtp.sender_address.clone(),
            sender_name: smtp.sender_name.clone().unwrap_or_default(),
            username_same_as_sender: (smtp.sign_in == SignIn::Sender).then(|| "on".to_owned()),
            username: match &smtp.sign_in {
                SignIn::User(name) => name.clone(),
                SignIn::Nobody | SignIn::Sender => String::new(),
            },
            ..Self::default()
        }
    }

    /// Whether the box is ticked.
    pub(super) fn same_as_sender(&self) -> bool {
        self.username_same_as_sender
            .as_deref()
            .is_some_and(|value| !matches!(value, "" | "off" | "false" | "0"))
    }

    /// The settings and what becomes of the secret, or all problems.
    pub(super) fn parse(
        &self,
        stored: Option<&Stored>,
    ) -> Result<(Settings, SecretChange), FormErrors<Field>> {
        let mut errors = FormErrors::default();
        let server_address =
            errors.take(Field::ServerAddress, Host::parse(&self.server_address).map_err(HostProblem::text));
        let server_port = errors.take(Field::ServerPort, port(&self.server_port));
        let security = Security::parse(&self.security).ok_or(Text::new("provider-security-missing"));
        let security = errors.take(Field::Security, security);
        let sender_address = EmailAddress::parse(&self.sender_address).map_err(EmailAddressProblem::text);
        let sender_address = errors.take(Field::SenderAddress, sender_address);
        let sender_name = errors.take(Field::SenderName, sender_name(&self.sender_name));
        let username =
            errors.take(Field::Username, credential(&self.username, "provider-username-malformed"));
        let password = if self.password.contains('\0') || self.password.chars().count() > MAX_CREDENTIAL {
            Err(Text::new("provider-password-malformed").with_number("most", MAX_CREDENTIAL))
        } else {
            Ok(())
        };
        errors.take(Field::Password, password);
        let sign_in = match (self.same_as_sender(), self.username.is_empty(), self.password.is_empty()) {
            (true, _, _) | (false, true, false) => SignIn::Sender,
            (false, true, true) => SignIn::Nobody,
            (false, false, _) => SignIn::User(username.unwrap_or_default()),
        };
        let (
            Some(server_address),
            Some(server_port),
            Some(security),
            Some(sender_address),
            Some(sender_name),
        ) = (server_address, server_port, security, sender_address, sender_name)
        else {
            // whether the stored password may stay cannot be said of half a destination; whether one
            // is missing altogether can
            if sign_in != SignIn::Nobody && self.password.is_empty() && !stored.is_some_and(|s| s.has_secret)
            {
                errors.add(Field::Password, Text::new("provider-password-missing"));
            }
            return Err(errors);
        };
        let settings = Settings::Smtp(SmtpSettings {
            server_address: server_address.to_string(),
            server_port,
            security,
            sender_address: sender_address.to_string(),
            sender_name,
            sign_in,
        });
        let secret = errors.take(Field::Password, self.secret(&settings, stored));
        match secret {
            Some(secret) if errors.is_empty() => Ok((settings, secret)),
            _ => Err(errors),
        }
    }

    fn secret(&self, settings: &Settings, stored: Option<&Stored>) -> Result<SecretChange, Text> {
        let Settings::Smtp(smtp) = settings;
        if smtp.sign_in == SignIn::Nobody {
            return Ok(SecretChange::Nothing);
        }
        if !self.password.is_empty() {
            return Ok(SecretChange::Replace(Secret::new(self.password.as_str())));
        }
        match stored.filter(|stored| stored.has_secret) {
            None => Err(Text::new("provider-password-missing")),
            Some(stored) if stored.settings.destination() == settings.destination() => Ok(SecretChange::Keep),
            Some(_) => Err(Text::new("provider-password-again")),
        }
    }
}

fn port(text: &str) -> Result<u16, Text> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0).ok_or(Text::new("provider-port-malformed"))
}

fn sender_name(text: &str) -> Result<Option<String>, Text> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        || text.chars().count() > MAX_NAME
    {
        return Err(Text::new("provider-sender-name-malformed").with_number("most", MAX_NAME));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn credential(text: &str, problem: &'static str) -> Result<String, Text> {
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
