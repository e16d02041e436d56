use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::AllowList;
use crate::email_provider;
use crate::state::State;
use crate::web::{self, Access, Page, Route, Section, TenantAdmin, get, render};

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![get("/administration/settings/allow-list", Access::TenantAdmin, show)]
}

const FOR_SCRIPTS: &str = "/api/v1/allow-list";

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
    let (section, for_scripts) = (email_provider::SECTION, FOR_SCRIPTS);
    render(StatusCode::OK, &AllowListPage { page, section, list, for_scripts })
}
