use actix_web::http::Method;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, Ref, RefOr, Required,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::state::Tables;
use crate::web::api::{ProblemBody, Tier};
use crate::web::{Access, Route};

/// The name of the way in.
const KEY: &str = "apiKey";

/// The document as it is served.
pub struct Document {
    pub json: String,
}

impl Document {
    /// The documentation of those calls.
    pub fn of(routes: &[Route], product: &str, tables: &Tables) -> Self {
        let json = openapi(routes, product, tables).to_json().unwrap_or_else(|error| {
            tracing::error!(%error, "the documentation of the API cannot be written");
            "{}".to_owned()
        });
        Self { json }
    }
}

fn openapi(routes: &[Route], product: &str, tables: &Tables) -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas: Vec<(String, RefOr<Schema>)> =
        vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    for route in routes {
        let Some(documented) = route.documented else { continue };
        let mut operation = (documented.operation)();
        operation.tags = Some((documented.tags)().into_iter().map(str::to_owned).collect());
        (documented.schemas)(&mut schemas);
        if let Some(add) = documented.by_tables {
            add(&mut operation, tables);
        }
        complete(&mut operation, route);
        let item = PathItem::new(method(&route.method), operation);
        paths.paths.entry(route.path.clone().into_owned()).or_default().merge_operations(item);
    }
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A key of *Administration > API keys*."))
        .build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(KEY, SecurityScheme::Http(key))
        .build();
    let info = InfoBuilder::new()
        .title(format!("{product} API"))
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What a tenant's administrator does on pages, for programs. Calls that read are of tier 1, calls that \
             change something of tier 2; the header `RateLimit` tells what is left. Problems are told in the language \
             of `Accept-Language`, English or German.",
        ))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// Adds what every call has in common.
fn complete(operation: &mut Operation, route: &Route) {
    let mut also = vec![
        ("400", "The request is not valid."),
        ("500", "Something went wrong on our side."),
        ("503", "We have too much to do; `Retry-After` tells when to try again."),
    ];
    if let Access::Program(scope, tier) = route.access {
        let scopes: Vec<String> = scope.iter().map(|scope| scope.as_str().to_owned()).collect();
        // OpenAPI 3.1 lets requirements of any kind name roles
        operation.security = Some(vec![SecurityRequirement::new(KEY, scopes)]);
        let mut extensions = ExtensionsBuilder::new().add("x-tier", if tier == Tier::One { 1 } else { 2 });
        if let Some(scope) = scope {
            extensions = extensions.add("x-scope", scope.as_str());
            also.push(("403", "The key lacks the scope."));
        }
        operation.extensions.get_or_insert_default().merge(extensions.build());
        also.push(("401", "The key is missing, unknown, expired or revoked, or is another tenant's."));
        also.push(("429", "Too many requests; `Retry-After` tells when to try again."));
    } else {
        also.push(("404", "There is no portal at this host."));
    }
    if operation.request_body.is_some() {
        also.push(("408", "The body did not arrive in time."));
        also.push(("413", "The body is too large."));
        also.push(("415", "The body is of another media type."));
    }
    if route.method != Method::GET {
        also.push(("403", "The key lacks the scope, or a browser sent the request from another site."));
    }
    for (status, description) in also {
        let problem = || {
            let schema = RefOr::Ref(Ref::from_schema_name(ProblemBody::name()));
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response =
                ResponseBuilder::new().description(description).content("application/json", content);
            match status {
                "429" | "503" => response.header("Retry-After", seconds()).build(),
                _ => response.build(),
            }
        };
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem()));
    }
    // a body that is described is needed
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && body.required.is_none()
    {
        body.required = Some(Required::True);
    }
}

fn seconds() -> utoipa::openapi::Header {
    let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    HeaderBuilder::new().schema(Some(schema)).description(Some("So many seconds.")).build()
}

fn method(http: &Method) -> HttpMethod {
    match *http {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        Method::PATCH => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}
