mod second_factor;

use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

pub use self::second_factor::ask;
use super::{Entry, Error, LONGEST_PASSWORD, SHORTEST_PASSWORD, Ways};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::sessions::Person;
use crate::state::State;
use crate::users::{self, Invited};
use crate::values::{Secret, TokenHash};
use crate::web::{self, Access, Context, Flash, Form, FormErrors, Page, Route, Visitor, get, post, render};

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    vec![
        get("/sign-in", Access::Anyone, show_sign_in),
        post("/sign-in", Access::Anyone, sign_in),
        get(second_factor::PATH, Access::Anyone, second_factor::show),
        post(second_factor::PATH, Access::Anyone, second_factor::check),
        post("/sign-out", Access::Member, sign_out).before_second_factor(),
        get("/welcome/{token}", Access::Anyone, show_welcome),
        post("/welcome/{token}", Access::Anyone, welcome),
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
    let ways = super::ways(state.db.read(), visitor.tenant.id).await?;
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
            let ways = super::ways(state.db.read(), visitor.tenant.id).await?;
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
    web::see_other_with("/sign-in", Flash::SignedOut)
}

/// A field of a form in which one chooses a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    NewPassword,
    RepeatPassword,
}

#[derive(serde::Deserialize)]
struct WelcomeForm {
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    repeat_password: String,
}

#[derive(Template)]
#[template(path = "auth/welcome.html")]
struct WelcomePage {
    page: Page,
    invited: Option<Invited>,
    token: String,
    errors: FormErrors<Field>,
}

impl WelcomePage {
    fn new_password_problem(&self) -> Option<String> {
        self.errors.at(Field::NewPassword).map(|problem| self.page.say(problem))
    }

    fn repeat_password_problem(&self) -> Option<String> {
        self.errors.at(Field::RepeatPassword).map(|problem| self.page.say(problem))
    }
}

/// The chosen password, or what is wrong with it and with its repetition.
pub fn chosen_password(new: &str, repeat: &str, email: &str) -> (Result<Secret, Text>, Result<(), Text>) {
    let characters = new.chars().count();
    let chosen = if characters < SHORTEST_PASSWORD {
        Err(Text::new("auth-password-too-short").with_number("least", SHORTEST_PASSWORD))
    } else if characters > LONGEST_PASSWORD {
        Err(Text::new("auth-password-too-long").with_number("most", LONGEST_PASSWORD))
    } else if new.eq_ignore_ascii_case(email) {
        Err(Text::new("auth-password-is-address"))
    } else {
        Ok(Secret::new(new))
    };
    let repeated = if new == repeat { Ok(()) } else { Err(Text::new("auth-password-not-repeated")) };
    (chosen, repeated)
}

async fn show_welcome(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let now = state.clock.now();
    let invited = users::find_by_link(state.db.read(), visitor.tenant.id, TokenHash::of(&token), now).await?;
    let status = if invited.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let token = token.into_inner();
    render(status, &WelcomePage { page, invited, token, errors: FormErrors::default() })
}

async fn welcome(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
    form: Form<WelcomeForm>,
) -> Result<HttpResponse, web::Error> {
    let (now, tenant, token) = (state.clock.now(), visitor.tenant.id, token.into_inner());
    let invited = users::find_by_link(state.db.read(), tenant, TokenHash::of(&token), now).await?;
    let Some(invited) = invited else {
        let dead = WelcomePage { page, invited: None, token, errors: FormErrors::default() };
        return render(StatusCode::NOT_FOUND, &dead);
    };
    let WelcomeForm { new_password, repeat_password } = form.0;
    let (chosen, repeated) = chosen_password(&new_password, &repeat_password, &invited.email);
    let mut errors = FormErrors::default();
    let chosen = errors.take(Field::NewPassword, chosen);
    errors.take(Field::RepeatPassword, repeated);
    let Some(password) = chosen.filter(|_| errors.is_empty()) else {
        let refused = WelcomePage { page, invited: Some(invited), token, errors };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &refused);
    };
    match super::set_password_by_link(&state, tenant, &token, password, visitor.origin).await {
        Ok(Entry::Granted(person)) => {
            begin(&request, &session, &person, state.clock.now())?;
            Ok(web::see_other_with("/home", Flash::PasswordSet))
        }
        Ok(Entry::CodeNeeded(token)) => Ok(second_factor::ask(&state, &token, "")),
        Err(Error::LocalSignInOff) => Ok(web::see_other_with("/sign-in", Flash::LocalSignInOff)),
        Err(Error::DeadLink) => render(
            StatusCode::NOT_FOUND,
            &WelcomePage { page, invited: None, token, errors: FormErrors::default() },
        ),
        Err(error) => Err(refusal(error)),
    }
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
