//! From where this installation's connections come, so that firewalls and mail servers can let them in.
//! The operator says it (`POSTHORN_OUTBOUND_ADDRESSES`); it cannot be found out from within.

mod api;
mod pages;

use crate::config::Outbound;

pub use api::calls;
pub use pages::routes;

/// The addresses, for people and scripts.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct AllowList {
    /// Addresses, networks and host names.
    addresses: Vec<String>,
    /// The same as terms of an SPF record.
    spf: String,
}

impl AllowList {
    fn of(all: &[Outbound]) -> Self {
        Self { addresses: all.iter().map(Outbound::to_string).collect(), spf: spf_terms(all) }
    }
}

/// The terms for an SPF record (RFC 7208, section 5), for the rare server that hands the portal's mail on
/// unchanged in the portal's name.
pub fn spf_terms(addresses: &[Outbound]) -> String {
    let term = |outbound: &Outbound| match outbound {
        Outbound::Network(ipnet::IpNet::V4(_)) => format!("ip4:{outbound}"),
        Outbound::Network(ipnet::IpNet::V6(_)) => format!("ip6:{outbound}"),
        Outbound::Name(name) => format!("a:{name}"),
    };
    addresses.iter().map(term).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_mechanism() {
        let network = |text: &str| Outbound::Network(text.parse().unwrap());
        let addresses = [
            network("192.0.2.7/32"),
            network("198.51.100.0/28"),
            network("2001:db8::/56"),
            Outbound::Name("out.example.org".to_owned()),
        ];
        assert_eq!(
            spf_terms(&addresses),
            "ip4:192.0.2.7 ip4:198.51.100.0/28 ip6:2001:db8::/56 a:out.example.org"
        );
        assert_eq!(spf_terms(&[]), "");
    }
}
