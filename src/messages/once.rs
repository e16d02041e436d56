use std::time::Duration;

/// So long an answer is told again; afterwards its key is new.
pub const KEPT: Duration = Duration::from_hours(24);
/// A key has at most so many characters.
pub(super) const MAX_KEY: usize = 255;

/// What makes a call this one and no other, as the program chose it: 1 to 255 visible characters of ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

/// A call that is to happen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    pub key: Key,
    /// SHA-256 of the whole request, by which another one under the same key is known.
    pub fingerprint: [u8; 32],
}

impl Key {
    /// The key, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_up_to_255_visible_characters() {
        for good in ["a", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", &"~".repeat(255)] {
            assert!(Key::parse(good).is_some(), "{good}");
        }
        for bad in ["", " ", "a b", "ä", "a\t", &"x".repeat(256)] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }
}
