//! The demo's stand-in for Microsoft 365, driven from outside by HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use posthorn::clock::Clock;
use posthorn::demo::ListenError;
use posthorn::demo::catcher::{Catcher, CatcherOptions, Way};
use posthorn::demo::microsoft365::{APPS, App, AppState, StandIn, StandInOptions, TENANTS};
use reqwest::header::HeaderMap;
use serde_json::Value;

const SCOPE: &str = "https://graph.microsoft.com/.default";
const MAIL: &str = "From: =?utf-8?q?Acme_=C3=9Cbersicht?= <Portal@acme.example>\r\n\
    To: anna@example.org\r\nCc: bert@example.org\r\nBcc: carla@example.org\r\n\
    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <one@acme.example>\r\n\
    List-Unsubscribe: <https://acme.example/u>\r\n\r\nHello.\r\n";

struct Lab {
    catcher: Catcher,
    stand_in: StandIn,
    clock: Clock,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The status, and the code of a refusal by Graph.
    #[track_caller]
    fn graph(&self) -> (u16, String) {
        let error = &self.json()["error"];
        assert!(!error["message"].as_str().unwrap().is_empty());
        let inner = &error["innerError"];
        assert_eq!(inner["request-id"], self.headers["request-id"].to_str().unwrap());
        assert_eq!(inner["client-request-id"], self.headers["client-request-id"].to_str().unwrap());
        assert_eq!(inner["date"].as_str().unwrap().len(), "2026-01-01T00:00:00".len());
        assert!(self.headers.contains_key("date"));
        (self.status, error["code"].as_str().unwrap().to_owned())
    }
}

fn good_app() -> &'static App {
    &APPS[0]
}

fn app(state: AppState) -> &'static App {
    APPS.iter().find(|app| app.state == state).unwrap()
}

impl Lab {
    fn start() -> Self {
        Self::with_latency(Duration::ZERO)
    }

    fn with_latency(latency: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catcher = Catcher::start(CatcherOptions::new(folder.path())).unwrap();
        let clock = Clock::wound_to_now();
        let mailbox = Arc::clone(catcher.mailbox());
        let options = StandInOptions { clock: clock.clone(), latency, ..StandInOptions::new(mailbox) };
        let stand_in = StandIn::start(options).unwrap();
        // reqwest wants to know a TLS provider, even where there is none to use
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { catcher, stand_in, clock, http, _folder: folder }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.stand_in.url()))
    }

    async fn ask(&self, tenant: &str, form: &[(&str, &str)]) -> Answer {
        self.answer(self.post(&format!("/{tenant}/oauth2/v2.0/token")).form(form)).await
    }

    async fn ask_as(&self, app: &App) -> Answer {
        self.ask(app.tenant.id, &form(app)).await
    }

    async fn token(&self, app: &App) -> String {
        let answer = self.ask_as(app).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn sending(&self, token: &str, user: &str, body: impl Into<String>) -> reqwest::RequestBuilder {
        let request = self.post(&format!("/v1.0/users/{user}/sendMail")).bearer_auth(token);
        request.header("content-type", "text/plain").body(body.into())
    }

    async fn send(&self, token: &str, user: &str, mail: &str) -> Answer {
        self.answer(self.sending(token, user, STANDARD.encode(mail))).await
    }
}

fn form(app: &App) -> [(&'static str, &'static str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id),
        ("client_secret", app.client_secret),
        ("scope", SCOPE),
    ]
}

/// A form with one value replaced, or with `None` left out.
fn form_with(app: &App, name: &str, value: Option<&'static str>) -> Vec<(&'static str, &'static str)> {
    let kept = form(app).into_iter().map(|(own, old)| (own, if own == name { value } else { Some(old) }));
    kept.filter_map(|(own, value)| Some((own, value?))).collect()
}

