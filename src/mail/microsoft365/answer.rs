//! What Microsoft says when it refuses, in two forms: the sign-in's (OAuth 2.0, RFC 6749, section 5.2,
//! with additions) and Graph's ("Microsoft Graph error responses and resource types"). What is kept is
//! bounded, fit to be shown, and without the secrets that were sent, even if they come back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::http::Answer;
use super::{Microsoft365Answer, percent_encoded};
use crate::mail::smtp::{shown, skeleton};

/// At most that many characters of Microsoft's words are kept.
const WORDS: usize = 500;
/// At most that many of a code, an ID or a time.
const WORD: usize = 100;
/// A shorter piece cannot be told from ordinary words.
const SHORTEST: usize = 6;

/// A refusal by the sign-in.
pub(super) struct SignInRefusal {
    /// OAuth's error code, `invalid_client` and the like.
    pub(super) error: String,
    /// The numbers behind AADSTS.
    pub(super) numbers: Vec<u64>,
}

/// Takes secrets out of what is kept.
pub(super) struct Redactor {
    secrets: Vec<Zeroizing<String>>,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u64>,
    timestamp: Option<String>,
    trace_id: Option<String>,
    correlation_id: Option<String>,
}

#[derive(Deserialize)]
struct GraphError {
    error: GraphErrorBody,
}

#[derive(Deserialize)]
struct GraphErrorBody {
    code: Option<String>,
    message: Option<String>,
    #[serde(alias = "innererror", alias = "innerError")]
    inner: Option<GraphInnerError>,
}

#[derive(Deserialize)]
struct GraphInnerError {
    date: Option<String>,
    #[serde(rename = "request-id")]
    request_id: Option<String>,
    #[serde(rename = "client-request-id")]
    client_request_id: Option<String>,
}

impl Redactor {
    /// Of a client secret or a token: as it is, as it was sent, and in parts, of which a token has three.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            all.push(Zeroizing::new(secret.to_owned()));
            all.push(Zeroizing::new(percent_encoded(secret)));
            all.push(Zeroizing::new(BASE64_STANDARD.encode(secret)));
            let parts = secret.split('.').filter(|part| part.len() >= 16);
            all.extend(parts.map(|part| Zeroizing::new(part.to_owned())));
        }
        Self { secrets: all }
    }

    /// The text without them, cut only afterwards.
    pub(super) fn clean(&self, text: &str, max: usize) -> String {
        let mut text = shown(text, text.len());
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
            }
        }
        // in other capitals or with other characters between
        let said = skeleton(&text);
        let in_disguise = |secret: &str| {
            let secret = Zeroizing::new(skeleton(secret));
            secret.len() >= SHORTEST && said.contains(secret.as_str())
        };
        if self.secrets.iter().any(|secret| in_disguise(secret)) {
            return "***".to_owned();
        }
        shown(&text, max)
    }
}

/// Whether the answer has a body at all, of whichever kind.
pub(super) fn is_empty(answer: &Answer) -> bool {
    !answer.cut && answer.body.trim_ascii().is_empty()
}

/// A refusal by the sign-in; `None` if the answer is none of Microsoft's.
pub(super) fn of_sign_in(
    answer: &Answer,
    redactor: &Redactor,
) -> Option<(SignInRefusal, Microsoft365Answer)> {
    let body: OAuthError = serde_json::from_slice(&answer.body).ok()?;
    let word = |text: Option<String>| text.map(|text| redactor.clean(&text, WORD));
    let code =
        body.error_codes.first().map_or_else(|| body.error.clone(), |number| format!("AADSTS{number}"));
    let said = Microsoft365Answer {
        status: answer.status,
        code: word(Some(code)),
        words: body.error_description.as_deref().map(|text| redactor.clean(description(text), WORDS)),
        trace_id: word(body.trace_id.or_else(|| answer.request_id.clone())),
        correlation_id: word(body.correlation_id),
        at: word(body.timestamp.or_else(|| answer.date.clone())),
    };
    Some((SignInRefusal { error: body.error, numbers: body.error_codes }, said))
}

/// What Graph says, as much of it as it is Graph's; the code also as it came.
pub(super) fn of_graph(answer: &Answer, redactor: &Redactor) -> (Option<String>, Microsoft365Answer) {
    let body: Option<GraphError> = serde_json::from_slice(&answer.body).ok();
    let body = body.map(|body| body.error);
    let word = |text: Option<String>| text.map(|text| redactor.clean(&text, WORD));
    let code = body.as_ref().and_then(|body| body.code.clone());
    let words = body.as_ref().and_then(|body| body.message.as_deref()).filter(|text| !text.is_empty());
    let inner = body.as_ref().and_then(|body| body.inner.as_ref());
    let request_id = inner.and_then(|inner| inner.request_id.clone()).or_else(|| answer.request_id.clone());
    let ours = inner.and_then(|inner| inner.client_request_id.clone());
    let said = Microsoft365Answer {
        status: answer.status,
        code: word(code.clone()),
        words: words.map(|text| redactor.clean(text, WORDS)),
        trace_id: word(request_id),
        correlation_id: word(ours.or_else(|| answer.client_request_id.clone())),
        at: word(inner.and_then(|inner| inner.date.clone()).or_else(|| answer.date.clone())),
    };
    (body.map(|body| body.code.unwrap_or_default()), said)
}

