//! Drafts and uploads that come to nothing: what is told, and what is left behind.

use std::time::{Duration, Instant};

use posthorn::mail::{Mailer, Microsoft365Cause as Cause, Verdict};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::support::drafts::{
    Drafts, at, created, large_message, progress, range, upload_url, uploads, writer,
};
use crate::support::fake::graph_error;
use crate::support::{SEND, UNHURRIED, cause, network, said};

#[tokio::test]
async fn an_upload_goes_to_microsoft_and_nowhere_else() {
    let elsewhere = MockServer::start().await;
    let port = elsewhere.address().port();
    for start in [
        elsewhere.uri(),
        format!("http://localhost:{port}"),
        format!("http://outlook.office.com@127.0.0.1:{port}"),
        format!("https://outlook.office.com:{port}"),
        "http://outlook.office.com".to_owned(),
        "https://outlook.office.com.evil.example".to_owned(),
        "https://169.254.169.254".to_owned(),
        "file:///etc".to_owned(),
        String::new(),
    ] {
        let named = created(&json!({ "uploadUrl": upload_url(&start) }));
        let session = at("POST", "/[^/]+/attachments/createUploadSession").respond_with(named);
        let drafts = Drafts::start_with(vec![session]).await;
        let error = drafts.send(&large_message()).await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&Cause::UploadFailed, Verdict::Retry), "{start}");
        assert!(!error.failure.speaks_of_provider());
        assert!(error.transcript.to_text().contains("would go elsewhere"));
        assert!(drafts.requests("PUT", "").await.is_empty());
        assert!(drafts.is_deleted().await);
        assert!(elsewhere.received_requests().await.unwrap().is_empty(), "{start} was reached");
    }
}

#[tokio::test]
async fn who_may_not_write_drafts_is_told_what_is_missing_and_other_mail_goes_on() {
    let policy = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy.";
    for words in ["Access is denied. Check credentials and try again.", policy] {
        let denied = at("POST", "").respond_with(graph_error(403, "ErrorAccessDenied", words));
        let drafts = Drafts::start_with(vec![denied]).await;
        let error = drafts.send(&large_message()).await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&Cause::MayNotWriteDrafts, Verdict::GiveUp));
        assert!(!error.failure.speaks_of_provider());
        for words in ["may not write there", "Mail.ReadWrite", "Grant admin consent", "untick"] {
            assert!(said(&error.failure).contains(words), "{}", said(&error.failure));
        }
        assert_eq!(drafts.heard().await.len(), 2, "the token and the draft");
    }
}

#[tokio::test]
async fn an_upload_that_fails_is_tried_again_later_and_its_draft_deleted() {
    let second = |answer: fn() -> ResponseTemplate| {
        uploads().respond_with(move |request: &Request| match range(request) {
            (0, ..) => progress(request),
            _ => answer(),
        })
    };
    let leaps = uploads()
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "nextExpectedRanges": ["17-"] })));
    let wait = Duration::from_secs(9);
    for (mock, expected, verdict) in [
        (second(|| ResponseTemplate::new(404)), Cause::UploadFailed, Verdict::Retry),
        (second(|| ResponseTemplate::new(401)), Cause::UploadFailed, Verdict::Retry),
        (second(|| ResponseTemplate::new(403)), Cause::UploadFailed, Verdict::Retry),
        (second(|| ResponseTemplate::new(504)), Cause::UploadFailed, Verdict::Retry),
        (second(|| ResponseTemplate::new(200)), Cause::UploadFailed, Verdict::Retry),
        (leaps, Cause::UploadFailed, Verdict::Retry),
        (
            second(|| ResponseTemplate::new(429).insert_header("retry-after", "9")),
            Cause::Throttled { after_seconds: Some(9) },
            Verdict::RetryAfter(wait),
        ),
        (
            second(|| graph_error(413, "ErrorMessageSizeExceeded", "")),
            Cause::LargerThanMailboxAllows,
            Verdict::GiveUp,
        ),
    ] {
        let drafts = Drafts::start_with(vec![mock]).await;
        let error = drafts.send(&large_message()).await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&expected, verdict));
        assert!(!error.failure.outcome_unknown() && !error.failure.speaks_of_provider());
        assert!(drafts.requests("POST", "/send").await.is_empty());
        assert!(drafts.is_deleted().await, "{expected:?}");
        if verdict == Verdict::RetryAfter(wait) {
            let before = drafts.requests("POST", "/messages").await.len();
            let error = drafts.send(&large_message()).await.unwrap_err();
            assert!(matches!(cause(&error), Cause::Throttled { .. }));
            assert_eq!(drafts.requests("POST", "/messages").await.len(), before);
        }
    }
}

