mod banner;
mod consent;
mod diagnosis;

pub use banner::banner;

use crate::web::{Access, Route, SupportAccess, get, post};

const SUPPORT: &str = "/administration/support";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(SUPPORT, admin, consent::show),
        post("/administration/support/grant", admin, consent::grant),
        post("/administration/support/revoke", admin, consent::revoke),
        get("/diagnosis/begin/{token}", Access::Anyone, diagnosis::show).for_support(SupportAccess::None),
        post("/diagnosis/begin/{token}", Access::Anyone, diagnosis::begin),
        post("/diagnosis/end", Access::Member, diagnosis::end).for_support(SupportAccess::Write),
        get("/diagnosis/over", Access::Anyone, diagnosis::over),
    ]
}
