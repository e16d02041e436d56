use crate::mail::Extras;
use crate::vault;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailBody {
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Headers of its own and pictures in the HTML.
    pub extras: Extras,
}

/// Why a mail cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A secret in it does not open.
    #[error(transparent)]
    Sealed(#[from] vault::Error),
    /// A template of it fails.
    #[error(transparent)]
    Template(#[from] askama::Error),
}
