use crate::mail::Security;
use crate::values::Secret;

/// What a provider needs, apart from its secret. What cannot be, cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settings {
    /// The tenant's own SMTP server.
    Smtp(SmtpSettings),
}

/// The settings of an SMTP server; each was parsed before it came here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SmtpSettings {
    /// A host name in ASCII, or an IP address.
    pub server_address: String,
    /// The port.
    pub server_port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The address that mail comes from.
    pub sender_address: String,
    /// The name shown beside it.
    pub sender_name: Option<String>,
    /// As whom to sign in.
    pub sign_in: SignIn,
}

/// As whom to sign in at a server.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "as", content = "username")]
pub enum SignIn {
    /// Not at all: a relay that knows us by our address.
    Nobody,
    /// As the sender's address.
    Sender,
    /// By a user name of its own.
    User(String),
}

/// What becomes of the secret when a provider is saved.
pub enum SecretChange {
    /// None is needed.
    Nothing,
    /// The stored one stays.
    Keep,
    /// This one takes its place.
    Replace(Secret),
}

impl SecretChange {
    /// The word for the audit entry.
    pub(super) fn name(&self) -> &'static str {
        match self {
            SecretChange::Nothing => "none",
            SecretChange::Keep => "kept",
            SecretChange::Replace(_) => "replaced",
        }
    }
}

impl SmtpSettings {
    /// The user name to sign in with, if one signs in.
    pub fn username(&self) -> Option<String> {
        match &self.sign_in {
            SignIn::Nobody => None,
            SignIn::Sender => Some(self.sender_address.clone()),
            SignIn::User(name) => Some(name.clone()),
        }
    }
}

impl Settings {
    /// The kind's name in the database and in URLs.
    pub fn kind(&self) -> &'static str {
        match self {
            Settings::Smtp(_) => "smtp",
        }
    }

    /// What the secret is, for its seal.
    pub(super) fn secret_purpose(&self) -> &'static str {
        match self {
            Settings::Smtp(_) => "smtp-password",
        }
    }

    /// Where the secret goes; it opens for this place only. No part can hold a line break.
    pub fn destination(&self) -> String {
        match self {
            Settings::Smtp(smtp) => format!(
                "smtp\n{}\n{}\n{}\n{}",
                smtp.server_address,
                smtp.server_port,
                smtp.security.as_str(),
                smtp.username().unwrap_or_default()
            ),
        }
    }

    /// The names of the fields in which they differ from the former ones: all if there were none.
    pub(super) fn changes(&self, former: Option<&Settings>) -> Vec<&'static str> {
        let Settings::Smtp(now) = self;
        let was = former.map(|Settings::Smtp(was)| was);
        [
            ("server_address", was.is_none_or(|was| was.server_address != now.server_address)),
            ("server_port", was.is_none_or(|was| was.server_port != now.server_port)),
            ("security", was.is_none_or(|was| was.security != now.security)),
            ("sender_address", was.is_none_or(|was| was.sender_address != now.sender_address)),
            ("sender_name", was.is_none_or(|was| was.sender_name != now.sender_name)),
            ("username", was.is_none_or(|was| was.username() != now.username())),
        ]
        .into_iter()
        .filter_map(|(name, changed)| changed.then_some(name))
        .collect()
    }
}
