//! The catcher's certificate: a throwaway authority, and one certificate for the names of loopback.
//!
//! Both are made together, live as long, and are renewed together. The authority's key is thrown
//! away as soon as it has signed, so that a copy of the folder signs nothing: whoever trusts this
//! authority trusts a single server on this machine.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::TlsAcceptor;

use crate::clock::Timestamp;

const DAY: Duration = Duration::from_hours(24);
const LIFETIME: Duration = DAY.saturating_mul(2 * 365);
/// A certificate that ends sooner than this is replaced at the start.
const RENEWAL: Duration = DAY.saturating_mul(30);
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What the server shows, and what a client needs to believe it.
pub(super) struct Identity {
    pub(super) acceptor: TlsAcceptor,
    pub(super) ca_pem: String,
}

#[derive(Debug)]
pub(super) enum Error {
    File(io::Error),
    Certificate(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::File(error)
    }
}

struct Pems {
    ca: String,
    certificate: String,
    key: String,
}

impl Identity {
    /// The certificate kept in the folder if it is good for a while, else a new one.
    pub(super) fn load_or_make(folder: &Path, now: Timestamp) -> Result<Self, Error> {
        if let Some(identity) = load(folder).and_then(|pems| Self::of(&pems, now).ok()) {
            return Ok(identity);
        }
        let pems = make(now).map_err(|e| Error::Certificate(e.to_string()))?;
        save(folder, &pems)?;
        Self::of(&pems, now).map_err(|e| Error::Certificate(e.to_string()))
    }

    /// Checks the three against each other as a client will; rustls checks that key and certificate
    /// belong together.
    fn of(pems: &Pems, now: Timestamp) -> Result<Self, Box<dyn std::error::Error>> {
        let ca = CertificateDer::from_pem_slice(pems.ca.as_bytes())?;
        let certificate = CertificateDer::from_pem_slice(pems.certificate.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(pems.key.as_bytes())?;

        let end_entity = webpki::EndEntityCert::try_from(&certificate)?;
        for at in [now, now.plus(RENEWAL)] {
            end_entity.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &[webpki::anchor_from_trusted_cert(&ca)?],
                &[],
                UnixTime::since_unix_epoch(at.since(Timestamp(0))),
                webpki::KeyUsage::server_auth(),
                None,
                None,
            )?;
        }
        for name in NAMES {
            end_entity.verify_is_valid_for_subject_name(&ServerName::try_from(name)?)?;
        }

        // The provider is named, not taken from the process: the catcher must not depend on who
        // installed one, nor install one behind the portal's back.
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.into_owned()], key)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: pems.ca.clone() })
    }
}

fn load(folder: &Path) -> Option<Pems> {
    let read = |name| std::fs::read_to_string(folder.join(name)).ok();
    Some(Pems { ca: read("ca.pem")?, certificate: read("server.pem")?, key: read("server.key")? })
}

fn make(now: Timestamp) -> Result<Pems, rcgen::Error> {
    // A day early, for clients whose clock is behind.
    let start = date_time_ymd(1970, 1, 1) + now.minus(DAY).since(Timestamp(0));
    let params = |names: &[&str], common_name: &str| {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        params.not_before = start;
        params.not_after = start + LIFETIME;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        Ok::<_, rcgen::Error>(params)
    };

    let mut ca_params = params(&[], "Posthorn demo authority")?;
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca_params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate()?;
    let ca = ca_params.self_signed(&ca_key)?;

    let mut server_params = params(&NAMES, "localhost")?;
    server_params.is_ca = IsCa::ExplicitNoCa;
    server_params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server_params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server_params.use_authority_key_identifier_extension = true;
    let server_key = KeyPair::generate()?;
    let server = server_params.signed_by(&server_key, &Issuer::new(ca_params, ca_key))?;

    Ok(Pems { ca: ca.pem(), certificate: server.pem(), key: server_key.serialize_pem() })
}

fn save(folder: &Path, pems: &Pems) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    write_private(&folder.join("server.key"), &pems.key)?;
    write_private(&folder.join("server.pem"), &pems.certificate)?;
    write_private(&folder.join("ca.pem"), &pems.ca)
}

/// Writes a new file that only its owner may read from the moment it exists.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn the_certificate_is_kept_until_it_nears_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let now = Clock::System.now();
        let ca_at = |at| Identity::load_or_make(folder.path(), at).unwrap().ca_pem;

        let first = ca_at(now);
        assert_eq!(ca_at(now.plus(DAY)), first);
        let late = now.plus(LIFETIME).minus(RENEWAL);
        let renewed = ca_at(late);
        assert_ne!(renewed, first);

        std::fs::write(folder.path().join("server.pem"), "rubbish").unwrap();
        assert_ne!(ca_at(late), renewed);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Identity::load_or_make(folder.path(), Clock::System.now()).unwrap();
        let mode = std::fs::metadata(folder.path().join("server.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
