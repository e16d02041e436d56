use std::fmt;

/// What a user may do in their tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Has their own pages, nothing of the administration.
    Member,
    /// Runs the tenant: everything a member may, and the *Administration* activity center.
    TenantAdmin,
}

impl Role {
    /// The name in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::TenantAdmin => "tenant-admin",
        }
    }

    /// The role of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        [Role::Member, Role::TenantAdmin].into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
