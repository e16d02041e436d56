//! The front door for programs: what every call of the JSON API passes, and what every answer is made of.
//!
//! A call stands in the table of routes like a page ([`call()`]), with the scope that a key needs and with its own
//! documentation: path and method come from there, so that neither can differ from what is served. A key opens it
//! (`admit`), never a session: there is no cookie that another site could make a browser send along.
//!
//! - Bodies ([`Body`]) and queries ([`Query`]) refuse what they do not know by its name, and never repeat a value.
//! - Whatever goes wrong is one [`Problem`], in the form of the public contract, in the language that was asked for.

mod admit;
mod body;
mod call;
mod caller;
mod limits;
mod listing;
mod parts;
mod problem;
mod query;

pub use body::{Body, HashedBody, MAX_BYTES, decode_at, not_null};
pub use call::{Documented, Tier, call, list_values, open_call};
pub use caller::ApiClient;
pub use limits::Limits;
pub use listing::{Href, Links, OwnLink, limit, moment, next, parse_moment};
pub use parts::{File, Parts};
pub use problem::{Problem, ProblemBody, ValidationErrors};
pub use query::Query;

pub(super) use admit::admit;
pub(super) use limits::Left;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::clock::Timestamp;

/// Where the calls of the API begin.
pub const API: &str = "/api/v1";

/// An answer with a body.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

/// An answer without one.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// A time as the API writes it: RFC 3339 in UTC, to the millisecond.
pub fn instant(at: Timestamp) -> String {
    at.utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
