//! Which way to sign in, and what a refusal is said to mean.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use posthorn::mail::{Cause, Login, Recovery, Security, SendError, Step, Verdict};

use crate::support::server::FakeServer;
use crate::support::{OfSmtp as _, SEND, login, mailer, network, said, smtp_server};

async fn sign_in(server: &FakeServer, login: Option<Login>) -> Result<(), SendError> {
    let settings = smtp_server("127.0.0.1", server.port, Security::None, login);
    let mut conversation = mailer(settings, network(Duration::from_secs(3), None)).conversation(SEND);
    let outcome = conversation.open().await;
    let transcript = conversation.take_transcript();
    conversation.quit().await;
    outcome.map_err(|failure| SendError { failure: Box::new((*failure).into()), transcript })
}

#[tokio::test]
async fn plain_is_preferred_and_carries_every_password() {
    for password in ["simple", "Pässwörd – 密码 🔑", " lead:\"quo'te\\ $HOME %s #; trail "] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["AUTH LOGIN CRAM-MD5 plain"]).await;
            let line = talk.hear("AUTH PLAIN ").await;
            let sent = STANDARD.decode(line.trim_start_matches("AUTH PLAIN ")).unwrap();
            assert_eq!(String::from_utf8(sent).unwrap(), format!("\0anna\0{password}"));
            talk.say("235 welcome").await;
            talk.hear("QUIT").await;
        })
        .await;
        sign_in(&server, Some(login("anna", password))).await.unwrap();
        server.done().await;
    }
}

#[tokio::test]
async fn a_password_too_long_for_a_command_line_waits_for_the_challenge() {
    let password = "密".repeat(256);
    let expected = format!("\0anna\0{password}");
    let server = FakeServer::start(move |mut talk| async move {
        talk.greet(&["AUTH PLAIN"]).await;
        assert_eq!(talk.hear("").await, "AUTH PLAIN");
        talk.say("334 ").await;
        let sent = STANDARD.decode(talk.hear("").await).unwrap();
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
        talk.say("235 welcome").await;
        talk.hear("QUIT").await;
    })
    .await;
    sign_in(&server, Some(login("anna", &password))).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn a_relay_that_knows_us_is_not_signed_in_to() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["AUTH PLAIN"]).await;
        assert_eq!(talk.hear("").await, "QUIT");
    })
    .await;
    sign_in(&server, None).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn no_way_to_sign_in_is_said_so_and_nothing_secret_is_sent() {
    for (offer, cause, sentence) in [
        ("SIZE 1000", Cause::AuthNotOffered, "offers no sign-in on port"),
        ("STARTTLS", Cause::EncryptionRequired, "wants an encrypted connection first. Choose StartTLS"),
        (
            "AUTH CRAM-MD5 XOAUTH2",
            Cause::NoCommonMechanism { offered: vec!["CRAM-MD5".to_owned(), "XOAUTH2".to_owned()] },
            "accepts none of the sign-in methods available here (it offers CRAM-MD5, XOAUTH2)",
        ),
    ] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&[offer]).await;
            talk.hear_the_rest().await;
        })
        .await;
        let error = sign_in(&server, Some(login("anna", "canary-Secret-1"))).await.unwrap_err();
        assert_eq!((error.smtp().step, &error.smtp().cause), (Step::SignIn, &cause));
        assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
        assert_eq!(error.verdict(), Verdict::ProviderBroken(Recovery::ByItself));
        assert!(server.done().await.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"));
    }
}

#[tokio::test]
async fn refusals_are_said_in_the_words_of_an_administrator() {
    for (reply, cause, sentence, verdict) in [
        (
            "535 5.7.8 authentication failed",
            Cause::AuthRefused,
            "refused the user name or the password. Check the user name",
            Verdict::ProviderBroken(Recovery::ByPerson),
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            Cause::AuthDisabledByMicrosoft,
            "use the provider \"Microsoft 365\" here",
            Verdict::ProviderBroken(Recovery::ByPerson),
        ),
        (
            "535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials",
            Cause::AppPasswordNeeded,
            "Create an app password",
            Verdict::ProviderBroken(Recovery::ByPerson),
        ),
        (
            "454 4.7.0 Temporary authentication failure",
            Cause::AuthUnavailable,
            "cannot check the user name and password at the moment",
            Verdict::Retry,
        ),
        (
            "530 5.7.0 Must issue a STARTTLS command first",
            Cause::EncryptionRequired,
            "Choose StartTLS",
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
    ] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["AUTH PLAIN"]).await;
            talk.hear("AUTH PLAIN").await;
            talk.say(reply).await;
            talk.hear_the_rest().await;
        })
        .await;
        let error = sign_in(&server, Some(login("anna", "canary-Secret-1"))).await.unwrap_err();
        assert_eq!((error.smtp().step, &error.smtp().cause), (Step::SignIn, &cause));
        assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
        assert_eq!(error.verdict(), verdict);
    }
}

/// Field case 2.4: a server announces a mechanism that it has not switched on.
#[tokio::test]
async fn the_next_mechanism_is_tried_where_the_answer_speaks_of_the_mechanism() {
    for refusal in [
        "504 5.7.4 Unrecognized authentication type",
        "502 Invalid input",
        "534 5.7.9 Mechanism not available",
        "535 5.7.8 Authentication mechanism not supported",
    ] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["AUTH LOGIN PLAIN"]).await;
            talk.hear("AUTH PLAIN").await;
            talk.say(refusal).await;
            assert_eq!(talk.hear("").await, "AUTH LOGIN");
            talk.say("334 VXNlcm5hbWU6").await;
            assert_eq!(talk.hear("").await, STANDARD.encode("anna"));
            talk.say("334 UGFzc3dvcmQ6").await;
            assert_eq!(talk.hear("").await, STANDARD.encode("secret-word"));
            talk.say("235 welcome").await;
            talk.hear("QUIT").await;
        })
        .await;
        sign_in(&server, Some(login("anna", "secret-word"))).await.unwrap();
        server.done().await;
    }
}

#[tokio::test]
async fn a_refused_password_is_not_tried_by_another_mechanism() {
    for refusal in
        ["535 5.7.8 Error: authentication failed", "535 5.7.3 Authentication unsuccessful", "454 4.7.0 later"]
    {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&["AUTH LOGIN PLAIN"]).await;
            talk.hear("AUTH PLAIN").await;
            talk.say(refusal).await;
            let next = talk.hear("").await;
            assert!(!next.starts_with("AUTH"), "{next}");
        })
        .await;
        sign_in(&server, Some(login("anna", "secret-word"))).await.unwrap_err();
        server.done().await;
    }
}
