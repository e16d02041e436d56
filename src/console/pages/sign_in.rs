use actix_session::Session;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::CONSOLE;
use crate::auth::{self, Error, Known, chosen_password};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::staff::{self, StaffMember};
use crate::state::State;
use crate::totp;
use crate::values::{Secret, TokenHash};
use crate::web::{self, Context, Form, FormErrors, Page, Problems, Staff, render};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct SignInForm {
    email: String,
    password: String,
    code: String,
}

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage {
    page: Page,
    email: String,
    refused: bool,
}

pub(super) async fn show(staff: Result<Staff, web::Error>, page: Page) -> Result<HttpResponse, web::Error> {
    if staff.is_ok() {
        return Ok(web::see_other(CONSOLE));
    }
    render(StatusCode::OK, &SignInPage { page, email: String::new(), refused: false })
}

pub(super) async fn sign_in(
    request: HttpRequest,
    session: Session,
    page: Page,
    state: Data<State>,
    form: Form<SignInForm>,
) -> Result<HttpResponse, web::Error> {
    let SignInForm { email, password, code } = form.0;
    let context = Context::of(&request).ok_or_else(web::Error::malformed)?;
    let verified_at = state.clock.now();
    match auth::sign_in_staff(&state, &email, Secret::new(password), &code, &context.origin()).await {
        Ok(member) => {
            begin(&request, &session, &member, verified_at)?;
            Ok(web::see_other(CONSOLE))
        }
        Err(Error::Refused) => {
            render(StatusCode::UNPROCESSABLE_ENTITY, &SignInPage { page, email, refused: true })
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

fn begin(
    request: &HttpRequest,
    session: &Session,
    member: &StaffMember,
    verified_at: Timestamp,
) -> Result<(), web::Error> {
    let context = Context::of(request).ok_or_else(web::Error::malformed)?;
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    web::begin_staff_session(session, &context, member, agent.unwrap_or_default(), verified_at)
}

#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn sign_out(session: Session, _: Form<Nothing>) -> HttpResponse {
    web::end_session(&session);
    web::see_other_with("/staff/sign-in", auth::notices::SIGNED_OUT)
}

/// A field of the form in which a member of the staff sets up their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    NewPassword,
    RepeatPassword,
    Code,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::NewPassword => "new_password",
            Field::RepeatPassword => "repeat_password",
            Field::Code => "code",
        }
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct WelcomeForm {
    new_password: String,
    repeat_password: String,
    code: String,
}

#[derive(Template)]
#[template(path = "console/welcome.html")]
struct WelcomePage {
    page: Page,
    token: String,
    /// Whose the link is, and the secret for their app.
    found: Option<(StaffMember, Secret)>,
    problems: Problems,
}

impl WelcomePage {
    fn qr_code(&self, member: &StaffMember, secret: &Secret) -> String {
        let uri = totp::uri(secret, &self.page.product, &member.email);
        uri.as_ref().and_then(totp::qr_code).unwrap_or_default()
    }
}

async fn find(state: &State, token: &str) -> Result<Option<(StaffMember, Secret)>, web::Error> {
    let now = state.clock.now();
    Ok(staff::find_by_link(state.db.read(), &state.vault, &TokenHash::of(token), now).await?)
}

fn dead(page: Page, token: String) -> Result<HttpResponse, web::Error> {
    render(StatusCode::NOT_FOUND, &WelcomePage { page, token, found: None, problems: Problems::default() })
}

pub(super) async fn show_welcome(
    page: Page,
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, web::Error> {
    let found = find(&state, &token).await?;
    let token = token.into_inner();
    if found.is_none() {
        return dead(page, token);
    }
    render(StatusCode::OK, &WelcomePage { page, token, found, problems: Problems::default() })
}

pub(super) async fn welcome(
    request: HttpRequest,
    session: Session,
    page: Page,
    state: Data<State>,
    token: Path<String>,
    form: Form<WelcomeForm>,
) -> Result<HttpResponse, web::Error> {
    let (token, form) = (token.into_inner(), form.0);
    let Some((member, secret)) = find(&state, &token).await? else { return dead(page, token) };
    let mut errors = FormErrors::default();
    let known = Known { email: &member.email, product: &page.product, tenant: "" };
    let (chosen, repeated) = chosen_password(&form.new_password, &form.repeat_password, known);
    let chosen = errors.take(Field::NewPassword, chosen);
    errors.take(Field::RepeatPassword, repeated);
    if form.code.trim().is_empty() {
        errors.add(Field::Code, Text::new("staff-code-missing"));
    }
    if let Some(password) = chosen.filter(|_| errors.is_empty()) {
        let context = Context::of(&request).ok_or_else(web::Error::malformed)?;
        match auth::set_up_staff(&state, &token, password, &form.code, &context.origin()).await {
            Ok(member) => {
                begin(&request, &session, &member, state.clock.now())?;
                return Ok(web::see_other_with(CONSOLE, auth::notices::PASSWORD_SET));
            }
            Err(Error::WrongCode) => errors.add(Field::Code, Text::new("staff-code-wrong")),
            Err(Error::DeadLink) => return dead(page, token),
            Err(error) => return Err(refusal(error)),
        }
    }
    let problems = Problems::of(errors, Field::name);
    let refused = WelcomePage { page, token, found: Some((member, secret)), problems };
    render(StatusCode::UNPROCESSABLE_ENTITY, &refused)
}
