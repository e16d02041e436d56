use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};

/// More certificates of a chain are not kept.
const CHAIN: usize = 6;

/// Notes which certificates a server shows, and leaves the judgement to the one who judges always. By itself
/// the TLS library keeps those only that it accepted.
#[derive(Debug)]
pub(in crate::mail) struct CertificateRecorder {
    judge: Arc<WebPkiServerVerifier>,
    seen: Mutex<Vec<CertificateDer<'static>>>,
}

impl CertificateRecorder {
    pub(in crate::mail) fn new(judge: Arc<WebPkiServerVerifier>) -> Arc<Self> {
        Arc::new(Self { judge, seen: Mutex::default() })
    }

    /// The same TLS, with a witness.
    pub(in crate::mail) fn config(self: &Arc<Self>, tls: &ClientConfig) -> Arc<ClientConfig> {
        let mut tls = tls.clone();
        tls.dangerous().set_certificate_verifier(self.clone());
        Arc::new(tls)
    }

    pub(in crate::mail) fn seen(&self) -> Vec<CertificateDer<'static>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for CertificateRecorder {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all =
            std::iter::once(own).chain(others).take(CHAIN).map(|one| one.clone().into_owned()).collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = all;
        self.judge.verify_server_cert(own, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, own, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, own, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
