//! What the laboratory's real Postfix and Dovecot refuse, and what the administrator reads about it.

use posthorn::mail::{Cause, Login, Mailer, Recovery, Security, Step, Verdict};

use crate::support::lab::Lab;
use crate::support::{OfSmtp as _, SEND, login, message, said};

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a table")]
async fn lab_refusals_and_what_the_administrator_reads() {
    let Some(lab) = Lab::find() else { return };
    let wrong = || Some(login("alice@mail.test", "wrong-Secret"));
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
            Verdict::ProviderBroken(Recovery::ByPerson),
        ),
        (
            "submission",
            Security::StartTls,
            Some(lab.alice()),
            "bob@mail.test",
            "bob@mail.test",
            Step::Recipient,
            Cause::SenderRefused,
            "alice@mail.test may not send as bob@mail.test at localhost. Use an address that belongs to this sign-in",
            Verdict::ProviderBroken(Recovery::ByPerson),
        ),
        (
            "submission",
            Security::None,
            Some(lab.alice()),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::EncryptionRequired,
            "localhost wants an encrypted connection first. Choose StartTLS",
            Verdict::ProviderBroken(Recovery::ByItself),
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
            Verdict::ProviderBroken(Recovery::ByItself),
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
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            "cram-only",
            Security::None,
            Some(lab.alice()),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::NoCommonMechanism { offered: vec!["CRAM-MD5".to_owned()] },
            "accepts none of the sign-in methods available here (it offers CRAM-MD5)",
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            "relay-tls",
            Security::StartTls,
            Some(lab.alice()),
            "alice@mail.test",
            "bob@mail.test",
            Step::SignIn,
            Cause::AuthNotOffered,
            "offers no sign-in on port",
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            "plain",
            Security::StartTls,
            Some(lab.alice()),
            "alice@mail.test",
            "bob@mail.test",
            Step::Encrypt,
            Cause::StartTlsNotOffered,
            "offers no encryption with StartTLS on port",
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            "submission",
            Security::Tls,
            Some(lab.alice()),
            "alice@mail.test",
            "bob@mail.test",
            Step::Encrypt,
            Cause::NotTls,
            "This port probably speaks StartTLS. Choose StartTLS, or use port 465 with SSL/TLS.",
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            "submission",
            Security::StartTls,
            Some(login("exo@mail.test", "exo-Secret-5")),
            "alice@mail.test",
            "bob@mail.test",
            Step::Message,
            Cause::SenderRefused,
            "exo@mail.test may not send as alice@mail.test at localhost.",
            Verdict::ProviderBroken(Recovery::ByPerson),
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
        assert_eq!((error.smtp().step, &error.smtp().cause), (step, &cause), "{listener} {to}\n{context}");
        assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
        assert_eq!(error.verdict(), verdict, "{listener} {to}");
    }
}

#[tokio::test]
async fn lab_greylisting_is_normal() {
    let Some(lab) = Lab::find() else { return };
    let mailer = Mailer::smtp(lab.server("plain", Security::None, None), lab.network());
    let error = mailer.send(&message("alice@mail.test", "greylist@mail.test"), SEND).await.unwrap_err();
    assert!(matches!(error.smtp().cause, Cause::Greylisted { .. }), "{:?}", error.failure);
    assert!(matches!(error.verdict(), Verdict::RetryAfter(_)));
    assert!(
        said(error.smtp()).contains("puts mail from first-time senders off for a while. This is normal.")
    );
}
