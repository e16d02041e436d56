use crate::clock::Timestamp;
use crate::values::{EmailAddress, Host};

/// So many domains may be allowed.
pub(super) const DOMAINS: usize = 100;

/// To whom a tenant's programs may write besides its users: everybody with an address of these domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<String>);

/// A policy with who saved it, if anybody has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPolicy {
    pub policy: Policy,
    /// When and by whom it was saved.
    pub saved: Option<(Timestamp, String)>,
}

impl Policy {
    /// These domains, each once. Those that are none are left out: see `domain`.
    pub fn of<'a>(domains: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<String> = domains.into_iter().filter_map(domain).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Whether it allows that address: its domain, exactly. A subdomain is another domain, which may be anybody's.
    pub fn allows(&self, address: &EmailAddress) -> bool {
        self.0.iter().any(|domain| domain == address.domain())
    }

    /// The domains, in ASCII, lower case and order.
    pub fn domains(&self) -> &[String] {
        &self.0
    }
}

/// A domain as it was typed, in ASCII and lower case, if it is one; with or without an `@` before it.
pub(super) fn domain(typed: &str) -> Option<String> {
    let typed = typed.trim();
    match Host::parse(typed.strip_prefix('@').unwrap_or(typed)) {
        Ok(Host::Name(name)) if name.contains('.') => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_allowed_exactly_whatever_its_spelling() {
        let policy = Policy::of(["Acme.Example", "@müller.example", "acme.example", "nonsense", "10.0.0.1"]);
        assert_eq!(policy.domains(), ["acme.example", "xn--mller-kva.example"]);
        for (address, allowed) in [
            ("anna@acme.example", true),
            ("Anna@ACME.example", true),
            ("anna@Müller.example", true),
            ("anna@xn--mller-kva.example", true),
            ("anna@mail.acme.example", false),
            ("anna@evilacme.example", false),
            ("anna@acme.example.evil.org", false),
            ("anna@muller.example", false),
        ] {
            assert_eq!(policy.allows(&EmailAddress::parse(address).unwrap()), allowed, "{address}");
        }
        assert!(!Policy::default().allows(&EmailAddress::parse("anna@acme.example").unwrap()));
    }
}
