//! Messages beyond Graph's 4 MiB: drafts and uploads, and that they happen only where they may.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use posthorn::mail::{Mailer, Message, Microsoft365Account, Microsoft365Cause as Cause, Verdict};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::drafts::{
    DRAFT, Drafts, PART, UPLOAD_TOKEN, at, file, large_message, message_with, range, writer,
};
use crate::support::fake::{Fake, TOKEN, canary, graph_error};
use crate::support::{SEND, UNHURRIED, cause, message_of, network};

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_large_message_arrives_as_a_draft_with_its_files_whole() {
    let drafts = Drafts::start().await;
    let files = vec![file("klein – ü.csv", 100_000), file("groß.pdf", 2 * PART + 1), file("even.pdf", PART)];
    let message = message_with(files.clone());
    let acceptance = drafts.send(&message).await.unwrap();
    assert_eq!(acceptance.reply.code, 202);
    let put = "PUT /uploads/Messages('canary')/AttachmentSessions('session')".to_owned();
    let session = format!("POST messages/{DRAFT}/attachments/createUploadSession");
    let expected = [
        "POST /contoso.example/oauth2/v2.0/token".to_owned(),
        "POST messages".to_owned(),
        format!("PATCH messages/{DRAFT}"),
        format!("POST messages/{DRAFT}/attachments"),
        session.clone(),
        put.clone(),
        put.clone(),
        put.clone(),
        session,
        put,
        format!("POST messages/{DRAFT}/send"),
    ];
    assert_eq!(drafts.heard().await, expected);

    let draft = json_of(&drafts.requests("POST", "/messages").await[0]);
    let recipient = |address| json!({ "emailAddress": { "address": address } });
    let headers = json!([{ "name": "X-Auto-Response-Suppress", "value": "OOF, AutoReply" }]);
    let expected = json!({
        "subject": "Umsätze der Woche", "from": recipient("sender@contoso.example"),
        "toRecipients": [recipient("anna@acme.example")], "internetMessageHeaders": headers,
    });
    assert_eq!(draft, expected);
    let text = json_of(&drafts.requests("PATCH", DRAFT).await[0]);
    let body = json!({ "contentType": "HTML", "content": "<p>Grüße</p>" });
    assert_eq!(text, json!({ "internetMessageId": message.message_id(), "body": body }));

    let small = json_of(&drafts.requests("POST", "/attachments").await[0]);
    assert_eq!(small["@odata.type"], "#microsoft.graph.fileAttachment");
    assert_eq!((&small["name"], &small["contentType"]), (&json!("klein – ü.csv"), &json!("application/pdf")));
    assert_eq!(BASE64_STANDARD.decode(small["contentBytes"].as_str().unwrap()).unwrap(), files[0].bytes);
    let sessions = drafts.requests("POST", "/createUploadSession").await;
    for (session, file) in sessions.iter().zip(&files[1..]) {
        let item = json!({
            "attachmentType": "file", "name": file.name, "contentType": "application/pdf",
            "size": file.bytes.len(),
        });
        assert_eq!(json_of(session), json!({ "AttachmentItem": item }));
    }

    let parts = drafts.requests("PUT", "").await;
    let (first, second) = parts.split_at(3);
    for (parts, file) in [(first, &files[1]), (second, &files[2])] {
        let mut whole = Vec::new();
        for part in parts {
            assert_eq!(range(part), (whole.len(), whole.len() + part.body.len() - 1, file.bytes.len()));
            assert!(part.body.len() < 4_000_000);
            assert_eq!(part.headers["content-length"], part.body.len().to_string());
            assert_eq!(part.headers["content-type"], "application/octet-stream");
            assert!(part.headers.get("authorization").is_none(), "the token goes to Graph only");
            assert_eq!(part.url.query(), Some(format!("authtoken={UPLOAD_TOKEN}").as_str()));
            whole.extend_from_slice(&part.body);
        }
        assert!(whole == file.bytes, "{} arrived otherwise", file.name);
    }
    let send = &drafts.requests("POST", "/send").await[0];
    assert_eq!(send.headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(send.body.is_empty() && send.headers["content-length"] == "0");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(drafts.requests("DELETE", "").await.is_empty(), "what is sent is no draft any more");
}

#[tokio::test]
async fn what_fits_into_a_request_is_sent_as_it_is() {
    let fake = Fake::start(ResponseTemplate::new(202)).await;
    let message = message_with(vec![file("small.pdf", 2_000_000)]);
    Mailer::microsoft365(writer(), fake.network.clone()).send(&message, SEND).await.unwrap();
    let all = fake.heard("/sendMail").await;
    assert_eq!(BASE64_STANDARD.decode(&all[0].body).unwrap(), message.bytes());
}

#[tokio::test]
async fn without_the_permission_a_large_message_is_refused_before_any_request() {
    let drafts = Drafts::start().await;
    let mailer = Mailer::microsoft365(canary(), drafts.network.clone());
    let error = mailer.send(&large_message(), SEND).await.unwrap_err();
    assert_eq!((cause(&error), error.verdict()), (&Cause::TooLarge { limit: 3_145_728 }, Verdict::GiveUp));
    assert!(drafts.heard().await.is_empty());
}

#[tokio::test]
async fn a_text_that_does_not_fit_into_a_request_cannot_be_sent_at_all() {
    let drafts = Drafts::start().await;
    let plain = message_of("sender@contoso.example", "anna@acme.example", &"x\n".repeat(1_600_000));
    drafts.send(&plain).await.unwrap();
    let html = "ü".repeat(2_100_000);
    let compose = posthorn::mail::Compose {
        id: posthorn::values::TestMessageId::new().uuid(),
        from: posthorn::mail::Sender { address: canary().mailbox, name: None },
        to: canary().mailbox,
        subject: "x".to_owned(),
        text: String::new(),
        html,
        date: posthorn::clock::Clock::System.now(),
        auto_submitted: false,
        attachments: Vec::new(),
    };
    let before = drafts.heard().await.len();
    let error = drafts.send(&Message::compose(compose).unwrap()).await.unwrap_err();
    assert_eq!((cause(&error), error.verdict()), (&Cause::TooLarge { limit: 4_194_304 }, Verdict::GiveUp));
    assert_eq!(drafts.heard().await.len(), before);
}

#[tokio::test]
async fn a_token_that_ends_on_the_way_is_renewed_once() {
    let refused = graph_error(401, "InvalidAuthenticationToken", "");
    let once = at("PATCH", "/[^/]+").respond_with(refused).up_to_n_times(1);
    let drafts = Drafts::start_with(vec![once]).await;
    drafts.send(&large_message()).await.unwrap();
    assert_eq!(drafts.requests("POST", "/token").await.len(), 2);
    assert_eq!(drafts.requests("POST", "/messages").await.len(), 1);
}

#[tokio::test]
async fn a_draft_has_one_place_from_its_beginning_to_its_end() {
    let server = MockServer::start().await;
    let limits = posthorn::mail::Microsoft365Limits { concurrent_requests: 1, ..UNHURRIED };
    let network = network(&server.uri(), &server.uri(), limits, None);
    let drafts = Drafts { server, network };
    drafts.mount(Vec::new(), &drafts.server.uri()).await;
    let message = large_message();
    let (one, other) = tokio::join!(drafts.send(&message), drafts.send(&message));
    assert!(one.is_ok() && other.is_ok());
    let heard = drafts.heard().await;
    let sent = heard.iter().position(|request| request.ends_with("/send")).unwrap();
    assert_eq!(heard[..sent].iter().filter(|request| *request == "POST messages").count(), 1, "{heard:?}");
    assert_eq!(heard.iter().filter(|request| *request == "POST messages").count(), 2);
}

#[tokio::test]
async fn the_conversation_says_which_permissions_the_token_names() {
    let token = |claims: Value| {
        let claims = BASE64_STANDARD.encode(claims.to_string()).replace('=', "");
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", claims.replace('+', "-").replace('/', "_"))
    };
    for (token, words) in [
        (token(json!({ "roles": ["Mail.ReadWrite", "Mail.Send"] })), "carries Mail.ReadWrite and Mail.Send"),
        (token(json!({ "roles": ["Mail.Send"] })), "carries Mail.Send, but not Mail.ReadWrite"),
        (token(json!({ "roles": ["Mail.ReadWrite"] })), "carries Mail.ReadWrite, but not Mail.Send"),
        (token(json!({})), "carries neither"),
        ("opaque".to_owned(), "cannot be known from this token"),
    ] {
        let granted = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": token });
        let at_token = Mock::given(method("POST")).and(path("/contoso.example/oauth2/v2.0/token"));
        let granted = at_token.respond_with(ResponseTemplate::new(200).set_body_json(granted));
        let sends = Mock::given(method("POST")).and(path("/v1.0/users/sender%40contoso.example/sendMail"));
        let sends = sends.respond_with(ResponseTemplate::new(202));
        let drafts = Drafts::start_with(vec![granted, sends]).await;
        let small = message_with(Vec::new());
        let transcript = drafts.send(&small).await.unwrap().transcript.to_text();
        assert!(transcript.contains(words), "{transcript}");
        let without = Microsoft365Account { large_messages: false, ..writer() };
        let mailer = Mailer::microsoft365(without, drafts.network.clone());
        let transcript = mailer.send(&small, SEND).await.unwrap().transcript.to_text();
        assert!(!transcript.contains("Mail."), "{transcript}");
    }
}
