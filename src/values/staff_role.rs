use std::fmt;

/// What a member of the staff may do. Neither role is above the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaffRole {
    /// Helps tenants: sees how their mail does, and looks at their portals as one of their users if they
    /// consent.
    Support,
    /// Runs the installation: suspends, resumes and deletes tenants.
    Operator,
}

impl StaffRole {
    pub const ALL: [StaffRole; 2] = [StaffRole::Support, StaffRole::Operator];

    /// The name in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            StaffRole::Support => "support",
            StaffRole::Operator => "operator",
        }
    }

    /// The role of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for StaffRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
