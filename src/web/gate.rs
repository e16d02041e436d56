//! The gate: the table of routes decides who may. What is not in it is denied.

use std::collections::HashMap;
use std::rc::Rc;

use actix_session::SessionExt as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use tracing::{Span, field};

use super::api::{self, Limits};
use super::context::{Context, SignedIn, Site};
use super::{Access, Error, Place, Route, SupportAccess, session};
use crate::sessions::Person;
use crate::state::State;
use crate::tenants;
use crate::values::{Role, StaffRole};

/// The rights of every route, by method and path pattern.
#[derive(Clone, Debug, Default)]
pub struct Table(HashMap<(Method, String), Rights>);

/// Who may what at a route.
#[derive(Clone, Copy, Debug)]
struct Rights {
    access: Access,
    place: Place,
    for_support: SupportAccess,
    before_second_factor: bool,
}

impl Table {
    /// The rights of these routes.
    pub fn of(routes: &[Route]) -> Self {
        let row = |route: &Route| {
            let Route { access, place, for_support, before_second_factor, .. } = *route;
            let rights = Rights { access, place, for_support, before_second_factor };
            ((route.method.clone(), route.path.clone().into_owned()), rights)
        };
        Self(routes.iter().map(row).collect())
    }
}

/// Finds the tenant of the host and the person of the session, and lets the request pass if the table
/// says so.
///
/// # Errors
/// [`Error`], of the kind that says why not.
pub async fn gate(
    state: web::Data<State>,
    table: web::Data<Table>,
    limits: web::Data<Limits>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let context = request.extensions().get::<Rc<Context>>().cloned().ok_or_else(Error::malformed)?;
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let rights = request.match_pattern().and_then(|pattern| table.0.get(&(method, pattern)).copied());
    match rights {
        Some(Rights { place: Place::Everywhere, .. }) => return next.call(request).await,
        Some(Rights { access: Access::Program(scope, tier), .. }) => {
            api::admit(&state, &limits, &context, &request, scope, tier).await?;
        }
        None => return Err(refuse_unlisted(&state, &table, &context, &request).await.into()),
        Some(rights) => check(&state, &context, &request, rights).await?,
    }
    name_in_log(&context);
    next.call(request).await
}

/// What is not in the table never reaches a handler, also not by another spelling of a path that the
/// router would understand.
async fn refuse_unlisted(
    state: &State,
    table: &Table,
    context: &Rc<Context>,
    request: &ServiceRequest,
) -> Error {
    // below /administration not even the absence of a page is told to others
    let administration = request.path().starts_with("/administration");
    let (access, place) =
        if administration { (Access::TenantAdmin, Place::Tenant) } else { (Access::Anyone, Place::Site) };
    let pattern = request.match_pattern();
    let mut allowed: Vec<Method> = table
        .0
        .keys()
        .filter(|(_, path)| pattern.as_deref() == Some(path.as_str()))
        .map(|(method, _)| method.clone())
        .collect();
    allowed.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    // to programs the absence of a call is told without a key: it stands in the documentation
    if context.is_api() {
        return if allowed.is_empty() { Error::not_found() } else { Error::wrong_method(&allowed) };
    }
    let rights = Rights { access, place, for_support: SupportAccess::Read, before_second_factor: false };
    match check(state, context, request, rights).await {
        Err(error) => error,
        Ok(()) if !allowed.is_empty() => Error::wrong_method(&allowed),
        Ok(()) => Error::not_found(),
    }
}

async fn check(
    state: &State,
    context: &Rc<Context>,
    request: &ServiceRequest,
    Rights { access, place, for_support, before_second_factor }: Rights,
) -> Result<(), Error> {
    let slug = match &context.site {
        Site::Unknown => return Err(Error::no_portal()),
        Site::Base if place == Place::Tenant => return Err(Error::not_found()),
        Site::Base => return check_staff(context, request, access),
        Site::Tenant(slug) => slug,
    };
    // A session belongs to one tenant; on another's host it is none, and neither is one of the staff.
    let signed_in = session::signed_in(&request.get_session()).filter(|who| who.person.tenant_slug == *slug);
    if let Some(who) = signed_in {
        admit(context, who);
    } else {
        let tenant = tenants::find_by_slug(state.db.read(), slug).await?.ok_or_else(Error::no_portal)?;
        if let Some(language) = tenant.language {
            context.language.set(language);
        }
        context.tenant.set(tenant).ok();
    }
    if place == Place::Base {
        return Err(Error::not_found());
    }
    if context.support().is_some() && for_support == SupportAccess::None {
        return Err(Error::not_for_support());
    }
    let person = context.signed_in.get().map(|who| &who.person);
    // whatever the address: also in a session that was open before the rule was made
    let lacks_second_factor = person.is_some_and(Person::lacks_second_factor);
    if lacks_second_factor && access != Access::Anyone && !before_second_factor {
        return Err(Error::second_factor_first());
    }
    match (access, person.map(|person| person.role)) {
        (Access::Anyone, _) | (Access::Member, Some(_)) | (Access::TenantAdmin, Some(Role::TenantAdmin)) => {
            Ok(())
        }
        // no route of a tenant's host is for them, and if one were, nobody there is
        (Access::Staff | Access::Support | Access::Operator | Access::Program(..), _) => {
            Err(Error::not_found())
        }
        (_, None) => {
            let next = (request.method() == Method::GET).then(|| context.path.clone());
            Err(Error::sign_in_first(next))
        }
        (Access::TenantAdmin, Some(Role::Member)) => {
            let tenant = context.tenant.get().ok_or_else(Error::no_portal)?;
            Err(Error::forbidden(tenants::administrators(state.db.read(), tenant.id).await?))
        }
    }
}

/// At the base host there are no tenants' people, only the staff.
fn check_staff(context: &Rc<Context>, request: &ServiceRequest, access: Access) -> Result<(), Error> {
    if let Some(who) = session::staff_signed_in(&request.get_session()) {
        context.staff.set(who).ok();
    }
    match (access, context.staff.get().map(|who| who.member.role)) {
        (Access::Anyone, _)
        | (Access::Staff, Some(_))
        | (Access::Support, Some(StaffRole::Support))
        | (Access::Operator, Some(StaffRole::Operator)) => Ok(()),
        (Access::Staff | Access::Support | Access::Operator, None) => Err(Error::staff_first()),
        _ => Err(Error::not_found()),
    }
}

/// Every line that the log has of this request from now on says who is behind it, by identifier.
fn name_in_log(context: &Context) {
    let span = Span::current();
    if let Some(who) = context.signed_in.get() {
        span.record("tenant", field::display(who.person.tenant));
        span.record("user", field::display(who.person.user));
    }
    if let Some(program) = context.program.get() {
        span.record("tenant", field::display(program.person.tenant));
        span.record("user", field::display(program.person.user));
        span.record("key", &program.prefix);
    }
    if let Some(support) = context.support() {
        span.record("staff", field::display(support.behind.staff));
    } else if let Some(who) = context.staff.get() {
        span.record("staff", field::display(who.member.id));
    }
}

fn admit(context: &Rc<Context>, who: SignedIn) {
    if let Some(language) = who.person.language() {
        context.language.set(language);
    }
    context
        .tenant
        .set(tenants::Tenant {
            id: who.person.tenant,
            slug: who.person.tenant_slug.clone(),
            name: who.person.tenant_name.clone(),
            language: who.person.language(),
        })
        .ok();
    context.signed_in.set(who).ok();
}
