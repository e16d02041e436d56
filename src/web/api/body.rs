use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::Segment;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Problem, ValidationErrors};
use crate::i18n::Text;
use crate::web::Error;
use crate::web::read::read;

/// No body of the API is larger, but those with files.
pub const MAX_BYTES: usize = 1024 * 1024;
/// A body that takes longer is cut.
const DEADLINE: Duration = Duration::from_secs(10);

/// The decoded JSON body of a call.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = read_json(request, payload);
        Box::pin(async move { Ok(Self(decode(&reading.await?)?)) })
    }
}

/// As [`Body`], with what tells it from any other.
pub struct HashedBody<T> {
    pub value: T,
    /// SHA-256 of the body as it came.
    pub fingerprint: [u8; 32],
}

impl<T: DeserializeOwned + 'static> FromRequest for HashedBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = read_json(request, payload);
        Box::pin(async move {
            let body = reading.await?;
            let fingerprint = Sha256::digest(body.as_slice()).into();
            Ok(Self { value: decode(&body)?, fingerprint })
        })
    }
}

fn read_json(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, Error>> + use<> {
    let is_json = request.content_type().eq_ignore_ascii_case("application/json");
    let mut payload = payload.take();
    async move {
        if !is_json {
            return Err(Problem::other_media_type("application/json").into());
        }
        read(&mut payload, MAX_BYTES, DEADLINE).await
    }
}

/// The value of a JSON text. What is wrong is told by its place, never by the value: it may be a secret.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    decode_at("", body)
}

/// The value of a part of a body that stands at that place, a JSON Pointer (RFC 6901).
///
/// # Errors
/// What is wrong, at its place.
pub fn decode_at<T: DeserializeOwned>(at: &str, part: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(part);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| wrong(at, &error))?;
    deserializer.end().map_err(|_| ValidationErrors::one(at, Text::new("api-json-malformed")))?;
    Ok(value)
}

/// A field that may be missing, and is not `null` if it is there.
///
/// # Errors
/// When it is of another type.
pub fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

fn wrong(at: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let mut pointer = at.to_owned();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer = format!("{pointer}/{index}"),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
    }
    let inner = error.inner();
    if !inner.is_data() {
        return ValidationErrors::one(at, Text::new("api-json-malformed"));
    }
    let said = inner.to_string();
    let text = match (named(&said, "unknown field `"), named(&said, "missing field `")) {
        (Some(name), _) => {
            if !pointer.ends_with(&format!("/{name}")) {
                pointer = format!("{pointer}/{name}");
            }
            Text::new("api-field-unknown").with("name", name)
        }
        (None, Some(name)) => {
            pointer = format!("{pointer}/{name}");
            Text::new("api-field-missing").with("name", name)
        }
        (None, None) if said.starts_with("duplicate field") => Text::new("api-field-twice"),
        (None, None) => Text::new("api-field-type"),
    };
    ValidationErrors::one(pointer, text)
}

/// The name that stands in a message of serde's behind these words.
fn named<'a>(said: &'a str, words: &str) -> Option<&'a str> {
    said.strip_prefix(words)?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only what is wrong with it is looked at")]
    struct Outer {
        inner: Inner,
        #[serde(default)]
        list: Vec<u16>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only what is wrong with it is looked at")]
    struct Inner {
        secret: String,
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_by_its_place_and_never_by_its_value() {
        for (body, place, words) in [
            (r#"{"inner": {"secret": 4711}}"#, "/inner/secret", "type"),
            (r#"{"inner": {"secret": "x", "canary": "4711"}}"#, "/inner/canary", "canary"),
            (r#"{"inner": {}}"#, "/inner/secret", "secret"),
            (r#"{"inner": {"secret": "x"}, "list": [1, 4711999]}"#, "/list/1", "type"),
            (r#"{"inner": {"secret": "4711""#, "\"\"", "JSON"),
            (r#"{"inner": {"secret": "x"}} 4711"#, "\"\"", "JSON"),
            (r#"{"inner": {"secret": "x", "secret": "4711"}}"#, "/inner", "twice"),
            ("", "\"\"", "JSON"),
        ] {
            let problem = decode::<Outer>(body.as_bytes()).unwrap_err();
            let answer = problem.answer(Language::English, "trace");
            assert_eq!(answer.status(), 400);
            let text = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            assert!(text.contains(place) && text.contains(words), "{body}: {text}");
            assert!(!text.contains("4711"), "{body}: {text}");
        }
    }
}
