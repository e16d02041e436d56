//! Against the laboratory's real Postfix and Dovecot.

use std::time::Duration;

use posthorn::mail::{Cause, Login, Mailer, Security, Step, Verdict};

use crate::support::lab::{Lab, fresh_address};
use crate::support::{SEND, login, mailer, message, message_with, network, said};

#[tokio::test]
async fn lab_every_security_delivers() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security, login) in [
        ("submission", Security::StartTls, lab.alice()),
        ("smtps", Security::Tls, lab.alice()),
        ("plain-auth", Security::None, lab.alice()),
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
                Mailer::smtp(lab.server(listener, security, login(username, password)), lab.network());
            let sent = mailer.send(&message(sender, "discard@mail.test"), SEND).await;
            sent.unwrap_or_else(|error| panic!("{username}: {error}"));
        }
    }
}

#[tokio::test]
async fn lab_refusals_and_what_the_administrator_reads() {
    let Some(lab) = Lab::find() else { return };
    let wrong = || login("alice@mail.test", "wrong-Secret");
    let nobody = || None::<Login>;
    for (listener, security, login, from, to, step, cause, sentence, verdict) in [
        (
            "submission",
            Security::StartTls,
            wrong(),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::AuthRefused,
            "localhost refused the user name or the password. Check the user name, which is often the full email address",
            Verdict::ProviderBroken,
        ),
        (
            "submission",
            Security::StartTls,
            lab.alice(),
            "bob@mail.test",
            "bob@mail.test",
            Step::Recipient,
            Cause::SenderRefused,
            "alice@mail.test may not send as bob@mail.test at localhost. Use an address that belongs to this sign-in",
            Verdict::ProviderBroken,
        ),
        (
            "submission",
            Security::None,
            lab.alice(),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::EncryptionRequired,
            "localhost wants an encrypted connection first. Choose StartTLS",
            Verdict::ProviderBroken,
        ),
        (
            "submission",
            Security::None,
            nobody(),
            "alice@mail.test",
            "bob@mail.test",
            Step::Sender,
            Cause::EncryptionRequired,
            "localhost wants an encrypted connection first.",
            Verdict::ProviderBroken,
        ),
        (
            "plain-auth",
            Security::None,
            nobody(),
            "alice@mail.test",
            "bob@mail.test",
            Step::Sender,
            Cause::AuthRequired,
            "localhost wants a sign-in before it takes mail. Enter user name and password.",
            Verdict::ProviderBroken,
        ),
        (
            "cram-only",
            Security::None,
            lab.alice(),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::NoCommonMechanism { offered: vec!["CRAM-MD5".to_owned()] },
            "accepts none of the sign-in methods available here (it offers CRAM-MD5)",
            Verdict::ProviderBroken,
        ),
        (
            "relay-tls",
            Security::StartTls,
            lab.alice(),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::AuthNotOffered,
            "offers no sign-in on port",
            Verdict::ProviderBroken,
        ),
        (
            "plain",
            Security::StartTls,
            lab.alice(),
            "alice@mail.test",
            "bob@mail.test",
            Step::Encrypt,
            Cause::StartTlsNotOffered,
            "offers no encryption with StartTLS on port",
            Verdict::ProviderBroken,
        ),
        (
            "submission",
            Security::Tls,
            lab.alice(),
            "alice@mail.test",
            "bob@mail.test",
            Step::Encrypt,
            Cause::NotTls,
            "This port probably speaks StartTLS. Choose StartTLS, or use port 465 with SSL/TLS.",
            Verdict::ProviderBroken,
        ),
        (
            "submission",
            Security::StartTls,
            login("exo@mail.test", "exo-Secret-5"),
            "alice@mail.test",
            "bob@mail.test",
            Step::Message,
            Cause::SenderRefused,
            "exo@mail.test may not send as alice@mail.test at localhost.",
            Verdict::ProviderBroken,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "reject@mail.test",
            Step::Recipient,
            Cause::RecipientRefused,
            "localhost refused the recipient reject@mail.test: \"550 5.1.1",
            Verdict::GiveUp,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "blocked@mail.test",
            Step::Recipient,
            Cause::RecipientRefused,
            "localhost refused the recipient blocked@mail.test: \"554 5.7.1",
            Verdict::GiveUp,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "full@mail.test",
            Step::Recipient,
            Cause::MailboxFull,
            "The mailbox of full@mail.test is full.",
            Verdict::Retry,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "overquota@mail.test",
            Step::Recipient,
            Cause::MailboxFull,
            "The mailbox of overquota@mail.test is full.",
            Verdict::GiveUp,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "tempfail@mail.test",
            Step::Recipient,
            Cause::TemporaryRefusal,
            "localhost put the message off: \"450 4.2.1",
            Verdict::Retry,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "close421@mail.test",
            Step::Recipient,
            Cause::TooBusy,
            "localhost has too much to do at the moment",
            Verdict::Retry,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "datafail@mail.test",
            Step::Message,
            Cause::TemporaryRefusal,
            "localhost put the message off: \"451 4.3.0",
            Verdict::Retry,
        ),
        (
            "plain",
            Security::None,
            nobody(),
            "alice@mail.test",
            "datareject@mail.test",
            Step::Message,
            Cause::MessageRefused,
            "localhost refused the message: \"554 5.6.0",
            Verdict::GiveUp,
        ),
    ] {
        let mailer = Mailer::smtp(lab.server(listener, security, login), lab.network());
        let error = mailer.send(&message(from, to), SEND).await.unwrap_err();
        let context = error.transcript.to_text();
        assert_eq!((error.failure.step, &error.failure.cause), (step, &cause), "{listener} {to}\n{context}");
        assert!(said(&error.failure).contains(sentence), "{}", said(&error.failure));
        assert_eq!(error.verdict(), verdict, "{listener} {to}");
    }
}

