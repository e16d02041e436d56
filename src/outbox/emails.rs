use askama::Template;

use super::content::{Invitation, PasswordReset, Words};
use crate::i18n::{self, Language, Text};
use crate::values::Secret;

/// What an invitation is made of.
struct InvitationMail<'a> {
    mail: &'a Invitation,
    link: &'a Secret,
    language: Language,
}

/// What a mail with a link to set a new password is made of.
struct ResetMail<'a> {
    mail: &'a PasswordReset,
    link: &'a Secret,
    language: Language,
}

#[derive(Template)]
#[template(path = "emails/invitation/subject.txt")]
struct InvitationSubject<'a>(&'a InvitationMail<'a>);

#[derive(Template)]
#[template(path = "emails/invitation/body.txt")]
struct InvitationText<'a>(&'a InvitationMail<'a>);

#[derive(Template)]
#[template(path = "emails/invitation/body.html")]
struct InvitationHtml<'a>(&'a InvitationMail<'a>);

#[derive(Template)]
#[template(path = "emails/password_reset/subject.txt")]
struct ResetSubject<'a>(&'a ResetMail<'a>);

#[derive(Template)]
#[template(path = "emails/password_reset/body.txt")]
struct ResetText<'a>(&'a ResetMail<'a>);

#[derive(Template)]
#[template(path = "emails/password_reset/body.html")]
struct ResetHtml<'a>(&'a ResetMail<'a>);

impl InvitationMail<'_> {
    fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    fn t1(&self, key: &'static str, name: &'static str, value: &str) -> String {
        Text::new(key).with(name, value).say(self.language)
    }

    fn subject(&self) -> String {
        let text = Text::new("people-mail-invitation-subject").with("product", &self.mail.product);
        text.with("tenant", &self.mail.tenant).say(self.language)
    }

    fn what(&self) -> String {
        let text = Text::new("people-mail-invitation-what").with("inviter", &self.mail.invited_by);
        text.with("product", &self.mail.product).with("tenant", &self.mail.tenant).say(self.language)
    }
}

impl ResetMail<'_> {
    fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    fn t1(&self, key: &'static str, name: &'static str, value: &str) -> String {
        Text::new(key).with(name, value).say(self.language)
    }

    fn what(&self) -> String {
        let text = Text::new("people-mail-reset-what").with("product", &self.mail.product);
        text.with("tenant", &self.mail.tenant).say(self.language)
    }
}

/// The words of an invitation whose link is opened.
pub(super) fn invitation(
    mail: &Invitation,
    link: &Secret,
    language: Language,
) -> Result<Words, askama::Error> {
    let mail = InvitationMail { mail, link, language };
    Ok(Words {
        subject: InvitationSubject(&mail).render()?.trim().to_owned(),
        text: InvitationText(&mail).render()?,
        html: InvitationHtml(&mail).render()?,
    })
}

/// The words of a mail with a link to set a new password, which is opened.
pub(super) fn password_reset(
    mail: &PasswordReset,
    link: &Secret,
    language: Language,
) -> Result<Words, askama::Error> {
    let mail = ResetMail { mail, link, language };
    Ok(Words {
        subject: ResetSubject(&mail).render()?.trim().to_owned(),
        text: ResetText(&mail).render()?,
        html: ResetHtml(&mail).render()?,
    })
}
