//! The demo's mail catcher, driven from outside: by a client that speaks SMTP byte by byte, and by HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use posthorn::demo::ListenError;
use posthorn::demo::catcher::{Catcher, CatcherError, CatcherOptions};
use posthorn::values::Secret;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MAIL: &str = "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\n\
    To: anna@example.org\r\n\
    Subject: =?utf-8?q?Sch=C3=B6ne_Gr=C3=BC=C3=9Fe?=\r\n\
    Message-ID: <one@example.org>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello from the text, see http://acme.localhost/x.\r\n\
    --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello from the HTML</p>\r\n--b--\r\n";

fn start(folder: &Path) -> Catcher {
    let logins = vec![("anna".to_owned(), Secret::new("right")), ("bert".to_owned(), Secret::new("richtig"))];
    let smtps = Some(([127, 0, 0, 1], 0).into());
    Catcher::start(CatcherOptions { logins, smtps, ..CatcherOptions::new(folder) }).unwrap()
}

/// One end of a conversation.
struct Client<S> {
    stream: S,
    unread: Vec<u8>,
}

impl Client<TcpStream> {
    async fn connect(catcher: &Catcher) -> Self {
        let mut client =
            Self { stream: TcpStream::connect(catcher.smtp_addr()).await.unwrap(), unread: Vec::new() };
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    async fn start_tls(mut self, catcher: &Catcher) -> Client<impl AsyncRead + AsyncWrite + Unpin + use<>> {
        self.says("EHLO test", "250 ").await;
        self.says("STARTTLS", "220 2.0.0 ").await;
        assert!(self.unread.is_empty());
        encrypt(self.stream, catcher).await
    }
}

async fn encrypt(
    stream: TcpStream,
    catcher: &Catcher,
) -> Client<impl AsyncRead + AsyncWrite + Unpin + use<>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(catcher.ca_pem().as_bytes()).unwrap()).unwrap();
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    Client { stream, unread: Vec::new() }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// One reply, all its lines; empty when the server has closed the connection.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            while let Some(end) = self.unread.iter().position(|b| *b == b'\n') {
                let line = String::from_utf8(self.unread.drain(..=end).collect()).unwrap();
                reply.push_str(&line);
                if line.as_bytes().get(3) == Some(&b' ') {
                    return reply;
                }
            }
            let mut bytes = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut bytes));
            match read.await.expect("the server is silent") {
                Ok(0) | Err(_) => return reply,
                Ok(count) => self.unread.extend_from_slice(bytes.get(..count).unwrap()),
            }
        }
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends a line and expects a reply whose last line begins so.
    async fn says(&mut self, line: &str, expected: &str) -> String {
        self.send(&format!("{line}\r\n")).await;
        let reply = self.reply().await;
        let last = reply.lines().last().unwrap_or_default();
        assert!(last.starts_with(expected), "{line:?} was answered {reply:?}, not {expected:?}");
        reply
    }

    async fn sign_in(&mut self) {
        self.says("EHLO test", "250 ").await;
        self.says(&format!("AUTH PLAIN {}", STANDARD.encode("\0anna\0right")), "235 2.7.0 ").await;
    }

    /// Sends a mail whose lines are dot-stuffed already; returns the identifier it was queued as.
    async fn submit(&mut self, stuffed: &str) -> String {
        self.says("MAIL FROM:<joerg@example.org>", "250 2.1.0 ").await;
        self.says("RCPT TO:<anna@example.org>", "250 2.1.5 ").await;
        self.says("DATA", "354 ").await;
        let reply = self.says(&format!("{stuffed}."), "250 2.0.0 Ok: queued as ").await;
        reply.trim().rsplit(' ').next().unwrap().to_owned()
    }
}

async fn submit(catcher: &Catcher, stuffed: &str) -> String {
    let mut client = Client::connect(catcher).await.start_tls(catcher).await;
    client.sign_in().await;
    let id = client.submit(stuffed).await;
    client.says("QUIT", "221 ").await;
    id
}

/// A browser. reqwest wants to know a TLS provider, even where there is none to use.
fn browser() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

async fn get(catcher: &Catcher, path: &str) -> (reqwest::StatusCode, reqwest::header::HeaderMap, String) {
    let response = browser().get(format!("http://{}{path}", catcher.web_addr())).send().await.unwrap();
    (response.status(), response.headers().clone(), response.text().await.unwrap())
}

async fn page(catcher: &Catcher, path: &str) -> String {
    let (status, headers, body) = get(catcher, path).await;
    assert_eq!(status, 200, "{path}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-store");
    if !path.ends_with("/html") {
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'"
        );
    }
    body
}

