use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::Error;
use super::context::{Context, SignedIn};
use crate::i18n::Language;
use crate::sessions::Person;
use crate::staff::StaffMember;
use crate::tenants::Tenant;
use crate::values::{Actor, Origin, Role, SessionId, StaffActor, TenantId};

/// Anybody on a tenant's host.
#[derive(Clone)]
pub struct Visitor {
    /// The tenant of the host.
    pub tenant: Tenant,
    pub origin: Origin,
    /// The language to answer in.
    pub language: Language,
    /// Who, if signed in.
    pub signed_in: Option<SignedIn>,
}

/// A signed-in person of the host's tenant. A handler that takes one is not reached by others.
#[derive(Clone)]
pub struct Member {
    pub person: Person,
    /// The session at hand.
    pub session: SessionId,
    pub origin: Origin,
    /// The language to answer in.
    pub language: Language,
}

/// An administrator of the host's tenant. A handler that takes one is not reached by others.
#[derive(Clone)]
pub struct TenantAdmin(pub Member);

/// A member of the staff, at the base host. A handler that takes one is not reached by others; the role is the
/// table's to check.
#[derive(Clone)]
pub struct Staff {
    pub member: StaffMember,
    pub origin: Origin,
}

impl Staff {
    /// The member as one who acts.
    pub fn actor(&self) -> StaffActor {
        StaffActor { staff: self.member.id, name: self.member.name.clone(), origin: self.origin.clone() }
    }
}

impl FromRequest for Staff {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(context(request).and_then(|context| {
            let who = context.staff.get().ok_or_else(Error::staff_first)?;
            Ok(Self { member: who.member.clone(), origin: context.origin() })
        }))
    }
}

impl Member {
    pub fn tenant(&self) -> TenantId {
        self.person.tenant
    }

    /// The person as one who acts.
    pub fn actor(&self) -> Actor {
        self.person.actor(self.origin.clone())
    }
}

impl std::ops::Deref for TenantAdmin {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.0
    }
}

fn context(request: &HttpRequest) -> Result<Rc<Context>, Error> {
    Context::of(request).ok_or_else(Error::malformed)
}

fn visitor(request: &HttpRequest) -> Result<Visitor, Error> {
    let context = context(request)?;
    Ok(Visitor {
        tenant: context.tenant.get().cloned().ok_or_else(Error::no_portal)?,
        origin: context.origin(),
        language: context.language.get(),
        signed_in: context.signed_in.get().cloned(),
    })
}

fn member(request: &HttpRequest) -> Result<Member, Error> {
    let visitor = visitor(request)?;
    let SignedIn { session, person, .. } = visitor.signed_in.ok_or_else(|| Error::sign_in_first(None))?;
    Ok(Member { person, session, origin: visitor.origin, language: visitor.language })
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(visitor(request))
    }
}

impl FromRequest for Member {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(member(request))
    }
}

impl FromRequest for TenantAdmin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match member(request) {
            Ok(member) if member.person.role == Role::TenantAdmin => Ok(TenantAdmin(member)),
            Ok(_) => Err(Error::forbidden(vec![])),
            Err(error) => Err(error),
        })
    }
}
