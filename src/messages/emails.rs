use serde::{Deserialize, Serialize};

use crate::mail_types::{MailBody, MailContext, MailType, RenderError};

/// Words that a program handed in, the same in every language. The HTML is clean: what it may hold was decided when it
/// came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl MailType for Written {
    const NAME: &'static str = "message";
    const LABEL: &'static str = "messages-kind";

    fn render(&self, _: &MailContext<'_>) -> Result<MailBody, RenderError> {
        let Self { subject, text, html } = self.clone();
        Ok(MailBody { subject, text, html, ..MailBody::default() })
    }
}
