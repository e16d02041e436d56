//! Answers that the stand-in does not give, from Microsoft and from others in its place.

use std::time::{Duration, Instant};

use posthorn::i18n::Language;
use posthorn::mail::{Microsoft365Cause as Cause, Microsoft365Step as Step, Recovery, Verdict};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use crate::support::fake::{Fake, canary, graph_error, html, token};
use crate::support::{UNHURRIED, cause, detail, network, of_microsoft, said, send};

const BY_PERSON: Verdict = Verdict::ProviderBroken(Recovery::ByPerson);
const BY_ITSELF: Verdict = Verdict::ProviderBroken(Recovery::ByItself);

#[tokio::test]
async fn only_202_is_a_success() {
    for status in [200, 201, 204] {
        let fake = Fake::start(ResponseTemplate::new(status)).await;
        let error = fake.send().await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&Cause::UnexpectedAnswer, Verdict::Retry));
        assert!(said(&error.failure).contains(&format!("makes no sense here: \"{status}\"")));
    }
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_is_never_quoted() {
    for status in [200, 400, 403, 404, 500, 502] {
        let fake = Fake::start(html(status)).await;
        let at_graph = fake.send().await.unwrap_err();
        let fake = Fake::start_with(html(status), ResponseTemplate::new(202)).await;
        let at_sign_in = fake.send().await.unwrap_err();
        assert!(fake.heard("/sendMail").await.is_empty());
        for error in [at_graph, at_sign_in] {
            let mut shown = format!("{:?} {}", error, serde_json::to_string(&error.failure).unwrap());
            for language in Language::ALL {
                shown += &error.failure.what().say(language);
                shown += &error.failure.what_to_do().say(language);
            }
            for word in ["<", "alert", "Corporate"] {
                assert!(!shown.contains(word), "{word}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Fake::start(ResponseTemplate::new(202)).await;
        let to = |path: &str| {
            let url = format!("{}{path}", elsewhere.server.uri());
            ResponseTemplate::new(status).insert_header("location", url)
        };
        let fake = Fake::start(to("/v1.0/users/x/sendMail")).await;
        let error = fake.send().await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&Cause::NotMicrosoft, BY_ITSELF), "{status}");
        let fake =
            Fake::start_with(to("/contoso.example/oauth2/v2.0/token"), ResponseTemplate::new(202)).await;
        let error = fake.send().await.unwrap_err();
        assert_eq!((cause(&error), of_microsoft(&error).step), (&Cause::NotMicrosoft, Step::AddressPolicy));
        assert!(elsewhere.server.received_requests().await.unwrap().is_empty(), "{status} was followed");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_and_changes_nothing() {
    let large = "x".repeat(1024 * 1024);
    let error = json!({ "error": { "code": "ErrorSendAsDenied", "message": large } }).to_string();
    let fake = Fake::start(ResponseTemplate::new(403).set_body_raw(error, "application/json")).await;
    let error = fake.send().await.unwrap_err();
    assert_eq!(cause(&error), &Cause::NotMicrosoft);
    assert!(format!("{error:?}").len() < 10_000);
    let fake = Fake::start(ResponseTemplate::new(202).set_body_raw(large.clone(), "text/plain")).await;
    fake.send().await.unwrap();
    let huge = json!({ "access_token": large, "expires_in": 3599 }).to_string();
    let granted = ResponseTemplate::new(200).set_body_raw(huge, "application/json");
    let error = Fake::start_with(granted, ResponseTemplate::new(202)).await.send().await.unwrap_err();
    assert_eq!(cause(&error), &Cause::NotMicrosoft);
}

#[tokio::test]
async fn a_body_that_drips_for_ever_does_not_hold_up_what_the_status_said() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let graph = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if stream.write_all(b"1\r\nx\r\n").await.is_err() {
                return;
            }
        }
    });
    let fake = Fake::start(ResponseTemplate::new(202)).await;
    let network = network(&fake.server.uri(), &graph, UNHURRIED, None);
    let message = crate::support::message("sender@contoso.example", "anna@acme.example");
    let mailer = posthorn::mail::Mailer::microsoft365(canary(), network);
    let began = Instant::now();
    mailer.send(&message, Duration::from_secs(2)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    server.abort();
}

#[tokio::test]
async fn retry_after_may_be_a_date_and_is_bounded_by_a_day() {
    let date = "Tue, 24 Nov 2026 12:00:00 GMT";
    for (status, retry_after, seconds) in [
        (429, "Tue, 24 Nov 2026 12:02:00 GMT", 120),
        (503, "Tue, 24 Nov 2026 12:01:00 GMT", 60),
        (429, "7", 7),
        (429, "99999999", 86_400),
        (429, "Tue, 24 Nov 2026 11:00:00 GMT", 1),
        (429, "nonsense", 1),
        (503, "0", 1),
    ] {
        let answer = graph_error(status, "ApplicationThrottled", "Wait.");
        let answer = answer.insert_header("retry-after", retry_after).insert_header("date", date);
        let error = Fake::start(answer).await.send().await.unwrap_err();
        let verdict = Verdict::RetryAfter(Duration::from_secs(seconds));
        assert_eq!(error.verdict(), verdict, "{status} {retry_after}");
    }
}

