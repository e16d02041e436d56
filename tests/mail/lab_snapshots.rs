//! What an administrator reads about every fault of the laboratory, word for word, in both languages: the
//! broken listeners, the servers that refuse, and the recipients with an answer of their own.
//!
//! The words stand in `snapshots/`. After a change of them, `cargo insta review` (or the `.snap.new` beside
//! the old one) shows the difference.

use std::fmt::Write as _;
use std::time::Duration;

use posthorn::i18n::Language;
use posthorn::mail::{Failure, Login, Mailer, Security};

use crate::support::lab::{Lab, fresh_address};
use crate::support::{SEND, login, message_with};

/// What to ask of which listener.
struct Fault {
    listener: &'static str,
    security: Security,
    login: Option<Login>,
    from: &'static str,
    to: String,
    subject: &'static str,
    bytes: usize,
}

fn at(listener: &'static str, security: Security) -> Fault {
    Fault {
        listener,
        security,
        login: None,
        from: "alice@mail.test",
        to: "bob@mail.test".to_owned(),
        subject: "A test",
        bytes: 100,
    }
}

fn to(recipient: &str) -> Fault {
    Fault { to: recipient.to_owned(), ..at("plain", Security::None) }
}

impl Fault {
    fn signed_in(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    fn from(self, from: &'static str) -> Self {
        Self { from, ..self }
    }

    fn subject(self, subject: &'static str) -> Self {
        Self { subject, ..self }
    }

    fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    async fn told(self, lab: &Lab, each: Duration) -> String {
        let mut text = format!("== {} ({})", self.listener, self.security.as_str());
        for (what, is_told) in [
            (
                format!(" as {}", self.login.as_ref().map_or("", |login| &login.username)),
                self.login.is_some(),
            ),
            (format!(" from {}", self.from), self.from != "alice@mail.test"),
            (format!(" to {}", self.to), self.to != "bob@mail.test" && !self.to.starts_with("test-")),
            (format!(" subject {}", self.subject), self.subject != "A test"),
            (format!(" of {} bytes", self.bytes), self.bytes != 100),
        ] {
            if is_told {
                text.push_str(&what);
            }
        }
        let port = lab.port(self.listener).to_string();
        let mailer = Mailer::smtp(lab.server(self.listener, self.security, self.login), lab.network_of(each));
        let words = "a line of text\n".repeat(self.bytes / 15);
        let error = match mailer.send(&message_with(self.from, &self.to, self.subject, &words), SEND).await {
            Ok(sent) => panic!("{text} was taken: {}", sent.transcript.to_text()),
            Err(error) => error,
        };
        let verdict = error.verdict();
        let Failure::Smtp(failure) = *error.failure else { panic!("{text}: {}", error.failure) };
        write!(text, "\nstep {:?}, {verdict:?}", failure.step).unwrap();
        for language in Language::ALL {
            let (what, whom) = (failure.what().say(language), failure.what_to_do().say(language));
            write!(text, "\n{}: {what}\n    {whom}", language.code()).unwrap();
        }
        text.replace(&port, "PORT")
    }
}

async fn all(lab: &Lab, each: Duration, faults: Vec<Fault>) -> String {
    let mut told = Vec::new();
    for fault in faults {
        told.push(fault.told(lab, each).await);
    }
    told.join("\n\n")
}

#[tokio::test]
async fn lab_what_is_said_of_broken_listeners() {
    use Security::{None as Clear, StartTls, Tls};
    let Some(lab) = Lab::find() else { return };
    let alice = || lab.alice();
    let faults = vec![
        at("closed", StartTls),
        at("blackhole", StartTls),
        at("silent", StartTls),
        at("hang-ehlo", Clear),
        at("hang-auth", Clear).signed_in(alice()),
        at("hang-dot", Clear),
        at("drop-data", Clear).bytes(8_000_000),
        Fault { to: fresh_address(), ..at("drop-dot", Clear) },
        at("busy", StartTls),
        at("not-smtp", StartTls),
        at("flood", StartTls),
        at("longline", StartTls),
        at("no-starttls", StartTls).signed_in(alice()),
        at("starttls-refused", StartTls).signed_in(alice()),
        at("starttls-drop", StartTls).signed_in(alice()),
        at("starttls-inject", StartTls).signed_in(alice()),
        at("auth-tempfail", Clear).signed_in(alice()),
        at("auth-disabled", Clear).signed_in(alice()),
        at("bad-replies", StartTls),
        at("tls-garbage", Tls),
        at("tls-hang", Tls),
        to("slow-7s@mail.test"),
    ];
    insta::assert_snapshot!(all(&lab, Duration::from_secs(2), faults).await);
}

#[tokio::test]
async fn lab_what_is_said_of_servers_that_refuse() {
    use Security::{None as Clear, StartTls, Tls};
    let Some(lab) = Lab::find() else { return };
    let alice = || lab.alice();
    let faults = vec![
        at("submission", StartTls).signed_in(login("alice@mail.test", "wrong-Secret")),
        at("submission", StartTls).signed_in(alice()).from("bob@mail.test"),
        at("submission", StartTls).signed_in(login("exo@mail.test", "exo-Secret-5")),
        at("submission", StartTls),
        at("submission", Clear).signed_in(alice()),
        at("submission", Clear),
        at("submission", Tls).signed_in(alice()),
        at("smtps", Tls),
        at("plain-auth", Clear),
        at("cram-only", Clear).signed_in(alice()),
        at("relay-tls", StartTls).signed_in(alice()),
        at("plain", StartTls).signed_in(alice()),
        at("submission-expired", StartTls).signed_in(alice()),
        at("smtps-expired", Tls).signed_in(alice()),
        at("submission-wronghost", StartTls).signed_in(alice()),
        at("smtps-wronghost", Tls).signed_in(alice()),
        at("submission-selfsigned", StartTls).signed_in(alice()),
        at("smtps-selfsigned", Tls).signed_in(alice()),
        at("submission-oldtls", StartTls).signed_in(alice()),
        at("small", Clear).bytes(200_000),
    ];
    insta::assert_snapshot!(all(&lab, Duration::from_secs(10), faults).await);
}

#[tokio::test]
async fn lab_what_is_said_of_recipients_with_an_answer_of_their_own() {
    let Some(lab) = Lab::find() else { return };
    let fails_twice = format!("fail-2-{}", fresh_address());
    let faults = vec![
        to("greylist@mail.test"),
        to("tempfail@mail.test"),
        to("full@mail.test"),
        to("overquota@mail.test"),
        to("reject@mail.test"),
        to("blocked@mail.test"),
        to("unknown@strict.test"),
        to("close421@mail.test"),
        to("datafail@mail.test"),
        to("datareject@mail.test"),
        to("bob@mail.test").subject("[lab-reject]"),
    ];
    insta::assert_snapshot!(all(&lab, Duration::from_secs(10), faults).await);
    // its words are those of `tempfail`; what counts is the third time
    let mailer = Mailer::smtp(lab.server("plain", Security::None, None), lab.network());
    let message = message_with("alice@mail.test", &fails_twice, "A test", "words");
    for is_taken in [false, false, true] {
        assert_eq!(mailer.send(&message, SEND).await.is_ok(), is_taken);
    }
    lab.inbox(&fails_twice).await;
}
