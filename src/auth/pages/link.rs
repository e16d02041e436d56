//! Setting a password by a link: the first one, or a new one.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{begin, refusal, second_factor};
use crate::auth::notices;
use crate::auth::{self, Entry, Error, Known, chosen_password};
use crate::state::State;
use crate::users::{self, Invited, LinkPurpose};
use crate::values::TokenHash;
use crate::web::{self, Form, FormErrors, Page, Problems, Visitor, render};

/// A field of a form in which one chooses a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    NewPassword,
    RepeatPassword,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Field::NewPassword => "new_password",
            Field::RepeatPassword => "repeat_password",
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    repeat_password: String,
}

#[derive(Template)]
#[template(path = "auth/link.html")]
struct LinkPage {
    page: Page,
    purpose: LinkPurpose,
    token: String,
    /// Whose the link is; `None` when it does not work.
    invited: Option<Invited>,
    problems: Problems,
}

impl LinkPage {
    fn is_reset(&self) -> bool {
        self.purpose == LinkPurpose::Reset
    }
}

fn dead(page: Page, purpose: LinkPurpose, token: String) -> Result<HttpResponse, web::Error> {
    let page = LinkPage { page, purpose, token, invited: None, problems: Problems::default() };
    render(StatusCode::NOT_FOUND, &page)
}

pub(super) async fn show_welcome(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, web::Error> {
    show(LinkPurpose::Invitation, &visitor, page, &state, token.into_inner()).await
}

pub(super) async fn show_reset(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, web::Error> {
    show(LinkPurpose::Reset, &visitor, page, &state, token.into_inner()).await
}

async fn show(
    purpose: LinkPurpose,
    visitor: &Visitor,
    page: Page,
    state: &State,
    token: String,
) -> Result<HttpResponse, web::Error> {
    let (tenant, hash, now) = (visitor.tenant.id, TokenHash::of(&token), state.clock.now());
    let invited = users::find_by_link(state.db.read(), tenant, purpose, hash, now).await?;
    if invited.is_none() {
        return dead(page, purpose, token);
    }
    render(StatusCode::OK, &LinkPage { page, purpose, token, invited, problems: Problems::default() })
}

pub(super) async fn welcome(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
    form: Form<PasswordForm>,
) -> Result<HttpResponse, web::Error> {
    let (purpose, token) = (LinkPurpose::Invitation, token.into_inner());
    set(purpose, (&request, &session), visitor, page, &state, token, form.0).await
}

pub(super) async fn reset(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    token: Path<String>,
    form: Form<PasswordForm>,
) -> Result<HttpResponse, web::Error> {
    let (purpose, token) = (LinkPurpose::Reset, token.into_inner());
    set(purpose, (&request, &session), visitor, page, &state, token, form.0).await
}

async fn set(
    purpose: LinkPurpose,
    (request, session): (&HttpRequest, &Session),
    visitor: Visitor,
    page: Page,
    state: &State,
    token: String,
    PasswordForm { new_password, repeat_password }: PasswordForm,
) -> Result<HttpResponse, web::Error> {
    let (tenant, now) = (&visitor.tenant, state.clock.now());
    let found = users::find_by_link(state.db.read(), tenant.id, purpose, TokenHash::of(&token), now).await?;
    let Some(invited) = found else { return dead(page, purpose, token) };
    let known = Known { email: &invited.email, product: &page.product, tenant: &tenant.name };
    let (chosen, repeated) = chosen_password(&new_password, &repeat_password, known);
    let mut errors = FormErrors::default();
    let chosen = errors.take(Field::NewPassword, chosen);
    errors.take(Field::RepeatPassword, repeated);
    let Some(password) = chosen.filter(|_| errors.is_empty()) else {
        let problems = Problems::of(errors, Field::name);
        let refused = LinkPage { page, purpose, token, invited: Some(invited), problems };
        return render(StatusCode::UNPROCESSABLE_ENTITY, &refused);
    };
    match auth::set_password_by_link(state, tenant.id, purpose, &token, password, visitor.origin).await {
        Ok(Entry::Granted(person)) => {
            begin(request, session, &person, state.clock.now())?;
            Ok(web::see_other_with("/home", notices::PASSWORD_SET))
        }
        Ok(Entry::CodeNeeded(token)) => Ok(second_factor::ask(state, &token, "")),
        Err(Error::LocalSignInOff) => Ok(web::see_other_with("/sign-in", notices::LOCAL_SIGN_IN_OFF)),
        Err(Error::DeadLink) => dead(page, purpose, token),
        Err(error) => Err(refusal(error)),
    }
}
