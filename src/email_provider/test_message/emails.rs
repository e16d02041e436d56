use askama::Template;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::i18n::{self, Language, Text};
use crate::mail::{Compose, Sender};
use crate::values::EmailAddress;

/// What the test message says.
pub(super) struct TestMessage<'a> {
    pub id: Uuid,
    pub from: Sender,
    pub to: EmailAddress,
    pub product: &'a str,
    pub requested_by: &'a str,
    pub language: Language,
    pub date: Timestamp,
}

#[derive(Template)]
#[template(path = "emails/test_message/body.txt")]
struct BodyText<'a>(&'a TestMessage<'a>);

#[derive(Template)]
#[template(path = "emails/test_message/body.html")]
struct BodyHtml<'a>(&'a TestMessage<'a>);

#[derive(Template)]
#[template(path = "emails/test_message/subject.txt")]
struct Subject<'a>(&'a TestMessage<'a>);

impl TestMessage<'_> {
    fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    fn t1(&self, key: &'static str, name: &'static str, value: &str) -> String {
        Text::new(key).with(name, value).say(self.language)
    }
}

pub(super) fn test_message(mail: TestMessage<'_>) -> Result<Compose, askama::Error> {
    Ok(Compose {
        id: mail.id,
        subject: Subject(&mail).render()?.trim().to_owned(),
        text: BodyText(&mail).render()?,
        html: BodyHtml(&mail).render()?,
        from: mail.from,
        to: mail.to,
        date: mail.date,
        auto_submitted: true,
        attachments: Vec::new(),
    })
}
