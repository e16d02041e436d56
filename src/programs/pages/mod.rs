mod list;
mod make;
mod revoke;
mod words;

use crate::api_keys::Error;
use crate::values::ApiKeyId;
use crate::web::{self, Access, Route, get, post};

const KEYS: &str = "/administration/api-keys";
const NEW: &str = "/administration/api-keys/new";
const REVOKE: &str = "/administration/api-keys/{id}/revoke";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(KEYS, admin, list::show),
        get(NEW, admin, make::show),
        post(NEW, admin, make::make),
        get(REVOKE, admin, revoke::ask),
        post(REVOKE, admin, revoke::revoke),
    ]
}

fn id(text: &str) -> Result<ApiKeyId, web::Error> {
    text.parse().map_err(|_| web::Error::not_found())
}

/// What is no refusal of the deed: no key to do it with, nobody to do it, or our fault.
fn failed(error: Error) -> web::Error {
    match error {
        Error::NoSuchKey => web::Error::not_found(),
        Error::NotInCharge => web::Error::forbidden(Vec::new()),
        error => error.into(),
    }
}
