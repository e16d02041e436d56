use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::{Problem, ValidationErrors};
use crate::i18n::Text;
use crate::web::Error;

/// The parameters of a call, all of them texts; the call itself judges what they say.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let decoded = serde_urlencoded::from_str(request.query_string());
        ready(decoded.map(Self).map_err(|error| wrong(&error.to_string()).into()))
    }
}

fn wrong(said: &str) -> Problem {
    let name = said.split('`').nth(1).unwrap_or_default();
    let text = match said {
        said if said.starts_with("unknown field") => "api-parameter-unknown",
        said if said.starts_with("duplicate field") => "api-parameter-twice",
        _ => "api-parameter-malformed",
    };
    ValidationErrors::one_parameter(name, Text::new(text).with("name", name))
}
