use std::fmt;

use crate::values::Host;

/// The portal's public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Whether it is `https`: this is what *production mode* means.
    pub https: bool,
    /// The base host, in lower case; tenants are `{slug}.{host}`.
    pub host: String,
    /// The port, if it is not the scheme's own.
    pub port: Option<u16>,
}

impl BaseUrl {
    /// Parses `http[s]://host[:port]`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            "expected https://HOST or http://HOST:PORT without a path, such as https://portal.example.org";
        let (scheme, rest) = text.split_once("://").ok_or(expected)?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(expected.to_owned()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            None => (rest, None),
            Some((host, port)) => {
                (host, Some(port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(expected)?))
            }
        };
        match Host::parse(host) {
            Ok(Host::Name(host)) => {
                let usual = if https { 443 } else { 80 };
                Ok(Self { https, host, port: port.filter(|port| *port != usual) })
            }
            Ok(Host::Ip(_)) => {
                Err("expected a host name, not an IP address: tenants are hosts below it".to_owned())
            }
            Err(_) => Err(expected.to_owned()),
        }
    }

    /// The address of a tenant's portal, without a final slash.
    pub fn tenant(&self, slug: &str) -> String {
        self.with_host(&format!("{slug}.{}", self.host))
    }

    fn with_host(&self, host: &str) -> String {
        let scheme = if self.https { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_host(&self.host))
    }
}
