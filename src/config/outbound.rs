use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::values::Host;

/// From where connections of this installation come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// An address, or a network.
    Network(IpNet),
    /// A host name that leads to such addresses, in lower case.
    Name(String),
}

impl Outbound {
    /// An address, a network or a host name with a dot.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(network) = network(text) {
            return Some(Outbound::Network(network.trunc()));
        }
        match Host::parse(text) {
            Ok(Host::Name(name)) if name.contains('.') => Some(Outbound::Name(name)),
            _ => None,
        }
    }
}

/// A network, or an address as the network that holds nothing else.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl fmt::Display for Outbound {
    /// An address without the length of its network, as a firewall wants it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outbound::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Outbound::Network(network) => network.fmt(f),
            Outbound::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outbound;

    #[test]
    fn addresses_networks_and_names_are_kept_as_a_firewall_wants_them() {
        for (text, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("192.0.2.9/29", "192.0.2.8/29"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:db8:1::1/56", "2001:db8:1::/56"),
            ("Out.Example.org.", "out.example.org"),
        ] {
            assert_eq!(Outbound::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for text in
            ["", "out", "a b.example", "192.0.2.7/33", "https://out.example.org", "out.example.org:25"]
        {
            assert_eq!(Outbound::parse(text), None, "{text}");
        }
    }
}
