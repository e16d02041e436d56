use std::borrow::Cow;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, guard};

use super::api::{Documented, Tier};
use crate::values::Scope;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Everybody, signed in or not.
    Anyone,
    /// Every signed-in person of the tenant.
    Member,
    TenantAdmin,
    /// The staff of whoever runs the installation, whatever their role.
    Staff,
    Support,
    Operator,
    /// Programs with a key that has that scope, or with any key; how often, is the tier's to say.
    Program(Option<Scope>, Tier),
}

impl Access {
    /// The name in the printed table of routes.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Anyone => "anyone",
            Access::Member => "member",
            Access::TenantAdmin => "tenant-admin",
            Access::Staff => "staff",
            Access::Support => "support",
            Access::Operator => "operator",
            Access::Program(..) => "program",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On every host, also one that is nobody's: health checks and style sheets.
    Everywhere,
    /// On the base host and on tenants' hosts.
    Site,
    Tenant,
    /// On the base host.
    Base,
}

/// What a support person may do there who looks at the portal as one of the tenant's users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SupportAccess {
    /// Look: every page, unless it says otherwise.
    Read,
    /// Nothing: forms, unless they say otherwise, and pages with what is only for the person.
    None,
    Write,
}

/// A row of the table of routes, with its handler.
pub struct Route {
    pub method: Method,
    /// The path as a pattern.
    pub path: Cow<'static, str>,
    pub access: Access,
    pub place: Place,
    /// What a support person may who looks at the portal as somebody else.
    pub for_support: SupportAccess,
    /// Whether an administrator who must set up a second factor first may use it nevertheless.
    pub before_second_factor: bool,
    /// What programs are told of it, if it is for them.
    pub documented: Option<Documented>,
    pub handler: actix_web::Route,
}

impl Route {
    /// The same on other hosts than the tenants'.
    #[must_use]
    pub fn on(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same, with other rights for support persons who look at the portal as somebody else.
    #[must_use]
    pub fn for_support(mut self, may: SupportAccess) -> Self {
        self.for_support = may;
        self
    }

    /// The same, also for an administrator who must set up a second factor first.
    #[must_use]
    pub fn before_second_factor(mut self) -> Self {
        self.before_second_factor = true;
        self
    }
}

/// A page: GET on tenants' hosts.
pub fn get<F, Args>(path: &'static str, access: Access, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    // a HEAD is a GET whose body is not sent (RFC 9110, section 9.3.2)
    let read = guard::Any(guard::Get()).or(guard::Head());
    let handler = actix_web::web::route().guard(read).to(handler);
    Route {
        method: Method::GET,
        path: Cow::Borrowed(path),
        access,
        place: Place::Tenant,
        for_support: SupportAccess::Read,
        before_second_factor: false,
        documented: None,
        handler,
    }
}

/// A form: POST on tenants' hosts.
pub fn post<F, Args>(path: &'static str, access: Access, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Route {
        method: Method::POST,
        path: Cow::Borrowed(path),
        access,
        place: Place::Tenant,
        for_support: SupportAccess::None,
        before_second_factor: false,
        documented: None,
        handler: actix_web::web::post().to(handler),
    }
}
