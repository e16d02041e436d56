use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;

use super::{SUPPRESSIONS, words};
use crate::clock::Timestamp;
use crate::mail::Failure;
use crate::outbox;
use crate::outbox::SECTION;
use crate::outbox::deliveries::{self, PAGE, Suppression};
use crate::outbox::notices;
use crate::state::State;
use crate::values::EmailAddress;
use crate::web::{self, Form, Page, Section, TenantAdmin, render};

#[derive(serde::Deserialize)]
pub(super) struct SuppressionsQuery {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "outbox/suppressions.html")]
struct SuppressionsPage {
    page: Page,
    section: Section,
    rows: Vec<Suppression>,
    next: Option<String>,
    is_further: bool,
    now: Timestamp,
}

impl SuppressionsPage {
    /// What the server said, if that is not said already.
    fn answer(&self, failure: &Failure) -> Option<String> {
        words::answer(&self.page, failure)
    }
}

pub(super) async fn list(
    admin: TenantAdmin,
    page: Page,
    state: Data<State>,
    query: Query<SuppressionsQuery>,
) -> Result<HttpResponse, web::Error> {
    // who sees no addresses could find one out by where the list begins: they see its first page
    let behind = if admin.person.sees_addresses() { query.after.as_str() } else { "" };
    let mut rows = deliveries::suppressions(state.db.read(), admin.tenant(), behind).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let after = rows.last().filter(|_| has_more).map(|row| row.address.clone());
    let next = after
        .and_then(|after| serde_urlencoded::to_string([("after", after)]).ok())
        .map(|query| format!("{SUPPRESSIONS}?{query}"));
    let is_further = !behind.is_empty();
    render(
        StatusCode::OK,
        &SuppressionsPage { page, section: SECTION, rows, next, is_further, now: state.clock.now() },
    )
}

#[derive(serde::Deserialize)]
pub(super) struct LiftForm {
    #[serde(default)]
    address: String,
}

pub(super) async fn lift(
    admin: TenantAdmin,
    state: Data<State>,
    form: Form<LiftForm>,
) -> Result<HttpResponse, web::Error> {
    let address = EmailAddress::stored(&form.0.address).map_err(|_| web::Error::malformed())?;
    // one that somebody else has just lifted is lifted
    outbox::lift_suppression(&state, &admin.actor(), &address).await?;
    Ok(web::see_other_with(SUPPRESSIONS, notices::SUPPRESSION_LIFTED))
}
