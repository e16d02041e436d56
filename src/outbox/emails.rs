use serde::{Deserialize, Serialize};

use crate::mail_types::{MailBody, MailContext, MailType, RenderError};

/// Words that somebody wrote, the same in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl MailType for Announcement {
    const NAME: &'static str = "announcement";
    const LABEL: &'static str = "outbox-kind-announcement";

    fn render(&self, _: &MailContext<'_>) -> Result<MailBody, RenderError> {
        let Self { subject, text, html } = self.clone();
        Ok(MailBody { subject, text, html, ..MailBody::default() })
    }
}
