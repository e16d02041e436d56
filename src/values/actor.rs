use std::net::IpAddr;

use super::{DiagnosisId, Role, StaffId, TenantId, UserId};

/// Who acts, in which tenant, and from where. Every verb that changes something takes one, and the
/// audit entry is written from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The tenant that the actor belongs to and acts in; there is no acting in another one.
    pub tenant: TenantId,
    pub user: UserId,
    /// The user's name as it was when they acted.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    pub origin: Origin,
    /// The support person who acts as that user, with the tenant's consent.
    pub support: Option<Impersonator>,
    /// The first characters of the API key with which a program acts as that user.
    pub api_key: Option<String>,
}

/// Where a deed comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's address, after trusted proxies.
    pub client: IpAddr,
    /// The request's identifier, as in the log and on error pages; empty where there is no request.
    pub request_id: String,
}

/// A support person who looks at the portal as one of a tenant's users.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Impersonator {
    pub staff: StaffId,
    pub name: String,
    /// In which diagnosis session.
    pub diagnosis: DiagnosisId,
}

/// A member of the staff who acts as themselves, at the base host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffActor {
    pub staff: StaffId,
    /// Their name as it was when they acted.
    pub name: String,
    pub origin: Origin,
}

impl Origin {
    /// The machine itself, without a request.
    pub fn local() -> Self {
        Self { client: IpAddr::from([127, 0, 0, 1]), request_id: String::new() }
    }
}
