use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::body::decode;
use super::{Input, MOST_BYTES, Problem};
use crate::i18n::Text;
use crate::web::Error;
use crate::web::read::read;

/// So large a body with files may be.
const MOST_BYTES_WITH_FILES: usize = 25 * 1024 * 1024;
/// So many files may go with a body.
const MOST_FILES: usize = 20;
/// A body that takes longer is cut.
const DEADLINE: Duration = Duration::from_secs(10);
const DEADLINE_WITH_FILES: Duration = Duration::from_secs(120);
/// The part that holds the JSON, and those that hold files.
const VALUE: &str = "message";
const FILES: &str = "attachments";

/// A body that files may go with: JSON alone, or `multipart/form-data` (RFC 7578) with the JSON in the part
/// `message` and each file in a part `attachments`.
pub struct Parts<T> {
    /// The decoded JSON.
    pub value: T,
    /// The files, in their order.
    pub files: Vec<File>,
    /// SHA-256 of all of it, however it was split into parts.
    pub fingerprint: [u8; 32],
}

/// A file that came with a body.
pub struct File {
    /// Its name, without a path.
    pub name: String,
    /// Its media type, as the program says.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl<T: DeserializeOwned + 'static> FromRequest for Parts<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = request.content_type().to_ascii_lowercase();
        let headers = request.headers().clone();
        let mut payload = payload.take();
        Box::pin(async move {
            match media_type.as_str() {
                "application/json" => {
                    let body = read(&mut payload, MOST_BYTES, DEADLINE).await?;
                    let fingerprint = Sha256::digest(body.as_slice()).into();
                    Ok(Self { value: decode(&body)?, files: Vec::new(), fingerprint })
                }
                "multipart/form-data" => {
                    let reading = read_parts(Multipart::new(&headers, payload));
                    tokio::time::timeout(DEADLINE_WITH_FILES, reading).await.map_err(|_| Error::too_slow())?
                }
                _ => Err(Problem::other_media_type("application/json, multipart/form-data").into()),
            }
        })
    }
}

async fn read_parts<T: DeserializeOwned>(mut parts: Multipart) -> Result<Parts<T>, Error> {
    let (mut value, mut files) = (None, Vec::new());
    let mut left = MOST_BYTES_WITH_FILES;
    let mut hash = Sha256::new();
    while let Some(field) = parts.next().await {
        let mut field = field.map_err(|error| malformed(&error))?;
        match field.name() {
            Some(VALUE) if value.is_none() => {
                let body = read_part(&mut field, left.min(MOST_BYTES)).await?;
                left -= body.len();
                hash.update(Sha256::digest(&body));
                value = Some(decode(&body)?);
            }
            Some(FILES) => {
                if files.len() == MOST_FILES {
                    let text = Text::new("api-files-many").with_number("most", MOST_FILES);
                    return Err(Input::one(format!("/{FILES}"), text).into());
                }
                let file = read_file(&mut field, left).await?;
                left -= file.bytes.len();
                for part in [file.name.as_bytes(), file.media_type.as_bytes(), &file.bytes] {
                    hash.update(Sha256::digest(part));
                }
                files.push(file);
            }
            Some(name) => {
                let text = if name == VALUE { "api-field-twice" } else { "api-field-unknown" };
                return Err(Input::one(format!("/{name}"), Text::new(text).with("name", name)).into());
            }
            None => return Err(Input::one("", Text::new("api-part-nameless")).into()),
        }
    }
    let missing = || Input::one(format!("/{VALUE}"), Text::new("api-field-missing").with("name", VALUE));
    Ok(Parts { value: value.ok_or_else(missing)?, files, fingerprint: hash.finalize().into() })
}

async fn read_file(field: &mut Field, most: usize) -> Result<File, Error> {
    let given = field.content_disposition().and_then(|disposition| disposition.get_filename());
    // some programs send the whole path
    let name = given.and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default().trim().to_owned();
    let wrong = |text| Err(Input::one(format!("/{FILES}"), Text::new(text)).into());
    if name.is_empty() {
        return wrong("api-file-nameless");
    }
    if name.chars().any(char::is_control) || name.chars().count() > 255 {
        return wrong("api-file-name");
    }
    let media_type = field.content_type().map_or("application/octet-stream".to_owned(), ToString::to_string);
    Ok(File { name, media_type, bytes: read_part(field, most).await? })
}

async fn read_part(field: &mut Field, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|error| malformed(&error))?;
        if bytes.len() + chunk.len() > most {
            return Err(Error::too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn malformed(error: &MultipartError) -> Error {
    tracing::debug!(%error, "a body of several parts cannot be read");
    Input::one("", Text::new("api-parts-malformed")).into()
}
