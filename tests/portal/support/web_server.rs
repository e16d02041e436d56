use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Below these names the server's certificate is valid.
const NAMES: [&str; 4] = ["acme.example", "*.acme.example", "rebound.example", "*.rebound.example"];

/// A web server with TLS on loopback, at all addresses of it, and the authority of its certificate.
pub(crate) struct WebServer {
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    documents: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl WebServer {
    pub(crate) async fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let names = NAMES.map(str::to_owned).to_vec();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (documents, asked) = (Arc::<Mutex<HashMap<_, _>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let serving = tokio::spawn(serve(listener, acceptor, Arc::clone(&documents), Arc::clone(&asked)));
        Self { address, ca_pem, documents, asked, serving }
    }

    /// What is answered at `host/path`: a document with status 200, or a whole answer that begins with
    /// `HTTP/`.
    pub(crate) fn put(&self, at: &str, answer: impl Into<Vec<u8>>) -> &Self {
        self.documents.lock().unwrap().insert(at.to_owned(), answer.into());
        self
    }

    /// Every `host/path` that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    documents: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, documents, asked) = (acceptor.clone(), Arc::clone(&documents), Arc::clone(&asked));
        tokio::spawn(async move { answer(stream, &acceptor, &documents, &asked).await });
    }
}

/// A client that goes away early is none of our business.
async fn answer(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    documents: &Mutex<HashMap<String, Vec<u8>>>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut stream = acceptor.accept(stream).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1)?;
    let host = head.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned))?;
    let at = format!("{}{path}", host.split(':').next()?);
    asked.lock().unwrap().push(at.clone());
    let document = documents.lock().unwrap().get(&at).cloned();
    let whole = match document {
        Some(whole) if whole.starts_with(b"HTTP/") => whole,
        Some(document) => {
            let length = document.len();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n");
            [head.into_bytes(), document].concat()
        }
        None => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
    };
    stream.write_all(&whole).await.ok()?;
    stream.shutdown().await.ok()
}
