//! A password is nowhere but on the wire.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posthorn::mail::{Mailer, Security};

use crate::support::server::FakeServer;
use crate::support::{OfSmtp as _, SEND, login, message, network, said, smtp_server};

const PASSWORD: &str = "canary-Secret-1";
/// The password as LOGIN sends it, and with the user name "anna" as PLAIN does.
const ENCODED: [&str; 2] = ["Y2FuYXJ5LVNlY3JldC0x", "AGFubmEAY2FuYXJ5LVNlY3JldC0x"];

fn assert_clean(text: &str, place: &str) {
    for secret in [PASSWORD, ENCODED[0], ENCODED[1]] {
        assert!(!text.contains(secret), "{secret} stands in {place}: {text}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_password_is_not_kept_shown_or_logged_even_if_the_server_repeats_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for mechanism in ["PLAIN", "LOGIN"] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["STARTTLS"]).await;
            talk.start_tls().await;
            talk.offer(&[&format!("AUTH {mechanism}")]).await;
            let mut line = talk.hear("AUTH").await;
            while mechanism == "LOGIN" && line != ENCODED[0] {
                talk.say("334 ").await;
                line = talk.hear("").await;
            }
            talk.say(&format!("535-you said {line}")).await;
            talk.say(&format!("535 that is {PASSWORD} {}", ENCODED[1])).await;
            talk.hear_the_rest().await;
        })
        .await;
        let settings =
            smtp_server("localhost", server.port, Security::StartTls, Some(login("anna", PASSWORD)));
        let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), Some(&server.root)));
        let error = mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.unwrap_err();
        let transcript = error.transcript.to_text();
        assert_clean(&transcript, "the transcript");
        assert!(transcript.contains("***"), "{transcript}");
        assert_clean(&format!("{error:?} {error}"), "the error");
        assert_clean(&format!("{mailer:?}"), "the mailer");
        assert_clean(&serde_json::to_string(&error.failure).unwrap(), "the failure as JSON");
        assert_clean(&serde_json::to_string(&error.transcript).unwrap(), "the transcript as JSON");
        assert_clean(&said(error.smtp()), "the sentences");
        assert_clean(&error.smtp().reply.as_ref().unwrap().shown(), "the reply");
    }
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("EHLO portal.acme.example"), "the log heard nothing: {logged}");
    assert_clean(&logged, "the log");
}
