use std::time::Duration;

use crate::api_keys::{self, MAX_NAME, NewKey};
use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::values::{Scope, Scopes};
use crate::web::FormErrors;

/// How many days a key may be made to last.
pub(super) const LIVES: [u64; 4] = [7, 30, 90, 365];
const USUAL_LIFE: u64 = 90;

/// The form to make a key, as it is filled in. Each scope is a box of its own, named like the scope.
#[derive(Clone, Debug)]
pub(super) struct KeyForm {
    pub(super) name: String,
    pub(super) scopes: Scopes,
    pub(super) life: String,
}

/// A field of that form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyField {
    Name,
    Scopes,
    Life,
}

impl KeyField {
    pub(super) fn name(self) -> &'static str {
        match self {
            KeyField::Name => "name",
            KeyField::Scopes => "scopes",
            KeyField::Life => "life",
        }
    }
}

impl KeyForm {
    /// The form before anything is filled in: no scope is given by mistake.
    pub(super) fn empty() -> Self {
        Self { name: String::new(), scopes: Scopes::default(), life: USUAL_LIFE.to_string() }
    }

    /// The form as it was sent. What is not known means nothing.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let text = |name: &str| {
            let found = pairs.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let scopes = pairs.iter().filter_map(|(name, _)| Scope::parse(name));
        Self { name: text("name"), scopes: Scopes::of(scopes), life: text("life") }
    }

    /// The key to make, or everything that is wrong.
    pub(super) fn parse(&self, now: Timestamp) -> Result<NewKey, FormErrors<KeyField>> {
        let mut errors = FormErrors::default();
        let name = api_keys::parse_name(&self.name)
            .ok_or_else(|| Text::new("programs-name-malformed").with_number("most", MAX_NAME));
        let name = errors.take(KeyField::Name, name);
        if self.scopes.is_empty() {
            errors.add(KeyField::Scopes, Text::new("programs-scopes-none"));
        }
        let life = LIVES.into_iter().find(|days| days.to_string() == self.life);
        let life = errors.take(KeyField::Life, life.ok_or(Text::new("programs-life-unknown")));
        match (name, life) {
            (Some(name), Some(days)) if errors.is_empty() => {
                let expires_at = now.plus(Duration::from_secs(days * 24 * 3600));
                Ok(NewKey { name, scopes: self.scopes.clone(), expires_at })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, scope: &str, life: &str) -> KeyForm {
        let pairs = [("name", name), (scope, "on"), ("life", life), ("csrf_token", "x")];
        KeyForm::of(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let errors = form(" ", "everything", "3650").parse(Timestamp(0)).unwrap_err();
        for field in [KeyField::Name, KeyField::Scopes, KeyField::Life] {
            assert!(errors.at(field).is_some(), "{field:?}");
        }
        assert!(form(&"x".repeat(101), "users:read", "7").parse(Timestamp(0)).is_err());
        let key = form(" Shop ", "users:read", "7").parse(Timestamp(0)).unwrap();
        assert_eq!((key.name.as_str(), key.expires_at.0), ("Shop", 7 * 24 * 3600 * 1_000_000));
        assert_eq!(key.scopes.to_string(), "users:read");
    }
}
