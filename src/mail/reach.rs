//! Which addresses a tenant's host may resolve to. The host name is a stranger's input, and the
//! portal stands inside somebody's network: without this room's care it would connect to whatever
//! the stranger names (server-side request forgery).
//!
//! An address passes when it is ordinary public unicast, or when the operator allowed its network.
//! IPv6 addresses that carry an IPv4 address inside are judged by that as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::values::Host;

/// At most that many addresses of a host are tried.
const ADDRESSES: usize = 8;

/// Look-ups block a thread each; a name whose server is silent must not use up all of them.
static LOOKUPS: Semaphore = Semaphore::const_new(32);

/// IANA's special-purpose IPv4 addresses (RFC 6890 and its registry), and multicast.
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),        // this network, unspecified
    ([10, 0, 0, 0], 8),       // private (RFC 1918)
    ([100, 64, 0, 0], 10),    // carrier-grade NAT (RFC 6598)
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // Azure's platform, reachable from every machine there
    ([169, 254, 0, 0], 16),   // link-local; clouds keep their metadata there
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays, withdrawn (RFC 7526)
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

/// What is special of IPv6 whatever it carries inside: all outside `2000::/3`, and some of it.
const SPECIAL_V6: [([u16; 3], u8); 6] = [
    ([0, 0, 0], 3),
    ([0x4000, 0, 0], 2),
    ([0x8000, 0, 0], 1),
    ([0x2001, 0, 0], 23),
    ([0x2001, 0x0db8, 0], 32),
    ([0x3fff, 0, 0], 20),
];

/// The special networks as far as a list can say: what may be removed from a DNS answer at once. Whether
/// one may connect is decided address by address.
pub fn special_networks() -> Vec<IpNet> {
    let v4 = SPECIAL_V4.iter().filter_map(|(net, bits)| Ipv4Net::new(Ipv4Addr::from(*net), *bits).ok());
    let v6 = SPECIAL_V6
        .iter()
        .filter_map(|([a, b, c], bits)| Ipv6Net::new(Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0), *bits).ok());
    v4.map(IpNet::V4).chain(v6.map(IpNet::V6)).collect()
}

/// The rule about addresses: ordinary public ones, and the networks that the operator allowed.
#[derive(Clone, Debug)]
pub(super) struct AddressPolicy {
    allowed: Vec<IpNet>,
}

/// A host without an address that may be used. It does not say whether there are others: see
/// [`super::Cause::NotReachable`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoAddress;

impl AddressPolicy {
    pub(super) fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// The addresses that a connection to that host may go to, the two families in turn as in RFC
    /// 8305, section 4. Nothing is sent to any of them yet.
    pub(super) async fn resolve(
        &self,
        host: &Host,
        port: u16,
        until: Instant,
    ) -> Result<Vec<SocketAddr>, NoAddress> {
        let found: Vec<IpAddr> = match host {
            Host::Ip(ip) => vec![*ip],
            Host::Name(name) => look_up(name, until).await.unwrap_or_default(),
        };
        let count = found.len();
        let mut usable: Vec<IpAddr> = Vec::new();
        for ip in found.into_iter().map(|ip| ip.to_canonical()) {
            if self.permits(ip) && !usable.contains(&ip) {
                usable.push(ip);
            }
        }
        // for the operator only; the tenant gets the same answer in every case
        tracing::debug!(target: "posthorn::mail", %host, found = count, usable = usable.len(), "looked up");
        if usable.is_empty() { Err(NoAddress) } else { Ok(in_turn(usable, port)) }
    }

    /// Whether a connection may go there.
    pub(super) fn permits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.allowed.iter().any(|net| net.contains(&ip)) || !is_special(ip)
    }
}

async fn look_up(name: &str, until: Instant) -> Option<Vec<IpAddr>> {
    let permit = timeout_at(until, LOOKUPS.acquire()).await.ok()?.ok()?;
    let name = name.to_owned();
    // A task of its own, so that the permit stays taken as long as the blocked thread, also when
    // nobody waits for the answer any more.
    let task = tokio::spawn(async move {
        let _permit = permit;
        tokio::net::lookup_host((name.as_str(), 0)).await.map(|all| all.map(|a| a.ip()).collect::<Vec<_>>())
    });
    timeout_at(until, task).await.ok()?.ok()?.ok()
}

/// One of each family after the other, beginning with IPv6.
fn in_turn(addresses: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = addresses.into_iter().partition(IpAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [v6.next(), v4.next()];
        if pair == [None, None] {
            break;
        }
        turns.extend(pair.into_iter().flatten().map(|ip| SocketAddr::new(ip, port)));
    }
    turns.truncate(ADDRESSES);
    turns
}

fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_special_v4(ip),
        IpAddr::V6(ip) => is_special_v6(ip),
    }
}

fn is_special_v4(ip: Ipv4Addr) -> bool {
    SPECIAL_V4
        .iter()
        .any(|(net, bits)| Ipv4Net::new(Ipv4Addr::from(*net), *bits).is_ok_and(|net| net.contains(&ip)))
}

