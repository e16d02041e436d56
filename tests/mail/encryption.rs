//! No fall-back to clear text, and nothing believed that was said before encryption.

use std::sync::Arc;
use std::time::Duration;

use posthorn::mail::{Cause, Mailer, Recovery, Security, SendError, Step, Verdict};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::server::{FakeServer, server_config};
use crate::support::{OfSmtp as _, SEND, login, mailer, message, network, said, smtp_server};

async fn send_to(
    server: &FakeServer,
    host: &str,
    security: Security,
    trusted: bool,
) -> Result<(), SendError> {
    let settings = smtp_server(host, server.port, security, Some(login("anna", "canary-Secret-1")));
    let roots = trusted.then_some(server.root.as_str());
    let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), roots));
    mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.map(|_| ())
}

fn assert_failed(error: &SendError, cause: &Cause, sentence: &str) {
    assert_eq!(
        (error.smtp().step, &error.smtp().cause),
        (Step::Encrypt, cause),
        "{}",
        error.transcript.to_text()
    );
    assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
}

/// Only greetings and the wish for encryption may be heard in clear.
fn assert_nothing_of_worth(heard: &[String]) {
    for line in heard {
        let harmless = ["EHLO ", "STARTTLS", "QUIT"].iter().any(|start| line.starts_with(start));
        assert!(harmless, "said in clear: {line}");
    }
}

#[tokio::test]
async fn without_an_offer_of_starttls_nothing_is_sent() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["AUTH PLAIN LOGIN", "PIPELINING"]).await;
        talk.hear_the_rest().await;
    })
    .await;
    let error = send_to(&server, "127.0.0.1", Security::StartTls, true).await.unwrap_err();
    assert_failed(&error, &Cause::StartTlsNotOffered, "offers no encryption with StartTLS");
    assert_eq!(error.verdict(), Verdict::ProviderBroken(Recovery::ByItself));
    assert_nothing_of_worth(&server.done().await);
}

#[tokio::test]
async fn refused_starttls_ends_the_conversation() {
    for (reply, verdict) in
        [("454 4.7.0 not now", Verdict::Retry), ("502 5.5.1 no", Verdict::ProviderBroken(Recovery::ByItself))]
    {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["AUTH PLAIN LOGIN", "STARTTLS"]).await;
            talk.hear("STARTTLS").await;
            talk.say(reply).await;
            talk.hear_the_rest().await;
        })
        .await;
        let error = send_to(&server, "127.0.0.1", Security::StartTls, true).await.unwrap_err();
        assert_failed(&error, &Cause::StartTlsRefused, "offers StartTLS and then refuses it: \"");
        assert_eq!(error.verdict(), verdict);
        assert_nothing_of_worth(&server.done().await);
    }
}

#[tokio::test]
async fn whoever_skips_the_encryption_step_still_says_nothing_in_clear() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["AUTH PLAIN LOGIN", "STARTTLS", "PIPELINING"]).await;
        talk.hear_the_rest().await;
    })
    .await;
    let settings =
        smtp_server("127.0.0.1", server.port, Security::StartTls, Some(login("anna", "canary-Secret-1")));
    let mut conversation = mailer(settings, network(Duration::from_secs(3), None)).conversation(SEND);
    conversation.resolve().await.unwrap();
    conversation.connect().await.unwrap();
    conversation.greet().await.unwrap();
    let message = message("a@acme.example", "b@acme.example");
    assert_eq!(conversation.sign_in().await.unwrap_err().cause, Cause::StartTlsNotOffered);
    assert!(!conversation.is_open());
    assert!(conversation.sign_in().await.is_err());
    assert!(conversation.sender(&message).await.is_err());
    assert!(conversation.transmit(&message).await.is_err());
    assert_nothing_of_worth(&server.done().await);
}

#[tokio::test]
async fn bytes_behind_the_reply_to_starttls_are_refused() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["STARTTLS"]).await;
        talk.hear("STARTTLS").await;
        talk.say("220 go ahead\r\n250-injected.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 sender").await;
        talk.hear_the_rest().await;
    })
    .await;
    let error = send_to(&server, "127.0.0.1", Security::StartTls, true).await.unwrap_err();
    assert_failed(&error, &Cause::InjectedAfterStartTls, "unencrypted replies were slipped in");
    assert_nothing_of_worth(&server.done().await);
}

#[tokio::test]
async fn bytes_that_come_late_behind_the_reply_to_starttls_are_refused_too() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["STARTTLS"]).await;
        talk.hear("STARTTLS").await;
        talk.say("220 go ahead").await;
        talk.piece_of_handshake().await;
        talk.say("250-injected.test\r\n250 AUTH PLAIN\r\n235 welcome").await;
        talk.piece_of_handshake().await;
    })
    .await;
    let error = send_to(&server, "127.0.0.1", Security::StartTls, true).await.unwrap_err();
    assert_failed(&error, &Cause::InjectedAfterStartTls, "unencrypted replies were slipped in");
}

