mod actions;
mod banner;
mod chart;
mod export;
mod list;
mod message;
mod suppressions;
mod words;

pub use banner::banner;

use crate::values::OutboxMessageId;
use crate::web::{self, Access, Route, SupportAccess, get, post};

const DELIVERIES: &str = "/administration/deliveries";
const SUPPRESSIONS: &str = "/administration/deliveries/suppressions";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(DELIVERIES, admin, list::show),
        post(DELIVERIES, admin, actions::apply_to_selected),
        get("/administration/deliveries/all", admin, actions::ask_for_all),
        post("/administration/deliveries/all", admin, actions::change_all),
        get("/administration/deliveries/export", admin, export::export).for_support(SupportAccess::None),
        post("/administration/deliveries/release", admin, actions::release),
        get(SUPPRESSIONS, admin, suppressions::list),
        post("/administration/deliveries/suppressions/lift", admin, suppressions::lift),
        get("/administration/deliveries/{id}", admin, message::show),
        post("/administration/deliveries/{id}/retry", admin, actions::try_again),
        post("/administration/deliveries/{id}/cancel", admin, actions::cancel),
        get("/administration/deliveries/{id}/html", admin, message::html).for_support(SupportAccess::None),
        get("/administration/deliveries/{id}/source", admin, message::source)
            .for_support(SupportAccess::None),
    ]
}

fn id(text: &str) -> Result<OutboxMessageId, web::Error> {
    text.parse().map_err(|_| web::Error::not_found())
}
