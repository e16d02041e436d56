use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, guard};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use crate::values::Scope;
use crate::web::{Access, ForSupport, Place, Route};

/// How often a call may be made: as in the public contract, where reading is the one and changing the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Reading.
    One,
    /// Changing something.
    Two,
}

/// What is documented of a call.
#[derive(Clone, Copy)]
pub struct Documented {
    /// The call itself.
    pub operation: fn() -> Operation,
    /// Under which headings it stands.
    pub tags: fn() -> Vec<&'static str>,
    /// What its bodies are made of.
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// A call of the API, for keys with that scope, or for any if there is none. `D` is its documentation, which
/// `#[utoipa::path]` makes beside the handler: its path and method are those of the route.
pub fn call<D, F, Args>(scope: impl Into<Option<Scope>>, handler: F) -> Route
where
    D: utoipa::Path + SchemaReferences + Tags<'static>,
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let method = D::methods().first().map_or(Method::GET, method);
    let route = actix_web::web::route();
    let route = match method {
        // a HEAD is a GET whose body is not sent (RFC 9110, section 9.3.2)
        Method::GET => route.guard(guard::Any(guard::Get()).or(guard::Head())),
        ref other => route.method(other.clone()),
    };
    Route {
        path: D::path().into(),
        access: Access::Program(scope.into(), if method == Method::GET { Tier::One } else { Tier::Two }),
        method,
        place: Place::Tenant,
        // a session opens nothing here
        for_support: ForSupport::Closed,
        before_second_factor: false,
        documented: Some(Documented { operation: D::operation, tags: D::tags, schemas: D::schemas }),
        handler: route.to(handler),
    }
}

/// A reading call of the API that anyone may make, without a key.
pub fn open_call<D, F, Args>(handler: F) -> Route
where
    D: utoipa::Path + SchemaReferences + Tags<'static>,
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Route { access: Access::Anyone, for_support: ForSupport::Looks, ..call::<D, F, Args>(None, handler) }
}

fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}
