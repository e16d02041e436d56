//! The engine with Microsoft 365 as the provider: limits of Microsoft's and of our own, and a secret that
//! is refused.

use std::sync::Arc;
use std::time::Duration;

use posthorn::email_provider::{self, Microsoft365Settings as Account, SecretChange, Seen, Settings};
use posthorn::mail::{Cloud, Microsoft365Limits, Microsoft365Settings, Network, NetworkSettings};
use posthorn::outbox::{self, HoldKind};
use posthorn::values::{Host, Secret};
use serde_json::json;
use wiremock::matchers::{body_string_contains, method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{Outbox, PATIENCE, actor, deadlines};

const GOOD: &str = "canary~good.secret";
const UNHURRIED: Microsoft365Limits =
    Microsoft365Limits { concurrent_requests: 3, messages_a_minute: 60_000, recipients_a_day: 10_000 };

/// A Microsoft that knows one good secret and takes every message, once what was put before it is used up.
struct Microsoft(MockServer);

impl Microsoft {
    async fn start() -> Self {
        let server = MockServer::start().await;
        let granted = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "a.b.c" });
        let refused = json!({
            "error": "invalid_client", "error_codes": [7_000_215],
            "error_description": "AADSTS7000215: Invalid client secret provided.",
        });
        let at_token = || Mock::given(method("POST")).and(path_regex("/token$"));
        let good = at_token().and(body_string_contains("good.secret"));
        good.respond_with(ResponseTemplate::new(200).set_body_json(granted)).mount(&server).await;
        at_token().respond_with(ResponseTemplate::new(401).set_body_json(refused)).mount(&server).await;
        let at_send = Mock::given(method("POST")).and(path_regex("/sendMail$"));
        at_send.respond_with(ResponseTemplate::new(202)).with_priority(9).mount(&server).await;
        Self(server)
    }

    /// The next message is answered so.
    async fn answers_once(&self, answer: ResponseTemplate) {
        let at_send = Mock::given(method("POST")).and(path_regex("/sendMail$"));
        at_send.respond_with(answer).up_to_n_times(1).with_priority(1).mount(&self.0).await;
    }

    async fn heard(&self, end: &str) -> Vec<Request> {
        let all = self.0.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path().ends_with(end)).collect()
    }

    async fn outbox(&self, limits: Microsoft365Limits, secret: &str) -> Outbox {
        let mut outbox = Outbox::start().await;
        let settings = NetworkSettings {
            allowed_private_networks: outbox.state.config.allowed_private_networks.clone(),
            extra_roots_pem: None,
            ehlo_name: Host::parse("portal.example").unwrap(),
            deadlines: deadlines(PATIENCE),
            microsoft365: Microsoft365Settings {
                login_url: Some(self.0.uri()),
                graph_url: Some(self.0.uri()),
                limits,
            },
        };
        outbox.state.network = Arc::new(Network::new(settings).unwrap());
        save(&outbox, secret).await;
        outbox
    }
}

async fn save(outbox: &Outbox, secret: &str) {
    let settings = Settings::Microsoft365(Account {
        cloud: Cloud::Global,
        tenant_id: "contoso.example".to_owned(),
        client_id: "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned(),
        sender_address: "portal@contoso.example".to_owned(),
        secret_expires_on: None,
        large_messages: false,
    });
    let secret = SecretChange::Replace(Secret::new(secret));
    let actor = actor(outbox.acme);
    email_provider::save(&outbox.state, &actor, &settings, secret, Seen::Unsaid).await.unwrap();
}

async fn kind(outbox: &Outbox) -> Option<HoldKind> {
    outbox::hold(outbox.state.db.read(), outbox.acme).await.unwrap().map(|hold| hold.kind)
}

