use std::net::IpAddr;

use super::{Role, TenantId, UserId};

/// Who acts, in which tenant, and from where. Every verb that changes something takes one, and the
/// audit entry is written from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The tenant that the actor belongs to and acts in; there is no acting in another one.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The user's name as it was when they acted.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The client's address, after trusted proxies.
    pub client: IpAddr,
}
