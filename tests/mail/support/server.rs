//! Servers that follow a script: a closure that talks. A server ends with its script; what it heard
//! can be read afterwards.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A server on loopback that plays its script for the first connection.
pub(crate) struct FakeServer {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    script: JoinHandle<()>,
    /// The certificate to trust, if the script encrypts.
    pub(crate) root: String,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The server's end of the connection.
pub(crate) struct Talk {
    stream: Option<Box<dyn Stream>>,
    buffer: Vec<u8>,
    heard: Arc<Mutex<Vec<String>>>,
    acceptor: TlsAcceptor,
}

impl FakeServer {
    pub(crate) async fn start<F>(script: impl FnOnce(Talk) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        Self::start_as(&["localhost", "127.0.0.1"], script).await
    }

    /// A server whose certificate is for these names.
    pub(crate) async fn start_as<F>(names: &[&str], script: impl FnOnce(Talk) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, root) = certificate(names);
        let hears = heard.clone();
        let script = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let stream: Option<Box<dyn Stream>> = Some(Box::new(stream));
            script(Talk { stream, buffer: Vec::new(), heard: hears, acceptor }).await;
        });
        Self { port, heard, script, root }
    }

    /// Whether somebody connected and the script is through.
    pub(crate) fn is_done(&self) -> bool {
        self.script.is_finished()
    }

    /// Waits for the end of the script, which fails the test if the script did.
    pub(crate) async fn done(self) -> Vec<String> {
        tokio::time::timeout(Duration::from_secs(10), self.script).await.unwrap().unwrap();
        let heard = self.heard.lock().unwrap();
        heard.clone()
    }
}

impl Talk {
    pub(crate) async fn say(&mut self, text: &str) {
        self.say_bytes(format!("{text}\r\n").as_bytes()).await;
    }

    /// Says bytes; a client that has gone is no failure of the script.
    pub(crate) async fn say_bytes(&mut self, bytes: &[u8]) -> bool {
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
    }

    /// The next line, which must begin like that.
    pub(crate) async fn hear(&mut self, prefix: &str) -> String {
        let line = self.line().await.unwrap_or_else(|| panic!("heard nothing instead of {prefix}"));
        assert!(line.starts_with(prefix), "heard {line:?} instead of {prefix}");
        self.heard.lock().unwrap().push(line.clone());
        line
    }

    /// Everything up to and including the final dot, as it came.
    pub(crate) async fn hear_message(&mut self) -> String {
        let mut all = String::new();
        loop {
            let line = self.line().await.expect("the message to end in a dot");
            if line == "." {
                return all;
            }
            all.push_str(&line);
            all.push_str("\r\n");
        }
    }

    /// Hears whatever comes until the client takes its leave.
    pub(crate) async fn hear_the_rest(&mut self) {
        while let Some(line) = self.line().await {
            let is_last = line == "QUIT";
            self.heard.lock().unwrap().push(line);
            if is_last {
                return;
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let line = String::from_utf8(line).unwrap();
                return Some(line.strip_suffix("\r\n").expect("lines to end in CRLF").to_owned());
            }
            let read = self.stream.as_mut().unwrap().read_buf(&mut self.buffer).await;
            if read.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// What arrives next in one piece, so that a test sees what was sent together.
    pub(crate) async fn piece(&mut self) -> String {
        let mut piece = std::mem::take(&mut self.buffer);
        if piece.is_empty() {
            self.stream.as_mut().unwrap().read_buf(&mut piece).await.unwrap();
        }
        String::from_utf8(piece).unwrap()
    }

    /// Reads that many bytes of a message and no more.
    pub(crate) async fn hear_bytes(&mut self, count: usize) {
        let mut some = vec![0; count];
        self.stream.as_mut().unwrap().read_exact(&mut some).await.unwrap();
    }

    pub(crate) async fn greet(&mut self, offers: &[&str]) {
        self.say("220 fake.test ESMTP").await;
        self.offer(offers).await;
    }

    pub(crate) async fn offer(&mut self, offers: &[&str]) {
        self.hear("EHLO portal.acme.example").await;
        let mut lines = vec!["fake.test"];
        lines.extend(offers);
        let last = lines.len() - 1;
        for (number, line) in lines.into_iter().enumerate() {
            self.say(&format!("250{}{line}", if number == last { ' ' } else { '-' })).await;
        }
    }

    /// Answers STARTTLS and encrypts.
    pub(crate) async fn start_tls(&mut self) {
        self.hear("STARTTLS").await;
        self.say("220 go ahead").await;
        self.encrypt().await;
    }

    pub(crate) async fn encrypt(&mut self) {
        assert!(self.buffer.is_empty());
        let stream = self.stream.take().unwrap();
        self.stream = Some(Box::new(self.acceptor.accept(stream).await.unwrap()));
    }

    /// Encrypts with a client that may turn away.
    pub(crate) async fn encrypt_if_trusted(&mut self) {
        let stream = self.stream.take().unwrap();
        if let Ok(mut stream) = self.acceptor.accept(stream).await {
            let _ = stream.read_u8().await;
        }
    }

    /// Reads some bytes of a handshake, whatever they are.
    pub(crate) async fn piece_of_handshake(&mut self) {
        let mut piece = Vec::new();
        let _ = self.stream.as_mut().unwrap().read_buf(&mut piece).await;
    }

    /// Says nothing any more, and hears nothing.
    pub(crate) async fn hang(self) {
        tokio::time::sleep(Duration::from_hours(1)).await;
        drop(self);
    }
}

fn certificate(names: &[&str]) -> (TlsAcceptor, String) {
    let (config, root) = server_config(names);
    (TlsAcceptor::from(Arc::new(config)), root)
}

/// The TLS of a server with a certificate of its own for these names, and that certificate.
pub(crate) fn server_config(names: &[&str]) -> (rustls::ServerConfig, String) {
    let made = rcgen::generate_simple_self_signed(names.iter().map(ToString::to_string).collect::<Vec<_>>())
        .unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (config, made.cert.pem())
}
