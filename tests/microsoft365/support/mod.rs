//! What the tests share: accounts, networks and messages; [`lab`] knows the laboratory, [`fake`] plays
//! Microsoft, and [`drafts`] one that takes large messages.

pub(crate) mod drafts;
pub(crate) mod fake;
pub(crate) mod lab;

use std::sync::Arc;
use std::time::Duration;

use posthorn::clock::Clock;
use posthorn::i18n::Language;
use posthorn::mail::{
    Cloud, Compose, Deadlines, Failure, Mailer, Message, Microsoft365Account, Microsoft365Cause,
    Microsoft365Failure, Microsoft365Limits, Microsoft365Settings, Network, NetworkSettings, SendError,
    Sender,
};
use posthorn::values::{EmailAddress, Host, Secret};

/// The deadline of a test message in the portal.
pub(crate) const SEND: Duration = Duration::from_secs(14);

/// So many that no test waits for its turn, unless it is about that.
pub(crate) const UNHURRIED: Microsoft365Limits =
    Microsoft365Limits { concurrent_requests: 3, messages_a_minute: 60_000, recipients_a_day: 10_000 };

pub(crate) fn network(
    login_url: &str,
    graph_url: &str,
    limits: Microsoft365Limits,
    extra_roots: Option<&str>,
) -> Arc<Network> {
    let settings = NetworkSettings {
        allowed_private_networks: Vec::new(),
        extra_roots_pem: extra_roots.map(|pem| pem.as_bytes().to_vec()),
        ehlo_name: Host::parse("portal.acme.example").unwrap(),
        deadlines: Deadlines::default(),
        microsoft365: Microsoft365Settings {
            login_url: Some(login_url.to_owned()),
            graph_url: Some(graph_url.to_owned()),
            limits,
        },
    };
    Arc::new(Network::new(settings).unwrap())
}

pub(crate) fn account(tenant: &str, client: &str, secret: &str, mailbox: &str) -> Microsoft365Account {
    Microsoft365Account {
        cloud: Cloud::Global,
        tenant_id: tenant.to_owned(),
        client_id: client.to_owned(),
        client_secret: Secret::new(secret),
        mailbox: EmailAddress::parse(mailbox).unwrap(),
        large_messages: false,
    }
}

pub(crate) fn message(from: &str, to: &str) -> Message {
    message_of(from, to, "Hello,\n.\n..two dots\nend – Übersicht")
}

pub(crate) fn message_of(from: &str, to: &str, text: &str) -> Message {
    Message::compose(Compose {
        id: posthorn::values::TestMessageId::new().uuid(),
        from: Sender {
            address: EmailAddress::parse(from).unwrap(),
            name: Some("Reports – Übersicht".to_owned()),
        },
        to: EmailAddress::parse(to).unwrap(),
        subject: "A test of Microsoft 365".to_owned(),
        text: text.to_owned(),
        html: "<p>Hello</p>".to_owned(),
        date: Clock::System.now(),
        auto_submitted: true,
        attachments: Vec::new(),
    })
    .unwrap()
}

/// Sends one message from the account's mailbox.
pub(crate) async fn send(
    account: Microsoft365Account,
    network: &Arc<Network>,
    to: &str,
) -> Result<posthorn::mail::Acceptance, SendError> {
    let message = message(&account.mailbox.to_string(), to);
    Mailer::microsoft365(account, network.clone()).send(&message, SEND).await
}

pub(crate) fn of_microsoft(error: &SendError) -> &Microsoft365Failure {
    match &*error.failure {
        Failure::Microsoft365(failure) => failure,
        Failure::Smtp(failure) => panic!("by SMTP: {failure}"),
    }
}

pub(crate) fn cause(error: &SendError) -> &Microsoft365Cause {
    &of_microsoft(error).cause
}

/// What an administrator reads in English.
pub(crate) fn said(failure: &Failure) -> String {
    format!("{} {}", failure.what().say(Language::English), failure.what_to_do().say(Language::English))
}

/// The value that *Details* shows under that name.
pub(crate) fn detail(failure: &Failure, name: &str) -> Option<String> {
    let details = failure.details();
    details.into_iter().find(|(own, _)| own.say(Language::English) == name).map(|(_, value)| value)
}
