use std::fmt;

/// Declares the scopes, in the order in which they are listed: each with its name in the database, in requests and in
/// answers, the key of the heading under which it is chosen, and the key of what it lets a program do.
macro_rules! scopes {
    ($($(#[$doc:meta])* $scope:ident: $name:literal, $group:literal, $label:literal;)*) => {
        /// What a program with an API key may do. Each is one power of an administrator.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope {
            $($(#[$doc])* $scope,)*
        }

        impl Scope {
            /// Every scope, in the order in which they are listed.
            pub const ALL: [Scope; [$($name),*].len()] = [$(Scope::$scope),*];

            /// The name in the database, in requests and in answers.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Scope::$scope => $name,)*
                }
            }

            /// The key of the heading under which it is chosen.
            pub fn group(self) -> &'static str {
                match self {
                    $(Scope::$scope => $group,)*
                }
            }

            /// The key of what it lets a program do.
            pub fn label(self) -> &'static str {
                match self {
                    $(Scope::$scope => $label,)*
                }
            }
        }
    };
}

scopes! {
    /// Read the e-mail provider's settings and health.
    EmailConfigRead: "email-config:read", "programs-group-provider", "programs-scope-email-config-read";
    /// Change, check and remove the e-mail provider, and send test messages.
    EmailConfigWrite: "email-config:write", "programs-group-provider", "programs-scope-email-config-write";
    MessagesSend: "messages:send", "programs-group-mail", "programs-scope-messages-send";
    /// Read what became of mail.
    DeliveriesRead: "deliveries:read", "programs-group-mail", "programs-scope-deliveries-read";
    /// Have mail tried again, or cancel it.
    DeliveriesWrite: "deliveries:write", "programs-group-mail", "programs-scope-deliveries-write";
    /// Read who the tenant's users are.
    UsersRead: "users:read", "programs-group-people", "programs-scope-users-read";
    /// Read the audit log.
    AuditsRead: "audits:read", "programs-group-people", "programs-scope-audits-read";
    /// Read which keys there are.
    ApiKeysRead: "api-keys:read", "programs-group-keys", "programs-scope-api-keys-read";
    /// Make and revoke keys.
    ApiKeysWrite: "api-keys:write", "programs-group-keys", "programs-scope-api-keys-write";
}

impl Scope {
    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// The scopes of a key: each at most once, in the order of [`Scope::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

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