#[tokio::test]
async fn a_mail_that_was_sent_is_shown_by_the_catcher() {
    let lab = Lab::start();
    let answer = lab.ask_as(good_app()).await;
    assert_eq!((answer.status, &answer.json()["token_type"]), (200, &"Bearer".into()));
    assert_eq!(answer.json()["expires_in"], 3599);
    assert!(answer.headers.contains_key("x-ms-request-id"));
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();

    let id = "01234567-89ab-cdef-0123-456789abcdef";
    let request = lab.sending(&token, "portal%40acme.example", STANDARD.encode(MAIL));
    let answer = lab.answer(request.header("client-request-id", id)).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    assert_eq!(answer.headers["client-request-id"], id);
    assert!(answer.headers.contains_key("request-id") && answer.headers.contains_key("date"));

    let mails = lab.catcher.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].way, mails[0].subject.as_str()), (Way::Microsoft365, "Grüße"));
    assert_eq!(mails[0].from, "portal@acme.example");
    assert_eq!(mails[0].recipients, ["anna@example.org", "bert@example.org", "carla@example.org"]);
    assert_eq!(mails[0].signed_in_as, good_app().client_id);
    let source = String::from_utf8(lab.catcher.mailbox().source(mails[0].id).unwrap()).unwrap();
    assert_eq!(source, MAIL.replace("Bcc: carla@example.org\r\n", ""));

    let page = lab.http.get(format!("http://{}/mails/{}", lab.catcher.web_addr(), mails[0].id));
    let page = lab.answer(page).await.text;
    assert!(page.contains("<dt>Arrived by</dt><dd><span class=\"address\">Microsoft 365</span>"), "{page}");
    let list = lab.answer(lab.http.get(format!("http://{}/mails.json", lab.catcher.web_addr()))).await;
    assert_eq!(list.json()[0]["way"], "microsoft365");
}

#[tokio::test]
async fn each_organisation_has_an_app_that_sends_from_its_own_mailboxes_only() {
    let lab = Lab::start();
    for tenant in TENANTS {
        let own: Vec<&App> =
            APPS.iter().filter(|app| app.tenant == tenant && app.state == AppState::Good).collect();
        assert_eq!(own.len(), 1, "{}", tenant.domain);
        // the tenant is told by its ID or its domain
        let answer = lab.ask(&tenant.domain.to_uppercase(), &form(own[0])).await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        for sender in TENANTS {
            let from = format!("portal@{}", sender.domain);
            let mail = format!("From: {from}\r\nTo: a@example.org\r\nSubject: x\r\n\r\nx\r\n");
            let expected = if sender == tenant { 202 } else { 404 };
            assert_eq!(lab.send(&token, &from, &mail).await.status, expected, "{from}");
        }
        let foreign = TENANTS.into_iter().find(|other| *other != tenant).unwrap();
        assert_eq!(lab.ask(foreign.id, &form(own[0])).await.json()["error_codes"][0], 700_016);
    }
}

#[tokio::test]
async fn the_token_endpoint_says_no_as_entra_does() {
    let lab = Lab::start();
    let good = good_app();
    let (own, all) = (good.tenant.id, form(good).to_vec());
    let with = |name, value| form_with(good, name, value);
    let other_guid = "00000000-1111-4222-8333-444444444444";
    for (tenant, form, status, error, code) in [
        ("common", all.clone(), 400, "invalid_request", 9_001_023),
        ("consumers", all.clone(), 400, "invalid_request", 9_001_023),
        ("organizations", all.clone(), 400, "invalid_request", 50_059),
        ("acme", all.clone(), 400, "invalid_request", 900_023),
        (other_guid, all.clone(), 400, "invalid_request", 90_002),
        ("unknown.example", all, 400, "invalid_request", 90_002),
        (own, with("grant_type", None), 400, "invalid_request", 900_144),
        (own, with("client_id", Some("")), 400, "invalid_request", 900_144),
        (own, with("scope", None), 400, "invalid_request", 900_144),
        (own, with("grant_type", Some("password")), 400, "unsupported_grant_type", 70_003),
        (own, with("client_id", Some(other_guid)), 400, "unauthorized_client", 700_016),
        (own, with("client_secret", None), 401, "invalid_client", 7_000_216),
        (own, with("client_secret", Some("")), 401, "invalid_client", 7_000_218),
        (own, with("client_secret", Some("canary-secret")), 401, "invalid_client", 7_000_215),
        (own, with("scope", Some("https://graph.microsoft.com/Mail.Send")), 400, "invalid_scope", 1_002_012),
        (own, with("scope", Some("a/.default b/.default")), 400, "invalid_scope", 70_011),
        (own, with("scope", Some("https://graph.microsoft.us/.default")), 400, "invalid_resource", 500_011),
        (own, form(app(AppState::Disabled)).to_vec(), 400, "unauthorized_client", 7_000_112),
        (own, form(app(AppState::SecretExpired)).to_vec(), 401, "invalid_client", 7_000_222),
    ] {
        let answer = lab.ask(tenant, &form).await;
        assert_refused_by_entra(&answer, status, error, code);
    }
    // an expired secret is told only to those who know it
    let guessed = form_with(app(AppState::SecretExpired), "client_secret", Some("canary-secret"));
    assert_refused_by_entra(&lab.ask(own, &guessed).await, 401, "invalid_client", 7_000_215);
    // what is no form is not read
    let path = format!("/{own}/oauth2/v2.0/token");
    let answer = lab.answer(lab.post(&path).body("grant_type=client_credentials")).await;
    assert_refused_by_entra(&answer, 400, "invalid_request", 900_144);
    let answer = lab.answer(lab.http.get(format!("{}{path}", lab.stand_in.url()))).await;
    assert_refused_by_entra(&answer, 400, "invalid_request", 900_561);
}

