//! A Microsoft that answers as a test wants.

use std::sync::Arc;
use std::time::Duration;

use posthorn::mail::{Acceptance, Microsoft365Account, Network, SendError};
use serde_json::json;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{UNHURRIED, account, network, send};

pub(crate) const SECRET: &str = "canary~Secret/1+of_the.test";
pub(crate) const TOKEN: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJhcHBpZCI6ImNhbmFyeS1jYW5hcnkifQ.Y2FuYXJ5LXNpZ25hdHVyZS1vZi1hLXRva2Vu";
pub(crate) const MAILBOX: &str = "sender@contoso.example";

pub(crate) struct Fake {
    pub(crate) server: MockServer,
    pub(crate) network: Arc<Network>,
}

impl Fake {
    /// It grants a token and answers a message like that.
    pub(crate) async fn start(sends: ResponseTemplate) -> Self {
        Self::start_with(token(), sends).await
    }

    pub(crate) async fn start_with(grants: ResponseTemplate, sends: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        let at_token = Mock::given(method("POST")).and(path("/contoso.example/oauth2/v2.0/token"));
        at_token.respond_with(grants).mount(&server).await;
        let at_send = Mock::given(method("POST")).and(path_regex("^/v1.0/users/[^/]+/sendMail$"));
        at_send.respond_with(sends).mount(&server).await;
        let network = network(&server.uri(), &server.uri(), UNHURRIED, None);
        Self { server, network }
    }

    pub(crate) async fn send(&self) -> Result<Acceptance, SendError> {
        send(canary(), &self.network, "anna@acme.example").await
    }

    /// The requests whose path ends like that.
    pub(crate) async fn heard(&self, end: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path().ends_with(end)).collect()
    }
}

pub(crate) fn canary() -> Microsoft365Account {
    account("contoso.example", "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63", SECRET, MAILBOX)
}

pub(crate) fn token() -> ResponseTemplate {
    let body = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN });
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn slow_token(delay: Duration) -> ResponseTemplate {
    token().set_delay(delay)
}

pub(crate) fn graph_error(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let inner = json!({ "date": "2026-11-24T12:00:00", "request-id": "r-1", "client-request-id": "c-1" });
    let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
    ResponseTemplate::new(status).set_body_json(body)
}

pub(crate) fn html(status: u16) -> ResponseTemplate {
    let page = "<html><body><h1>Corporate proxy</h1><script>alert(1)</script></body></html>";
    ResponseTemplate::new(status).set_body_raw(page, "text/html")
}
