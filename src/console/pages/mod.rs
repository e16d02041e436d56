mod sign_in;
mod tenant;
mod tenants;

use crate::web::{Access, Place, Route, get, post};

const CONSOLE: &str = "/console";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let routes = vec![
        get("/staff/sign-in", Access::Anyone, sign_in::show),
        post("/staff/sign-in", Access::Anyone, sign_in::sign_in),
        post("/staff/sign-out", Access::Staff, sign_in::sign_out),
        get("/staff/welcome/{token}", Access::Anyone, sign_in::show_welcome),
        post("/staff/welcome/{token}", Access::Anyone, sign_in::welcome),
        get(CONSOLE, Access::Staff, tenants::list),
        get("/console/tenants/{slug}", Access::Staff, tenant::show),
        post("/console/tenants/{slug}/diagnosis", Access::Support, tenant::ask),
        post("/console/tenants/{slug}/suspend", Access::Operator, tenants::suspend),
        post("/console/tenants/{slug}/resume", Access::Operator, tenants::resume),
        post("/console/tenants/{slug}/delete", Access::Operator, tenants::delete),
    ];
    routes.into_iter().map(|route| route.on(Place::Base)).collect()
}