#[tokio::test]
async fn mail_leaves_through_microsoft_365_each_message_once_and_with_one_token() {
    let microsoft = Microsoft::start().await;
    let outbox = microsoft.outbox(UNHURRIED, GOOD).await;
    let ids = outbox.enqueue_many(outbox.acme, 20).await;
    assert_eq!(outbox.deliver().await.accepted, 20);
    assert_eq!(microsoft.heard("/token").await.len(), 1);
    let mut sent: Vec<String> = microsoft.heard("/sendMail").await.iter().map(message_id).collect();
    let mut ids = ids;
    sent.sort();
    ids.sort();
    assert_eq!(sent, ids);
    let server: String = outbox.one("SELECT DISTINCT server FROM outbox_messages").await;
    assert_eq!(server, "graph.microsoft.com");
    assert_eq!(outbox.count("outbox_messages WHERE sent_sha256 IS NULL").await, 0);
    outbox.done().await;
}

/// The Message-ID in a message in Graph's MIME form.
fn message_id(request: &Request) -> String {
    use base64::Engine as _;
    let mime = base64::prelude::BASE64_STANDARD.decode(&request.body).unwrap();
    let mime = String::from_utf8(mime).unwrap();
    let line = mime.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    line.trim().to_owned()
}

#[tokio::test]
async fn when_microsoft_says_wait_the_whole_lane_waits_and_no_message_is_lost() {
    let microsoft = Microsoft::start().await;
    let throttled = json!({ "error": { "code": "ApplicationThrottled", "message": "Wait." } });
    let throttled = ResponseTemplate::new(429).set_body_json(throttled).insert_header("retry-after", "2");
    microsoft.answers_once(throttled).await;
    let outbox = microsoft.outbox(UNHURRIED, GOOD).await;
    outbox.enqueue_many(outbox.acme, 10).await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.due, counts.accepted), (10, 0), "it is not held: it goes on by itself");
    assert_eq!(microsoft.heard("/sendMail").await.len(), 1, "the first message goes alone");
    assert_eq!(outbox.count("outbox_attempts WHERE verdict = 'put_off'").await, 1);

    // by the queue's clock it is not time yet
    outbox.wind(Duration::from_secs(1));
    outbox.deliver().await;
    assert_eq!(microsoft.heard("/sendMail").await.len(), 1);
    // the limiter of the process goes by the real time
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    outbox.wind_minutes(1);
    assert_eq!(outbox.deliver().await.accepted, 10);
    assert_eq!(microsoft.heard("/sendMail").await.len(), 11);
    outbox.done().await;
}

#[tokio::test]
async fn our_own_limit_is_no_attempt_and_asks_microsoft_for_nothing() {
    let microsoft = Microsoft::start().await;
    let limits = Microsoft365Limits { recipients_a_day: 3, ..UNHURRIED };
    let outbox = microsoft.outbox(limits, GOOD).await;
    outbox.enqueue_many(outbox.acme, 10).await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.due), (3, 7));
    assert_eq!(microsoft.heard("/sendMail").await.len(), 3);
    assert_eq!(outbox.count("outbox_attempts").await, 0, "nobody was asked");
    assert_eq!(outbox.count("outbox_messages WHERE attempts > 0 AND state = 'due'").await, 0);
    assert_eq!(kind(&outbox).await, None, "nothing is wrong with the provider");
    outbox.deliver_minute_by_minute(5).await;
    assert_eq!(microsoft.heard("/sendMail").await.len(), 3, "the queue waits for the day's end");
    outbox.done().await;
}

#[tokio::test]
async fn a_refused_secret_holds_the_lane_after_three_tries_until_a_new_one_is_saved() {
    let microsoft = Microsoft::start().await;
    let outbox = microsoft.outbox(UNHURRIED, "canary~old").await;
    outbox.enqueue_many(outbox.acme, 10).await;
    outbox.deliver_minute_by_minute(10).await;
    assert_eq!(kind(&outbox).await, Some(HoldKind::ByPerson));
    assert_eq!(outbox.counts(outbox.acme).await.held, 10);
    assert_eq!(microsoft.heard("/token").await.len(), 3);
    assert!(microsoft.heard("/sendMail").await.is_empty());
    let hold = outbox::hold(outbox.state.db.read(), outbox.acme).await.unwrap().unwrap();
    assert!(!format!("{hold:?}").contains("canary"), "no secret in what is kept");

    save(&outbox, GOOD).await;
    outbox.wind_minutes(1);
    assert_eq!(outbox.deliver().await.accepted, 10);
    assert_eq!(kind(&outbox).await, None);
    outbox.done().await;
}
