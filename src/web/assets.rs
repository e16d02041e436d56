//! Static files, built into the program: under URLs that name their content, so that a browser keeps
//! them for a year, and compressed once.

use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::{Access, Error, Place, Route, get};

/// The portal's style sheet, also used by the demo's mail catcher.
pub const STYLESHEET: &str = include_str!("../../static/portal.css");

pub const LOGO: &str = include_str!("../../static/posthorn.svg");

/// What puts a text into the clipboard.
const COPY: &str = include_str!("../../static/copy.js");

/// What starts the viewer of the API's documentation.
const API_DOCS: &str = include_str!("../../static/api_docs.js");

struct Asset {
    name: &'static str,
    media_type: &'static str,
    hashed_name: String,
    plain: &'static [u8],
    gzip: Vec<u8>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("portal.css", "text/css; charset=utf-8", STYLESHEET.as_bytes()),
        asset("copy.js", "text/javascript; charset=utf-8", COPY.as_bytes()),
        asset("api_docs.js", "text/javascript; charset=utf-8", API_DOCS.as_bytes()),
        asset("posthorn.svg", "image/svg+xml", LOGO.as_bytes()),
    ]
});

fn asset(name: &'static str, media_type: &'static str, plain: &'static [u8]) -> Asset {
    let digest: String = Sha256::digest(plain).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let gzip = gzip.write_all(plain).and_then(|()| gzip.finish()).unwrap_or_default();
    Asset { name, media_type, hashed_name: format!("{stem}.{digest}.{ending}"), plain, gzip }
}

/// The URL of a static file.
pub(super) fn url(name: &str) -> String {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map_or_else(String::new, |asset| format!("/static/{}", asset.hashed_name))
}

/// The routes of the static files.
pub fn routes() -> Vec<Route> {
    vec![get("/static/{file}", Access::Anyone, file).on(Place::Everywhere)]
}

async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Error> {
    let asset = ASSETS.iter().find(|asset| asset.hashed_name == *name).ok_or_else(Error::not_found)?;
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes_gzip = accepted.unwrap_or_default().split(',').any(|one| one.trim().starts_with("gzip"));
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "accept-encoding"));
    if takes_gzip && !asset.gzip.is_empty() {
        Ok(answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(asset.gzip.as_slice()))
    } else {
        Ok(answer.body(asset.plain))
    }
}
