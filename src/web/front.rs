//! The front door: the first and last thing that a request meets.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorInternalServerError, InternalError};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, web};

use super::api::Left;
use super::context::{self, Context, Site};
use super::cookie::{cookie, cookie_name};
use super::page::{FLASH_COOKIE, FORM_COOKIE};
use super::page::{Frame, Masked, Scripted, Viewer};
use super::session::NO_DATABASE;
use super::{Error, Flash, Surfaces, mask};
use crate::config::Config;
use crate::i18n::Language;
use crate::state::State;

/// What monitoring asks for: no session is looked for there.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

/// Gives the request its context, refuses forms from foreign sites, turns errors into pages, and puts
/// the security headers on every answer.
///
/// # Errors
/// Only with an answer that is complete.
pub async fn door(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // whoever asks whether the process lives is told so whatever becomes of their session
    if HEALTH.contains(&request.path()) {
        request.headers_mut().remove(header::COOKIE);
    }
    let config = &state.config;
    let request_id = request
        .extensions()
        .get::<tracing_actix_web::RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let host = context::host(&request);
    // without a peer the connection is gone already; nobody is to be counted in its place
    let Some(client) = context::client(&request, config) else {
        return Ok(request.into_response(HttpResponse::BadRequest().finish()));
    };
    let context =
        Rc::new(Context {
            request_id,
            client,
            site: context::site(&host, config),
            now: state.clock.now(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            language: Cell::new(accepted.map_or(Language::English, Language::negotiate)),
            tenant: OnceCell::new(),
            signed_in: OnceCell::new(),
            staff: OnceCell::new(),
            program: OnceCell::new(),
            left: Cell::new(None),
            form_token: RefCell::new(
                request.cookie(cookie_name(config, FORM_COOKIE).as_str()).map(|c| c.value().to_owned()),
            ),
            form_token_is_new: Cell::new(false),
            flash: Cell::new(request.cookie(&cookie_name(config, FLASH_COOKIE)).and_then(|cookie| {
                request.app_data::<actix_web::web::Data<Surfaces>>()?.notice(cookie.value())
            })),
            flash_was_shown: Cell::new(false),
        });
    let reads_only = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads_only && is_foreign(request.headers(), &host, config) {
        let answer = finish(Error::foreign_form().answer(&context, config), &context, config);
        return Ok(request.into_response(answer));
    }
    request.extensions_mut().insert(Rc::clone(&context));
    let call = next.call(request);
    // What changes something is finished, whoever hangs up: a visitor who breaks the connection must not
    // stop a save before its traces are erased, or a sign-in before it is counted.
    let result = if reads_only {
        call.await
    } else {
        actix_web::rt::spawn(call).await.unwrap_or_else(|error| Err(Error::from(error).into()))
    };
    match result {
        Ok(response) => {
            let error = response.response().extensions().get::<Error>().cloned();
            let (request, response) = response.into_parts();
            let response = match error {
                Some(error) => {
                    // cookies that were set on the way (an ended session) stay
                    let cookies: Vec<_> = response.cookies().map(Cookie::into_owned).collect();
                    let mut page = error.answer(&context, config);
                    for cookie in cookies {
                        page.add_cookie(&cookie).ok();
                    }
                    page
                }
                None => response.map_into_boxed_body(),
            };
            let response = for_support(finish(response, &context, config), &context).await?;
            Ok(ServiceResponse::new(request, response))
        }
        Err(error) => {
            let ours = error.as_error::<Error>().cloned().unwrap_or_else(|| {
                if !error.as_response_error().status_code().is_server_error() {
                    return Error::malformed();
                }
                let said = format!("{error:?}");
                if said.contains(NO_DATABASE) {
                    tracing::error!(cause = said, "a request failed: trouble with the database");
                    return Error::unavailable();
                }
                Error::from(std::io::Error::other(error.to_string()))
            });
            let answer =
                for_support(finish(ours.answer(&context, config), &context, config), &context).await?;
            Err(InternalError::from_response("answered at the front door", answer).into())
        }
    }
}

/// What support sees: no addresses of people, unless their tenant allows it, and a page as one of a tenant's
/// users no longer than the diagnosis session lasts.
async fn for_support(response: HttpResponse, context: &Context) -> Result<HttpResponse, actix_web::Error> {
    let support = context.support();
    let is_masked = response.extensions().get::<Masked>().is_some();
    let mut response = if is_masked || context.signed_in.get().is_some_and(|who| !who.person.sees_addresses())
    {
        let (head, body) = response.into_parts();
        let body = actix_web::body::to_bytes(body).await.map_err(ErrorInternalServerError)?;
        head.set_body(BoxBody::new(mask::addresses(&String::from_utf8_lossy(&body))))
    } else {
        response
    };
    // the page closes by itself, also when nobody touches it
    let left = support.map(|support| support.until.since(context.now).as_secs() + 1);
    let refresh = left.map(|left| HeaderValue::from_str(&format!("{left}; url=/diagnosis/over")));
    if let Some(Ok(refresh)) = refresh {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(response)
}

/// Whether a browser says that the request comes from another site. Fetch metadata decides where it
/// is sent (all present browsers), else the `Origin`. A client without either is no browser, and the
/// token in the form decides.
fn is_foreign(headers: &HeaderMap, host: &str, config: &Config) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let scheme = if config.base_url.https { "https" } else { "http" };
    text("origin").is_some_and(|origin| !origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")))
}

fn finish(mut response: HttpResponse, context: &Context, config: &Config) -> HttpResponse {
    let frame = response.extensions().get::<Frame>().copied();
    let scripted = response.extensions().get::<Scripted>().is_some();
    let scripts = match (response.extensions().get::<Viewer>(), scripted) {
        (Some(_), _) => Scripts::Viewer,
        (None, true) => Scripts::Ours,
        (None, false) => Scripts::None,
    };
    security_headers(response.headers_mut(), context, config, frame, scripts);
    if context.form_token_is_new.get()
        && let Some(token) = context.form_token.borrow().as_deref()
    {
        response.add_cookie(&cookie(config, FORM_COOKIE, token)).ok();
    }
    let flash = response.extensions().get::<Flash>().copied();
    if let Some(flash) = flash {
        response.add_cookie(&cookie(config, FLASH_COOKIE, flash.name())).ok();
    } else if context.flash_was_shown.get() {
        let mut shown = cookie(config, FLASH_COOKIE, "");
        shown.make_removal();
        response.add_cookie(&shown).ok();
    }
    response
}

/// The policy of an answer with a mail's HTML: nothing in it runs, is loaded or leads anywhere.
const POLICY_OF_MAILS: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                               form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/// What may run on a page.
#[derive(Clone, Copy)]
enum Scripts {
    None,
    Ours,
    /// The viewer of the API's documentation: it calls the API, and draws its symbols from within itself.
    Viewer,
}

fn security_headers(
    headers: &mut HeaderMap,
    context: &Context,
    config: &Config,
    frame: Option<Frame>,
    scripts: Scripts,
) {
    let scheme = if config.base_url.https { "https" } else { "http" };
    // the base host's form leads to a tenant's host, and browsers check that against `form-action`
    let tenants = match (&context.site, config.base_url.port) {
        (Site::Base, Some(port)) => format!(" {scheme}://*.{}:{port}", config.base_url.host),
        (Site::Base, None) => format!(" {scheme}://*.{}", config.base_url.host),
        _ => String::new(),
    };
    let frames = if frame == Some(Frame::Around) { "frame-src 'self'; " } else { "" };
    let (scripts, images) = match scripts {
        Scripts::None => ("", ""),
        Scripts::Ours => ("script-src 'self'; ", ""),
        Scripts::Viewer => ("script-src 'self'; connect-src 'self'; ", " data:"),
    };
    let policy = format!(
        "default-src 'none'; {scripts}style-src 'self'; img-src 'self'{images}; font-src 'self'; {frames}form-action 'self'{tenants}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let (policy, framed) = match frame {
        Some(Frame::Inside) => (POLICY_OF_MAILS, "SAMEORIGIN"),
        _ => (policy.as_str(), "DENY"),
    };
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("content-security-policy", policy);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", framed);
    // `same-origin`, not `no-referrer`: with the latter a browser sends `Origin: null` with our own forms
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set("x-request-id", &context.request_id);
    if config.base_url.https {
        set("strict-transport-security", "max-age=31536000; includeSubDomains");
    }
    if let Some(left) = context.left.get() {
        // draft-ietf-httpapi-ratelimit-headers, sections 3 and 4
        let Left { calls, seconds, remaining } = left;
        set("ratelimit-policy", &format!("\"key\";q={calls};w={seconds}"));
        set("ratelimit", &format!("\"key\";r={remaining};t={seconds}"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
