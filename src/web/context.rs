use std::cell::{Cell, OnceCell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use actix_web::{HttpRequest, http::header};

use super::api::API;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::i18n::Language;
use crate::sessions::{KeyInUse, Person, Support};
use crate::staff::StaffMember;
use crate::tenants::Tenant;
use crate::values::{Origin, SessionId};

/// Whose host a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// The operator's base host.
    Base,
    /// A tenant's host, or one that could be.
    Tenant(String),
    /// Some other name that leads here.
    Unknown,
}

/// What is known about the request at hand; filled on its way in, read by pages and errors.
pub struct Context {
    /// The request's identifier in logs and on error pages.
    pub request_id: String,
    /// The client's address, after trusted proxies.
    pub client: IpAddr,
    pub now: Timestamp,
    /// Whose host it is for.
    pub site: Site,
    /// The path, to come back to after sign-in.
    pub path: String,
    /// The language to answer in.
    pub language: Cell<Language>,
    /// The tenant of the host, once the gate has found it.
    pub tenant: OnceCell<Tenant>,
    /// Who is signed in, once the gate has found it.
    pub signed_in: OnceCell<SignedIn>,
    /// Who of the staff is signed in, at the base host, once the gate has found it.
    pub staff: OnceCell<StaffSignedIn>,
    /// The program that calls, and as whom, once the gate has found it.
    pub program: OnceCell<KeyInUse>,
    /// What is left of that program's allowance.
    pub(super) left: Cell<Option<super::api::Left>>,
    /// The form token that a visitor without a session came with or is about to get.
    pub(super) form_token: RefCell<Option<String>>,
    pub(super) form_token_is_new: Cell<bool>,
    /// The notice to show once.
    pub(super) flash: Cell<Option<super::Flash>>,
    pub(super) flash_was_shown: Cell<bool>,
}

/// A signed-in person and their session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: SessionId,
    pub person: Person,
    /// The session's CSRF token.
    pub csrf: String,
}

/// A member of the staff who is signed in at the base host.
#[derive(Clone, Debug)]
pub struct StaffSignedIn {
    pub member: StaffMember,
    /// The session's CSRF token.
    pub csrf: String,
}

impl Context {
    /// The support person who looks at the portal as the one who is signed in.
    pub fn support(&self) -> Option<&Support> {
        self.signed_in.get()?.person.support.as_ref()
    }

    /// Whether a program is to be answered: by JSON, and to a key.
    pub(super) fn is_api(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path == API || path.strip_prefix(API).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Where the request comes from.
    pub fn origin(&self) -> Origin {
        Origin { client: self.client, request_id: self.request_id.clone() }
    }

    /// The context of a request that was let in by the front door.
    pub fn of(request: &HttpRequest) -> Option<Rc<Context>> {
        request.extensions().get::<Rc<Context>>().cloned()
    }
}

/// Whose host the `Host` header names. The name decides, not the port: behind a proxy they differ.
pub(super) fn site(host: &str, config: &Config) -> Site {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) => return Site::Unknown,
        None => host,
    };
    let name = name.to_lowercase();
    let base = &config.base_url.host;
    if name == *base {
        return Site::Base;
    }
    match name.strip_suffix(base.as_str()).and_then(|rest| rest.strip_suffix('.')) {
        Some(slug) if !slug.is_empty() && !slug.contains('.') => Site::Tenant(slug.to_owned()),
        _ => Site::Unknown,
    }
}

/// The `Host` header as sent. `X-Forwarded-Host` is not believed: it would choose the tenant.
pub(super) fn host(request: &ServiceRequest) -> String {
    let authority = request.uri().authority().map(ToString::to_string);
    let header = || request.headers().get(header::HOST)?.to_str().ok().map(str::to_owned);
    authority.or_else(header).unwrap_or_default()
}

/// The client's address: the last one in `X-Forwarded-For` that is no trusted proxy of ours.
pub(super) fn client(request: &ServiceRequest, config: &Config) -> Option<IpAddr> {
    let mut client = request.peer_addr()?.ip().to_canonical();
    let forwarded: Vec<&str> =
        request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    for hop in forwarded.join(",").rsplit(',').map(str::trim) {
        if !config.trusts_proxy(client) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(ip) => client = ip.to_canonical(),
            Err(_) => break,
        }
    }
    Some(client)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;

    use super::*;

    fn config(proxies: &str) -> Config {
        let environment = BTreeMap::from([
            ("POSTHORN_BASE_URL".to_owned(), "https://portal.example".to_owned()),
            ("POSTHORN_TRUSTED_PROXIES".to_owned(), proxies.to_owned()),
        ]);
        Config::parse("", &environment).unwrap()
    }

    #[test]
    fn a_host_is_the_base_a_tenant_or_nobody() {
        let config = config("");
        for (host, expected) in [
            ("portal.example", Site::Base),
            ("Portal.Example:8443", Site::Base),
            ("acme.portal.example", Site::Tenant("acme".to_owned())),
            ("a.b.portal.example", Site::Unknown),
            ("acmeportal.example", Site::Unknown),
            (".portal.example", Site::Unknown),
            ("acme.portal.example:1@globex.portal.example", Site::Unknown),
            ("127.0.0.1:8080", Site::Unknown),
            ("", Site::Unknown),
        ] {
            assert_eq!(site(host, &config), expected, "{host:?}");
        }
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let request = |peer: &str, forwarded: &str| {
            TestRequest::default()
                .peer_addr(peer.parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded.to_owned()))
                .to_srv_request()
        };
        let trusting = config("10.0.0.0/8");
        let at = |peer, forwarded, config| client(&request(peer, forwarded), config).unwrap().to_string();
        assert_eq!(at("10.0.0.1:1", "203.0.113.9", &trusting), "203.0.113.9");
        assert_eq!(at("10.0.0.1:1", "198.51.100.1, 203.0.113.9, 10.0.0.2", &trusting), "203.0.113.9");
        assert_eq!(at("203.0.113.7:1", "198.51.100.1", &trusting), "203.0.113.7");
        assert_eq!(at("10.0.0.1:1", "forged", &trusting), "10.0.0.1");
        assert_eq!(at("10.0.0.1:1", "198.51.100.1", &config("")), "10.0.0.1");
    }
}
