use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, guard};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use crate::state::Tables;
use crate::values::Scope;
use crate::web::{Access, Place, Route, SupportAccess};

/// How often a call may be made: as in the public contract, where reading is the one and changing the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    One,
    Two,
}

/// What is documented of a call.
#[derive(Clone, Copy)]
pub struct Documented {
    pub operation: fn() -> Operation,
    /// Under which headings it stands.
    pub tags: fn() -> Vec<&'static str>,
    /// What its bodies are made of.
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    /// Adds what the tables say.
    pub by_tables: Option<fn(&mut Operation, &Tables)>,
}

impl Route {
    /// The same call, whose documentation says what stands in the tables that rooms contribute to.
    #[must_use]
    pub fn documented_by(mut self, by_tables: fn(&mut Operation, &Tables)) -> Self {
        if let Some(documented) = &mut self.documented {
            documented.by_tables = Some(by_tables);
        }
        self
    }
}

/// Lists the values that a parameter of a query may have.
pub fn list_values(operation: &mut Operation, parameter: &str, values: impl Iterator<Item = &'static str>) {
    let own = operation.parameters.iter_mut().flatten().find_map(|one| match one {
        RefOr::T(one) if one.name == parameter => one.schema.as_mut(),
        _ => None,
    });
    if let Some(RefOr::T(Schema::Object(object))) = own {
        object.enum_values = Some(values.map(Into::into).collect());
    }
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
        for_support: SupportAccess::None,
        before_second_factor: false,
        documented: Some(Documented {
            operation: D::operation,
            tags: D::tags,
            schemas: D::schemas,
            by_tables: None,
        }),
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
    Route { access: Access::Anyone, for_support: SupportAccess::Read, ..call::<D, F, Args>(None, handler) }
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
