mod import;
mod invite;
mod list;
mod person;
mod words;

use crate::values::UserId;
use crate::web::{self, Access, Route, SupportAccess, get, post};

const USERS: &str = "/administration/users";
const INVITE: &str = "/administration/users/invite";
const IMPORT: &str = "/administration/users/import";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(USERS, admin, list::show),
        get(INVITE, admin, invite::show).for_support(SupportAccess::None),
        post(INVITE, admin, invite::invite),
        get(IMPORT, admin, import::show).for_support(SupportAccess::None),
        post("/administration/users/import/preview", admin, import::preview),
        post(IMPORT, admin, import::run),
        get("/administration/users/{id}", admin, person::show),
        post("/administration/users/{id}/role", admin, person::set_role),
        post("/administration/users/{id}/deactivate", admin, person::deactivate),
        post("/administration/users/{id}/reactivate", admin, person::reactivate),
        post("/administration/users/{id}/remove", admin, person::remove),
        post("/administration/users/{id}/invite-again", admin, invite::invite_again),
        post("/administration/users/{id}/revoke", admin, person::revoke),
        post("/administration/users/{id}/password-link", admin, person::password_link),
        post("/administration/users/{id}/second-factor/reset", admin, person::reset_second_factor),
    ]
}

fn id(text: &str) -> Result<UserId, web::Error> {
    text.parse().map_err(|_| web::Error::not_found())
}

#[derive(serde::Deserialize)]
struct Nothing {}
