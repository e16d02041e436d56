mod banner;
mod consent;
mod diagnosis;

pub use banner::banner;

use crate::web::{Access, ForSupport, Route, get, post};

const SUPPORT: &str = "/administration/support";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(SUPPORT, admin, consent::show),
        post("/administration/support/grant", admin, consent::grant),
        post("/administration/support/revoke", admin, consent::revoke),
        get("/diagnosis/begin/{token}", Access::Anyone, diagnosis::show).for_support(ForSupport::Closed),
        post("/diagnosis/begin/{token}", Access::Anyone, diagnosis::begin),
        post("/diagnosis/end", Access::Member, diagnosis::end).for_support(ForSupport::Acts),
        get("/diagnosis/over", Access::Anyone, diagnosis::over),
    ]
}
