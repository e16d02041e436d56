//! A server may stop at any point, and the sender is free again in time and knows where it hung.

use std::time::{Duration, Instant};

use posthorn::mail::{Cause, Mailer, Security, SendError, Step, Verdict};

use crate::support::server::{FakeServer, Talk};
use crate::support::{OfSmtp as _, SEND, login, message, message_with, network, said, smtp_server};

/// Long enough for what a busy machine does before the server falls silent.
const PATIENCE: Duration = Duration::from_secs(1);
/// Soon, on a busy machine as well; every other deadline is longer.
const SOON: Duration = Duration::from_secs(10);

async fn send_to(server: &FakeServer, security: Security) -> SendError {
    let login = Some(login("anna", "canary-Secret-1"));
    let server_settings = smtp_server("127.0.0.1", server.port, security, login);
    let mailer = Mailer::smtp(server_settings, network(PATIENCE, Some(&server.root)));
    let began = Instant::now();
    let error = mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.unwrap_err();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    error
}

fn assert_hung(error: &SendError, step: Step, cause: &Cause, sentence: &str) {
    assert_eq!((error.smtp().step, &error.smtp().cause), (step, cause));
    assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
    assert_eq!(error.verdict(), Verdict::Retry);
}

#[tokio::test]
async fn silence_in_place_of_a_greeting_hints_at_tls() {
    let server = FakeServer::start(Talk::hang).await;
    let error = send_to(&server, Security::StartTls).await;
    assert_hung(&error, Step::Greeting, &Cause::SilentGreeting, "This port probably expects SSL/TLS");
}

#[tokio::test]
async fn half_a_greeting_is_no_greeting() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say("220-wait").await;
        talk.hang().await;
    })
    .await;
    let error = send_to(&server, Security::StartTls).await;
    assert_hung(&error, Step::Greeting, &Cause::Timeout, "did not answer in time (step: greeting)");
}

#[tokio::test]
async fn no_answer_to_ehlo() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say("220 fake.test").await;
        talk.hang().await;
    })
    .await;
    let error = send_to(&server, Security::StartTls).await;
    assert_hung(&error, Step::Greeting, &Cause::Timeout, "(step: greeting)");
}

#[tokio::test]
async fn no_answer_to_starttls() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["STARTTLS"]).await;
        talk.hang().await;
    })
    .await;
    let error = send_to(&server, Security::StartTls).await;
    assert_hung(&error, Step::Encrypt, &Cause::Timeout, "(step: encryption)");
}

#[tokio::test]
async fn no_handshake() {
    for security in [Security::StartTls, Security::Tls] {
        let server = FakeServer::start(move |mut talk| async move {
            if security == Security::StartTls {
                talk.greet(&["STARTTLS"]).await;
                talk.hear("STARTTLS").await;
                talk.say("220 go ahead").await;
            }
            talk.hang().await;
        })
        .await;
        let error = send_to(&server, security).await;
        assert_hung(&error, Step::Encrypt, &Cause::Timeout, "(step: encryption)");
    }
}

#[tokio::test]
async fn no_answer_to_auth_mail_rcpt_or_data() {
    let phases = [
        (0, Step::SignIn, "(step: sign-in)"),
        (1, Step::Sender, "(step: sender)"),
        (2, Step::Recipient, "(step: recipient)"),
        (3, Step::Message, "(step: message)"),
    ];
    for (answers, step, sentence) in phases {
        for pipelining in ["X-NOTHING", "PIPELINING"] {
            let server = FakeServer::start(move |mut talk| async move {
                talk.greet(&["AUTH PLAIN", pipelining]).await;
                for reply in ["235 welcome", "250 sender", "250 recipient"].iter().take(answers) {
                    talk.hear("").await;
                    talk.say(reply).await;
                }
                talk.hang().await;
            })
            .await;
            let error = send_to(&server, Security::None).await;
            // with pipelining nobody knows which of the two it thinks about (explanations 5.4)
            if (step, pipelining) == (Step::Sender, "PIPELINING") {
                let sentence = "answered neither sender nor recipient in time";
                assert_hung(&error, step, &Cause::EnvelopeUnanswered, sentence);
            } else {
                assert_hung(&error, step, &Cause::Timeout, sentence);
            }
        }
    }
}

#[tokio::test]
async fn no_answer_to_the_final_dot_leaves_the_outcome_unknown() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["AUTH PLAIN"]).await;
        for reply in ["235 welcome", "250 sender", "250 recipient", "354 go on"] {
            talk.hear("").await;
            talk.say(reply).await;
        }
        talk.hear_message().await;
        talk.hang().await;
    })
    .await;
    let error = send_to(&server, Security::None).await;
    assert_hung(&error, Step::Message, &Cause::OutcomeUnknown, "may have been accepted or not");
}

#[tokio::test]
async fn a_server_that_does_not_read_on_does_not_hold_the_writer() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&[]).await;
        for reply in ["250 sender", "250 recipient", "354 go on"] {
            talk.hear("").await;
            talk.say(reply).await;
        }
        talk.hang().await;
    })
    .await;
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mailer = Mailer::smtp(settings, network(PATIENCE, None));
    let large =
        message_with("a@acme.example", "b@acme.example", "large", &"a long line of text\n".repeat(500_000));
    let error = mailer.send(&large, SEND).await.unwrap_err();
    assert_hung(&error, Step::Message, &Cause::Timeout, "(step: message)");
}

#[tokio::test]
async fn a_server_that_drips_is_cut_off_at_the_deadline_of_the_whole() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say_bytes(b"220-").await;
        while talk.say_bytes(b"x").await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mailer = Mailer::smtp(settings, network(Duration::from_mins(1), None));
    let began = Instant::now();
    let error = mailer
        .send(&message("a@acme.example", "b@acme.example"), Duration::from_millis(600))
        .await
        .unwrap_err();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Greeting, &Cause::Slow));
}

#[tokio::test]
async fn every_phase_together_keeps_to_the_deadline_of_the_whole() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["AUTH PLAIN"]).await;
        for reply in ["235 welcome", "250 sender", "250 recipient", "354 go on"] {
            talk.hear("").await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            talk.say(reply).await;
        }
        talk.hang().await;
    })
    .await;
    let login = Some(login("anna", "canary-Secret-1"));
    let settings = smtp_server("127.0.0.1", server.port, Security::None, login);
    let mailer = Mailer::smtp(settings, network(Duration::from_mins(1), None));
    let began = Instant::now();
    let error = mailer
        .send(&message("a@acme.example", "b@acme.example"), Duration::from_millis(500))
        .await
        .unwrap_err();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    // it talks all the time: a delivery would wait for it, and the provider is not broken (explanations 5.3)
    assert_eq!(&error.smtp().cause, &Cause::Slow);
    assert!(!error.failure.speaks_of_provider());
    assert!(said(error.smtp()).contains("A test waits less long than a delivery"), "{}", said(error.smtp()));
    // how far it came is the machine's affair, but all the answers together take too long
    assert_ne!(error.smtp().step, Step::Message);
}
