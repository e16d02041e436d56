//! Our cookies: for one host, sent over https only where there is https, and out of reach of scripts.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use crate::config::Config;

/// A cookie that goes with the browser.
pub(super) fn cookie<'a>(config: &Config, name: &str, value: &'a str) -> Cookie<'a> {
    Cookie::build(cookie_name(config, name), value)
        .path("/")
        .http_only(true)
        .secure(config.base_url.https)
        .same_site(SameSite::Lax)
        .finish()
}

/// A cookie's name; `__Host-` under https, so that no neighbouring host can set it.
pub(super) fn cookie_name(config: &Config, name: &str) -> String {
    if config.base_url.https { format!("__Host-{name}") } else { name.to_owned() }
}

/// What the browser keeps for us under that name.
pub fn read_cookie(request: &HttpRequest, config: &Config, name: &str) -> Option<String> {
    request.cookie(&cookie_name(config, name)).map(|cookie| cookie.value().to_owned())
}

/// The answer, with which the browser is to keep that.
#[must_use]
pub fn with_cookie(mut response: HttpResponse, config: &Config, name: &str, value: &str) -> HttpResponse {
    response.add_cookie(&cookie(config, name, value)).ok();
    response
}

/// The answer, with which the browser forgets what it kept.
#[must_use]
pub fn without_cookie(mut response: HttpResponse, config: &Config, name: &str) -> HttpResponse {
    let mut gone = cookie(config, name, "");
    gone.make_removal();
    response.add_cookie(&gone).ok();
    response
}
