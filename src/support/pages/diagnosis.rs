use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::state::State;
use crate::support::{self, Error, Visit};
use crate::values::TokenHash;
use crate::web::{self, Context, Form, Member, Page, Visitor, render};

#[derive(Template)]
#[template(path = "support/begin.html")]
struct BeginPage {
    page: Page,
    token: String,
    visit: Option<Visit>,
    console: String,
}

fn console(state: &State) -> String {
    format!("{}/console", state.config.base_url)
}

/// What is about to begin. Nothing begins by following a link.
pub(super) async fn show(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let visit = support::find_by_token(&state, visitor.tenant.id, &TokenHash::of(&token)).await?;
    let status = if visit.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    render(status, &BeginPage { page, token: token.into_inner(), visit, console: console(&state) })
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn begin(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let origin = visitor.origin.clone();
    match support::begin(&state, visitor.tenant.id, &TokenHash::of(&token), origin).await {
        Ok((person, diagnosis)) => {
            let context = Context::of(&request).ok_or_else(web::Error::malformed)?;
            let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
            let (agent, now) = (agent.unwrap_or_default(), state.clock.now());
            web::begin_diagnosis(&session, &context, &person, diagnosis, agent, now)?;
            Ok(web::see_other("/home"))
        }
        Err(Error::DeadToken | Error::NoConsent | Error::NoSuchPerson) => {
            let token = token.into_inner();
            let dead = BeginPage { page, token, visit: None, console: console(&state) };
            render(StatusCode::NOT_FOUND, &dead)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end(
    session: Session,
    member: Member,
    state: Data<State>,
    _: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    let Some(support) = member.person.support.as_ref() else { return Ok(web::see_other("/home")) };
    support::end(&state, &member.actor(), support).await?;
    web::end_session(&session);
    Ok(web::see_other("/diagnosis/over"))
}

#[derive(Template)]
#[template(path = "support/over.html")]
struct OverPage {
    page: Page,
    console: String,
}

pub(super) async fn over(page: Page, state: Data<State>) -> Result<HttpResponse, web::Error> {
    render(StatusCode::OK, &OverPage { page, console: console(&state) })
}
