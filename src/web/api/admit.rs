use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header;

use super::{Limits, Problem, Tier};
use crate::state::State;
use crate::tenants::Tenant;
use crate::values::Scope;
use crate::web::Error;
use crate::web::context::{Context, Site};
use crate::{api_keys, sessions};

/// Lets a program pass that shows a key of the host's tenant with that scope, and is not too fast.
///
/// A key that is missing, unknown, expired, revoked or another tenant's gets one answer, and so does the host of a
/// tenant that there is not: each after one look into the database by the same index.
pub(in crate::web) async fn admit(
    state: &State,
    limits: &Limits,
    context: &Rc<Context>,
    request: &ServiceRequest,
    scope: Option<Scope>,
    tier: Tier,
) -> Result<(), Error> {
    let Site::Tenant(slug) = &context.site else { return Err(Error::not_found()) };
    let found = match bearer(request).and_then(api_keys::hash) {
        Some(hash) => sessions::find_by_api_key(state.db.read(), slug, hash, context.now).await?,
        None => None,
    };
    let key = found.ok_or_else(Problem::unauthorised)?;
    let (left, counted) = limits.take(key.id, key.person.tenant, tier);
    context.left.set(Some(left));
    counted?;
    if let Some(scope) = scope.filter(|scope| !key.scopes.has(*scope)) {
        return Err(Problem::out_of_scope(scope.as_str()).into());
    }
    api_keys::note_use(&state.db, &key, &context.origin(), context.now).await?;
    let tenant = Tenant {
        id: key.person.tenant,
        slug: key.person.tenant_slug.clone(),
        name: key.person.tenant_name.clone(),
        language: None,
    };
    context.tenant.set(tenant).ok();
    context.program.set(key).ok();
    Ok(())
}

/// The token of the `Authorization` header (RFC 6750, section 2.1).
fn bearer(request: &ServiceRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
