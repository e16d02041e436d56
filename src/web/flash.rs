use crate::i18n::Text;

/// A notice that the next page shows once. Only its name travels, in a cookie: there is nothing in it to forge but
/// another notice that a room has listed in its `NOTICES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flash(&'static str);

impl Flash {
    /// Makes the notice with that text, whose key begins with `flash-`.
    pub const fn new(key: &'static str) -> Self {
        Self(key)
    }

    /// Returns the name that travels: the key without its beginning.
    pub(super) fn name(self) -> &'static str {
        self.0.strip_prefix("flash-").unwrap_or(self.0)
    }

    pub fn text(self) -> Text {
        Text::new(self.0)
    }
}
