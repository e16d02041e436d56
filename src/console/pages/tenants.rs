use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::CONSOLE;
use crate::audit::By;
use crate::console::notices;
use crate::console::{self, Error};
use crate::i18n::Text;
use crate::state::State;
use crate::tenants::{self, Listed};
use crate::values::StaffRole;
use crate::web::{self, Form, Page, Staff, render};

/// So many tenants a page of the list has.
const PAGE: usize = 50;
/// So long the page of a deletion waits for a worker.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    part: String,
    after: String,
}

#[derive(Template)]
#[template(path = "console/list.html")]
struct ListPage {
    page: Page,
    part: String,
    rows: Vec<Listed>,
    next: Option<String>,
    is_further: bool,
}

pub(super) async fn list(
    _: Staff,
    page: Page,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, web::Error> {
    let ListQuery { part, after } = query.into_inner();
    let part: String = part.trim().chars().take(100).collect();
    let most = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut rows = tenants::list(state.db.read(), &part, &after, most).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more).map(|row| row.tenant.slug.clone());
    let next = last.and_then(|after| {
        let query = serde_urlencoded::to_string([("part", part.as_str()), ("after", after.as_str())]).ok()?;
        Some(format!("{CONSOLE}?{query}"))
    });
    render(StatusCode::OK, &ListPage { page, part, rows, next, is_further: !after.is_empty() })
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

async fn find(state: &State, slug: &str) -> Result<Listed, web::Error> {
    tenants::find_any(state.db.read(), slug).await?.ok_or_else(web::Error::not_found)
}

async fn set_suspended(
    staff: &Staff,
    state: &State,
    slug: &str,
    suspended: bool,
) -> Result<HttpResponse, web::Error> {
    let found = find(state, slug).await?;
    let by = By::Staff(&staff.actor());
    console::set_suspended(&state.db, by, &found.tenant, suspended, state.clock.now()).await?;
    let flash = if suspended { notices::TENANT_SUSPENDED } else { notices::TENANT_RESUMED };
    Ok(web::see_other_with(&format!("{CONSOLE}/tenants/{}", found.tenant.slug), flash))
}

pub(super) async fn suspend(
    staff: Staff,
    state: Data<State>,
    slug: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    set_suspended(&staff, &state, &slug, true).await
}

pub(super) async fn resume(
    staff: Staff,
    state: Data<State>,
    slug: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    set_suspended(&staff, &state, &slug, false).await
}

#[derive(serde::Deserialize)]
pub(super) struct DeleteForm {
    #[serde(default)]
    slug: String,
}

pub(super) async fn delete(
    staff: Staff,
    page: Page,
    state: Data<State>,
    slug: Path<String>,
    form: Form<DeleteForm>,
) -> Result<HttpResponse, web::Error> {
    let found = find(&state, &slug).await?;
    if form.0.slug.trim() != found.tenant.slug {
        let problem = Text::new("console-delete-slug-wrong").with("slug", &found.tenant.slug);
        return super::tenant::refuse_delete(&staff, page, &state, found, form.0.slug, problem).await;
    }
    let by = By::Staff(&staff.actor());
    match console::delete(&state.db, by, &found.tenant, PATIENCE, state.clock.now()).await {
        Ok(()) => Ok(web::see_other_with(CONSOLE, notices::TENANT_DELETED)),
        Err(Error::UnderWay) => {
            let problem = Text::new("console-delete-under-way");
            super::tenant::refuse_delete(&staff, page, &state, found, form.0.slug, problem).await
        }
        Err(error) => Err(error.into()),
    }
}

impl ListPage {
    fn is_operator(&self) -> bool {
        self.page.staff.as_ref().is_some_and(|(_, role)| *role == StaffRole::Operator)
    }
}
