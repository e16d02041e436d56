use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentDisposition};
use actix_web::mime::{self, Mime};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::decode;
use super::{MAX_BYTES, Problem, ValidationErrors};
use crate::i18n::Text;
use crate::values::TenantId;
use crate::web::read::read;
use crate::web::{Context, Error};

/// So large a body with files may be.
const MAX_BYTES_WITH_FILES: usize = 25 * 1024 * 1024;
/// So many files may go with a body.
const MAX_FILES: usize = 20;
/// A body that takes longer is cut.
const DEADLINE: Duration = Duration::from_secs(10);
const DEADLINE_WITH_FILES: Duration = Duration::from_secs(120);
/// And so does one of which nothing comes for so long.
const SILENCE: Duration = Duration::from_secs(10);
/// So many MiB of bodies with files are in memory at a time; the next ones wait for so long, and are not read before.
/// A tenant has a quarter of it, so that none can keep out the others.
const ALL_MIB: u32 = 128;
const MIB_OF_A_TENANT: u32 = 32;
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest half of a media type (RFC 6838, section 4.2).
const MAX_TYPE: usize = 127;
/// The part that holds the JSON, and those that hold files.
const VALUE: &str = "message";
const FILES: &str = "attachments";

static ALL: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(ALL_MIB as usize)));
/// What each tenant holds, in MiB.
static HELD: LazyLock<Mutex<HashMap<TenantId, u32>>> = LazyLock::new(Mutex::default);

/// A body that files may go with: JSON alone, or `multipart/form-data` (RFC 7578) with the JSON in the part
/// `message` and each file in a part `attachments`.
pub struct Parts<T> {
    pub value: T,
    /// The files, in their order.
    pub files: Vec<File>,
    /// SHA-256 of all of it, whatever stands between the parts.
    pub fingerprint: [u8; 32],
    /// A share of the memory for bodies with files; to be kept as long as the files are.
    pub place: Option<Place>,
}

/// A share of the memory for bodies with files. It is free again when this is dropped.
pub struct Place {
    _own: Own,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// A share for a body of so many bytes, as soon as there is one. A tenant that has its own waits for nobody.
    async fn take(tenant: TenantId, bytes: usize) -> Result<Self, Error> {
        let mib = u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(MIB_OF_A_TENANT);
        let mib = mib.clamp(1, MIB_OF_A_TENANT);
        let busy = || Problem::too_many(Text::new("api-files-busy"), PATIENCE.as_secs());
        let own = Own::take(tenant, mib).ok_or_else(busy)?;
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&ALL).acquire_many_owned(mib)).await;
        let Ok(Ok(permit)) = permit else { return Err(Error::busy()) };
        Ok(Self { _own: own, _permit: permit })
    }
}

/// What a body has of its tenant's share.
struct Own {
    tenant: TenantId,
    mib: u32,
}

impl Own {
    fn take(tenant: TenantId, mib: u32) -> Option<Self> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&tenant).copied().unwrap_or_default() + mib;
        if own > MIB_OF_A_TENANT {
            return None;
        }
        held.insert(tenant, own);
        Some(Self { tenant, mib })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = held.get(&self.tenant).map_or(0, |own| own.saturating_sub(self.mib));
        if rest == 0 {
            held.remove(&self.tenant);
        } else {
            held.insert(self.tenant, rest);
        }
    }
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
        let has_boundary =
            request.mime_type().ok().flatten().is_some_and(|mime| mime.get_param("boundary").is_some());
        let context = Context::of(request);
        let tenant = context.and_then(|context| context.program.get().map(|program| program.person.tenant));
        // one that does not say its length may be as long as any
        let length =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let length = length.unwrap_or(MAX_BYTES_WITH_FILES);
        let mut payload = payload.take();
        Box::pin(async move {
            match media_type.as_str() {
                "application/json" => {
                    let body = read(&mut payload, MAX_BYTES, DEADLINE).await?;
                    let fingerprint = Sha256::digest(body.as_slice()).into();
                    Ok(Self { value: decode(&body)?, files: Vec::new(), fingerprint, place: None })
                }
                "multipart/form-data" => {
                    if !has_boundary {
                        return Err(ValidationErrors::one("", Text::new("api-parts-malformed")).into());
                    }
                    let Some(tenant) = tenant else { return Err(Problem::unauthorised().into()) };
                    if length > MAX_BYTES_WITH_FILES + MAX_BYTES {
                        return Err(Error::too_large());
                    }
                    let place = Place::take(tenant, length).await?;
                    let reading = read_parts(Multipart::new(&headers, payload), place);
                    tokio::time::timeout(DEADLINE_WITH_FILES, reading).await.map_err(|_| Error::too_slow())?
                }
                _ => Err(Problem::other_media_type("application/json, multipart/form-data").into()),
            }
        })
    }
}

