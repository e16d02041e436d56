//! Asking the Domain Name System, for what is published about a domain that a stranger typed.
//!
//! - Addresses in special networks are removed from every answer (but those that the operator allowed), so
//!   a name that leads inside looks like one without addresses – also within the evaluation of SPF.
//! - Names that are nobody's on the internet (`localhost`, `.local`, a name without a dot) are not asked
//!   for at all. A resolver that knows other internal names should not be the portal's: the operator can
//!   name one that does not.
//! - Nothing is kept: who asks has just changed a record. The servers asked keep answers anyway.
//! - Every question has a deadline, and no more is taken of an answer than a domain in order publishes.
//!
//! The only file that names the resolver.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use ipnet::IpNet;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{MessageAuthenticator, SpfResult};
use tokio::time::{Instant, timeout_at};

use crate::values::EmailAddress;

/// So long one server is given for one question; it is asked twice.
const PATIENCE: Duration = Duration::from_secs(2);
/// No more records of one name are looked at.
const RECORDS: usize = 50;
/// No more characters of one record are looked at. A DKIM key of 4096 bits has about 800.
const CHARACTERS: usize = 4096;

/// Names that are nobody's on the internet: special use (RFC 6761, 6762, 7686, 8375, 9476), and those that
/// offices give their own networks (ICANN keeps them free).
const NOT_PUBLIC: [&str; 13] = [
    "alt",
    "arpa",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

pub struct Dns {
    resolver: MessageAuthenticator,
}

/// What a [`Dns`] is made of.
#[derive(Clone, Debug, Default)]
pub struct DnsSettings {
    /// The servers to ask; if empty, those of the system.
    pub servers: Vec<SocketAddr>,
    /// Networks whose addresses are removed from answers.
    pub closed: Vec<IpNet>,
    /// Networks whose addresses stay nevertheless.
    pub allowed: Vec<IpNet>,
}

/// The resolver could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the DNS cannot be asked: {0}")]
pub struct DnsProblem(String);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// There is no such name, and nothing below it (RFC 8020).
    NoName,
    /// The name exists, without such a record.
    NoRecord,
    /// No server answered in time, or none could.
    Unknown,
}

/// A domain's statement of which server takes its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// The server's name, in lower case without the final dot; empty for none (RFC 7505).
    pub server: String,
}

/// What SPF says of one address (RFC 7208, section 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfAnswer {
    /// It may send for the domain.
    Pass,
    /// It may not, probably not, or nothing is said of it.
    NotCovered,
    /// The domain has no record.
    Nothing,
    /// The record, or one that it includes, cannot be evaluated.
    Broken,
    /// No server answered in time.
    Unknown,
}

