use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::spf_terms;
use crate::config::Outbound;
use crate::state::State;
use crate::web::{self, Access, Page, Route, Section, TenantAdmin, get, render};

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![get("/administration/settings/allow-list", Access::TenantAdmin, show)]
}

#[derive(Template)]
#[template(path = "allow_list/show.html")]
struct AllowListPage {
    page: Page,
    section: Section,
    addresses: Vec<String>,
    spf: String,
}

async fn show(_: TenantAdmin, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let all = &state.config.outbound_addresses;
    let addresses = all.iter().map(Outbound::to_string).collect();
    let spf = spf_terms(all);
    render(StatusCode::OK, &AllowListPage { page, section: Section::Settings, addresses, spf })
}
