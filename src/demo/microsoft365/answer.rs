//! The two shapes in which Microsoft says no.
//!
//! Status, `error`, `error_codes` and `code` are what a client may rely on; the wording changes
//! (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use uuid::Uuid;

use crate::clock::Timestamp;

/// A refusal of the token endpoint (RFC 6749, section 5.2, with Microsoft's additions).
pub(super) struct EntraError {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    /// The number behind `AADSTS`.
    pub(super) code: u32,
    pub(super) text: String,
}

impl EntraError {
    pub(super) fn response(&self, request: &HttpRequest, now: Timestamp) -> HttpResponse {
        let trace = Uuid::now_v7().to_string();
        let correlation = client_request_id(request).unwrap_or_else(|| Uuid::now_v7().to_string());
        let timestamp = now.utc().format("%Y-%m-%d %H:%M:%SZ").to_string();
        let Self { status, error, code, text } = self;
        HttpResponse::build(*status)
            .insert_header((header::CACHE_CONTROL, "no-store, no-cache"))
            .insert_header(("x-ms-request-id", trace.as_str()))
            .json(json!({
                "error": error,
                "error_description": format!(
                    "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
                ),
                "error_codes": [code],
                "timestamp": timestamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
            }))
    }
}

/// A refusal of Microsoft Graph (<https://learn.microsoft.com/graph/errors>).
pub(super) struct GraphError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) retry_after: Option<u32>,
}

impl GraphError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    pub(super) fn response(&self, request: &HttpRequest, now: Timestamp) -> HttpResponse {
        let (id, client_id) = identifiers(request);
        let mut response = HttpResponse::build(self.status);
        response.insert_header(("request-id", id.as_str()));
        response.insert_header(("client-request-id", client_id.as_str()));
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = "Bearer realm=\"\", \
                             authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                             client_id=\"00000003-0000-0000-c000-000000000000\"";
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        response.json(json!({ "error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": now.utc().format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": id,
                "client-request-id": client_id,
            },
        }}))
    }
}

/// 202 with an empty body: all that Graph says of a mail that it takes.
pub(super) fn accepted(request: &HttpRequest) -> HttpResponse {
    let (id, client_id) = identifiers(request);
    HttpResponse::Accepted()
        .insert_header(("request-id", id))
        .insert_header(("client-request-id", client_id))
        .finish()
}

/// Our identifier of a request, and the client's; without one, ours again.
fn identifiers(request: &HttpRequest) -> (String, String) {
    let id = Uuid::now_v7().to_string();
    let client_id = client_request_id(request).unwrap_or_else(|| id.clone());
    (id, client_id)
}

fn client_request_id(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("client-request-id")?.to_str().ok()?;
    Uuid::try_parse(header).ok().map(|id| id.to_string())
}
