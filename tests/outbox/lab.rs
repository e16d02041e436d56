//! Against the laboratory's real Postfix, where it stands.

use std::sync::Arc;
use std::time::Duration;

use posthorn::email_provider::{self, Microsoft365Settings as Account, SecretChange, Seen, Settings};
use posthorn::mail::{Cloud, Microsoft365Limits, Microsoft365Settings, Network, NetworkSettings};
use posthorn::values::{Host, Secret, TestMessageId};
use serde_json::Value;

use crate::support::{Outbox, actor};

struct Lab(Value);

impl Lab {
    #[allow(clippy::disallowed_methods, reason = "how a test run learns of the laboratory")]
    fn find() -> Option<Self> {
        let Ok(path) = std::env::var("POSTHORN_TEST_MAILLAB") else {
            println!("skipped: POSTHORN_TEST_MAILLAB does not name the laboratory");
            return None;
        };
        Some(Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()))
    }

    fn value(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("the laboratory has no {name}"))
    }

    fn port(&self, listener: &str) -> u16 {
        self.value(&format!("MAILLAB_PORT_{}", listener.to_uppercase().replace('-', "_"))).parse().unwrap()
    }
}

#[tokio::test]
async fn lab_mail_leaves_through_postfix_with_sign_in_and_encryption() {
    let Some(lab) = Lab::find() else { return };
    let mut outbox = Outbox::start().await;
    let root = std::fs::read(lab.value("MAILLAB_CA_FILE")).unwrap();
    let network = NetworkSettings {
        allowed_private_networks: outbox.state.config.allowed_private_networks.clone(),
        extra_roots_pem: Some(root),
        ehlo_name: Host::parse("portal.example").unwrap(),
        deadlines: crate::support::deadlines(Duration::from_secs(10)),
        microsoft365: Microsoft365Settings::default(),
    };
    outbox.state.network = Arc::new(Network::new(network).unwrap());
    let (user, password) = (lab.value("MAILLAB_USER"), lab.value("MAILLAB_PASSWORD"));
    outbox.use_submission(outbox.acme, lab.port("submission"), user, password).await;
    let to = format!("test-{}@mail.test", TestMessageId::new());
    let id = outbox.enqueue(outbox.acme, &to).await;
    assert_eq!(outbox.deliver().await.accepted, 1);
    let queue_id: String = outbox.one("SELECT queue_id FROM outbox_messages").await;
    assert!(queue_id.len() >= 10 && queue_id.chars().all(char::is_alphanumeric), "{queue_id}");
    let (local, _) = to.split_once('@').unwrap();
    let folder = format!("{}/mail.test/{local}/new", lab.value("MAILLAB_MAILDIRS"));
    crate::support::eventually("the mail in the mailbox", async || {
        std::fs::read_dir(&folder).ok().and_then(|mut files| files.next()).is_some_and(|file| {
            std::fs::read_to_string(file.unwrap().path()).unwrap().contains(&format!("<{id}@localhost>"))
        })
    })
    .await;
    outbox.done().await;
}

#[tokio::test]
async fn lab_a_wrong_password_holds_the_lane_after_three_tries() {
    let Some(lab) = Lab::find() else { return };
    let mut outbox = Outbox::start().await;
    let network = NetworkSettings {
        allowed_private_networks: outbox.state.config.allowed_private_networks.clone(),
        extra_roots_pem: Some(std::fs::read(lab.value("MAILLAB_CA_FILE")).unwrap()),
        ehlo_name: Host::parse("portal.example").unwrap(),
        deadlines: crate::support::deadlines(Duration::from_secs(10)),
        microsoft365: Microsoft365Settings::default(),
    };
    outbox.state.network = Arc::new(Network::new(network).unwrap());
    outbox.use_submission(outbox.acme, lab.port("submission"), lab.value("MAILLAB_USER"), "wrong").await;
    outbox.enqueue_many(outbox.acme, 5).await;
    outbox.deliver_minute_by_minute(8).await;
    assert_eq!(outbox.count("outbox_attempts WHERE verdict = 'provider_broken'").await, 3);
    assert_eq!(outbox.counts(outbox.acme).await.held, 5);
    outbox.done().await;
}

#[tokio::test]
async fn lab_mail_leaves_through_the_stand_in_for_microsoft_365() {
    let Some(lab) = Lab::find() else { return };
    let mut outbox = Outbox::start().await;
    let limits =
        Microsoft365Limits { concurrent_requests: 3, messages_a_minute: 60_000, recipients_a_day: 10_000 };
    let url = |name| Some(lab.value(name).to_owned());
    let network = NetworkSettings {
        allowed_private_networks: outbox.state.config.allowed_private_networks.clone(),
        extra_roots_pem: Some(std::fs::read(lab.value("MAILLAB_CA_FILE")).unwrap()),
        ehlo_name: Host::parse("portal.example").unwrap(),
        deadlines: crate::support::deadlines(Duration::from_secs(10)),
        microsoft365: Microsoft365Settings {
            login_url: url("MAILLAB_LOGIN_URL"),
            graph_url: url("MAILLAB_GRAPH_URL"),
            limits,
        },
    };
    outbox.state.network = Arc::new(Network::new(network).unwrap());
    // a mailbox of its own, since the laboratory counts by mailbox
    let mailbox = format!("user-{}", TestMessageId::new().uuid().as_u128() % 1_000_000_000_000);
    let settings = Settings::Microsoft365(Account {
        cloud: Cloud::Global,
        tenant_id: "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a".to_owned(),
        client_id: "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned(),
        sender_address: format!("{mailbox}@contoso.example"),
        secret_expires_on: None,
        large_messages: false,
    });
    let secret = SecretChange::Replace(Secret::new("lab~Q8portal.Contoso-Mail.Send_0001xyzA"));
    let actor = actor(outbox.acme);
    email_provider::save(&outbox.state, &actor, &settings, secret, Seen::Unsaid).await.unwrap();
    let to = format!("test-{}@mail.test", TestMessageId::new());
    let id = outbox.enqueue(outbox.acme, &to).await;
    assert_eq!(outbox.deliver().await.accepted, 1);
    let (local, _) = to.split_once('@').unwrap();
    let folder = format!("{}/mail.test/{local}/new", lab.value("MAILLAB_MAILDIRS"));
    crate::support::eventually("the mail in the mailbox", async || {
        std::fs::read_dir(&folder).ok().and_then(|mut files| files.next()).is_some_and(|file| {
            std::fs::read_to_string(file.unwrap().path()).unwrap().contains(&format!("<{id}@localhost>"))
        })
    })
    .await;
    outbox.done().await;
}
