use askama::Template;
use serde::{Deserialize, Serialize};

use crate::i18n::{self, Language, Text};
use crate::mail_types::{MailBody, MailContext, MailType, RenderError, Visibility};
use crate::outbox::SealedLink;
use crate::values::{Secret, UserId};

/// A link to set a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordReset {
    /// Whose password it is.
    pub user: UserId,
    pub name: String,
    pub tenant: String,
    /// What the product is called.
    pub product: String,
    pub link: SealedLink,
}

impl MailType for PasswordReset {
    const NAME: &'static str = "password-reset";
    const LABEL: &'static str = "auth-mail-reset-kind";
    const VISIBILITY: Visibility = Visibility::Nobody;

    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError> {
        let link = self.link.open(context.vault, context.to.tenant, self.user)?;
        let words = Words { mail: self, link, language: context.language };
        Ok(MailBody {
            subject: Subject(&words).render()?.trim().to_owned(),
            text: BodyText(&words).render()?,
            html: BodyHtml(&words).render()?,
            ..MailBody::default()
        })
    }
}

/// What the templates say.
struct Words<'a> {
    mail: &'a PasswordReset,
    link: Secret,
    language: Language,
}

#[derive(Template)]
#[template(path = "emails/password_reset/subject.txt")]
struct Subject<'a>(&'a Words<'a>);

#[derive(Template)]
#[template(path = "emails/password_reset/body.txt")]
struct BodyText<'a>(&'a Words<'a>);

#[derive(Template)]
#[template(path = "emails/password_reset/body.html")]
struct BodyHtml<'a>(&'a Words<'a>);

impl Words<'_> {
    fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    fn t1(&self, key: &'static str, name: &'static str, value: &str) -> String {
        Text::new(key).with(name, value).say(self.language)
    }

    fn what(&self) -> String {
        let text = Text::new("auth-mail-reset-what").with("product", &self.mail.product);
        text.with("tenant", &self.mail.tenant).say(self.language)
    }
}