impl Dns {
    /// Makes the resolver. Nothing is asked yet.
    ///
    /// # Errors
    /// When the library refuses. A system without a configuration of its own is no error: nothing is found
    /// out then.
    pub fn new(settings: DnsSettings) -> Result<Self, DnsProblem> {
        let config = if settings.servers.is_empty() { system_servers() } else { servers(&settings.servers) };
        let mut options = ResolverOpts::default();
        options.timeout = PATIENCE;
        options.attempts = 1;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.deny_answers = settings.closed;
        options.allow_answers = settings.allowed;
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options)
            .build()
            .map_err(|error| DnsProblem(error.to_string()))?;
        Ok(Self { resolver: MessageAuthenticator(resolver) })
    }

    /// The texts of a name, each put together from its pieces, without control characters.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn txt(&self, name: &str, until: Instant) -> Result<Vec<String>, NoAnswer> {
        let text = |data: &RData| match data {
            RData::TXT(txt) => {
                let bytes: Vec<u8> =
                    txt.txt_data.iter().flat_map(|piece| piece.iter().copied()).take(CHARACTERS).collect();
                let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
                Some(String::from_utf8_lossy(&bytes).chars().map(shown).collect())
            }
            _ => None,
        };
        self.ask(name, RecordType::TXT, until, text).await
    }

    /// Which servers take the mail of that domain, the first to be tried first.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn mx(&self, domain: &str, until: Instant) -> Result<Vec<Mx>, NoAnswer> {
        let mx = |data: &RData| match data {
            RData::MX(mx) => {
                let server = mx.exchange.to_lowercase().to_ascii().trim_end_matches('.').to_owned();
                Some(Mx { preference: mx.preference, server })
            }
            _ => None,
        };
        let mut all = self.ask(domain, RecordType::MX, until, mx).await?;
        all.sort_by(|a, b| (a.preference, &a.server).cmp(&(b.preference, &b.server)));
        Ok(all)
    }

    /// The addresses of a name that may be connected to.
    ///
    /// # Errors
    /// Why there are none; addresses in special networks count as none.
    pub async fn addresses(&self, name: &str, until: Instant) -> Result<Vec<IpAddr>, NoAnswer> {
        let address = |data: &RData| data.ip_addr();
        let (v6, v4) = tokio::join!(
            self.ask(name, RecordType::AAAA, until, address),
            self.ask(name, RecordType::A, until, address)
        );
        match (v6, v4) {
            (Ok(v6), Ok(v4)) => Ok([v6, v4].concat()),
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
            (Err(NoAnswer::Unknown), _) | (_, Err(NoAnswer::Unknown)) => Err(NoAnswer::Unknown),
            (_, Err(why)) => Err(why),
        }
    }

    /// What SPF says when that address hands over a mail of that sender.
    pub async fn spf(&self, ip: IpAddr, sender: &EmailAddress, until: Instant) -> SpfAnswer {
        if !is_public(sender.domain()) {
            return SpfAnswer::Nothing;
        }
        let sender = sender.to_string();
        // whom we would call ourselves is asked only for a mail without a sender
        let question = SpfParameters::verify_mail_from(ip, "portal.invalid", "portal.invalid", &sender);
        let Ok(output) = timeout_at(until, self.resolver.verify_spf(question)).await else {
            return SpfAnswer::Unknown;
        };
        match output.result() {
            SpfResult::Pass => SpfAnswer::Pass,
            SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => SpfAnswer::NotCovered,
            SpfResult::None => SpfAnswer::Nothing,
            SpfResult::PermError => SpfAnswer::Broken,
            SpfResult::TempError => SpfAnswer::Unknown,
        }
    }

    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        until: Instant,
        of: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, NoAnswer> {
        if !is_public(name) {
            return Err(NoAnswer::NoName);
        }
        // with the final dot: the system's search list is for its own people
        let name = Name::from_str_relaxed(format!("{}.", name.trim_end_matches('.')))
            .map_err(|_| NoAnswer::NoName)?;
        let asked = timeout_at(until, self.resolver.0.lookup(name, kind)).await;
        let found = match asked {
            Ok(Ok(lookup)) => records(&lookup, of),
            Ok(Err(error)) => return Err(why(&error)),
            Err(_) => return Err(NoAnswer::Unknown),
        };
        if found.is_empty() { Err(NoAnswer::NoRecord) } else { Ok(found) }
    }
}

fn records<T>(lookup: &Lookup, of: impl Fn(&RData) -> Option<T>) -> Vec<T> {
    lookup.answers().iter().filter_map(|record| of(&record.data)).take(RECORDS).collect()
}

fn why(error: &NetError) -> NoAnswer {
    if error.is_nx_domain() {
        NoAnswer::NoName
    } else if error.is_no_records_found() {
        NoAnswer::NoRecord
    } else {
        // the cause is the operator's affair
        tracing::debug!(target: "posthorn::dns", %error, "no answer");
        NoAnswer::Unknown
    }
}

/// Whether somebody on the internet may know that name.
fn is_public(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    match name.rsplit_once('.') {
        Some((_, last)) => !NOT_PUBLIC.iter().any(|own| own.eq_ignore_ascii_case(last)),
        None => false,
    }
}

fn servers(all: &[SocketAddr]) -> ResolverConfig {
    let server = |address: &SocketAddr| {
        let mut server = NameServerConfig::udp_and_tcp(address.ip());
        for connection in &mut server.connections {
            connection.port = address.port();
        }
        server
    };
    ResolverConfig::from_parts(None, Vec::new(), all.iter().map(server).collect())
}

fn system_servers() -> ResolverConfig {
    match hickory_resolver::system_conf::read_system_conf() {
        Ok((config, _)) => config,
        Err(error) => {
            tracing::warn!(%error, "this system names no DNS servers; POSTHORN_DNS_SERVERS can");
            ResolverConfig::from_parts(None, Vec::new(), Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_nobodys_on_the_internet_are_not_asked_for() {
        for name in
            ["localhost", "db", "db.local", "DB.Corp.", "metadata.google.internal", "1.0.0.127.in-addr.arpa"]
        {
            assert!(!is_public(name), "{name}");
        }
        for name in ["acme.example", "localhost.acme.example", "local.example."] {
            assert!(is_public(name), "{name}");
        }
    }

    #[tokio::test]
    async fn without_servers_nothing_is_known_and_nothing_breaks() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let settings = DnsSettings { servers: vec![silent.local_addr().unwrap()], ..DnsSettings::default() };
        let dns = Dns::new(settings).unwrap();
        let until = Instant::now() + Duration::from_millis(200);
        assert_eq!(dns.txt("acme.example", until).await, Err(NoAnswer::Unknown));
        assert_eq!(dns.addresses("acme.example", until).await, Err(NoAnswer::Unknown));
        let sender = EmailAddress::parse("anna@acme.example").unwrap();
        assert_eq!(dns.spf("192.0.2.1".parse().unwrap(), &sender, until).await, SpfAnswer::Unknown);
    }
}