#[tokio::test]
async fn a_draft_that_microsoft_refuses_to_send_is_deleted() {
    for (answer, expected) in [
        (graph_error(404, "ErrorItemNotFound", ""), Cause::UnexpectedAnswer),
        // field case 2.8: the mailbox is there, since the draft was made in it a moment ago
        (graph_error(404, "ErrorNonExistentMailbox", "x"), Cause::UnexpectedAnswer),
        (graph_error(404, "ErrorNonExistentMailBox", "x"), Cause::UnexpectedAnswer),
        (graph_error(404, "MailboxNotEnabledForRESTAPI", "x"), Cause::UnexpectedAnswer),
        (graph_error(403, "ErrorAccessDenied", ""), Cause::MayNotSend),
        (graph_error(400, "ErrorInvalidRecipients", ""), Cause::RecipientRefused),
        (ResponseTemplate::new(200), Cause::UnexpectedAnswer),
    ] {
        let drafts = Drafts::start_with(vec![at("POST", "/[^/]+/send").respond_with(answer)]).await;
        let error = drafts.send(&large_message()).await.unwrap_err();
        assert_eq!(cause(&error), &expected);
        assert_eq!(error.verdict() == Verdict::Retry, expected == Cause::UnexpectedAnswer);
        assert!(drafts.is_deleted().await);
    }
}

/// Passes everything on, but breaks the connection when a draft is to be sent.
async fn breaking_proxy(to: std::net::SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from, mut back) = client.into_split();
            let (mut answers, mut onward) = TcpStream::connect(to).await.unwrap().into_split();
            let answering = tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
            tokio::spawn(async move {
                let mut piece = vec![0; 64 * 1024];
                while let Ok(size @ 1..) = from.read(&mut piece).await {
                    let breaks = piece[..size].windows(14).any(|words| words == b"/send HTTP/1.1");
                    if breaks || onward.write_all(&piece[..size]).await.is_err() {
                        break;
                    }
                }
                answering.abort();
            });
        }
    });
    url
}

#[tokio::test]
async fn whether_a_draft_was_sent_is_unknown_when_the_connection_breaks() {
    let server = MockServer::start().await;
    let url = breaking_proxy(*server.address()).await;
    let drafts = Drafts { server, network: network(&url, &url, UNHURRIED, None) };
    drafts.mount(Vec::new(), &url).await;
    let error = drafts.send(&large_message()).await.unwrap_err();
    assert_eq!((cause(&error), error.verdict()), (&Cause::OutcomeUnknown, Verdict::Retry));
    assert!(error.failure.outcome_unknown());
    assert_eq!(drafts.requests("PUT", "").await.len(), 2, "all of it went through the proxy");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(drafts.requests("DELETE", "").await.is_empty(), "it may be on its way");
}

#[tokio::test]
async fn a_draft_whose_sender_goes_away_is_deleted() {
    let slow = at("PATCH", "/[^/]+").respond_with(ResponseTemplate::new(200).set_delay(SEND));
    let drafts = Drafts::start_with(vec![slow]).await;
    let mailer = Mailer::microsoft365(writer(), drafts.network.clone());
    let message = large_message();
    let sending = tokio::spawn(async move { mailer.send(&message, SEND).await });
    let began = Instant::now();
    while drafts.requests("PATCH", "").await.is_empty() && began.elapsed() < SEND {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sending.abort();
    assert!(drafts.is_deleted().await);
}

#[tokio::test]
async fn silence_before_it_is_sent_leaves_nothing_unknown() {
    let slow = at("PATCH", "/[^/]+").respond_with(ResponseTemplate::new(200).set_delay(SEND));
    let drafts = Drafts::start_with(vec![slow]).await;
    let mailer = Mailer::microsoft365(writer(), drafts.network.clone());
    let error = mailer.send(&large_message(), Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::Timeout);
    assert!(!error.failure.outcome_unknown() && drafts.is_deleted().await);
}

#[tokio::test]
async fn an_id_that_is_none_is_not_put_into_an_address() {
    for id in [json!(".."), json!("a b"), json!(""), json!(7), Value::Null] {
        let drafts =
            Drafts::start_with(vec![at("POST", "").respond_with(created(&json!({ "id": id })))]).await;
        let error = drafts.send(&large_message()).await.unwrap_err();
        assert_eq!(cause(&error), &Cause::UnexpectedAnswer, "{id}");
        assert_eq!(drafts.heard().await.len(), 2);
    }
}
