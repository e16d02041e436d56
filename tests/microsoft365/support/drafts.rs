//! A Microsoft that knows drafts and upload sessions.

use std::sync::Arc;

use bytes::Bytes;
use posthorn::clock::Clock;
use posthorn::mail::{
    Acceptance, Attachment, Compose, Mailer, Message, Microsoft365Account, Network, SendError, Sender,
};
use posthorn::values::EmailAddress;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use super::fake::{MAILBOX, canary, token};
use super::{SEND, UNHURRIED, network};

/// In the path of the draft's address as it has to be there.
pub(crate) const DRAFT: &str = "AAMk%2Fcanary%2Bdraft%3D%3D";
pub(crate) const UPLOAD_TOKEN: &str = "eyJhbGciOiJub25lIn0.Y2FuYXJ5LW9mLWFuLXVwbG9hZA.dXBsb2FkLXNpZ25hdHVyZQ";
/// Parts are no larger.
pub(crate) const PART: usize = 3_932_160;

pub(crate) struct Drafts {
    pub(crate) server: MockServer,
    pub(crate) network: Arc<Network>,
}

impl Drafts {
    pub(crate) async fn start() -> Self {
        Self::start_with(Vec::new()).await
    }

    /// These answers come before the usual ones.
    pub(crate) async fn start_with(first: Vec<Mock>) -> Self {
        let server = MockServer::start().await;
        let network = network(&server.uri(), &server.uri(), UNHURRIED, None);
        let drafts = Self { server, network };
        drafts.mount(first, &drafts.server.uri()).await;
        drafts
    }

    pub(crate) async fn mount(&self, first: Vec<Mock>, uploads_at: &str) {
        let session = json!({ "uploadUrl": upload_url(uploads_at), "nextExpectedRanges": ["0-"] });
        let usual = vec![
            Mock::given(method("POST")).and(path("/contoso.example/oauth2/v2.0/token")).respond_with(token()),
            at("POST", "").respond_with(created(&json!({ "id": "AAMk/canary+draft==", "isDraft": true }))),
            at("PATCH", "/[^/]+").respond_with(ResponseTemplate::new(200)),
            at("POST", "/[^/]+/attachments").respond_with(created(&json!({ "id": "file" }))),
            at("POST", "/[^/]+/attachments/createUploadSession").respond_with(created(&session)),
            at("POST", "/[^/]+/send").respond_with(ResponseTemplate::new(202)),
            at("DELETE", "/[^/]+").respond_with(ResponseTemplate::new(204)),
            uploads().respond_with(|request: &Request| progress(request)),
        ];
        for mock in first.into_iter().chain(usual) {
            mock.mount(&self.server).await;
        }
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<Acceptance, SendError> {
        Mailer::microsoft365(writer(), self.network.clone()).send(message, SEND).await
    }

    /// Every request as its method and what comes behind the mailbox in its path.
    pub(crate) async fn heard(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        let shown = |request: &Request| {
            let path = request.url.path();
            let tail = path.split_once("/sender%40contoso.example/").map_or(path, |(_, tail)| tail);
            format!("{} {tail}", request.method)
        };
        all.iter().map(shown).collect()
    }

    pub(crate) async fn requests(&self, method: &str, end: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap();
        let fits = |request: &Request| request.method.as_str() == method && request.url.path().ends_with(end);
        all.into_iter().filter(fits).collect()
    }

    /// Whether the draft is deleted within some seconds.
    pub(crate) async fn is_deleted(&self) -> bool {
        for _ in 0..100 {
            if !self.requests("DELETE", &format!("/messages/{DRAFT}")).await.is_empty() {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        false
    }
}

pub(crate) fn at(verb: &str, tail: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path_regex(format!("^/v1.0/users/sender%40contoso.example/messages{tail}$")))
}

pub(crate) fn uploads() -> MockBuilder {
    Mock::given(method("PUT")).and(path_regex("^/uploads/"))
}

pub(crate) fn upload_url(at: &str) -> String {
    format!("{at}/uploads/Messages('canary')/AttachmentSessions('session')?authtoken={UPLOAD_TOKEN}")
}

pub(crate) fn created(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(body)
}

/// First byte, last byte and size.
pub(crate) fn range(request: &Request) -> (usize, usize, usize) {
    let range = request.headers["content-range"].to_str().unwrap().strip_prefix("bytes ").unwrap();
    let (span, total) = range.split_once('/').unwrap();
    let (from, to) = span.split_once('-').unwrap();
    (from.parse().unwrap(), to.parse().unwrap(), total.parse().unwrap())
}

pub(crate) fn progress(request: &Request) -> ResponseTemplate {
    let (_, last, total) = range(request);
    if last + 1 == total {
        return ResponseTemplate::new(201).insert_header("location", "https://outlook.office.com/x");
    }
    ResponseTemplate::new(200).set_body_json(json!({ "nextExpectedRanges": [(last + 1).to_string()] }))
}

/// An account whose administrator says that the application may write drafts.
pub(crate) fn writer() -> Microsoft365Account {
    Microsoft365Account { large_messages: true, ..canary() }
}

/// A file in which each place can be told from its neighbours.
pub(crate) fn file(name: &str, size: usize) -> Attachment {
    let bytes = (0..size).map(|at| u8::try_from(at.wrapping_mul(2_654_435_761) >> 16 & 0xff).unwrap());
    let bytes: Bytes = bytes.collect::<Vec<u8>>().into();
    Attachment { name: name.to_owned(), content_type: "application/pdf".to_owned(), bytes }
}

pub(crate) fn message_with(attachments: Vec<Attachment>) -> Message {
    Message::compose(Compose {
        id: posthorn::values::TestMessageId::new().uuid(),
        from: Sender { address: EmailAddress::parse(MAILBOX).unwrap(), name: Some("Reports".to_owned()) },
        to: EmailAddress::parse("anna@acme.example").unwrap(),
        subject: "Umsätze der Woche".to_owned(),
        text: "Only as text".to_owned(),
        html: "<p>Grüße</p>".to_owned(),
        date: Clock::System.now(),
        auto_submitted: true,
        attachments,
    })
    .unwrap()
}

/// The smallest kind of message that needs a draft and an upload.
pub(crate) fn large_message() -> Message {
    message_with(vec![file("large.pdf", PART + 1)])
}
