use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::i18n::Text;

/// Where a server is to be found: a host name (kept in ASCII, lower case) or an IP address.
///
/// What looks like an IPv4 address in one of the spellings of `inet_aton` (`2130706433`, `0x7f.1`)
/// becomes that address, as in a browser's address bar: otherwise the resolver would understand it
/// as one after every check of ours had taken it for a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A host name without the final dot.
    Name(String),
    Ip(IpAddr),
}

/// Why a text is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostProblem {
    Empty,
    /// A URL, a path, or a port came with it.
    NotOnlyAHost,
    /// Neither a host name nor an IP address.
    Malformed,
}

impl Host {
    /// Parses a host name or an IP address (IPv6 with or without brackets); blanks around it do not count.
    ///
    /// # Errors
    /// The [`HostProblem`] that applies.
    pub fn parse(text: &str) -> Result<Self, HostProblem> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(HostProblem::Empty);
        }
        if text.contains('/') || text.contains('@') {
            return Err(HostProblem::NotOnlyAHost);
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<Ipv6Addr>() {
            return Ok(Host::Ip(IpAddr::V6(ip)));
        }
        if text.contains(':') {
            return Err(HostProblem::NotOnlyAHost);
        }
        let ascii = idna::domain_to_ascii_strict(text.strip_suffix('.').unwrap_or(text))
            .map_err(|_| HostProblem::Malformed)?;
        if ends_in_a_number(&ascii) {
            return inet_aton(&ascii).map(|ip| Host::Ip(IpAddr::V4(ip))).ok_or(HostProblem::Malformed);
        }
        if is_host_name(&ascii) { Ok(Host::Name(ascii)) } else { Err(HostProblem::Malformed) }
    }
}

impl HostProblem {
    /// What to say at the field.
    pub fn text(self) -> Text {
        Text::new(match self {
            HostProblem::Empty => "values-host-empty",
            HostProblem::NotOnlyAHost => "values-host-not-only",
            HostProblem::Malformed => "values-host-malformed",
        })
    }
}

/// RFC 1123, section 2.1: letters, digits and hyphens, 63 octets a label, 253 in all.
fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// The WHATWG URL standard's "ends in a number checker".
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.bytes().all(|b| b.is_ascii_digit()) || number(last).is_some()
}

fn number(part: &str) -> Option<u64> {
    if let Some(hex) = part.strip_prefix("0x") {
        return if hex.is_empty() { Some(0) } else { u64::from_str_radix(hex, 16).ok() };
    }
    if part.len() > 1 && part.starts_with('0') {
        return u64::from_str_radix(part, 8).ok();
    }
    part.parse().ok()
}

/// An IPv4 address in one to four parts, each decimal, octal or hexadecimal, the last filling the rest.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let rest_bits = 8 * (4 - u32::try_from(leading.len()).ok()?);
    if *last >= 1_u64 << rest_bits {
        return None;
    }
    let lead = leading.iter().fold(0_u64, |sum, part| (sum << 8) | part);
    u32::try_from((lead << rest_bits) | last).ok().map(Ipv4Addr::from)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(ip) => ip.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, HostProblem as Problem};

    #[test]
    fn names_and_addresses_are_told_apart() {
        for (text, expected) in [
            ("smtp.acme.example", "smtp.acme.example"),
            (" SMTP.Acme.Example. ", "smtp.acme.example"),
            ("mail.müller.example", "mail.xn--mller-kva.example"),
            ("mailserver", "mailserver"),
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(Host::parse(text).unwrap().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn odd_spellings_of_an_address_become_the_address() {
        for text in
            ["2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "127.0.0.1.", "１２７.0.0.1"]
        {
            assert_eq!(Host::parse(text).unwrap().to_string(), "127.0.0.1", "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, problem) in [
            ("  ", Problem::Empty),
            ("https://smtp.acme.example", Problem::NotOnlyAHost),
            ("smtp.acme.example:587", Problem::NotOnlyAHost),
            ("user@smtp.acme.example", Problem::NotOnlyAHost),
            ("smtp acme example", Problem::Malformed),
            ("smtp.acme.example\r\nQUIT", Problem::Malformed),
            ("-smtp.acme.example", Problem::Malformed),
            ("smtp..example", Problem::Malformed),
            ("256.1.1.1", Problem::Malformed),
            ("1.2.3.4.5", Problem::Malformed),
            ("4294967296", Problem::Malformed),
        ] {
            assert_eq!(Host::parse(text), Err(problem), "{text:?}");
        }
        assert_eq!(Host::parse(&format!("{}.example", "a".repeat(64))), Err(Problem::Malformed));
    }
}
