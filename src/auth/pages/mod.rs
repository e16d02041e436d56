mod forgotten;
mod link;
mod second_factor;

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

pub use self::second_factor::ask;
use super::{Entry, Error, Ways};
use crate::auth::notices;
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::sessions::Person;
use crate::state::State;
use crate::values::Secret;
use crate::web::{self, Access, Context, Form, Page, Route, SupportAccess, Visitor, get, post, render};

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![
        get("/sign-in", Access::Anyone, show_sign_in),
        post("/sign-in", Access::Anyone, sign_in),
        get(second_factor::PATH, Access::Anyone, second_factor::show),
        post(second_factor::PATH, Access::Anyone, second_factor::check),
        post("/sign-out", Access::Member, sign_out).for_support(SupportAccess::Write).before_second_factor(),
        get("/welcome/{token}", Access::Anyone, link::show_welcome),
        post("/welcome/{token}", Access::Anyone, link::welcome),
        get(forgotten::PATH, Access::Anyone, forgotten::show),
        post(forgotten::PATH, Access::Anyone, forgotten::ask),
        get("/reset/{token}", Access::Anyone, link::show_reset),
        post("/reset/{token}", Access::Anyone, link::reset),
    ]
}

#[derive(serde::Deserialize)]
struct NextQuery {
    #[serde(default)]
    next: String,
    /// A form was sent without a session.
    #[serde(default)]
    lost: String,
    /// Who asks for it gets the form for a password, also where others do not.
    #[serde(default)]
    with: String,
}

#[derive(serde::Deserialize)]
#[serde(default)]
#[derive(Default)]
struct SignInForm {
    email: String,
    password: String,
    next: String,
}

#[derive(Template)]
#[template(path = "auth/sign_in.html")]
struct SignInPage {
    page: Page,
    email: String,
    next: String,
    refused: bool,
    lost: bool,
    ways: Ways,
    /// Whether the form for a password is shown.
    with_password: bool,
}

/// Only a path of this host, so that nobody is sent away after signing in.
pub fn local(next: &str) -> Option<&str> {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    (inside && !next.chars().any(char::is_control)).then_some(next)
}

async fn show_sign_in(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    query: Query<NextQuery>,
) -> Result<HttpResponse, web::Error> {
    let next = local(&query.next).unwrap_or_default().to_owned();
    if visitor.signed_in.is_some() {
        return Ok(web::see_other(local(&next).unwrap_or("/home")));
    }
    let ways = super::ways(&state, visitor.tenant.id).await?;
    let (lost, with_password) = (query.lost == "form", ways.password || query.with == "password");
    let blank = SignInPage { page, email: String::new(), next, refused: false, lost, ways, with_password };
    render(StatusCode::OK, &blank)
}

async fn sign_in(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    form: Form<SignInForm>,
) -> Result<HttpResponse, web::Error> {
    let SignInForm { email, password, next } = form.0;
    let next = local(&next).unwrap_or_default().to_owned();
    let verified_at = state.clock.now();
    match super::sign_in(&state, visitor.tenant.id, &email, Secret::new(password), visitor.origin).await {
        Ok(Entry::Granted(person)) => {
            begin(&request, &session, &person, verified_at)?;
            Ok(web::see_other(local(&next).unwrap_or("/home")))
        }
        Ok(Entry::CodeNeeded(token)) => Ok(second_factor::ask(&state, &token, &next)),
        Err(Error::Refused) => {
            let ways = super::ways(&state, visitor.tenant.id).await?;
            let (refused, lost, with_password) = (true, false, true);
            let again = SignInPage { page, email, next, refused, lost, ways, with_password };
            render(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(error) => Err(refusal(error)),
    }
}

fn refusal(error: Error) -> web::Error {
    match error {
        Error::TooManyFromHere => web::Error::too_many(Text::new("auth-too-many-from-here"), 3600),
        Error::Busy => web::Error::busy(),
        error => error.into(),
    }
}

/// Begins the session of a person who has proved who they are, under a key of its own.
///
/// # Errors
/// When the system gives no random numbers.
pub fn begin(
    request: &HttpRequest,
    session: &Session,
    person: &Person,
    verified_at: Timestamp,
) -> Result<(), web::Error> {
    let context = Context::of(request).ok_or_else(web::Error::malformed)?;
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    web::begin_session(session, &context, person, agent.unwrap_or_default(), verified_at)
}

#[derive(serde::Deserialize)]
struct Nothing {}

async fn sign_out(session: Session, _: Form<Nothing>) -> HttpResponse {
    web::end_session(&session);
    web::see_other_with("/sign-in", notices::SIGNED_OUT)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn one_is_never_sent_to_another_host() {
        assert_eq!(
            local("/administration/settings?provider=smtp"),
            Some("/administration/settings?provider=smtp")
        );
        for next in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "evil"] {
            assert_eq!(local(next), None, "{next:?}");
        }
    }
}