/// What is known of an answer that is none of Microsoft's: a page that a proxy made is never quoted.
pub(super) fn of_stranger(answer: &Answer) -> Microsoft365Answer {
    Microsoft365Answer { status: answer.status, ..Microsoft365Answer::default() }
}

/// The description without the IDs at its end, which are kept by themselves.
fn description(text: &str) -> &str {
    let end = ["Trace ID:", "\r\n", "\n"].iter().filter_map(|mark| text.find(mark)).min();
    end.map_or(text, |end| text.get(..end).unwrap_or(text)).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "lab~Q8/portal.Contoso+Mail=1";
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhcHBpZCI6IjNiNmYwYzFkIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4";

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: None,
            request_id: Some("from-the-header".to_owned()),
            client_request_id: Some("ours".to_owned()),
            date: Some("Tue, 24 Nov 2026 12:00:00 GMT".to_owned()),
            body: Zeroizing::new(body.as_bytes().to_vec()),
            cut: false,
        }
    }

    #[test]
    fn the_sign_ins_answer_is_taken_apart() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 3","error_codes":[7000215],"timestamp":"2026-11-24 12:00:00Z","trace_id":"1","correlation_id":"2","error_uri":"https://x"}"#;
        let (refusal, said) = of_sign_in(&answer(401, body), &Redactor::new([])).unwrap();
        assert_eq!((refusal.error.as_str(), refusal.numbers), ("invalid_client", vec![7_000_215]));
        let expected = Microsoft365Answer {
            status: 401,
            code: Some("AADSTS7000215".to_owned()),
            words: Some("AADSTS7000215: Invalid client secret provided.".to_owned()),
            trace_id: Some("1".to_owned()),
            correlation_id: Some("2".to_owned()),
            at: Some("2026-11-24 12:00:00Z".to_owned()),
        };
        assert_eq!(said, expected);
        for other in ["", "<html>", "[]", "{}", r#"{"error":{"code":"x"}}"#] {
            assert!(of_sign_in(&answer(400, other), &Redactor::new([])).is_none(), "{other}");
        }
    }

    #[test]
    fn graphs_answer_is_taken_apart_in_both_spellings() {
        for inner in ["innerError", "innererror"] {
            let body = format!(
                r#"{{"error":{{"code":"ErrorAccessDenied","message":"Access is denied.","{inner}":{{"date":"2026-11-24T12:00:00","request-id":"1","client-request-id":"2"}}}}}}"#
            );
            let (code, said) = of_graph(&answer(403, &body), &Redactor::new([]));
            assert_eq!(code.as_deref(), Some("ErrorAccessDenied"));
            assert_eq!((said.trace_id.as_deref(), said.correlation_id.as_deref()), (Some("1"), Some("2")));
            assert_eq!(said.at.as_deref(), Some("2026-11-24T12:00:00"));
        }
        let (code, said) = of_graph(&answer(403, "<html>No</html>"), &Redactor::new([]));
        assert_eq!((code, said.words, said.trace_id.as_deref()), (None, None, Some("from-the-header")));
    }

    #[test]
    fn what_is_kept_is_bounded_and_fit_to_be_shown() {
        let long = "x".repeat(60_000);
        let body = format!(r#"{{"error":{{"code":"{long}","message":"\u001b[31m{long}\u202e"}}}}"#);
        let (_, said) = of_graph(&answer(400, &body), &Redactor::new([]));
        assert_eq!(said.code.unwrap().chars().count(), WORD);
        let words = said.words.unwrap();
        assert_eq!(words.chars().count(), WORDS);
        assert!(words.starts_with("[31mx"));
    }

    #[test]
    fn secrets_that_come_back_are_taken_out_in_every_form() {
        let redactor = Redactor::new([SECRET, TOKEN]);
        let signature = TOKEN.rsplit('.').next().unwrap();
        for echo in [
            SECRET.to_owned(),
            percent_encoded(SECRET),
            BASE64_STANDARD.encode(SECRET),
            SECRET.to_uppercase(),
            SECRET.split("").collect::<Vec<_>>().join(" "),
            TOKEN.to_owned(),
            signature.to_owned(),
            format!("{}{SECRET}", "x".repeat(WORDS - 20)),
        ] {
            let cleaned = redactor.clean(&format!("You sent {echo}!"), WORDS);
            assert!(cleaned.contains("***"), "{cleaned}");
            let left = skeleton(&cleaned);
            assert!(!left.contains(&skeleton(SECRET)) && !left.contains(&skeleton(signature)), "{cleaned}");
            assert!(!cleaned.contains("lab~"), "{cleaned}");
        }
        assert_eq!(redactor.clean("Nothing of it.", WORDS), "Nothing of it.");
    }
}
