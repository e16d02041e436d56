//! How the room `mail` bears the laboratory's broken listeners. What is said of them: `lab_snapshots`.

use std::time::{Duration, Instant};

use posthorn::mail::{Cause, Mailer, Security, SendError, Step};

use crate::support::lab::{Lab, fresh_address};
use crate::support::{OfSmtp as _, SEND, mailer, message, message_with, network, said};

async fn send(lab: &Lab, listener: &str, security: Security, with_login: bool, to: &str) -> SendError {
    let login = with_login.then(|| lab.alice());
    let mailer = Mailer::smtp(lab.server(listener, security, login), lab.impatient_network());
    let began = Instant::now();
    let error = mailer.send(&message("alice@mail.test", to), SEND).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(4), "{listener} took {:?}", began.elapsed());
    error
}

#[tokio::test]
async fn lab_no_password_in_clear_and_no_injected_reply_believed() {
    let Some(lab) = Lab::find() else { return };
    for listener in ["no-starttls", "starttls-refused", "starttls-inject"] {
        send(&lab, listener, Security::StartTls, true, "bob@mail.test").await;
        for fault in [
            "AUTH in clear",
            "passwords seen in clear",
            "MAIL in clear",
            "client believed the injected replies",
            "client went on after the injection",
        ] {
            assert_eq!(lab.count(listener, fault).await, 0, "{listener}: {fault}");
        }
        assert!(lab.count(listener, "connections").await > 0, "{listener} was not reached");
    }
}

#[tokio::test]
async fn lab_cut_within_the_message() {
    let Some(lab) = Lab::find() else { return };
    // A small message is out with its dot before the line is cut: nobody can know what became of it.
    let error = send(&lab, "drop-data", Security::None, false, "bob@mail.test").await;
    assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Message, &Cause::OutcomeUnknown));
    let text = "a long line of text\n".repeat(400_000);
    let mailer = Mailer::smtp(lab.server("drop-data", Security::None, None), lab.impatient_network());
    let error = mailer
        .send(&message_with("alice@mail.test", "bob@mail.test", "large", &text), SEND)
        .await
        .unwrap_err();
    assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Message, &Cause::ConnectionLost));
    assert!(said(error.smtp()).contains("The connection to localhost was lost (step: message)."));
}

#[tokio::test]
async fn lab_cut_after_the_final_dot_may_have_arrived() {
    let Some(lab) = Lab::find() else { return };
    let to = fresh_address();
    let error = send(&lab, "drop-dot", Security::None, false, &to).await;
    assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Message, &Cause::OutcomeUnknown));
    assert!(said(error.smtp()).contains("it may have been accepted or not. Look whether it has arrived"));
    lab.inbox(&to).await;
    let to = fresh_address();
    send(&lab, "hang-dot", Security::None, false, &to).await;
    assert!(lab.is_empty(&to));
}

#[tokio::test]
async fn lab_slow_and_old_servers_are_served() {
    let Some(lab) = Lab::find() else { return };
    for listener in ["slow", "helo-only"] {
        let to = fresh_address();
        let mailer =
            Mailer::smtp(lab.server(listener, Security::None, None), network(Duration::from_secs(40), None));
        let sent = mailer.send(&message("alice@mail.test", &to), Duration::from_secs(40)).await;
        println!("{}", sent.unwrap_or_else(|error| panic!("{listener}: {error}")).transcript.to_text());
        lab.inbox(&to).await;
    }
}

#[tokio::test]
async fn lab_too_many_connections_are_busy() {
    let Some(lab) = Lab::find() else { return };
    let mailer = mailer(lab.server("throttled", Security::None, None), lab.network());
    let mut held = Vec::new();
    let failure = loop {
        let mut conversation = mailer.conversation(SEND);
        match conversation.open().await {
            Ok(()) => held.push(conversation),
            Err(failure) => break failure,
        }
        assert!(held.len() <= 3, "a fourth connection was let in");
    };
    assert_eq!((failure.step, &failure.cause), (Step::Greeting, &Cause::TooBusy));
    for conversation in held {
        conversation.quit().await;
    }
}
