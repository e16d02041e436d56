use std::fmt;

/// What a program with an API key may do. Each is one power of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Read the e-mail provider's settings and health.
    EmailConfigRead,
    /// Change, check and remove the e-mail provider, and send test messages.
    EmailConfigWrite,
    /// Hand in mail.
    MessagesSend,
    /// Read what became of mail.
    DeliveriesRead,
    /// Have mail tried again, or cancel it.
    DeliveriesWrite,
    /// Read who the tenant's users are.
    UsersRead,
    /// Read the audit log.
    AuditsRead,
    /// Read which keys there are.
    ApiKeysRead,
    /// Make and revoke keys.
    ApiKeysWrite,
}

impl Scope {
    /// Every scope, in the order in which they are listed.
    pub const ALL: [Scope; 9] = [
        Scope::EmailConfigRead,
        Scope::EmailConfigWrite,
        Scope::MessagesSend,
        Scope::DeliveriesRead,
        Scope::DeliveriesWrite,
        Scope::UsersRead,
        Scope::AuditsRead,
        Scope::ApiKeysRead,
        Scope::ApiKeysWrite,
    ];

    /// The name in the database, in requests and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::EmailConfigRead => "email-config:read",
            Scope::EmailConfigWrite => "email-config:write",
            Scope::MessagesSend => "messages:send",
            Scope::DeliveriesRead => "deliveries:read",
            Scope::DeliveriesWrite => "deliveries:write",
            Scope::UsersRead => "users:read",
            Scope::AuditsRead => "audits:read",
            Scope::ApiKeysRead => "api-keys:read",
            Scope::ApiKeysWrite => "api-keys:write",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// The scopes of a key: each at most once, in the order of [`Scope::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

    /// These scopes.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut all: Vec<Scope> = scopes.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// The scopes of a stored list, separated by spaces. One that this program does not know gives no power.
    pub fn read(names: &str) -> Self {
        Self::of(names.split_whitespace().filter_map(Scope::parse))
    }

    /// Whether it is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether all of these are among the others.
    pub fn are_within(&self, others: &Scopes) -> bool {
        self.0.iter().all(|scope| others.has(*scope))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again_and_the_unknown_gives_no_power() {
        let scopes = Scopes::of([Scope::UsersRead, Scope::EmailConfigRead, Scope::UsersRead]);
        assert_eq!(scopes.to_string(), "email-config:read users:read");
        assert_eq!(Scopes::read(&format!("{scopes} everything *")), scopes);
        assert!(!scopes.has(Scope::EmailConfigWrite) && scopes.are_within(&Scopes::all()));
        assert!(!Scopes::all().are_within(&scopes) && Scopes::default().is_empty());
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
    }
}
