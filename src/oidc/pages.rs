use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{Answer, Error, Refusal};
use crate::auth::{self, Entry};
use crate::i18n::Text;
use crate::state::State;
use crate::web::{self, Access, Form, Page, Route, Visitor, get, post, render};

const COOKIE: &str = "posthorn_oidc";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![post("/sign-in/oidc", Access::Anyone, begin), get("/sign-in/oidc/callback", Access::Anyone, finish)]
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct BeginForm {
    next: String,
}

/// A page that leads on by itself: a redirect in answer to a form would have to be allowed by the page's policy,
/// with every host over which the service may lead on.
#[derive(Template)]
#[template(path = "oidc/onward.html")]
struct OnwardPage {
    page: Page,
    url: String,
}

#[derive(Template)]
#[template(path = "oidc/refused.html")]
struct RefusedPage {
    page: Page,
    what: Text,
    what_to_do: Text,
}

async fn begin(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    form: Form<BeginForm>,
) -> Result<HttpResponse, web::Error> {
    let next = auth::local(&form.0.next).unwrap_or_default();
    match super::begin(&state, &visitor.tenant, next, &visitor.origin).await {
        Ok(begun) => {
            let answer = render(StatusCode::OK, &OnwardPage { page, url: begun.url })?;
            Ok(web::with_cookie(answer, &state.config, COOKIE, begun.browser.expose()))
        }
        Err(Error::TooManyFromHere) => Err(web::Error::too_many(Text::new("oidc-too-many"), 3600)),
        Err(Error::NotSetUp) => Ok(web::see_other_with("/sign-in", auth::notices::SIGN_IN_AGAIN)),
        Err(error) => refused(page, error),
    }
}

async fn finish(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    answer: Query<Answer>,
) -> Result<HttpResponse, web::Error> {
    let browser = web::read_cookie(&request, &state.config, COOKIE).unwrap_or_default();
    let answer = answer.into_inner();
    match super::finish(&state, &visitor.tenant, &browser, answer, visitor.origin).await {
        Ok(finished) => {
            let next = auth::local(&finished.next);
            let onward = match finished.entry {
                Entry::Granted(person) => {
                    auth::begin_session(&request, &session, &person, finished.verified_at)?;
                    web::see_other(next.unwrap_or("/home"))
                }
                Entry::CodeNeeded(token) => auth::ask_for_code(&state, &token, next.unwrap_or_default()),
            };
            Ok(web::without_cookie(onward, &state.config, COOKIE))
        }
        Err(error) => refused(page, error),
    }
}

fn refused(page: Page, error: Error) -> Result<HttpResponse, web::Error> {
    let Error::Refused(refusal) = error else { return Err(error.into()) };
    let (what, what_to_do) = words(&refusal);
    render(StatusCode::UNPROCESSABLE_ENTITY, &RefusedPage { page, what, what_to_do })
}

/// What happened, and what the person can do about it.
fn words(refusal: &Refusal) -> (Text, Text) {
    let ask = || Text::new("oidc-ask-administrator");
    match refusal {
        Refusal::Stale => (Text::new("oidc-stale"), Text::new("oidc-do-sign-in-again")),
        Refusal::Denied(said) if said.is_empty() => (Text::new("oidc-denied"), ask()),
        Refusal::Denied(said) => (Text::new("oidc-denied-saying").with("said", said), ask()),
        Refusal::Service(trouble) => (trouble.what(), ask()),
        Refusal::RoleMissing(claim) => {
            (Text::new("oidc-role-missing").with("claim", claim), Text::new("oidc-role-missing-do"))
        }
        Refusal::NotVerified => (Text::new("oidc-not-verified"), ask()),
        Refusal::Unknown(email) => (Text::new("oidc-unknown").with("email", email), ask()),
        Refusal::OtherDomain(email) => (Text::new("oidc-other-domain").with("email", email), ask()),
        Refusal::Connected(email) => (Text::new("oidc-connected-otherwise").with("email", email), ask()),
        Refusal::Inactive => (Text::new("oidc-inactive"), ask()),
    }
}
