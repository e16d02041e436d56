//! Secrets and tokens are nowhere but on the wire, even if Microsoft, or who answers in its place, repeats
//! them.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use posthorn::i18n::Language;
use posthorn::mail::{Mailer, SendError};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::drafts::{Drafts, UPLOAD_TOKEN, at, created, large_message, upload_url, uploads};
use crate::support::fake::{Fake, SECRET, TOKEN, canary, graph_error, token};

static LOG: LazyLock<Log> = LazyLock::new(Log::default);

/// Hears both ways of logging: the HTTP library uses the older one.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.lock().unwrap().extend_from_slice(line.as_bytes());
    }

    fn flush(&self) {}
}

/// In every form in which they are sent, and each part of the token that is worth something.
fn forms() -> Vec<String> {
    let mut forms = vec![
        SECRET.to_owned(),
        "canary~Secret%2F1%2Bof_the.test".to_owned(),
        BASE64_STANDARD.encode(SECRET),
        TOKEN.to_owned(),
        BASE64_STANDARD.encode(TOKEN),
    ];
    forms.extend(TOKEN.split('.').map(str::to_owned));
    forms
}

/// What an upload's address is good for.
fn forms_of_upload() -> Vec<String> {
    let mut forms = vec![UPLOAD_TOKEN.to_owned(), "AttachmentSessions('session')".to_owned()];
    forms.extend(UPLOAD_TOKEN.split('.').filter(|part| part.len() > 19).map(str::to_owned));
    forms
}

fn assert_clean(text: &str, place: &str) {
    for form in forms().into_iter().chain(forms_of_upload()) {
        assert!(!text.contains(&form), "{form} stands in {place}: {text}");
    }
}

fn assert_error_clean(error: &SendError) {
    assert_clean(&format!("{error:?} {error} {:?}", error.failure), "the error");
    assert_clean(&serde_json::to_string(&error.failure).unwrap(), "the failure as JSON");
    assert_clean(&serde_json::to_string(&error.transcript).unwrap(), "the transcript as JSON");
    assert_clean(&error.transcript.to_text(), "the transcript");
    assert_clean(&error.failure.answer().unwrap_or_default(), "the answer");
    for language in Language::ALL {
        assert_clean(&error.failure.what().say(language), "the sentence");
        assert_clean(&error.failure.what_to_do().say(language), "what to do");
    }
    for (_, value) in error.failure.details() {
        assert_clean(&value, "the details");
    }
}

/// Collects what is logged as long as it lives.
fn listen() -> tracing::subscriber::DefaultGuard {
    let _ = log::set_logger(&*LOG); // by the test before, if they share a process
    log::set_max_level(log::LevelFilter::Trace);
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| LOG.clone()).finish();
    tracing::subscriber::set_default(subscriber)
}

/// What was logged, without the fakes: they are no part of the product, and log what they heard.
fn logged() -> String {
    let all = String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned();
    all.lines().filter(|line| !line.contains("wiremock")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_address_of_an_upload_is_not_kept_shown_or_logged_even_if_it_is_repeated() {
    let _guard = listen();
    let drafts = Drafts::start().await;
    let acceptance = drafts.send(&large_message()).await.unwrap();
    assert_clean(&format!("{acceptance:?} {:?}", drafts.network), "the acceptance");
    assert!(acceptance.transcript.to_text().contains("PUT to 127.0.0.1, bytes 0-"));
    let whole = upload_url(&drafts.server.uri());
    for echo in [whole.as_str(), UPLOAD_TOKEN, "AttachmentSessions('session')"] {
        for status in [200, 400, 403, 404, 429, 500] {
            let answer = graph_error(status, echo, &format!("you sent {echo}, didn't you?"));
            let answer = answer.insert_header("request-id", echo);
            let drafts = Drafts::start_with(vec![uploads().respond_with(answer)]).await;
            // the port is another one, and the address with it
            assert_error_clean(&drafts.send(&large_message()).await.unwrap_err());
        }
    }
    let elsewhere = upload_url("https://evil.example");
    let named = created(&json!({ "uploadUrl": elsewhere }));
    let session = at("POST", "/[^/]+/attachments/createUploadSession").respond_with(named);
    let error = Drafts::start_with(vec![session]).await.send(&large_message()).await.unwrap_err();
    assert_error_clean(&error);
    let logged = logged();
    assert!(logged.contains("PUT to 127.0.0.1"), "{logged}");
    assert_clean(&logged, "the log");
}

#[tokio::test]
async fn secrets_and_tokens_are_not_kept_shown_or_logged_even_if_they_are_repeated() {
    let _guard = listen();

    let fake = Fake::start(ResponseTemplate::new(202)).await;
    let mailer = Mailer::microsoft365(canary(), fake.network.clone());
    assert_clean(&format!("{mailer:?} {:?} {:?}", canary(), fake.network), "Debug");
    let acceptance = fake.send().await.unwrap();
    assert_clean(&format!("{acceptance:?}"), "the acceptance");
    assert_clean(&format!("{:?}", fake.network), "the network after it");

    // the sign-in knows the secret only
    for echo in &forms()[..3] {
        let sign_in = json!({
            "error": "invalid_client", "error_codes": [7_000_215], "trace_id": echo, "correlation_id": echo,
            "timestamp": echo, "error_description": format!("AADSTS7000215: you sent {echo}, didn't you?"),
        });
        let refused = ResponseTemplate::new(401).set_body_json(sign_in);
        let error = Fake::start_with(refused, ResponseTemplate::new(202)).await.send().await.unwrap_err();
        assert!(error.transcript.to_text().contains("you sent ***, didn't you?"));
        assert_error_clean(&error);
    }
    for echo in forms() {
        for status in [400, 401, 403, 404, 429, 500, 503] {
            let answer = graph_error(status, &echo, &format!("you sent {echo}, didn't you?"));
            let answer = answer.insert_header("request-id", echo.as_str());
            let error = Fake::start_with(token(), answer).await.send().await.unwrap_err();
            assert_error_clean(&error);
        }
        let accepted = ResponseTemplate::new(202).insert_header("request-id", echo.as_str());
        assert_clean(&format!("{:?}", Fake::start(accepted).await.send().await.unwrap()), "the acceptance");
        // a token that comes back where none is expected
        let strange = ResponseTemplate::new(200).set_body_json(json!({ "access_token": echo }));
        assert_error_clean(&Fake::start_with(strange, token()).await.send().await.unwrap_err());
    }
    let logged = logged();
    for heard in ["POST http://127.0.0.1", "starting new connection"] {
        assert!(logged.contains(heard), "the log did not hear {heard:?}: {logged}");
    }
    assert_clean(&logged, "the log");
}
