use std::fmt;

use crate::values::{Host, Secret};

/// A tenant's server for outgoing mail, as the administrator described it.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    pub host: Host,
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How to sign in; `None` for a relay that knows us by our address.
    pub login: Option<Login>,
}

impl SmtpServer {
    /// "host:port", an IPv6 address in brackets.
    pub fn address(&self) -> String {
        match &self.host {
            Host::Ip(std::net::IpAddr::V6(ip)) => format!("[{ip}]:{}", self.port),
            host => format!("{host}:{}", self.port),
        }
    }
}

/// A user name and its password.
#[derive(Clone)]
pub struct Login {
    /// The user name, often but not always an address.
    pub username: String,
    /// The password, as typed.
    pub password: Secret,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Begins in clear and must be encrypted by STARTTLS (RFC 3207) before anything of worth is said.
    StartTls,
    /// Encrypted from the first byte (RFC 8314, section 3.3).
    Tls,
    /// In clear. The administrator's explicit choice, never something we fall back to.
    None,
}

impl Security {
    /// Every choice, in the order in which a form offers them.
    pub const ALL: [Security; 3] = [Security::StartTls, Security::Tls, Security::None];

    /// The name in forms, in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Security::StartTls => "starttls",
            Security::Tls => "tls",
            Security::None => "none",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|security| security.as_str() == name)
    }

    /// The port that servers usually have for it.
    pub fn usual_port(self) -> u16 {
        match self {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::None => 25,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_does_not_show_its_password() {
        let login = Login { username: "anna".into(), password: Secret::new("canary") };
        let server = SmtpServer {
            host: Host::parse("::1").unwrap(),
            port: 25,
            security: Security::None,
            login: Some(login),
        };
        assert!(!format!("{server:?}").contains("canary"));
        assert_eq!(server.address(), "[::1]:25");
    }

    #[test]
    fn a_security_is_stored_under_its_name() {
        for security in Security::ALL {
            assert_eq!(Security::parse(security.as_str()), Some(security));
            assert_eq!(serde_json::to_value(security).unwrap(), security.as_str());
        }
        assert_eq!(Security::parse("ssl"), None);
    }
}