#[tokio::test]
async fn refusals_that_the_stand_in_does_not_have_are_told_too() {
    for (status, code, expected, verdict, words) in [
        (403, "NoPermissionsInAccessToken", Cause::MayNotSend, BY_ITSELF, "may not send mail yet"),
        (400, "ErrorQuotaExceeded", Cause::MailboxFull, BY_ITSELF, "is full, so it sends nothing. Empty it."),
        (
            401,
            "OrganizationFromTenantGuidNotFound",
            Cause::MailboxMissing,
            BY_ITSELF,
            "no mailbox in Exchange Online",
        ),
        (404, "SomethingElse", Cause::MailboxUnknown, BY_PERSON, "There is no user sender@contoso.example"),
        (
            413,
            "BadRequest",
            Cause::TooLarge { limit: 3_145_728 },
            Verdict::GiveUp,
            "larger than Microsoft 365 takes",
        ),
        (
            400,
            "ErrorMessageSizeExceeded",
            Cause::TooLarge { limit: 3_145_728 },
            Verdict::GiveUp,
            "Send less at once",
        ),
        (
            400,
            "ErrorInvalidRecipients",
            Cause::RecipientRefused,
            Verdict::GiveUp,
            "refused the recipient anna@acme.example",
        ),
        (
            400,
            "ErrorMimeContentInvalid",
            Cause::MessageRefused,
            Verdict::GiveUp,
            "400 ErrorMimeContentInvalid Words.",
        ),
        (
            500,
            "ErrorInternalServerTransientError",
            Cause::Unavailable { after_seconds: None },
            Verdict::Retry,
            "temporary fault",
        ),
    ] {
        let fake = Fake::start(graph_error(status, code, "Words.")).await;
        let error = fake.send().await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&expected, verdict), "{code}");
        assert!(said(&error.failure).contains(words), "{words}: {}", said(&error.failure));
        let details: Vec<_> = ["Error code", "HTTP status", "Request ID", "Client request ID", "Time"]
            .map(|name| detail(&error.failure, name).unwrap())
            .into();
        assert_eq!(details, [code, &status.to_string(), "r-1", "c-1", "2026-11-24T12:00:00"]);
        assert_eq!(fake.heard("/token").await.len(), 1, "{code}: it was no matter of the token");
    }
}

#[tokio::test]
async fn what_no_client_can_send_with_is_not_taken_for_a_token() {
    for body in [
        json!({ "token_type": "Bearer", "expires_in": 3599 }),
        json!({ "expires_in": 3599, "access_token": "" }),
        json!({ "expires_in": 3599, "access_token": "a\r\nX-Evil: 1" }),
        json!({ "expires_in": "soon", "access_token": "x" }),
        json!([]),
    ] {
        let granted = ResponseTemplate::new(200).set_body_json(&body);
        let fake = Fake::start_with(granted, ResponseTemplate::new(202)).await;
        let error = fake.send().await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&Cause::UnexpectedAnswer, Verdict::Retry), "{body}");
        assert!(fake.heard("/sendMail").await.is_empty());
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_message_was_written_leaves_nothing_unknown() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap(); // or the system takes the whole message over
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(8).unwrap();
    let graph = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = vec![0; 4096];
            let _ = stream.read(&mut some).await; // of 4 MiB
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(stream);
        }
    });
    let fake = Fake::start_with(token(), ResponseTemplate::new(202)).await;
    let network = network(&fake.server.uri(), &graph, UNHURRIED, None);
    let text = format!("{}\n", "x".repeat(70)).repeat(42_000);
    let message = crate::support::message_of("sender@contoso.example", "anna@acme.example", &text);
    let mailer = posthorn::mail::Mailer::microsoft365(canary(), network.clone());
    let error = mailer.send(&message, Duration::from_secs(10)).await.unwrap_err();
    assert_eq!((cause(&error), error.verdict()), (&Cause::NotReachable, Verdict::Retry));
    assert!(!error.failure.outcome_unknown());
    // a short one is written before anybody notices
    let error = send(canary(), &network, "anna@acme.example").await.unwrap_err();
    assert!(error.failure.outcome_unknown(), "{:?}", cause(&error));
    server.abort();
}

/// Explanations 6.2: a check gets another token as a delivery does.
#[tokio::test]
async fn a_check_asks_for_another_token_when_graph_does_not_take_the_first() {
    for refusals in [1, 2] {
        let no_base64 = graph_error(400, "ErrorMimeContentInvalidBase64String", "Invalid base64");
        let fake = Fake::start(no_base64).await;
        let refused = graph_error(401, "InvalidAuthenticationToken", "CompactToken validation failed");
        let first = Mock::given(method("POST")).and(path_regex("^/v1.0/users/[^/]+/sendMail$"));
        first.respond_with(refused).up_to_n_times(refusals).with_priority(1).mount(&fake.server).await;
        let (tell, _told) = tokio::sync::mpsc::unbounded_channel();
        let mailer = posthorn::mail::Mailer::microsoft365(canary(), fake.network.clone());
        let message = crate::support::message("sender@contoso.example", "anna@acme.example");
        let outcome = mailer.check(&message, Duration::from_secs(10), tell).await;
        assert_eq!(fake.heard("/token").await.len(), 2, "{refusals}");
        assert_eq!(outcome.is_ok(), refusals == 1, "{refusals}: {outcome:?}");
    }
}
