use chrono::NaiveDate;

use crate::mail::{Cloud, Security};
use crate::values::Secret;

/// What a provider needs, apart from its secret. What cannot be, cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settings {
    /// The tenant's own SMTP server.
    Smtp(SmtpSettings),
    /// A mailbox in the tenant's own Microsoft 365.
    Microsoft365(Microsoft365Settings),
}

/// The settings of an SMTP server; each was parsed before it came here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SmtpSettings {
    /// A host name in ASCII, or an IP address.
    pub server_address: String,
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

/// The settings of an application at Microsoft; each was parsed before it came here.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Microsoft365Settings {
    /// Which cloud the tenant lives in.
    pub cloud: Cloud,
    /// The directory (tenant) ID: a GUID in lower case, or a verified domain in ASCII.
    pub tenant_id: String,
    /// The application (client) ID: a GUID in lower case.
    pub client_id: String,
    /// The user principal name of the mailbox that mail comes from.
    pub sender_address: String,
    /// The last day of the client secret, if the administrator has said it.
    pub secret_expires_on: Option<NaiveDate>,
    /// Whether the administrator says that the application has Mail.ReadWrite, too.
    #[serde(default)]
    pub large_messages: bool,
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
            Settings::Microsoft365(_) => "microsoft365",
        }
    }

    /// The address that mail comes from.
    pub fn sender_address(&self) -> &str {
        match self {
            Settings::Smtp(smtp) => &smtp.sender_address,
            Settings::Microsoft365(microsoft) => &microsoft.sender_address,
        }
    }

    /// Where mail goes, in few words for a log: no name of a user stands in it.
    pub(super) fn server(&self) -> String {
        match self {
            Settings::Smtp(smtp) => format!("{}:{}", smtp.server_address, smtp.server_port),
            Settings::Microsoft365(microsoft) => microsoft.cloud.graph_host().to_owned(),
        }
    }

    /// What the secret is, for its seal.
    pub(super) fn secret_purpose(&self) -> &'static str {
        match self {
            Settings::Smtp(_) => "smtp-password",
            Settings::Microsoft365(_) => "microsoft365-client-secret",
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
            Settings::Microsoft365(Microsoft365Settings { cloud, tenant_id, client_id, .. }) => {
                format!("microsoft365\n{}\n{tenant_id}\n{client_id}", cloud.as_str())
            }
        }
    }

    /// The names of the fields in which they differ from the former ones: all if there were none, or of
    /// another kind.
    pub(super) fn changes(&self, former: Option<&Settings>) -> Vec<&'static str> {
        let was: Vec<_> = former.map(Settings::fields).unwrap_or_default();
        self.fields().into_iter().filter(|field| !was.contains(field)).map(|(name, _)| name).collect()
    }

    /// The fields by their names in the form, with what they hold.
    fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Settings::Smtp(smtp) => vec![
                ("server_address", smtp.server_address.clone()),
                ("server_port", smtp.server_port.to_string()),
                ("security", smtp.security.as_str().to_owned()),
                ("sender_address", smtp.sender_address.clone()),
                ("sender_name", smtp.sender_name.clone().unwrap_or_default()),
                ("username", smtp.username().unwrap_or_default()),
            ],
            Settings::Microsoft365(microsoft) => vec![
                ("cloud", microsoft.cloud.as_str().to_owned()),
                ("tenant_id", microsoft.tenant_id.clone()),
                ("client_id", microsoft.client_id.clone()),
                ("sender_address", microsoft.sender_address.clone()),
                (
                    "secret_expires_on",
                    microsoft.secret_expires_on.map(|on| on.to_string()).unwrap_or_default(),
                ),
                ("large_messages", microsoft.large_messages.to_string()),
            ],
        }
    }
}
