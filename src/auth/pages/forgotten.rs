use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::auth::reset::{self, Error};
use crate::i18n::Text;
use crate::state::State;
use crate::values::EmailAddress;
use crate::web::{self, Form, Page, Problems, Visitor, render};

pub(super) const PATH: &str = "/forgotten";

#[derive(serde::Deserialize)]
pub(super) struct ForgottenForm {
    #[serde(default)]
    email: String,
}

#[derive(Template)]
#[template(path = "auth/forgotten.html")]
struct ForgottenPage {
    page: Page,
    email: String,
    problems: Problems,
    /// Whether somebody has asked; then the page says what happens now, the same to everybody.
    asked: bool,
}

pub(super) async fn show(page: Page) -> Result<HttpResponse, web::Error> {
    let (email, problems) = (String::new(), Problems::default());
    render(StatusCode::OK, &ForgottenPage { page, email, problems, asked: false })
}

pub(super) async fn ask(
    visitor: Visitor,
    page: Page,
    state: Data<State>,
    form: Form<ForgottenForm>,
) -> Result<HttpResponse, web::Error> {
    let email = form.0.email;
    let address = match EmailAddress::parse(&email) {
        Ok(address) => address,
        Err(problem) => {
            let problems = Problems::one("email", problem.text());
            let refused = ForgottenPage { page, email, problems, asked: false };
            return render(StatusCode::UNPROCESSABLE_ENTITY, &refused);
        }
    };
    let noted = reset::note(&state, visitor.tenant.id, address, visitor.language, visitor.origin).await;
    let forgotten = match noted {
        Ok(forgotten) => forgotten,
        Err(Error::TooManyFromHere) => {
            return Err(web::Error::too_many(Text::new("auth-forgotten-too-many"), 3600));
        }
        Err(error) => return Err(error.into()),
    };
    // behind the answer, so that the time it takes tells nothing
    let state = State::clone(&state);
    tokio::spawn(async move {
        if let Err(error) = reset::send_link(&state, &forgotten).await {
            tracing::error!(%error, "a link to set a new password cannot be mailed");
        }
    });
    let problems = Problems::default();
    render(StatusCode::OK, &ForgottenPage { page, email, problems, asked: true })
}