/// Outside `2000::/3` nothing is public but NAT64's prefix, so everything else is refused unseen:
/// loopback, unspecified, IPv4-compatible, link-local, site-local, unique-local, multicast, discard.
fn is_special_v6(ip: Ipv6Addr) -> bool {
    let [first, second, third, _, fifth, sixth, high, low] = ip.segments();
    let tail = v4(high, low);
    if matches!(ip.segments(), [0x64, 0xff9b, 0, 0, 0, 0, ..]) {
        return is_special_v4(tail); // NAT64 (RFC 6052)
    }
    let public = first & 0xe000 == 0x2000;
    let assigned_to_protocols = first == 0x2001 && second < 0x200; // 2001::/23: Teredo, ORCHID, benchmarks
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let six_to_four = first == 0x2002 && is_special_v4(v4(second, third)); // RFC 3056
    let isatap = sixth == 0x5efe && fifth & 0xfdff == 0 && is_special_v4(tail); // RFC 5214
    !public || assigned_to_protocols || documentation || six_to_four || isatap
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// How long a look-up may take.
pub(super) const LOOKUP: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn reach(allowed: &[&str]) -> AddressPolicy {
        AddressPolicy::new(allowed.iter().map(|net| net.parse().unwrap()).collect())
    }

    const FORBIDDEN: [&str; 66] = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::7f00:1",
        "::a00:1",
        "::808:808",
        "::ffff:0:0",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:192.168.1.1",
        "::ffff:100.64.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:808:808::f5ff:fffe",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::1",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:127.0.0.1",
    ];

    const PUBLIC: [&str; 16] = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "223.255.255.255",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "2002:808:808::1",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
    ];

    #[test]
    fn only_public_addresses_pass() {
        let reach = reach(&[]);
        for text in FORBIDDEN {
            assert!(!reach.permits(ip(text)), "{text} passed");
        }
        for text in PUBLIC {
            assert!(reach.permits(ip(text)), "{text} was refused");
        }
    }

    #[test]
    fn the_list_of_special_networks_is_closed_and_not_more() {
        let (reach, networks) = (reach(&[]), special_networks());
        assert_eq!(networks.len(), SPECIAL_V4.len() + SPECIAL_V6.len());
        for network in &networks {
            let edges = [network.network(), network.broadcast()];
            assert!(edges.into_iter().all(|edge| !reach.permits(edge)), "{network}");
        }
        for text in PUBLIC.into_iter().filter(|text| !text.starts_with("64:") && !text.starts_with("::ffff"))
        {
            assert!(!networks.iter().any(|network| network.contains(&ip(text))), "{text}");
        }
    }

    #[test]
    fn every_special_network_is_closed_to_its_last_address() {
        let reach = reach(&[]);
        for (net, bits) in SPECIAL_V4 {
            let net = Ipv4Net::new(Ipv4Addr::from(net), bits).unwrap();
            for edge in [net.network(), net.broadcast()] {
                assert!(!reach.permits(IpAddr::V4(edge)), "{edge} passed");
                assert!(!reach.permits(IpAddr::V6(edge.to_ipv6_mapped())), "mapped {edge} passed");
            }
        }
    }

    #[test]
    fn the_operator_opens_exactly_the_networks_named() {
        let reach = reach(&["10.1.0.0/16", "fd00:1::/32"]);
        for text in ["10.1.0.1", "10.1.255.255", "::ffff:10.1.2.3", "fd00:1::25"] {
            assert!(reach.permits(ip(text)), "{text} was refused");
        }
        for text in ["10.2.0.1", "127.0.0.1", "::1", "fd00:2::1", "64:ff9b::10.1.0.1", "2002:a01:1::1"] {
            assert!(!reach.permits(ip(text)), "{text} passed");
        }
    }

    #[test]
    fn the_families_take_turns() {
        let addresses = ["1.1.1.1", "1.0.0.1", "2606:4700::1"].map(ip).to_vec();
        let turns: Vec<String> = in_turn(addresses, 25).iter().map(ToString::to_string).collect();
        assert_eq!(turns, ["[2606:4700::1]:25", "1.1.1.1:25", "1.0.0.1:25"]);
    }

    #[tokio::test]
    async fn a_name_that_is_not_there_and_one_that_is_not_allowed_answer_alike() {
        let reach = reach(&[]);
        for host in
            ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "::ffff:127.0.0.1", "no-such-name.invalid"]
        {
            let until = Instant::now() + LOOKUP;
            assert_eq!(reach.resolve(&Host::parse(host).unwrap(), 25, until).await, Err(NoAddress), "{host}");
        }
    }

    #[tokio::test]
    async fn an_allowed_name_resolves() {
        let reach = reach(&["127.0.0.0/8"]);
        let found = reach.resolve(&Host::parse("localhost").unwrap(), 25, Instant::now() + LOOKUP).await;
        assert_eq!(found, Ok(vec!["127.0.0.1:25".parse().unwrap()]));
    }
}