#[tokio::test]
async fn a_mail_that_was_sent_is_shown_in_every_view() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    assert!(page(&catcher, "/").await.contains("No mail yet"));
    let id = submit(&catcher, MAIL).await;

    let mails = catcher.mailbox().wait_for(1, Duration::from_secs(5)).await.unwrap();
    assert_eq!(mails[0].id.to_string(), id);
    assert_eq!(mails[0].subject, "Schöne Grüße");
    assert_eq!(mails[0].signed_in_as, "anna");

    let list = page(&catcher, "/").await;
    assert!(list.contains("Schöne Grüße") && list.contains("joerg@example.org"), "{list}");
    let text = page(&catcher, &format!("/mails/{id}")).await;
    assert!(
        text.contains("Hello from the text") && text.contains("<a href=\"http://acme.localhost/x\""),
        "{text}"
    );
    let html = page(&catcher, &format!("/mails/{id}?view=html")).await;
    assert!(html.contains(&format!("sandbox=\"\" src=\"/mails/{id}/html\"")), "{html}");
    assert!(page(&catcher, &format!("/mails/{id}/html")).await.contains("<p>Hello from the HTML</p>"));
    let headers = page(&catcher, &format!("/mails/{id}?view=headers")).await;
    assert!(headers.contains("=?utf-8?q?Sch=C3=B6ne_Gr=C3=BC=C3=9Fe?="), "{headers}");
    assert!(page(&catcher, &format!("/mails/{id}?view=source")).await.contains("--b--"));
    assert_eq!(page(&catcher, &format!("/mails/{id}/source")).await, MAIL);

    let json: serde_json::Value = serde_json::from_str(&page(&catcher, "/mails.json").await).unwrap();
    assert_eq!(json[0]["id"], id);
    assert_eq!(json[0]["way"], "smtp");
    assert_eq!(json[0]["from"], "joerg@example.org");
    assert_eq!(json[0]["to"][0], "anna@example.org");
    assert_eq!(json[0]["subject"], "Schöne Grüße");
    assert_eq!(json[0]["message_id"], "one@example.org");
    assert!(json[0]["received_at"].as_str().unwrap().ends_with('Z'));

    assert_eq!(get(&catcher, "/mails/nothing").await.0, 404);
    assert!(page(&catcher, "/portal.css").await.contains(".card"));
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_browser() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let request = browser().get(format!("http://{}/", catcher.web_addr()));
    let german =
        request.header("accept-language", "de-AT,de;q=0.9").send().await.unwrap().text().await.unwrap();
    assert!(german.contains("<html lang=\"de\"") && german.contains("Noch keine E-Mail"), "{german}");
}

#[tokio::test]
async fn nothing_is_taken_before_starttls_and_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await;
    let offer = client.says("EHLO test", "250 ").await;
    assert!(offer.contains("STARTTLS") && !offer.contains("AUTH"), "{offer}");
    client.says("MAIL FROM:<a@b>", "530 5.7.0 Must issue a STARTTLS command first").await;
    client.says("AUTH PLAIN AGFubmEAcmlnaHQ=", "530 5.7.0 ").await;

    let mut client = client.start_tls(&catcher).await;
    client.says("MAIL FROM:<a@b>", "503 5.5.1 ").await;
    let offer = client.says("EHLO test", "250 ").await;
    assert!(offer.contains("AUTH PLAIN LOGIN") && !offer.contains("STARTTLS"), "{offer}");
    for extension in ["PIPELINING", "SIZE 36700160", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"] {
        assert!(offer.contains(extension), "{offer}");
    }
    client.says("STARTTLS", "503 5.5.1 ").await;
    client.says("MAIL FROM:<a@b>", "530 5.7.0 Authentication required").await;
    assert!(catcher.mails().is_empty());
}

