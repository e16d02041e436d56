use std::fmt;
use std::rc::Rc;

use actix_web::http::header::HeaderValue;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::api::{Problem, ValidationErrors};
use super::{Context, Page};
use crate::config::Config;
use crate::db;
use crate::i18n::Text;
use crate::tenants::Administrator;

/// After so many seconds a database may be back.
const RETRY_AFTER: &str = "10";

/// Where a person sets up a second factor.
const SECOND_FACTOR: &str = "/account/second-factor";

/// Why a request is not answered as wished. It becomes a page, in the visitor's language and with the
/// request's identifier, at the front door.
#[derive(Clone, Debug)]
pub struct Error(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// There is no such page.
    NotFound,
    /// There is no portal at this host, or it is suspended; nobody learns which.
    NoPortal,
    /// A page for signed-in people.
    SignInFirst { next: Option<String> },
    /// A page for the staff.
    StaffFirst,
    /// Not for a support person who looks at the portal as somebody else.
    NotForSupport,
    /// An administrator who must set up a second factor before anything else.
    SecondFactorFirst,
    /// Not for this person; these can help.
    Forbidden { helpers: Vec<Administrator> },
    /// The form did not come from a page of ours, or its page is too old.
    ForeignForm,
    /// The request cannot be understood.
    Malformed,
    /// Too large a form.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The path is there, for these methods only.
    WrongMethod { allowed: String },
    /// What a call of the API says.
    Problem(Box<Problem>),
    /// Somebody else saved in the meantime.
    Conflict { what: Text, back: &'static str },
    /// Too many of these; the text says when to try again.
    TooMany { what: Text, retry_after_seconds: u64 },
    /// We have too much to do.
    Busy,
    /// The database is away, full, read-only or locked: it passes, and what was asked may be asked again.
    Unavailable,
    /// Our fault; the cause stands in the log.
    Internal,
}

impl Error {
    /// There is no such page.
    pub fn not_found() -> Self {
        Self(Kind::NotFound)
    }

    /// There is no portal at this host.
    pub fn no_portal() -> Self {
        Self(Kind::NoPortal)
    }

    /// A page for signed-in people; afterwards the person comes back to `next`, or learns that their form
    /// is lost.
    pub fn sign_in_first(next: Option<String>) -> Self {
        Self(Kind::SignInFirst { next })
    }

    /// A page for the staff, who sign in at the base host.
    pub fn staff_first() -> Self {
        Self(Kind::StaffFirst)
    }

    /// Not for a support person who looks at the portal as somebody else.
    pub fn not_for_support() -> Self {
        Self(Kind::NotForSupport)
    }

    /// An administrator who must set up a second factor before anything else.
    pub fn second_factor_first() -> Self {
        Self(Kind::SecondFactorFirst)
    }

    /// Not for this person; these can help.
    pub fn forbidden(helpers: Vec<Administrator>) -> Self {
        Self(Kind::Forbidden { helpers })
    }

    /// The form did not come from a page of ours, or its page is too old.
    pub fn foreign_form() -> Self {
        Self(Kind::ForeignForm)
    }

    /// The request cannot be understood.
    pub fn malformed() -> Self {
        Self(Kind::Malformed)
    }

    /// Too large a form.
    pub fn too_large() -> Self {
        Self(Kind::TooLarge)
    }

    /// The body did not arrive in time.
    pub fn too_slow() -> Self {
        Self(Kind::TooSlow)
    }

    /// The path is there, for these methods only.
    pub fn wrong_method(allowed: &[Method]) -> Self {
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        Self(Kind::WrongMethod { allowed: names.join(", ") })
    }

    /// Somebody else saved in the meantime; `back` leads to the present state.
    pub fn conflict(what: Text, back: &'static str) -> Self {
        Self(Kind::Conflict { what, back })
    }

    /// Too many of these; the text says when to try again.
    pub fn too_many(what: Text, retry_after_seconds: u64) -> Self {
        Self(Kind::TooMany { what, retry_after_seconds })
    }

    /// We have too much to do.
    pub fn busy() -> Self {
        Self(Kind::Busy)
    }

    /// Nothing can be read or saved at present.
    pub fn unavailable() -> Self {
        Self(Kind::Unavailable)
    }

    fn status(&self) -> StatusCode {
        match &self.0 {
            Kind::NotFound | Kind::NoPortal => StatusCode::NOT_FOUND,
            Kind::SignInFirst { .. } | Kind::StaffFirst | Kind::SecondFactorFirst => StatusCode::SEE_OTHER,
            Kind::Forbidden { .. } | Kind::ForeignForm | Kind::NotForSupport => StatusCode::FORBIDDEN,
            Kind::Malformed => StatusCode::BAD_REQUEST,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Kind::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Kind::Problem(problem) => problem.status(),
            Kind::Conflict { .. } => StatusCode::CONFLICT,
            Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Kind::Busy | Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error as an answer, in the language of the request.
    pub(super) fn answer(&self, context: &Rc<Context>, config: &Config) -> HttpResponse {
        if context.is_api() {
            return self.answer_program(context);
        }
        if let Kind::SignInFirst { next } = &self.0 {
            let query = next.as_deref().and_then(|next| serde_urlencoded::to_string([("next", next)]).ok());
            // without a page to come back to it was a form, and the person should know that it is lost
            let to = format!("/sign-in?{}", query.as_deref().unwrap_or("lost=form"));
            return HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish();
        }
        if matches!(self.0, Kind::StaffFirst) {
            return HttpResponse::SeeOther().insert_header((header::LOCATION, "/staff/sign-in")).finish();
        }
        if matches!(self.0, Kind::SecondFactorFirst) {
            return HttpResponse::SeeOther().insert_header((header::LOCATION, SECOND_FACTOR)).finish();
        }
        let (title, what) = self.words();
        let (helpers, back) = match &self.0 {
            Kind::Forbidden { helpers } => (helpers.as_slice(), None),
            Kind::Conflict { back, .. } => (&[][..], Some(*back)),
            _ => (&[][..], None),
        };
        let own = matches!(self.0, Kind::Internal);
        let page = Page::for_error(context, &config.product_name);
        let body = ErrorPage {
            title: title.say(page.language),
            what: what.say(page.language),
            helpers,
            back,
            find: matches!(self.0, Kind::NoPortal).then(|| format!("{}/", config.base_url)),
            own,
            page,
        };
        let mut answer = HttpResponse::build(self.status());
        answer.content_type("text/html; charset=utf-8");
        match self.0 {
            Kind::TooMany { retry_after_seconds, .. } => {
                answer.insert_header((header::RETRY_AFTER, retry_after_seconds.to_string()));
            }
            Kind::Busy => {
                answer.insert_header((header::RETRY_AFTER, "5"));
            }
            Kind::Unavailable => {
                answer.insert_header((header::RETRY_AFTER, RETRY_AFTER));
            }
            Kind::WrongMethod { ref allowed } => {
                answer.insert_header((header::ALLOW, allowed.as_str()));
            }
            _ => {}
        }
        match body.render() {
            Ok(html) => answer.body(html),
            Err(error) => {
                tracing::error!(%error, "an error page cannot be rendered");
                answer.finish()
            }
        }
    }

    /// The error as the answer to a program.
    fn answer_program(&self, context: &Context) -> HttpResponse {
        let problem = match &self.0 {
            Kind::Problem(problem) => (**problem).clone(),
            Kind::TooMany { what, retry_after_seconds } => {
                Problem::too_many(what.clone(), *retry_after_seconds)
            }
            kind => {
                let (title, what) = match kind {
                    Kind::NotFound | Kind::NoPortal => ("api-not-found", "api-not-found-what"),
                    Kind::WrongMethod { .. } => ("api-wrong-method", "api-wrong-method-what"),
                    Kind::ForeignForm => ("api-foreign", "api-foreign-what"),
                    Kind::TooLarge => ("api-too-large", "api-too-large-what"),
                    Kind::TooSlow => ("api-too-slow", "api-too-slow-what"),
                    Kind::Busy => ("error-busy", "error-busy-what"),
                    Kind::Unavailable => ("api-unavailable", "api-unavailable-what"),
                    Kind::Internal => ("api-internal", "api-internal-what"),
                    _ => ("api-malformed", "api-malformed-what"),
                };
                let code = format!("HTTP-{}", self.status().as_u16());
                Problem::new(self.status(), code, Text::new(title), Text::new(what))
            }
        };
        let mut answer = problem.answer(context.language.get(), &context.request_id);
        if let Kind::WrongMethod { allowed } = &self.0
            && let Ok(allowed) = HeaderValue::from_str(allowed)
        {
            answer.headers_mut().insert(header::ALLOW, allowed);
        }
        if matches!(self.0, Kind::Busy) {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if matches!(self.0, Kind::Unavailable) {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        answer
    }

    fn words(&self) -> (Text, Text) {
        match &self.0 {
            Kind::NotFound => (Text::new("error-not-found"), Text::new("error-not-found-what")),
            Kind::NoPortal => (Text::new("error-no-portal"), Text::new("error-no-portal-what")),
            Kind::NotForSupport => {
                (Text::new("error-not-for-support"), Text::new("error-not-for-support-what"))
            }
            Kind::SignInFirst { .. }
            | Kind::StaffFirst
            | Kind::SecondFactorFirst
            | Kind::Forbidden { .. } => (Text::new("error-forbidden"), Text::new("error-forbidden-what")),
            Kind::ForeignForm => (Text::new("error-foreign-form"), Text::new("error-foreign-form-what")),
            // a problem is never a page: only calls of the API have them
            Kind::Malformed | Kind::Problem(_) => {
                (Text::new("error-malformed"), Text::new("error-malformed-what"))
            }
            Kind::TooLarge => (Text::new("error-too-large"), Text::new("error-too-large-what")),
            Kind::TooSlow => (Text::new("error-too-slow"), Text::new("error-too-slow-what")),
            Kind::WrongMethod { .. } => {
                (Text::new("error-wrong-method"), Text::new("error-wrong-method-what"))
            }
            Kind::Conflict { what, .. } => (Text::new("error-conflict"), what.clone()),
            Kind::TooMany { what, .. } => (Text::new("error-too-many"), what.clone()),
            Kind::Busy => (Text::new("error-busy"), Text::new("error-busy-what")),
            Kind::Unavailable => (Text::new("error-unavailable"), Text::new("error-unavailable-what")),
            Kind::Internal => (Text::new("error-internal"), Text::new("error-internal-what")),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    title: String,
    what: String,
    helpers: &'a [Administrator],
    back: Option<&'a str>,
    /// Where to look for the right portal, when there is none here.
    find: Option<String>,
    /// Whether it is our fault and the request's identifier helps.
    own: bool,
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self(Kind::Problem(Box::new(problem)))
    }
}

impl From<ValidationErrors> for Error {
    fn from(input: ValidationErrors) -> Self {
        Problem::from(input).into()
    }
}

/// Whatever fails beneath a handler is our fault: it goes to the log, and the visitor gets a page
/// that says so and nothing more; or, if it is the database and passes, that it does.
impl<E: std::error::Error + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let mut causes = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        let cause = causes.join(": ");
        if let Some(trouble) = db::trouble(&error) {
            tracing::error!(cause, ?trouble, "a request failed: trouble with the database");
            return Self(Kind::Unavailable);
        }
        tracing::error!(cause, "a request failed");
        Self(Kind::Internal)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Only marks the response; [`super::front::door`] writes the page, since here the request's
/// language is not known.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        response.extensions_mut().insert(self.clone());
        response
    }
}
