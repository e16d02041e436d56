use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use rustls::client::{Resumption, WebPkiServerVerifier};

use super::microsoft365::{Gateway, Microsoft365Settings};
use super::reach::{AddressPolicy, LOOKUP};
use super::smtp::Quirks;
use super::tls;
use crate::values::Host;

/// What the outside looks like to us: where we may connect, whom we trust, how we call ourselves and
/// how patient we are. Built once and shared by every mailer.
pub struct Network {
    pub(super) reach: AddressPolicy,
    pub(super) tls: Arc<rustls::ClientConfig>,
    pub(super) verifier: Option<Arc<WebPkiServerVerifier>>,
    pub(super) ehlo_name: String,
    pub(super) deadlines: Deadlines,
    pub(super) microsoft365: Gateway,
    pub(super) quirks: Quirks,
}

/// What a [`Network`] is built from.
#[derive(Clone, Debug)]
pub struct NetworkSettings {
    /// Networks of special addresses (loopback, private and the like) that mail servers may be in.
    pub allowed_private_networks: Vec<IpNet>,
    /// Certificate authorities beside the system's, as PEM.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// How we greet a server: our own name or address (RFC 5321, section 4.1.1.1).
    pub ehlo_name: Host,
    /// How long each phase may take.
    pub deadlines: Deadlines,
    /// The way to Microsoft 365.
    pub microsoft365: Microsoft365Settings,
}

/// How long each phase of a conversation may take. RFC 5321, section 4.5.3.2, grants minutes, meant
/// for relays in the night; the defaults here are what a queue that tries again can afford. The
/// deadline of the whole, given with each send, comes on top.
///
/// A request to Microsoft 365 has those of the look-up, the connecting and the handshake together until
/// it can be written, then a command's to sign in, or the contents' for the message and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Looking up the host's name.
    pub look_up: Duration,
    /// Connecting, all addresses together.
    pub connect: Duration,
    pub greeting: Duration,
    pub encrypt: Duration,
    /// One command, from the first byte written to its reply.
    pub command: Duration,
    /// Writing a message's contents.
    pub data: Duration,
    /// The reply to the final dot: the server filters and stores the message meanwhile.
    pub final_dot: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            look_up: LOOKUP,
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            encrypt: Duration::from_secs(15),
            command: Duration::from_mins(1),
            data: Duration::from_mins(3),
            final_dot: Duration::from_mins(5),
        }
    }
}

/// Why no [`Network`] could be built.
#[derive(Debug, thiserror::Error)]
pub enum NetworkProblem {
    /// The operator's file of certificate authorities is no PEM.
    #[error("the file of extra certificate authorities cannot be read: {0}")]
    UnreadableRoots(String),
    /// There is no certificate in it.
    #[error("the file of extra certificate authorities holds no certificate")]
    NoRoots,
    /// The TLS library would not have it.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The operator's address in place of Microsoft's is none.
    #[error(
        "the address in place of Microsoft's is no http or https address without user, query and fragment"
    )]
    Microsoft365Url,
    /// The HTTP library would not have it.
    #[error("the way to Microsoft 365 cannot be set up: {0}")]
    Http(String),
}

impl Network {
    /// Builds it, reading the system's certificate authorities.
    ///
    /// # Errors
    /// When the extra certificate authorities cannot be used.
    pub fn new(settings: NetworkSettings) -> Result<Self, NetworkProblem> {
        let ehlo_name = match settings.ehlo_name {
            Host::Name(name) => name,
            Host::Ip(IpAddr::V4(ip)) => format!("[{ip}]"),
            Host::Ip(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
        };
        let reach = AddressPolicy::new(settings.allowed_private_networks);
        let tls::Trust { config: tls, verifier } = tls::trust(settings.extra_roots_pem.as_deref())?;
        let microsoft365 = Gateway::new(&settings.microsoft365, &tls, &reach, settings.deadlines)?;
        // A session that is resumed shows no certificate: on another port of the same host, or by the time it is
        // used, that may be one which is refused.
        let mut own_tls = (*tls).clone();
        own_tls.resumption = Resumption::disabled();
        Ok(Self {
            reach,
            tls: Arc::new(own_tls),
            verifier,
            ehlo_name,
            deadlines: settings.deadlines,
            microsoft365,
            quirks: Quirks::default(),
        })
    }

    /// Forgets the tokens of an application at Microsoft, so that the next message signs in anew: called
    /// when settings with that client ID were saved or removed.
    pub fn forget_microsoft365_tokens(&self, client_id: &str) {
        self.microsoft365.forget_tokens(client_id);
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("reach", &self.reach)
            .field("ehlo_name", &self.ehlo_name)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(extra_roots: Option<&str>, ehlo_name: &str) -> NetworkSettings {
        NetworkSettings {
            allowed_private_networks: Vec::new(),
            extra_roots_pem: extra_roots.map(|pem| pem.as_bytes().to_vec()),
            ehlo_name: Host::parse(ehlo_name).unwrap(),
            deadlines: Deadlines::default(),
            microsoft365: Microsoft365Settings::default(),
        }
    }

    #[test]
    fn an_address_as_our_name_is_a_literal() {
        for (name, greeting) in
            [("mail.acme.example", "mail.acme.example"), ("192.0.2.7", "[192.0.2.7]"), ("::1", "[IPv6:::1]")]
        {
            assert_eq!(Network::new(settings(None, name)).unwrap().ehlo_name, greeting);
        }
    }

    #[test]
    fn roots_that_cannot_be_used_are_said_at_once() {
        let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
        let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in [broken, nonsense] {
            assert!(matches!(
                Network::new(settings(Some(pem), "x.example")),
                Err(NetworkProblem::UnreadableRoots(_))
            ));
        }
        assert!(matches!(Network::new(settings(Some("hello"), "x.example")), Err(NetworkProblem::NoRoots)));
    }
}