#[track_caller]
fn assert_refused_by_entra(answer: &Answer, status: u16, error: &str, code: u64) {
    let json = answer.json();
    assert_eq!((answer.status, &json["error"]), (status, &error.into()), "{json}");
    assert_eq!(json["error_codes"], serde_json::json!([code]), "{json}");
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    let description = text("error_description");
    assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    for name in ["trace_id", "correlation_id", "timestamp"] {
        assert!(description.contains(&text(name)), "{name}: {json}");
    }
    assert!(text("error_uri").ends_with(&format!("code={code}")));
    assert!(text("timestamp").ends_with('Z') && answer.headers.contains_key("x-ms-request-id"));
    assert!(!answer.text.contains("canary"), "{}", answer.text);
}

#[tokio::test]
async fn graph_says_no_with_its_own_codes() {
    let lab = Lab::start();
    let token = lab.token(good_app()).await;
    let mail = |from: &str| format!("From: {from}\r\nTo: a@example.org\r\n\r\nx\r\n");
    for (user, status, code) in [
        ("nobody@acme.example", 404, "ErrorInvalidUser"),
        ("portal@globex.example", 404, "ErrorInvalidUser"),
        ("portal", 404, "ErrorInvalidUser"),
        ("nomailbox@acme.example", 404, "MailboxNotEnabledForRESTAPI"),
        ("blocked@acme.example", 403, "ErrorAccessDenied"),
        ("busy@acme.example", 429, "ApplicationThrottled"),
    ] {
        let answer = lab.send(&token, user, &mail(user)).await;
        assert_eq!(answer.graph(), (status, code.to_owned()), "{user}");
        let seconds = answer.headers.get("retry-after").map(|seconds| seconds.to_str().unwrap().to_owned());
        assert_eq!(seconds.is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 0), status == 429);
    }
    let sender = "portal@acme.example";
    for (mail, status, code) in [
        (mail("alice@acme.example"), 403, "ErrorSendAsDenied"),
        (format!("Sender: alice@acme.example\r\n{}", mail(sender)), 403, "ErrorSendAsDenied"),
        (format!("From: {sender}\r\n\r\nTo: a@example.org\r\n"), 400, "ErrorInvalidRecipients"),
        (format!("From: {sender}\r\nTo: a@@example\r\n\r\nx"), 400, "ErrorInvalidRecipients"),
        (String::new(), 400, "ErrorMimeContentInvalidBase64String"),
    ] {
        assert_eq!(lab.send(&token, sender, &mail).await.graph(), (status, code.to_owned()), "{mail:?}");
    }
    let raw = lab.answer(lab.sending(&token, sender, mail(sender))).await;
    assert_eq!(raw.graph(), (400, "ErrorMimeContentInvalidBase64String".to_owned()));
    let json = lab.post(&format!("/v1.0/users/{sender}/sendMail")).bearer_auth(&token);
    let json = lab.answer(json.header("content-type", "application/json").body("{}")).await;
    assert_eq!(json.graph(), (400, "BadRequest".to_owned()));
    let else_where = lab.http.get(format!("{}/v1.0/users", lab.stand_in.url())).bearer_auth(&token);
    assert_eq!(lab.answer(else_where).await.graph(), (403, "Authorization_RequestDenied".to_owned()));

    let without_consent = lab.token(app(AppState::WithoutConsent)).await;
    let answer = lab.send(&without_consent, sender, &mail(sender)).await;
    assert_eq!(answer.graph(), (403, "ErrorAccessDenied".to_owned()));
    assert!(lab.catcher.mails().is_empty(), "nothing of all this was sent");
}

#[tokio::test]
async fn a_token_is_needed_and_ends_after_an_hour() {
    let lab = Lab::start();
    let token = lab.token(good_app()).await;
    let sender = "portal@acme.example";
    let refused = (401, "InvalidAuthenticationToken".to_owned());
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer canary", &format!("bearer {token}x")] {
        let request = lab.post(&format!("/v1.0/users/{sender}/sendMail")).body(STANDARD.encode(MAIL));
        let request = request.header("content-type", "text/plain").header("authorization", header);
        let answer = lab.answer(request).await;
        assert_eq!(answer.graph(), refused, "{header}");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "));
        assert!(!answer.text.contains("canary") && !answer.text.contains(&token));
    }
    lab.clock.advance(Duration::from_secs(3_598));
    assert_eq!(lab.send(&token, sender, MAIL).await.status, 202);
    lab.clock.advance(Duration::from_secs(1));
    let answer = lab.send(&token, sender, MAIL).await;
    assert_eq!(answer.graph(), refused);
    assert!(answer.text.contains("the token is expired"));
    assert_eq!(lab.send(&lab.token(good_app()).await, sender, MAIL).await.status, 202);
}

