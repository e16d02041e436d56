//! What holds for every answer of the site: who is answered at all, and the headers.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::demo::loopback::is_loopback_name;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The policy of the one route that answers with a mail's HTML: nothing in it runs or is loaded.
pub(super) const POLICY_OF_MAILS: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
                                          img-src data:; frame-ancestors 'self'";

pub(super) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = match refusal(request.method(), request.headers()) {
        Some((status, reason)) => {
            let refused = HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(reason);
            request.into_response(refused).map_into_right_body()
        }
        None => next.call(request).await?.map_into_left_body(),
    };
    let headers = response.headers_mut();
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback_name(host) {
        return Some((
            StatusCode::MISDIRECTED_REQUEST,
            "The mail catcher answers to localhost, 127.0.0.1 and [::1] only.",
        ));
    }
    if method.is_safe() {
        return None;
    }
    // Sec-Fetch-Site decides where the browser sends it. Origin alone would not do: under our
    // Referrer-Policy a browser sends `Origin: null` with our own form (Fetch, "append a request
    // Origin header"). Neither header means that no browser speaks, and so nobody was tricked.
    let from_here = match (text(HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin.strip_prefix("http://") == Some(host),
        (None, None) => true,
    };
    (!from_here).then_some((StatusCode::FORBIDDEN, "This form was not sent from the mail catcher's page."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_form_may_change_anything() {
        let refused = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("localhost:8025"));
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            refusal(&Method::POST, &headers).is_some()
        };
        assert!(!refused(&[]));
        assert!(!refused(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!refused(&[("origin", "http://localhost:8025")]));
        assert!(refused(&[("sec-fetch-site", "cross-site")]));
        assert!(refused(&[("sec-fetch-site", "same-site")]));
        assert!(refused(&[("sec-fetch-site", "none")]));
        assert!(refused(&[("origin", "http://localhost:8080")]));
        assert!(refused(&[("origin", "https://evil.example")]));
        assert!(refused(&[("origin", "null")]));
    }
}
