//! Signing in (RFC 4954): PLAIN (RFC 4616) and the older LOGIN that some clients prefer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::values::Secret;

/// A name and a password as a client gave them.
pub(super) struct Claim {
    pub(super) name: String,
    password: Secret,
}

impl Claim {
    /// The claim of a PLAIN message: `authorize-as NUL name NUL password`.
    pub(super) fn of_plain(message: &Secret) -> Option<Self> {
        let mut parts = message.expose().split('\0');
        let (authorize_as, name, password) = (parts.next()?, parts.next()?, parts.next()?);
        // To act for somebody else is refused, as is a fourth part.
        if parts.next().is_some() || !(authorize_as.is_empty() || authorize_as == name) {
            return None;
        }
        Some(Self { name: name.to_owned(), password: Secret::new(password) })
    }

    pub(super) fn of_login(name: &Secret, password: Secret) -> Self {
        Self { name: name.expose().to_owned(), password }
    }

    pub(super) fn is_true(&self, logins: &[(String, Secret)]) -> bool {
        logins
            .iter()
            .any(|(name, password)| *name == self.name && password.expose() == self.password.expose())
    }
}

/// The text behind a base64 response; `=` stands for an empty one (RFC 4954, section 4).
pub(super) fn decode(response: &str) -> Option<Secret> {
    if response == "=" {
        return Some(Secret::new(""));
    }
    let bytes = STANDARD.decode(response).ok()?;
    String::from_utf8(bytes).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_true_only_for_a_known_pair() {
        let logins = [("anna".to_owned(), Secret::new("pä:ss"))];
        for (message, expected) in [
            ("\0anna\0pä:ss", Some(true)),
            ("anna\0anna\0pä:ss", Some(true)),
            ("\0anna\0pass", Some(false)),
            ("\0Anna\0pä:ss", Some(false)),
            ("root\0anna\0pä:ss", None),
            ("\0anna\0pä:ss\0", None),
            ("anna", None),
        ] {
            let claim = Claim::of_plain(&Secret::new(message));
            assert_eq!(claim.map(|claim| claim.is_true(&logins)), expected, "{message:?}");
        }
        assert!(decode("=").is_some_and(|text| text.is_empty()));
        assert!(decode("%%").is_none());
    }
}