#[tokio::test]
async fn four_requests_at_once_are_taken_and_the_fifth_is_not() {
    let lab = Lab::with_latency(Duration::from_secs(2));
    let token = lab.token(good_app()).await;
    let sender = "portal@acme.example";
    let of_globex = lab.token(&APPS[1]).await;
    let mail = MAIL.replace("acme.example", "globex.example");
    let other_app = lab.send(&of_globex, "portal@globex.example", &mail);
    let five = futures_util::future::join_all((0..5).map(|_| lab.send(&token, sender, MAIL)));
    let (five, other_app) = tokio::join!(five, other_app);
    let (taken, refused): (Vec<Answer>, Vec<Answer>) = five.into_iter().partition(|one| one.status == 202);
    assert_eq!((taken.len(), refused.len()), (4, 1));
    assert_eq!(refused[0].graph(), (429, "ApplicationThrottled".to_owned()));
    assert_eq!(refused[0].headers["retry-after"], "1");
    assert_eq!(other_app.status, 202, "each app has its own limit");
    assert_eq!(lab.send(&token, sender, MAIL).await.status, 202, "and the places become free again");
    assert_eq!(lab.catcher.mails().len(), 6);
}

#[tokio::test]
async fn a_request_of_more_than_four_mebibytes_is_refused_and_the_client_hears_of_it() {
    let lab = Lab::start();
    let token = lab.token(good_app()).await;
    let sender = "portal@acme.example";
    let most = 4 * 1024 * 1024;
    let head = MAIL.len();
    let mail = format!("{MAIL}{}", "x".repeat(most / 4 * 3 - head));
    let body = STANDARD.encode(&mail);
    assert_eq!(body.len(), most);
    assert_eq!(lab.answer(lab.sending(&token, sender, body.clone())).await.status, 202);
    for more in ["====".to_owned(), "x".repeat(8 * 1024 * 1024)] {
        let answer = lab.answer(lab.sending(&token, sender, format!("{body}{more}"))).await;
        assert_eq!(answer.graph(), (413, "BadRequest".to_owned()));
    }
    assert_eq!(lab.catcher.mails().len(), 1);
}

#[tokio::test]
async fn only_loopback_is_listened_on_and_only_loopback_names_are_answered() {
    let lab = Lab::start();
    let mailbox = || Arc::clone(lab.catcher.mailbox());
    let at = |address| StandIn::start(StandInOptions { address, ..StandInOptions::new(mailbox()) });
    let outside = at(([0, 0, 0, 0], 0).into()).err().unwrap();
    assert!(matches!(outside, ListenError::NotLoopback(_)));
    let address = lab.stand_in.address();
    let taken = at(address).err().unwrap().to_string();
    assert!(taken.starts_with(&format!("port {} is taken", address.port())), "{taken}");

    let request = lab.post(&format!("/{}/oauth2/v2.0/token", TENANTS[0].id)).form(&form(good_app()));
    assert_eq!(lab.answer(request.header("host", "evil.example")).await.status, 421);

    lab.stand_in.stop().await;
    assert!(StandIn::start(StandInOptions { address, ..StandInOptions::new(mailbox()) }).is_ok());
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of the whole process: the tests of this file that run beside it say nothing of these secrets
/// either.
#[tokio::test]
async fn no_secret_and_no_token_stands_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .try_init()
        .unwrap();
    let lab = Lab::start();
    let token = lab.token(good_app()).await;
    lab.ask_as(app(AppState::SecretExpired)).await;
    assert_eq!(lab.send(&token, "portal@acme.example", MAIL).await.status, 202);
    tracing::info!("the log is read");
    let said = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(said.contains("the log is read"));
    for secret in [&token, good_app().client_secret, app(AppState::SecretExpired).client_secret] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn the_documentation_names_every_app_with_its_values() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/demo.md")).unwrap();
    for tenant in TENANTS {
        assert!(docs.contains(tenant.id) && docs.contains(tenant.domain), "{}", tenant.name);
    }
    for app in &APPS {
        assert!(docs.contains(app.client_id) && docs.contains(app.client_secret), "{}", app.name);
    }
}
