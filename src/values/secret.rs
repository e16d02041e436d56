use zeroize::Zeroizing;

/// A text that must never be seen: a password, a client secret.
///
/// It has no `Debug`, `Display`, `Serialize` or `PartialEq` on purpose: whoever wants to put it into
/// a log, a page or an error does not compile. The memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that must use it. The name is meant to stand out in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was entered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
