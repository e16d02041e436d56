//! Against the laboratory's real Postfix and Dovecot.

use std::time::Duration;

use posthorn::mail::{Cause, Mailer, Recovery, Security, Step, Verdict};

use crate::support::lab::{Lab, fresh_address};
use crate::support::{OfSmtp as _, SEND, login, mailer, message, message_with, network, said};

#[tokio::test]
async fn lab_every_security_delivers() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security, login) in [
        ("submission", Security::StartTls, Some(lab.alice())),
        ("smtps", Security::Tls, Some(lab.alice())),
        ("plain-auth", Security::None, Some(lab.alice())),
        ("plain", Security::None, None),
        ("relay-tls", Security::StartTls, None),
    ] {
        let to = fresh_address();
        let message = message("alice@mail.test", &to);
        let mailer = Mailer::smtp(lab.server(listener, security, login), lab.network());
        let acceptance = mailer.send(&message, SEND).await.unwrap_or_else(|e| panic!("{listener}: {e}"));
        assert!(
            acceptance.reply.shown().starts_with("250 2.0.0 Ok: queued as "),
            "{}",
            acceptance.reply.shown()
        );
        assert_eq!(acceptance.server, format!("localhost:{}", lab.port(listener)));
        let raw = lab.inbox(&to).await;
        let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
        assert_eq!(mail.message_id(), Some(message.message_id().trim_matches(['<', '>'])));
        assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Reports – Übersicht"));
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), "Hello,\n.\n..two dots\nend");
        assert_eq!(raw.contains("TLSv1.3"), security != Security::None, "{listener}: {raw}");
        assert!(raw.contains("Auto-Submitted: auto-generated"));
    }
}

#[tokio::test]
async fn lab_every_password_signs_in() {
    let Some(lab) = Lab::find() else { return };
    let long = format!("L0ng-{}", "x".repeat(195));
    for (username, password, sender) in [
        ("bob@mail.test", "bob-Secret-2", "bob@mail.test"),
        ("svc-portal", "svc-Secret-4", "noreply@mail.test"),
        ("unicode@mail.test", "Pässwörd – 密码 🔑", "unicode@mail.test"),
        ("odd@mail.test", " lead:\"quo'te\\ $HOME %s #; trail ", "odd@mail.test"),
        ("long@mail.test", &long, "long@mail.test"),
    ] {
        for (listener, security) in [("submission", Security::StartTls), ("smtps", Security::Tls)] {
            let mailer =
                Mailer::smtp(lab.server(listener, security, Some(login(username, password))), lab.network());
            let sent = mailer.send(&message(sender, "discard@mail.test"), SEND).await;
            sent.unwrap_or_else(|error| panic!("{username}: {error}"));
        }
    }
}

#[tokio::test]
async fn lab_certificates_are_checked() {
    let Some(lab) = Lab::find() else { return };
    let names = vec!["other.test".to_owned()];
    for (submission, smtps, cause, sentence) in [
        (
            "submission-expired",
            "smtps-expired",
            Cause::CertificateExpired,
            "The certificate of localhost has expired. The mail server's administrator must renew it.",
        ),
        (
            "submission-wronghost",
            "smtps-wronghost",
            Cause::CertificateWrongName { names },
            "The certificate of localhost belongs to other.test. Enter the name in the certificate as the server address",
        ),
        (
            "submission-selfsigned",
            "smtps-selfsigned",
            Cause::CertificateUnknownIssuer,
            "The certificate of localhost is not trusted: it is self-signed, or its issuer is unknown here.",
        ),
    ] {
        for (listener, security) in [(submission, Security::StartTls), (smtps, Security::Tls)] {
            let mailer = Mailer::smtp(lab.server(listener, security, Some(lab.alice())), lab.network());
            let error = mailer.send(&message("alice@mail.test", "bob@mail.test"), SEND).await.unwrap_err();
            assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Encrypt, &cause), "{listener}");
            assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
            assert_eq!(error.verdict(), Verdict::ProviderBroken(Recovery::ByItself));
        }
    }
}

#[tokio::test]
async fn lab_a_private_authority_is_trusted_once_the_operator_added_it() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security) in [("submission", Security::StartTls), ("smtps", Security::Tls)] {
        let without = network(Duration::from_secs(10), None);
        let mailer = Mailer::smtp(lab.server(listener, security, Some(lab.alice())), without);
        let error = mailer.send(&message("alice@mail.test", "discard@mail.test"), SEND).await.unwrap_err();
        assert_eq!(error.smtp().cause, Cause::CertificateUnknownIssuer);
        assert!(said(error.smtp()).contains("the operator of this installation can add it"));
        let mailer = Mailer::smtp(lab.server(listener, security, Some(lab.alice())), lab.network());
        mailer.send(&message("alice@mail.test", "discard@mail.test"), SEND).await.unwrap();
    }
}

#[tokio::test]
async fn lab_outdated_encryption_is_not_used() {
    let Some(lab) = Lab::find() else { return };
    let mailer =
        Mailer::smtp(lab.server("submission-oldtls", Security::StartTls, Some(lab.alice())), lab.network());
    let error = mailer.send(&message("alice@mail.test", "bob@mail.test"), SEND).await.unwrap_err();
    assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Encrypt, &Cause::TlsTooOld));
    assert!(said(error.smtp()).contains("localhost only supports outdated encryption."));
}

#[tokio::test]
async fn lab_a_message_too_large_is_not_sent() {
    let Some(lab) = Lab::find() else { return };
    let mailer = Mailer::smtp(lab.server("small", Security::None, None), lab.network());
    let large = message_with("alice@mail.test", "bob@mail.test", "large", &"a line\n".repeat(20_000));
    let error = mailer.send(&large, SEND).await.unwrap_err();
    assert_eq!(
        (error.smtp().step, &error.smtp().cause),
        (Step::Sender, &Cause::TooLarge { limit: Some(65536) })
    );
    assert!(said(error.smtp()).contains("(64 KiB at most)"));
}

#[tokio::test]
async fn lab_an_address_beyond_ascii_is_carried() {
    let Some(lab) = Lab::find() else { return };
    let mailer = Mailer::smtp(lab.server("plain", Security::None, None), lab.network());
    mailer.send(&message("alice@mail.test", "jörg@mail.test"), SEND).await.unwrap();
}

#[tokio::test]
async fn lab_a_thousand_messages_go_over_one_connection_ahead_of_the_dot() {
    let Some(lab) = Lab::find() else { return };
    let settings = lab.server("sink", Security::None, None);
    let mut conversation = mailer(settings, lab.network()).conversation(Duration::from_mins(1));
    conversation.open().await.unwrap();
    let messages: Vec<_> =
        (0..1000).map(|n| message("alice@mail.test", &format!("user{n}@mail.test"))).collect();
    for (number, message) in messages.iter().enumerate() {
        conversation.transmit_then(message, messages.get(number + 1)).await.unwrap();
    }
    conversation.quit().await;
}
