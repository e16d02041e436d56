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
    vec![
        get("/administration/settings/allow-list", Access::TenantAdmin, show),
        // A firewall's script has no session. The addresses are what every server sees that is connected to.
        get(FOR_SCRIPTS, Access::Anyone, for_scripts),
    ]
}

const FOR_SCRIPTS: &str = "/api/v1/allow-list";

#[derive(serde::Serialize)]
struct AllowList {
    addresses: Vec<String>,
    spf: String,
}

impl AllowList {
    fn of(all: &[Outbound]) -> Self {
        Self { addresses: all.iter().map(Outbound::to_string).collect(), spf: spf_terms(all) }
    }
}

async fn for_scripts(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(AllowList::of(&state.config.outbound_addresses))
}

#[derive(Template)]
#[template(path = "allow_list/show.html")]
struct AllowListPage {
    page: Page,
    section: Section,
    list: AllowList,
    for_scripts: &'static str,
}

async fn show(_: TenantAdmin, page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    let list = AllowList::of(&state.config.outbound_addresses);
    let (section, for_scripts) = (Section::Settings, FOR_SCRIPTS);
    render(StatusCode::OK, &AllowListPage { page, section, list, for_scripts })
}