async fn read_parts<T: DeserializeOwned>(mut parts: Multipart, place: Place) -> Result<Parts<T>, Error> {
    let (mut value, mut files) = (None, Vec::new());
    let mut left = MAX_BYTES_WITH_FILES;
    let mut hash = Sha256::new();
    while let Some(field) = soon(parts.next()).await? {
        let mut field = field.map_err(|error| malformed(&error))?;
        match field.name() {
            Some(VALUE) if value.is_none() => {
                let body = read_part(&mut field, left.min(MAX_BYTES)).await?;
                left -= body.len();
                hash.update(Sha256::digest(&body));
                value = Some(decode(&body)?);
            }
            Some(FILES) => {
                if files.len() == MAX_FILES {
                    let text = Text::new("api-files-many").with_number("most", MAX_FILES);
                    return Err(ValidationErrors::one(format!("/{FILES}"), text).into());
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
                return Err(
                    ValidationErrors::one(format!("/{name}"), Text::new(text).with("name", name)).into()
                );
            }
            None => return Err(ValidationErrors::one("", Text::new("api-part-nameless")).into()),
        }
    }
    let missing =
        || ValidationErrors::one(format!("/{VALUE}"), Text::new("api-field-missing").with("name", VALUE));
    let (value, fingerprint) = (value.ok_or_else(missing)?, hash.finalize().into());
    Ok(Parts { value, files, fingerprint, place: Some(place) })
}

async fn read_file(field: &mut Field, most: usize) -> Result<File, Error> {
    let name = field.content_disposition().and_then(name).unwrap_or_default();
    let wrong = |text| Err(ValidationErrors::one(format!("/{FILES}"), Text::new(text)).into());
    if ["", ".", ".."].contains(&name.as_str()) {
        return wrong("api-file-nameless");
    }
    if name.chars().any(is_unfit) || name.chars().count() > 255 {
        return wrong("api-file-name");
    }
    let media_type = media_type(field.content_type());
    Ok(File { name, media_type, bytes: read_part(field, most).await? })
}

/// The file's name without a path, which some programs send as well.
fn name(disposition: &ContentDisposition) -> Option<String> {
    // in the form that names its character set, which goes before the other one (RFC 6266, section 4.3)
    let extended = disposition.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok());
    let given = extended.or_else(|| disposition.get_filename().map(str::to_owned))?;
    given.rsplit(['/', '\\']).next().map(|name| name.trim().to_owned())
}

/// What breaks a line or turns the direction of writing: `gpj.exe` must not be shown as `exe.jpg`.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{061c}' | '\u{feff}')
}