#[tokio::test]
async fn lab_greylisting_is_normal() {
    let Some(lab) = Lab::find() else { return };
    let mailer = Mailer::smtp(lab.server("plain", Security::None, None), lab.network());
    let error = mailer.send(&message("alice@mail.test", "greylist@mail.test"), SEND).await.unwrap_err();
    assert!(matches!(error.failure.cause, Cause::Greylisted { .. }), "{:?}", error.failure);
    assert!(matches!(error.verdict(), Verdict::RetryAfter(_)));
    assert!(
        said(&error.failure).contains("puts mail from first-time senders off for a while. This is normal.")
    );
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
            let mailer = Mailer::smtp(lab.server(listener, security, lab.alice()), lab.network());
            let error = mailer.send(&message("alice@mail.test", "bob@mail.test"), SEND).await.unwrap_err();
            assert_eq!((error.failure.step, &error.failure.cause), (Step::Encrypt, &cause), "{listener}");
            assert!(said(&error.failure).contains(sentence), "{}", said(&error.failure));
            assert_eq!(error.verdict(), Verdict::ProviderBroken);
        }
    }
}

#[tokio::test]
async fn lab_a_private_authority_is_trusted_once_the_operator_added_it() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security) in [("submission", Security::StartTls), ("smtps", Security::Tls)] {
        let without = network(Duration::from_secs(10), None);
        let mailer = Mailer::smtp(lab.server(listener, security, lab.alice()), without);
        let error = mailer.send(&message("alice@mail.test", "discard@mail.test"), SEND).await.unwrap_err();
        assert_eq!(error.failure.cause, Cause::CertificateUnknownIssuer);
        assert!(said(&error.failure).contains("the operator of this installation can add it"));
        let mailer = Mailer::smtp(lab.server(listener, security, lab.alice()), lab.network());
        mailer.send(&message("alice@mail.test", "discard@mail.test"), SEND).await.unwrap();
    }
}

#[tokio::test]
async fn lab_outdated_encryption_is_not_used() {
    let Some(lab) = Lab::find() else { return };
    let mailer =
        Mailer::smtp(lab.server("submission-oldtls", Security::StartTls, lab.alice()), lab.network());
    let error = mailer.send(&message("alice@mail.test", "bob@mail.test"), SEND).await.unwrap_err();
    assert_eq!((error.failure.step, &error.failure.cause), (Step::Encrypt, &Cause::TlsTooOld));
    assert!(said(&error.failure).contains("localhost only knows outdated encryption."));
}

#[tokio::test]
async fn lab_a_message_too_large_is_not_sent() {
    let Some(lab) = Lab::find() else { return };
    let mailer = Mailer::smtp(lab.server("small", Security::None, None), lab.network());
    let large = message_with("alice@mail.test", "bob@mail.test", "large", &"a line\n".repeat(20_000));
    let error = mailer.send(&large, SEND).await.unwrap_err();
    assert_eq!(
        (error.failure.step, &error.failure.cause),
        (Step::Sender, &Cause::TooLarge { limit: Some(65536) })
    );
    assert!(said(&error.failure).contains("(64 KiB at most)"));
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
    let mut conversation = mailer(settings, lab.network()).conversation(Duration::from_secs(60));
    conversation.open().await.unwrap();
    let messages: Vec<_> =
        (0..1000).map(|n| message("alice@mail.test", &format!("user{n}@mail.test"))).collect();
    for (number, message) in messages.iter().enumerate() {
        conversation.transmit_then(message, messages.get(number + 1)).await.unwrap();
    }
    conversation.quit().await;
}
