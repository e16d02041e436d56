//! What the tests share: messages, networks and logins at hand; [`server`] plays servers, [`lab`]
//! knows the mail laboratory.

pub(crate) mod lab;
pub(crate) mod server;

use std::sync::Arc;
use std::time::Duration;

use posthorn::clock::Clock;
use posthorn::i18n::Language;
use posthorn::mail::{
    Compose, Deadlines, Failure, Login, Mailer, Message, Microsoft365Settings, Network, NetworkSettings,
    Security, SendError, Sender, SmtpFailure, SmtpMailer, SmtpServer,
};
use posthorn::values::{EmailAddress, Host, Secret};

/// The deadline of a test message in the portal.
pub(crate) const SEND: Duration = Duration::from_secs(14);

pub(crate) fn deadlines(each: Duration) -> Deadlines {
    Deadlines {
        look_up: each,
        connect: each,
        greeting: each,
        encrypt: each,
        command: each,
        data: each,
        final_dot: each,
    }
}

/// A network that allows loopback, with the same deadline for every phase.
pub(crate) fn network(each: Duration, extra_roots: Option<&str>) -> Arc<Network> {
    let settings = NetworkSettings {
        allowed_private_networks: vec!["127.0.0.0/8".parse().unwrap()],
        extra_roots_pem: extra_roots.map(|pem| pem.as_bytes().to_vec()),
        ehlo_name: Host::parse("portal.acme.example").unwrap(),
        deadlines: deadlines(each),
        microsoft365: Microsoft365Settings::default(),
    };
    Arc::new(Network::new(settings).unwrap())
}

pub(crate) fn smtp_server(host: &str, port: u16, security: Security, login: Option<Login>) -> SmtpServer {
    SmtpServer { host: Host::parse(host).unwrap(), port, security, login }
}

pub(crate) fn mailer(server: SmtpServer, network: Arc<Network>) -> SmtpMailer {
    match Mailer::smtp(server, network) {
        Mailer::Smtp(mailer) => mailer,
        Mailer::Microsoft365(_) => unreachable!(),
    }
}

pub(crate) fn login(username: &str, password: &str) -> Login {
    Login { username: username.to_owned(), password: Secret::new(password) }
}

pub(crate) fn message(from: &str, to: &str) -> Message {
    message_with(from, to, "A test of the room mail", "Hello,\n.\n..two dots\nend")
}

pub(crate) fn message_with(from: &str, to: &str, subject: &str, text: &str) -> Message {
    Message::compose(Compose {
        id: posthorn::values::TestMessageId::new().uuid(),
        from: Sender {
            address: EmailAddress::parse(from).unwrap(),
            name: Some("Reports – Übersicht".to_owned()),
        },
        to: EmailAddress::parse(to).unwrap(),
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: "<p>Hello</p>".to_owned(),
        date: Clock::System.now(),
        auto_submitted: true,
        attachments: Vec::new(),
    })
    .unwrap()
}

/// A failure of SMTP's, which every failure is here.
pub(crate) trait OfSmtp {
    fn smtp(&self) -> &SmtpFailure;
}

impl OfSmtp for SendError {
    fn smtp(&self) -> &SmtpFailure {
        match self.failure.as_ref() {
            Failure::Smtp(failure) => failure,
            Failure::Microsoft365(failure) => panic!("{failure}"),
        }
    }
}

/// What an administrator reads in English.
pub(crate) fn said(failure: &SmtpFailure) -> String {
    format!("{} {}", failure.what().say(Language::English), failure.what_to_do().say(Language::English))
}
