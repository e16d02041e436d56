use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::i18n::{Language, Text};

/// Why a call is not answered as wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    items: Vec<Item>,
    retry_after_seconds: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    code: String,
    title: Text,
    detail: Text,
    at: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A JSON Pointer into the body (RFC 6901).
    Pointer(String),
    /// A parameter of the query.
    Parameter(String),
    Header(&'static str),
}

impl Problem {
    /// A problem of that status and code.
    pub fn new(status: StatusCode, code: impl Into<String>, title: Text, detail: Text) -> Self {
        let item = Item { code: code.into(), title, detail, at: None };
        Self { status, items: vec![item], retry_after_seconds: None }
    }

    /// What is asked for is not there.
    pub fn not_found(detail: Text) -> Self {
        Self::new(StatusCode::NOT_FOUND, "HTTP-404", Text::new("api-not-found"), detail)
    }

    /// It cannot be done in the present state.
    pub fn conflict(detail: Text) -> Self {
        Self::new(StatusCode::CONFLICT, "HTTP-409", Text::new("api-conflict"), detail)
    }

    /// Something else was done under that key.
    pub fn other_request(detail: Text) -> Self {
        let title = Text::new("api-other-request");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY-1", title, detail)
            .at(&Place::Header("Idempotency-Key"))
    }

    /// A key is missing, or is none. Which of them is not told.
    pub(super) fn unauthorised() -> Self {
        let (title, detail) = (Text::new("api-unauthorised"), Text::new("api-unauthorised-what"));
        Self::new(StatusCode::UNAUTHORIZED, "HTTP-401", title, detail)
    }

    /// The key does not have that scope.
    pub(super) fn out_of_scope(scope: &'static str) -> Self {
        let (title, detail) = (Text::new("api-scope"), Text::new("api-scope-what").with("scope", scope));
        Self::new(StatusCode::FORBIDDEN, "SCOPECHECK-1", title, detail)
    }

    /// Too many of these; the text says when to try again.
    pub fn too_many(detail: Text, retry_after_seconds: u64) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let problem = Self::new(status, "HTTP-429", Text::new("api-too-many"), detail);
        Self { retry_after_seconds: Some(retry_after_seconds), ..problem }
    }

    /// The body is of another media type.
    pub(super) fn other_media_type(wanted: &'static str) -> Self {
        let detail = Text::new("api-media-type-what").with("wanted", wanted);
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "HTTP-415", Text::new("api-media-type"), detail)
    }

    fn at(mut self, place: &Place) -> Self {
        for item in &mut self.items {
            item.at = Some(place.clone());
        }
        self
    }

    /// The status of the answer.
    pub(in crate::web) fn status(&self) -> StatusCode {
        self.status
    }

    /// The problem as an answer.
    pub(in crate::web) fn answer(&self, language: Language, trace_id: &str) -> HttpResponse {
        let error = |item: &Item| ErrorBody {
            code: item.code.clone(),
            title: item.title.say(language),
            detail: item.detail.say(language),
            source: item.at.as_ref().map(|place| match place {
                Place::Pointer(pointer) => Source { pointer: Some(pointer.clone()), ..Source::default() },
                Place::Parameter(name) => Source { parameter: Some(name.clone()), ..Source::default() },
                Place::Header(name) => Source { header: Some((*name).to_owned()), ..Source::default() },
            }),
        };
        let body =
            ProblemBody { errors: self.items.iter().map(error).collect(), trace_id: trace_id.to_owned() };
        let mut answer = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after_seconds {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        answer.json(body)
    }
}

/// All that is wrong with an input, each at its place.
#[derive(Clone, Debug, Default)]
pub struct ValidationErrors(Vec<Item>);

impl ValidationErrors {
    fn add(&mut self, at: Place, detail: Text) {
        let title = Text::new("api-input");
        self.0.push(Item { code: "INPUTCHECK-1".to_owned(), title, detail, at: Some(at) });
    }

    /// Notes what is wrong at that place of the body, a JSON Pointer (RFC 6901).
    pub fn at(&mut self, pointer: impl Into<String>, detail: Text) {
        self.add(Place::Pointer(pointer.into()), detail);
    }

    /// Notes what is wrong with that parameter of the query.
    pub fn parameter(&mut self, name: impl Into<String>, detail: Text) {
        self.add(Place::Parameter(name.into()), detail);
    }

    /// Notes what is wrong with that header.
    pub fn header(&mut self, name: &'static str, detail: Text) {
        self.add(Place::Header(name), detail);
    }

    /// The value, or a note of what is wrong at that place of the body.
    pub fn take<T>(&mut self, pointer: impl Into<String>, result: Result<T, Text>) -> Option<T> {
        result.map_err(|problem| self.at(pointer, problem)).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem, if something is wrong.
    ///
    /// # Errors
    /// Everything that was noted.
    pub fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }

    /// The one problem: that at that place of the body.
    pub fn one(pointer: impl Into<String>, detail: Text) -> Problem {
        let mut input = Self::default();
        input.at(pointer, detail);
        input.into()
    }

    /// The one problem: that with this parameter.
    pub fn one_parameter(name: impl Into<String>, detail: Text) -> Problem {
        let mut input = Self::default();
        input.parameter(name, detail);
        input.into()
    }
}

impl From<ValidationErrors> for Problem {
    fn from(ValidationErrors(items): ValidationErrors) -> Self {
        Self { status: StatusCode::BAD_REQUEST, items, retry_after_seconds: None }
    }
}

/// A problem, and where it lies.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem, example = json!({
    "errors": [{
        "code": "INPUTCHECK-1",
        "title": "The request is not valid",
        "detail": "Enter a port from 1 to 65535.",
        "source": { "pointer": "/providerConfig/serverPort" }
    }],
    "traceId": "0198f3a1-7c1e-7d2a-9a55-0e6f1d2c3b4a"
}))]
pub struct ProblemBody {
    /// Everything that is wrong, one entry each.
    errors: Vec<ErrorBody>,
    /// The identifier of the request, as in the server's log.
    trace_id: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
struct ErrorBody {
    /// What kind of problem it is, for programs.
    code: String,
    /// The same for people.
    title: String,
    /// What is wrong here and what to do about it.
    detail: String,
    /// The part of the request that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source: Option<Source>,
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = ErrorSource)]
struct Source {
    /// The place in the body, as a JSON Pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pointer: Option<String>,
    /// The parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<String>,
    /// The name of the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    header: Option<String>,
}
