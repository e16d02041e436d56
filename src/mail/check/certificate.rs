use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};

use crate::clock::Timestamp;
use crate::mail::smtp::shown;

/// At most that many names of a certificate are kept, each cut at [`NAME`].
const NAMES: usize = 10;
const NAME: usize = 100;

/// What a certificate says of itself (RFC 5280, section 4.1.2). Nobody has vouched for it here: whether it is
/// accepted is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Certificate {
    /// Whom it is about.
    pub subject: String,
    /// The names that it is for; for the subject itself if it names none.
    pub names: Vec<String>,
    pub issuer: String,
    /// From when it is valid.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Whether it was issued by itself.
    pub self_signed: bool,
}

impl Certificate {
    /// Reads one; `None` if it is unreadable.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let at = |seconds: i64| Timestamp(seconds.saturating_mul(1_000_000));
        let validity = certificate.validity();
        Some(Self {
            subject: name(certificate.subject()),
            names: names(&certificate),
            issuer: name(certificate.issuer()),
            from: at(validity.not_before.timestamp()),
            until: at(validity.not_after.timestamp()),
            self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        })
    }
}

/// The common name with the organisation, as far as there are any.
fn name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    let organisation = name.iter_organization().next().and_then(|part| part.as_str().ok());
    let words = match (common, organisation) {
        (Some(common), Some(organisation)) if common != organisation => format!("{common} ({organisation})"),
        (Some(one), _) | (None, Some(one)) => one.to_owned(),
        (None, None) => name.to_string(),
    };
    shown(&words, NAME)
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternatives)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = alternatives.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(shown(name, NAME)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|ip| ip.to_string()),
        _ => None,
    });
    names.take(NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from);
    v4().or_else(v6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_whom_it_is_for_by_whom_and_until_when() {
        let names = ["mail.acme.example".to_owned(), "192.0.2.7".to_owned()];
        let mut params = rcgen::CertificateParams::new(names.to_vec()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "mail.acme.example\u{202e}");
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Acme \u{1b}[31mLtd");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2026, 3, 4);
        let key = rcgen::KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        let read = Certificate::read(made.der()).unwrap();
        assert_eq!(read.names, names);
        assert_eq!(read.subject, "mail.acme.example (Acme [31mLtd)");
        assert_eq!(read.issuer, read.subject);
        assert!(read.self_signed);
        assert_eq!(read.from.utc().to_rfc3339(), "2026-01-02T00:00:00+00:00");
        assert_eq!(read.until.utc().to_rfc3339(), "2026-03-04T00:00:00+00:00");
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        for bytes in [&b""[..], b"\x30\x03\x02\x01\x01", b"hello"] {
            assert_eq!(Certificate::read(&CertificateDer::from(bytes)), None);
        }
    }
}
