//! The page between the password and the session: it asks for the code.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{NextQuery, begin, local, refusal};
use crate::auth::notices;
use crate::auth::{self, Error, Purpose};
use crate::state::State;
use crate::values::Token;
use crate::web::{self, Form, Page, Visitor, render};

pub(super) const PATH: &str = "/sign-in/second-factor";
const COOKIE: &str = "posthorn_pending";

/// Sends the browser to the page that asks for the code, with the token that stands for what was proved.
pub fn ask(state: &State, token: &Token, next: &str) -> HttpResponse {
    let query = local(next).and_then(|next| serde_urlencoded::to_string([("next", next)]).ok());
    let to = query.map_or_else(|| PATH.to_owned(), |query| format!("{PATH}?{query}"));
    web::with_cookie(web::see_other(&to), &state.config, COOKIE, token.expose())
}

/// Back to the beginning: nothing waits for a code.
fn over(state: &State) -> HttpResponse {
    web::without_cookie(web::see_other_with("/sign-in", notices::SIGN_IN_AGAIN), &state.config, COOKIE)
}

#[derive(Template)]
#[template(path = "auth/second_factor.html")]
struct CodePage {
    page: Page,
    next: String,
    refused: bool,
}

pub(super) async fn show(
    request: HttpRequest,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    query: Query<NextQuery>,
) -> Result<HttpResponse, web::Error> {
    let token = web::read_cookie(&request, &state.config, COOKIE).unwrap_or_default();
    let pending = auth::find_pending(state.db.read(), visitor.tenant.id, &token, state.clock.now()).await?;
    if pending.is_none() {
        return Ok(over(&state));
    }
    let next = local(&query.next).unwrap_or_default().to_owned();
    render(StatusCode::OK, &CodePage { page, next, refused: false })
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
    next: String,
}

pub(super) async fn check(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    form: Form<CodeForm>,
) -> Result<HttpResponse, web::Error> {
    let CodeForm { code, next } = form.0;
    let next = local(&next).unwrap_or_default().to_owned();
    let token = web::read_cookie(&request, &state.config, COOKIE).unwrap_or_default();
    match auth::check_code(&state, visitor.tenant.id, &token, &code, visitor.origin).await {
        Ok((person, pending)) => {
            begin(&request, &session, &person, pending.verified_at)?;
            let answer = match pending.purpose {
                Purpose::Link => web::see_other_with("/home", notices::PASSWORD_SET),
                Purpose::Password | Purpose::Oidc => web::see_other(local(&next).unwrap_or("/home")),
            };
            Ok(web::without_cookie(answer, &state.config, COOKIE))
        }
        Err(Error::Refused) => {
            render(StatusCode::UNPROCESSABLE_ENTITY, &CodePage { page, next, refused: true })
        }
        Err(Error::Over) => Ok(over(&state)),
        Err(error) => Err(refusal(error)),
    }
}
