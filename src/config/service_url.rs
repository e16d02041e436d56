use std::fmt;
use std::net::IpAddr;

use crate::values::Host;

/// The address of a web service that the operator names: `http[s]://host[:port][/path]`, without a final
/// slash, so that a path can be put behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl {
    text: String,
    stays_private: bool,
}

impl ServiceUrl {
    /// Parses an address; a user name, a password, a query or a fragment has no place in it.
    ///
    /// # Errors
    /// What was expected. The text is not repeated: a password may stand in it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected https://HOST or http://HOST:PORT, perhaps with a path, such as \
                        http://127.0.0.1:8026; no user name, query or fragment";
        let (scheme, rest) = text.split_once("://").ok_or(expected)?;
        if !["http", "https"].contains(&scheme) {
            return Err(expected.to_owned());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let colon = authority.rfind(':').filter(|at| !authority.get(*at..).unwrap_or_default().contains(']'));
        let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
        let is_port = |port: &str| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0)
        };
        if !port.strip_prefix(':').is_none_or(is_port) || !path.bytes().all(is_of_a_path) {
            return Err(expected.to_owned());
        }
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let (host, is_loopback) = match Host::parse(host) {
            Ok(Host::Name(name)) => {
                let is_loopback = name == "localhost" || name.ends_with(".localhost");
                (name, is_loopback)
            }
            Ok(Host::Ip(IpAddr::V4(ip))) => (ip.to_string(), ip.is_loopback()),
            Ok(Host::Ip(IpAddr::V6(ip))) if is_bracketed => (format!("[{ip}]"), ip.is_loopback()),
            Ok(Host::Ip(IpAddr::V6(_))) | Err(_) => return Err(expected.to_owned()),
        };
        let path = path.trim_end_matches('/');
        let text = format!("{scheme}://{host}{port}{path}");
        Ok(Self { text, stays_private: scheme == "https" || is_loopback })
    }

    /// The address without a final slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether what is sent there is encrypted or stays on this machine.
    pub fn stays_private(&self) -> bool {
        self.stays_private
    }
}

/// The bytes of a path (RFC 3986, section 3.3).
fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte)
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_one_way() {
        for (text, written) in [
            ("http://127.0.0.1:8026", "http://127.0.0.1:8026"),
            ("https://Graph.Example/", "https://graph.example"),
            ("http://[::1]:80/m365//", "http://[::1]:80/m365"),
            ("https://graph.example:8443/a/b", "https://graph.example:8443/a/b"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(ServiceUrl::parse(text).unwrap().as_str(), written);
        }
    }

    #[test]
    fn what_is_no_such_address_is_refused_without_repeating_it() {
        for text in [
            "graph.example",
            "ftp://graph.example",
            "HTTP:graph.example",
            "https://",
            "https:///path",
            "https://canary:canary@graph.example",
            "https://canary@graph.example/x",
            "https://graph.example?canary=1",
            "https://graph.example/x?canary",
            "https://graph.example/#canary",
            "https://graph.example:0",
            "https://graph.example:65536",
            "https://graph.example:+1",
            "https://graph.example:",
            "https://::1",
            "https://::1:80",
            "https://[::1",
            "https://[graph.example]",
            "https://graph example",
            "https://graph.example/a b",
            "https://graph.example/a\r\nb",
            "https://graph.example\\x",
        ] {
            let what = ServiceUrl::parse(text).unwrap_err();
            assert!(what.starts_with("expected https://HOST") && !what.contains("canary"), "{text}: {what}");
        }
    }

    #[test]
    fn only_https_and_this_machine_keep_a_secret() {
        let stays_private = |text| ServiceUrl::parse(text).unwrap().stays_private();
        assert!(stays_private("https://graph.example") && stays_private("http://localhost:1"));
        assert!(stays_private("http://127.9.9.9") && stays_private("http://[::1]:1"));
        assert!(!stays_private("http://graph.example") && !stays_private("http://10.0.0.1"));
        assert!(!stays_private("http://localhost.evil.example"));
    }
}
