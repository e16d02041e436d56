use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::AllowList;
use crate::state::State;
use crate::web::Route;
use crate::web::api::{json, open_call};

/// The calls of this room.
pub fn calls() -> Vec<Route> {
    vec![open_call::<__path_get_allow_list, _, _>(get_allow_list)]
}

/// Read from which addresses this installation connects to mail servers.
///
/// A firewall's script has no key, and the addresses are what every server sees that is connected to: this call needs
/// none.
#[utoipa::path(
    get, path = "/api/v1/allow-list", tag = "Installation", operation_id = "getAllowList",
    responses((status = 200, description = "The addresses, and the terms of an SPF record.", body = AllowList,
        example = json!({ "addresses": ["192.0.2.7", "2001:db8::/56"], "spf": "ip4:192.0.2.7 ip6:2001:db8::/56" }))),
)]
async fn get_allow_list(state: Data<State>) -> HttpResponse {
    json(StatusCode::OK, &AllowList::of(&state.config.outbound_addresses))
}