/// The media type as a mail may say it: with its character set and nothing else. What would be a message or have parts
/// of its own travels as bytes, since a mail must not encode such a part (RFC 2046, section 5).
fn media_type(given: Option<&Mime>) -> String {
    let bytes = || "application/octet-stream".to_owned();
    let Some(mime) = given else { return bytes() };
    let is_long = mime.type_().as_str().len() > MAX_TYPE || mime.subtype().as_str().len() > MAX_TYPE;
    if is_long || mime.type_() == mime::MULTIPART || mime.type_() == "message" || mime.type_() == mime::STAR {
        return bytes();
    }
    let charset = mime.get_param(mime::CHARSET).map(|charset| charset.as_str().to_owned());
    let is_name = |name: &String| {
        name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    // RFC 5546: without it an invitation is a file like any other
    let method = mime.get_param("method").filter(|_| mime.essence_str() == "text/calendar");
    let parameters = [("charset", charset), ("method", method.map(|method| method.as_str().to_owned()))];
    parameters.into_iter().fold(mime.essence_str().to_owned(), |mut said, (name, value)| {
        if let Some(value) = value.filter(is_name) {
            said.extend(["; ", name, "=", &value]);
        }
        said
    })
}

/// What comes next, if it comes.
async fn soon<T>(next: impl Future<Output = T>) -> Result<T, Error> {
    tokio::time::timeout(SILENCE, next).await.map_err(|_| Error::too_slow())
}

async fn read_part(field: &mut Field, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = soon(field.next()).await? {
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
    ValidationErrors::one("", Text::new("api-parts-malformed")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_tenant_keeps_out_another_with_its_bodies() {
        const MIB: usize = 1024 * 1024;
        let (greedy, other) = (TenantId::new(), TenantId::new());
        let large = Place::take(greedy, 20 * MIB).await.ok().unwrap();
        let small = Place::take(greedy, 12 * MIB).await.ok().unwrap();
        assert!(Place::take(greedy, 1).await.is_err(), "its share is taken");
        assert!(Place::take(other, 25 * MIB).await.is_ok());
        drop(small);
        assert!(Place::take(greedy, 12 * MIB).await.is_ok(), "what is dropped is free again");
        drop(large);
        assert!(!HELD.lock().unwrap().contains_key(&greedy), "nothing is left of it");
    }

    #[test]
    fn a_media_type_is_what_a_mail_may_say() {
        for (given, said) in [
            ("text/csv", "text/csv"),
            ("text/plain; charset=utf-8; name=\"x\"", "text/plain; charset=utf-8"),
            ("text/plain; charset=\"a b\"", "text/plain"),
            ("application/pdf; x=y", "application/pdf"),
            ("application/pdf; method=REQUEST", "application/pdf"),
            (
                "text/calendar; charset=utf-8; method=REQUEST; name=invite.ics",
                "text/calendar; charset=utf-8; method=REQUEST",
            ),
            ("text/calendar; method=\"a b\"", "text/calendar"),
            ("message/rfc822", "application/octet-stream"),
            ("multipart/mixed; boundary=x", "application/octet-stream"),
            ("*/*", "application/octet-stream"),
            (&format!("text/{}", "x".repeat(128)), "application/octet-stream"),
        ] {
            assert_eq!(media_type(Some(&given.parse().unwrap())), said, "{given}");
        }
        assert_eq!(media_type(None), "application/octet-stream");
    }

    #[test]
    fn a_files_name_is_the_last_of_its_path_in_the_form_that_says_more() {
        for (given, expected) in [
            ("form-data; name=\"a\"; filename=\"C:\\\\Users\\\\anna\\\\report.pdf\"", Some("report.pdf")),
            ("form-data; name=\"a\"; filename=\"../../etc/passwd\"", Some("passwd")),
            (
                "form-data; name=\"a\"; filename=\"x.csv\"; filename*=UTF-8''Ums%C3%A4tze.csv",
                Some("Umsätze.csv"),
            ),
            ("form-data; name=\"a\"; filename*=UTF-8''a%0D%0ABcc:%20x", Some("a\r\nBcc: x")),
            ("form-data; name=\"a\"", None),
        ] {
            let disposition = ContentDisposition::from_raw(&given.parse().unwrap()).unwrap();
            assert_eq!(name(&disposition).as_deref(), expected, "{given}");
        }
        assert!("a\r\nBcc: x".chars().any(is_unfit) && "\u{202e}gpj.exe".chars().any(is_unfit));
    }
}
