use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::{KEYS, words};
use crate::api_keys::{self, ApiKey, Filter, Listing, Status};
use crate::clock::Timestamp;
use crate::messages::SECTION;
use crate::state::State;
use crate::users::directory;
use crate::values::{ApiKeyId, UserId};
use crate::web::{self, Page, Section, TenantAdmin, render};

/// So many keys a page of the list has.
const PAGE: usize = 50;

#[derive(serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "programs/list.html")]
struct ListPage {
    page: Page,
    section: Section,
    listing: Listing,
    names: HashMap<UserId, String>,
    /// Whether this is not the first page.
    is_further: bool,
    now: Timestamp,
}

impl ListPage {
    fn maker(&self, key: &ApiKey) -> &str {
        self.names.get(&key.user).map(String::as_str).unwrap_or_default()
    }

    fn status(&self, key: &ApiKey) -> String {
        self.page.say(words::status(key.status(self.now)))
    }

    fn badge(&self, key: &ApiKey) -> &'static str {
        words::badge(key.status(self.now))
    }

    fn is_active(&self, key: &ApiKey) -> bool {
        key.status(self.now) == Status::Active
    }

    fn ends_soon(&self, key: &ApiKey) -> bool {
        key.ends_soon(self.now)
    }

    fn older(&self) -> Option<String> {
        Some(format!("{KEYS}?before={}", self.listing.older?))
    }
}

pub(super) async fn show(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let (db, tenant, now) = (state.db.read(), admin.tenant(), state.clock.now());
    let before: Option<ApiKeyId> = query.before.parse().ok();
    let listing = api_keys::list(db, tenant, Filter::default(), before, (PAGE, now)).await?;
    let makers: Vec<UserId> = listing.rows.iter().map(|key| key.user).collect();
    let names = directory::names(db, tenant, &makers).await?;
    let (section, is_further) = (SECTION, before.is_some());
    render(StatusCode::OK, &ListPage { page, section, listing, names, is_further, now })
}