#[tokio::test]
async fn commands_in_clear_behind_starttls_are_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await;
    client.says("EHLO test", "250 ").await;
    client.says("STARTTLS\r\nRSET", "554 5.7.0 ").await;
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn each_way_to_sign_in_knows_right_from_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let encode = |text: &str| STANDARD.encode(text);
    let plain = |text: &str| format!("AUTH PLAIN {}", STANDARD.encode(text));

    let mut client = Client::connect(&catcher).await.start_tls(&catcher).await;
    client.says("EHLO test", "250 ").await;
    client.says(&plain("\0anna\0wrong"), "535 5.7.8 ").await;
    client.says(&plain("\0bert\0right"), "535 5.7.8 ").await;
    client.says("AUTH PLAIN %", "501 5.5.2 ").await;
    client.says("AUTH CRAM-MD5", "504 5.5.4 ").await;
    client.says("AUTH LOGIN", "334 VXNlcm5hbWU6").await;
    client.says("*", "501 5.5.2 ").await;
    client.says("AUTH PLAIN", "334 ").await;
    client.says(&encode("\0bert\0richtig"), "235 2.7.0 ").await;
    client.says(&plain("\0anna\0right"), "503 5.5.1 ").await;

    let stream = TcpStream::connect(catcher.smtps_addr().unwrap()).await.unwrap();
    let mut client = encrypt(stream, &catcher).await;
    assert!(client.reply().await.starts_with("220 "));
    client.says("EHLO test", "250 ").await;
    client.says(&format!("AUTH LOGIN {}", encode("anna")), "334 UGFzc3dvcmQ6").await;
    client.says(&encode("wrong"), "535 5.7.8 ").await;
    client.says("AUTH LOGIN", "334 VXNlcm5hbWU6").await;
    client.says(&encode("anna"), "334 UGFzc3dvcmQ6").await;
    client.says(&encode("right"), "235 2.7.0 ").await;
}

#[tokio::test]
async fn too_many_wrong_passwords_end_the_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await.start_tls(&catcher).await;
    client.says("EHLO test", "250 ").await;
    for _ in 0..4 {
        client.says("AUTH PLAIN AGFubmEAeA==", "535 5.7.8 ").await;
    }
    client.says("AUTH PLAIN AGFubmEAeA==", "421 4.7.0 ").await;
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn dots_are_unstuffed_and_what_servers_read_differently_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await.start_tls(&catcher).await;
    client.sign_in().await;
    let id = client.submit("Subject: dots\r\n\r\n..\r\n...two\r\n.\u{e4}\r\n").await;
    let source = catcher.mailbox().source(id.parse().unwrap()).unwrap();
    assert_eq!(String::from_utf8(source).unwrap(), "Subject: dots\r\n\r\n.\r\n..two\r\n\u{e4}\r\n");

    for (body, refusal) in [
        ("x\n.\r\ny\r\n", "550 5.6.11 "),
        ("x\n.\ny\r\n", "550 5.6.11 "),
        ("x\ry\r\n", "550 5.6.11 "),
        (&format!("{}\r\n", "x".repeat(999)), "554 5.6.0 "),
        (&format!("{}\r\n", "x".repeat(100_000)), "554 5.6.0 "),
    ] {
        client.says("MAIL FROM:<joerg@example.org>", "250 ").await;
        client.says("RCPT TO:<anna@example.org>", "250 ").await;
        client.says("DATA", "354 ").await;
        client.says(&format!("Subject: x\r\n\r\n{body}."), refusal).await;
    }
    let longest = format!("\r\n.{}\r\n.{}\r\n", "x".repeat(998), ".".repeat(998));
    client.submit(&longest).await;
    assert_eq!(catcher.mails().len(), 2);
}

#[tokio::test]
async fn what_a_client_can_make_long_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await.start_tls(&catcher).await;
    client.sign_in().await;
    client.says(&format!("NOOP {}", "x".repeat(20_000)), "500 5.5.6 ").await;
    client.says("MAIL FROM:<a@b> SIZE=36700161", "552 5.3.4 ").await;
    client.says("MAIL FROM:<a@b> SIZE=36700160 BODY=8BITMIME", "250 ").await;
    client.says("RCPT TO:<unknown@b>", "550 5.1.1 ").await;
    client.says("RCPT TO:<greylist@b>", "451 4.7.1 ").await;
    client.says("RCPT TO:<\u{fc}@b>", "553 5.6.7 ").await;
    client.says("DATA", "503 5.5.1 ").await;
    for _ in 0..100 {
        client.says("RCPT TO:<a@b>", "250 ").await;
    }
    client.says("RCPT TO:<a@b>", "452 4.5.3 ").await;
    client.says("DATA", "354 ").await;
    let megabyte = format!("{}\r\n", "x".repeat(98)).repeat(10_486);
    for _ in 0..36 {
        client.send(&megabyte).await;
    }
    client.says(".", "552 5.3.4 ").await;
    for _ in 0..17 {
        client.says("NONSENSE", "500 5.5.1 ").await;
    }
    client.says("NONSENSE", "421 4.7.0 ").await;
    assert!(catcher.mails().is_empty());
}

