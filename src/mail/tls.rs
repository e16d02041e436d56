//! TLS for the way out: whom we trust, and what a handshake's failure means.

use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use super::smtp::shown;
use super::{Cause, NetworkProblem};
use crate::values::Host;

/// At most that much of the library's words, in which the server's may be quoted.
const DETAIL: usize = 200;

pub(super) struct Trust {
    pub(super) config: Arc<ClientConfig>,
    /// The judge of certificates that is in `config`, by itself; none if nobody is trusted.
    pub(super) verifier: Option<Arc<WebPkiServerVerifier>>,
}

/// TLS 1.2 and 1.3 with ring, trusting the system's certificate authorities and the operator's. The
/// provider is named here, since a process-wide default depends on which crates were compiled in.
pub(super) fn trust(extra_pem: Option<&[u8]>) -> Result<Trust, NetworkProblem> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "some of the system's certificate authorities cannot be read");
    }
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        tracing::warn!("this system has no certificate authorities; the package ca-certificates brings them");
    }
    if let Some(pem) = extra_pem {
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let unreadable =
                |error: &dyn std::fmt::Display| NetworkProblem::UnreadableRoots(error.to_string());
            roots.add(certificate.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
            count += 1;
        }
        if count == 0 {
            return Err(NetworkProblem::NoRoots);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone()).build().ok();
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let config = match &verifier {
        Some(verifier) => config.with_webpki_verifier(verifier.clone()),
        None => config.with_root_certificates(roots),
    };
    Ok(Trust { config: Arc::new(config.with_no_client_auth()), verifier })
}

/// The name that the server's certificate must be for (RFC 8314, section 4; RFC 9525).
pub(super) fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Ip(ip) => Some(ServerName::IpAddress(ip.to_canonical().into())),
    }
}

/// What the failure of a handshake means.
pub(super) fn cause_of(error: &io::Error) -> Cause {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Cause::ConnectionLost;
    };
    match error {
        rustls::Error::InvalidCertificate(error) => cause_of_certificate(error),
        // the first bytes were no TLS record: something else speaks here
        rustls::Error::InvalidMessage(_) => Cause::NotTls,
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            // the last is what a server says that shares no cipher with us, such as one without forward secrecy
            AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::HandshakeFailure,
        ) => Cause::TlsTooOld,
        error => Cause::TlsHandshake { detail: shown(&error.to_string(), DETAIL) },
    }
}

fn cause_of_certificate(error: &CertificateError) -> Cause {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Cause::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Cause::CertificateNotYetValid
        }
        CertificateError::NotValidForName => Cause::CertificateWrongName { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            Cause::CertificateWrongName { names: presented.iter().take(5).map(|name| bare(name)).collect() }
        }
        CertificateError::UnknownIssuer => Cause::CertificateUnknownIssuer,
        // what `openssl req -x509` makes: its own authority, so self-signed
        CertificateError::Other(other)
            if other.0.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity) =>
        {
            Cause::CertificateUnknownIssuer
        }
        error => Cause::CertificateOther { detail: shown(&error.to_string(), DETAIL) },
    }
}

/// `mail.acme.example` of webpki's `DnsName("mail.acme.example")`.
fn bare(presented: &str) -> String {
    let inner = presented.split_once('(').map_or(presented, |(_, rest)| rest.trim_end_matches(')'));
    shown(inner.trim_matches('"'), 253)
}
