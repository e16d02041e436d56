use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, guard};

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Everybody, signed in or not.
    Anyone,
    /// Every signed-in person of the tenant.
    Member,
    /// The tenant's administrators.
    TenantAdmin,
}

impl Access {
    /// The name in the printed table of routes.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Anyone => "anyone",
            Access::Member => "member",
            Access::TenantAdmin => "tenant-admin",
        }
    }
}

/// On which hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On every host, also one that is nobody's: health checks and style sheets.
    Everywhere,
    /// On the base host and on tenants' hosts.
    Site,
    /// On tenants' hosts.
    Tenant,
}

/// A row of the table of routes, with its handler.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path as a pattern.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// On which hosts.
    pub place: Place,
    /// Whether an administrator who must set up a second factor first may use it nevertheless.
    pub before_second_factor: bool,
    /// What answers.
    pub handler: actix_web::Route,
}

impl Route {
    /// The same on other hosts than the tenants'.
    #[must_use]
    pub fn on(mut self, place: Place) -> Self {
        self.place = place;
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
    Route { method: Method::GET, path, access, place: Place::Tenant, before_second_factor: false, handler }
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
        path,
        access,
        place: Place::Tenant,
        before_second_factor: false,
        handler: actix_web::web::post().to(handler),
    }
}