#[tokio::test]
async fn one_connection_too_many_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut guests = Vec::new();
    for _ in 0..32 {
        guests.push(Client::connect(&catcher).await);
    }
    let stream = TcpStream::connect(catcher.smtp_addr()).await.unwrap();
    let mut client = Client { stream, unread: Vec::new() };
    let reply = client.reply().await;
    assert!(reply.starts_with("421 4.7.0 "), "{reply}");
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mut client = Client::connect(&catcher).await.start_tls(&catcher).await;
    client.sign_in().await;
    client.send("MAIL FROM:<a@b>\r\nRCPT TO:<unknown@b>\r\nRCPT TO:<c@b>\r\nDATA\r\n").await;
    for expected in ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354 "] {
        let reply = client.reply().await;
        assert!(reply.starts_with(expected), "{reply}");
    }
    client.send("Subject: p\r\n\r\nx\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nVRFY x\r\nQUIT\r\n").await;
    for expected in ["250 2.0.0 Ok: queued as", "250 2.1.0", "250 2.0.0", "252 ", "221 "] {
        let reply = client.reply().await;
        assert!(reply.starts_with(expected), "{reply}");
    }
    assert_eq!(client.reply().await, "");
    assert_eq!(catcher.mails()[0].recipients, ["c@b"]);
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let patience = Duration::from_millis(100);
    let catcher = Catcher::start(CatcherOptions { patience, ..CatcherOptions::new(folder.path()) }).unwrap();
    let mut client = Client::connect(&catcher).await;
    let farewell = client.reply().await;
    assert!(farewell.starts_with("421 4.4.2 "), "{farewell}");
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn a_hostile_mail_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let mail = "From: <script>alert(1)</script> <x@example.org>\r\n\
        Subject: <script>alert(2)</script>\r\n\
        X-Evil: <script>alert(3)</script>\r\n\
        Content-Type: text/html\r\n\r\n<script>alert(4)</script>\r\n";
    let id = submit(&catcher, mail).await;

    let mut paths = vec!["/".to_owned()];
    paths.extend(["text", "html", "headers", "source"].map(|view| format!("/mails/{id}?view={view}")));
    for path in paths {
        let page = page(&catcher, &path).await;
        assert!(!page.contains("<script"), "{path}: {page}");
        if path == "/" {
            assert!(page.contains("&#60;script&#62;alert(2)"), "{page}");
        }
    }
    let (_, headers, html) = get(&catcher, &format!("/mails/{id}/html")).await;
    assert!(html.contains("<script>alert(4)</script>"));
    assert_eq!(
        headers["content-security-policy"],
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    );
    assert_eq!(headers.get_all("content-security-policy").iter().count(), 1);
    let (_, headers, _) = get(&catcher, &format!("/mails/{id}/source")).await;
    assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn only_loopback_names_and_the_own_form_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    submit(&catcher, MAIL).await;
    let http = browser();
    let url = |path: &str| format!("http://{}{path}", catcher.web_addr());

    let rebound = http.get(url("/mails.json")).header("host", "evil.example").send().await.unwrap();
    assert_eq!(rebound.status(), 421);
    let foreign = http.post(url("/mails/clear")).header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(catcher.mails().len(), 1);
    let own = http.post(url("/mails/clear")).header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(own.status(), 303);
    assert!(catcher.mails().is_empty());
}

#[tokio::test]
async fn a_restart_keeps_mails_certificate_and_ports() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    let id = submit(&catcher, MAIL).await;
    let (smtp, web, ca) = (catcher.smtp_addr(), catcher.web_addr(), catcher.ca_pem().to_owned());

    let Err(taken) = Catcher::start(CatcherOptions { smtp, ..CatcherOptions::new(folder.path()) }) else {
        panic!("two catchers on one port");
    };
    assert!(matches!(taken, CatcherError::Listen(ListenError::PortTaken(_))));
    assert!(taken.to_string().starts_with(&format!("port {} is taken: ", smtp.port())), "{taken}");

    catcher.stop().await;
    let catcher = Catcher::start(CatcherOptions { smtp, web, ..CatcherOptions::new(folder.path()) }).unwrap();
    assert_eq!(catcher.ca_pem(), ca);
    assert_eq!(page(&catcher, &format!("/mails/{id}/source")).await, MAIL);
}

#[tokio::test]
async fn a_mail_that_never_comes_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let catcher = start(folder.path());
    assert!(catcher.mailbox().wait_for(1, Duration::from_millis(50)).await.is_none());
}