#[tokio::test]
async fn what_was_offered_in_clear_is_forgotten() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["STARTTLS", "AUTH PLAIN", "SIZE 10", "PIPELINING"]).await;
        talk.start_tls().await;
        talk.offer(&["AUTH LOGIN"]).await;
        for (line, reply) in [
            ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
            ("YW5uYQ==", "334 UGFzc3dvcmQ6"),
            ("Y2FuYXJ5LVNlY3JldC0x", "235 welcome"),
            ("MAIL FROM:<a@acme.example>", "250 sender"),
            ("RCPT TO:<b@acme.example>", "250 recipient"),
            ("DATA", "354 go on"),
        ] {
            assert_eq!(talk.hear("").await, line);
            talk.say(reply).await;
        }
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    send_to(&server, "localhost", Security::StartTls, true).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn tls_from_the_first_byte_checks_name_and_issuer() {
    let names = vec!["mail.provider.example".to_owned(), "192.0.2.7".to_owned()];
    for (trusted, certified, cause, sentence) in [
        (
            false,
            ["localhost", "127.0.0.1"],
            Cause::CertificateUnknownIssuer,
            "is not trusted: it is self-signed, or its issuer is unknown here.",
        ),
        (
            true,
            ["mail.provider.example", "192.0.2.7"],
            Cause::CertificateWrongName { names },
            "The certificate of localhost belongs to mail.provider.example, 192.0.2.7.",
        ),
    ] {
        let server =
            FakeServer::start_as(&certified, |mut talk| async move { talk.encrypt_if_trusted().await }).await;
        let error = send_to(&server, "localhost", Security::Tls, trusted).await.unwrap_err();
        assert_failed(&error, &cause, sentence);
        assert_eq!(error.verdict(), Verdict::ProviderBroken(Recovery::ByItself));
    }
}

#[tokio::test]
async fn an_address_in_the_certificate_is_as_good_as_a_name() {
    for host in ["localhost", "127.0.0.1"] {
        let server = FakeServer::start(|mut talk| async move {
            talk.encrypt().await;
            talk.greet(&["AUTH PLAIN"]).await;
            for reply in ["235 welcome", "250 sender", "250 recipient", "354 go on"] {
                talk.hear("").await;
                talk.say(reply).await;
            }
            talk.hear_message().await;
            talk.say("250 taken").await;
        })
        .await;
        send_to(&server, host, Security::Tls, true).await.unwrap();
    }
}

#[tokio::test]
async fn a_starttls_port_taken_for_a_tls_port_is_recognised() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say("220 fake.test ESMTP").await;
        talk.piece_of_handshake().await;
    })
    .await;
    let error = send_to(&server, "localhost", Security::Tls, true).await.unwrap_err();
    assert_failed(&error, &Cause::NotTls, "This port probably speaks StartTLS. Choose StartTLS");
}

#[tokio::test]
async fn what_is_neither_tls_nor_a_greeting_leads_to_no_other_security() {
    for answer in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "\u{1}\u{2}\u{3}binary", "220"]
    {
        let server = FakeServer::start(move |mut talk| async move {
            talk.piece_of_handshake().await;
            talk.say_bytes(answer.as_bytes()).await;
        })
        .await;
        let error = send_to(&server, "localhost", Security::Tls, true).await.unwrap_err();
        let is_greeting = answer == "220";
        let words = if is_greeting { "Choose StartTLS" } else { "Check server address and port" };
        assert_failed(&error, &Cause::NotTls, words);
        assert_eq!(error.failure.answer().is_some(), is_greeting, "{answer}");
    }
}

/// Field case 2.6: no cipher in common, as with a server that knows RSA key exchange only.
#[tokio::test]
async fn a_server_without_forward_secrecy_is_told_what_is_missing() {
    let server = FakeServer::start(|mut talk| async move {
        talk.piece_of_handshake().await;
        // a fatal alert, handshake_failure (RFC 5246, section 7.2)
        talk.say_bytes(&[0x15, 3, 3, 0, 2, 2, 40]).await;
    })
    .await;
    let error = send_to(&server, "127.0.0.1", Security::Tls, true).await.unwrap_err();
    assert_failed(&error, &Cause::TlsTooOld, "TLS 1.2 with forward secrecy");
}

/// Takes every message.
async fn take_all(stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 willing.test ESMTP\r\n").await.ok()?;
    stream.flush().await.ok()?;
    let (mut line, mut in_data) = (String::new(), false);
    while stream.read_line(&mut line).await.ok()? > 0 {
        let answer = match line.trim_end() {
            "." => "250 taken",
            _ if in_data => "",
            "DATA" => "354 go",
            hello if hello.starts_with("EHLO") => "250-willing.test\r\n250 AUTH PLAIN",
            _ => "250 ok",
        };
        in_data = answer == "354 go" || (in_data && answer.is_empty());
        let answer = if line.starts_with("AUTH") && !in_data { "235 welcome" } else { answer };
        if !answer.is_empty() {
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
        }
        line.clear();
    }
    None
}

/// Explanations 1.2: two ports of one host that take up each other's sessions, one with a certificate that is not
/// trusted.
#[tokio::test]
async fn a_certificate_is_looked_at_in_each_connection() {
    let storage = rustls::server::ServerSessionMemoryCache::new(32);
    let ticketer = rustls::crypto::ring::Ticketer::new().unwrap();
    let (mut ports, mut roots) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (mut config, root) = server_config(&["localhost"]);
        config.session_storage = storage.clone();
        config.ticketer = ticketer.clone();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        ports.push(listener.local_addr().unwrap().port());
        roots.push(root);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { take_all(acceptor.accept(stream).await.ok()?).await });
            }
        });
    }
    let network = network(Duration::from_secs(3), Some(&roots[0]));
    let mailer = |port| {
        let server = smtp_server("localhost", port, Security::Tls, Some(login("anna", "canary-Secret-1")));
        Mailer::smtp(server, network.clone())
    };
    let message = message("a@acme.example", "b@acme.example");
    for _ in 0..2 {
        mailer(ports[0]).send(&message, SEND).await.unwrap();
        let error = mailer(ports[1]).send(&message, SEND).await.unwrap_err();
        let failure = error.smtp();
        assert_eq!(failure.step, Step::Encrypt);
        assert!(matches!(failure.cause, Cause::CertificateOther { .. }), "{failure}");
    }
}
