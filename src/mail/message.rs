//! With `header.rs` the only importer of lettre: composes messages, and knows of a finished one what a conversation
//! must know.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentId, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use uuid::Uuid;

use super::Attachment;
use super::content::Content;
use super::extras::{Extras, Inline};
use super::header::{self, Disposition};
use crate::clock::Timestamp;
use crate::values::EmailAddress;

/// Whom a message comes from: the envelope's sender and the `From` header, always the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub address: EmailAddress,
    /// The name shown beside it.
    pub name: Option<String>,
}

/// What a message is composed of.
#[derive(Clone, Debug)]
pub struct Compose {
    /// Identifies the message for ever: it becomes the `Message-ID`, so a message that is sent twice
    /// after a crash is recognised as one (RFC 5322, section 3.6.4).
    pub id: Uuid,
    pub from: Sender,
    pub to: EmailAddress,
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// When it was written.
    pub date: Timestamp,
    /// Whether no person pressed *send*: then it says `Auto-Submitted: auto-generated` (RFC 3834,
    /// section 5.1), and holiday notices do not answer it.
    pub auto_submitted: bool,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A finished message for one recipient, with its envelope.
#[derive(Clone, Debug)]
pub struct Message {
    from: EmailAddress,
    to: EmailAddress,
    id: String,
    bytes: Vec<u8>,
    content: Arc<Content>,
}

/// Why no message could be composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeProblem {
    /// A header would have held a control character. Line breaks in a header are how mail is forged
    /// (the class of CVE-2025-7962), so there is no repairing: whoever composed it has a fault.
    #[error("the {0} holds a control character")]
    ControlCharacter(&'static str),
    /// The library would not have it.
    #[error("the message cannot be built")]
    Unbuildable,
}

impl Message {
    /// Composes a message: multipart/alternative in UTF-8, within multipart/mixed if files go with it,
    /// encoded so that it is 7-bit throughout and any server of the last forty years can carry it.
    ///
    /// # Errors
    /// When a header's text holds a control character, or a file's media type is none.
    pub fn compose(parts: Compose) -> Result<Self, ComposeProblem> {
        let message_id = format!("<{}@{}>", parts.id, parts.from.address.domain());
        Self::compose_as(message_id, parts)
    }

    /// As [`Message::compose`], with a `Message-ID` that was fixed before (with its angle brackets). The
    /// same parts always give the same bytes.
    ///
    /// # Errors
    /// When a header's text holds a control character.
    pub fn compose_as(message_id: String, parts: Compose) -> Result<Self, ComposeProblem> {
        Self::compose_with(message_id, parts, &Extras::default())
    }

    /// As [`Message::compose_as`], with headers of its own and pictures in the HTML.
    ///
    /// # Errors
    /// When a header's text holds a control character, or its name is not for others to set.
    pub fn compose_with(message_id: String, parts: Compose, extras: &Extras) -> Result<Self, ComposeProblem> {
        let Compose { id, from, to, subject, text, html, date, auto_submitted, attachments } = parts;
        if subject.chars().any(is_unfit) {
            return Err(ComposeProblem::ControlCharacter("subject"));
        }
        if from.name.as_deref().is_some_and(|name| name.chars().any(is_unfit)) {
            return Err(ComposeProblem::ControlCharacter("sender's name"));
        }
        if message_id.chars().any(is_unfit) {
            return Err(ComposeProblem::ControlCharacter("Message-ID"));
        }
        let mut builder = lettre::Message::builder()
            .from(Mailbox::new(None, address(&from.address)?))
            .to(Mailbox::new(None, address(&to)?))
            .subject(subject.as_str())
            .message_id(Some(message_id.clone()))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(date.0).unwrap_or(0)));
        if auto_submitted {
            let name = HeaderName::new_from_ascii_str("Auto-Submitted");
            builder = builder.raw_header(HeaderValue::new(name, "auto-generated".to_owned()));
        }
        let only_as_mime = !extras.is_empty();
        if let Some(to) = &extras.reply_to {
            if to.name.as_deref().is_some_and(|name| name.chars().any(is_unfit)) {
                return Err(ComposeProblem::ControlCharacter("name in Reply-To"));
            }
            builder = builder.reply_to(Mailbox::new(None, address(&to.address)?));
        }
        for header in &extras.headers {
            if header.value.chars().any(is_unfit) {
                return Err(ComposeProblem::ControlCharacter(header.name));
            }
            let name = HeaderName::new_from_ascii(header.name.to_owned());
            let name = name.ok().filter(|_| header.may_be()).ok_or(ComposeProblem::Unbuildable)?;
            builder = builder.raw_header(HeaderValue::new(name, header.value.clone()));
        }
        // a boundary of chance would make other bytes each time; this one cannot occur in the parts but by
        // somebody who knows an identifier that is new
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("part-{}", id.simple()))
            .singlepart(SinglePart::plain(with_crlf(&text)));
        let shown = SinglePart::html(with_crlf(&html));
        let parts = if extras.inline.is_empty() {
            parts.singlepart(shown)
        } else {
            let related = MultiPart::builder().kind(MultiPartKind::Related);
            let related = related.boundary(format!("with-{}", id.simple())).singlepart(shown);
            let all = |related: MultiPart, one| Ok(related.singlepart(inline(one)?));
            parts.multipart(extras.inline.iter().try_fold(related, all)?)
        };
        let parts = if attachments.is_empty() {
            parts
        } else {
            let mixed = MultiPart::builder().kind(MultiPartKind::Mixed);
            let mixed = mixed.boundary(format!("file-{}", id.simple())).multipart(parts);
            attachments.iter().try_fold(mixed, |mixed, file| Ok(mixed.singlepart(attached(file)?)))?
        };
        let mut built = builder.multipart(parts).map_err(|_| ComposeProblem::Unbuildable)?;
        let named = [("From", Some(&from)), ("Reply-To", extras.reply_to.as_ref())];
        let named = named.into_iter().filter_map(|(header, who)| {
            let who = who?;
            let name = who.name.as_deref().filter(|name| !name.trim().is_empty())?;
            Some(header::mailbox(header, name, address(&who.address).ok()?.as_ref()))
        });
        for value in named.chain(header::subject(&subject)) {
            built.headers_mut().insert_raw(value);
        }
        let content = Arc::new(Content { subject, html, attachments, auto_submitted, only_as_mime });
        Ok(Self { from: from.address, to, id: message_id, bytes: built.formatted(), content })
    }

    /// The sender in the envelope.
    pub fn from(&self) -> &EmailAddress {
        &self.from
    }

    /// The recipient in the envelope.
    pub fn to(&self) -> &EmailAddress {
        &self.to
    }

    /// The `Message-ID` with its angle brackets.
    pub fn message_id(&self) -> &str {
        &self.id
    }

    /// Headers and body, each line ended by CRLF; dots are doubled only when it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same for a way that does not take these bytes.
    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    /// Whether a server must know SMTPUTF8 (RFC 6531) to carry it.
    pub fn needs_smtputf8(&self) -> bool {
        self.from.needs_smtputf8() || self.to.needs_smtputf8()
    }

    /// Whether it has bytes beyond ASCII; only in the headers of a message with such an address.
    pub fn is_8bit(&self) -> bool {
        !self.bytes.is_ascii()
    }
}

/// Control characters, and the line and paragraph separators that some programs take for line breaks.
fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A picture as a part that the HTML names.
fn inline(one: &Inline) -> Result<SinglePart, ComposeProblem> {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
    if one.id.is_empty() || !one.id.chars().all(fits) {
        return Err(ComposeProblem::ControlCharacter("Content-ID"));
    }
    let (content_type, body) = content_of(&one.file)?;
    Ok(match Disposition::of_file("inline", &one.file.name) {
        Some(disposition) => SinglePart::builder()
            .header(ContentId::from(format!("<{}>", one.id)))
            .header(disposition)
            .header(content_type)
            .body(body),
        None => lettre::message::Attachment::new_inline_with_name(one.id.clone(), one.file.name.clone())
            .body(body, content_type),
    })
}

/// A file as a part. Base64 whatever is in it: a text keeps its bytes, its line ends among them.
fn attached(file: &Attachment) -> Result<SinglePart, ComposeProblem> {
    let (content_type, body) = content_of(file)?;
    Ok(match Disposition::of_file("attachment", &file.name) {
        Some(disposition) => SinglePart::builder().header(disposition).header(content_type).body(body),
        None => lettre::message::Attachment::new(file.name.clone()).body(body, content_type),
    })
}

fn content_of(file: &Attachment) -> Result<(ContentType, Body), ComposeProblem> {
    if file.name.chars().any(is_unfit) {
        return Err(ComposeProblem::ControlCharacter("file's name"));
    }
    if file.content_type.chars().any(is_unfit) {
        return Err(ComposeProblem::ControlCharacter("file's media type"));
    }
    let content_type = Some(&file.content_type).filter(|name| name.is_ascii());
    let content_type = content_type.and_then(|name| ContentType::parse(name).ok());
    let body = Body::new_with_encoding(file.bytes.to_vec(), ContentTransferEncoding::Base64);
    Ok((content_type.ok_or(ComposeProblem::Unbuildable)?, body.map_err(|_| ComposeProblem::Unbuildable)?))
}

/// The text with CRLF at the end of each line, whichever of the three it had. lettre would do it as
/// well, but in time that grows with the square of the lines: minutes for a text of some megabytes.
fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push_str("\r\n");
            }
            '\n' => out.push_str("\r\n"),
            c => out.push(c),
        }
    }
    out
}

fn address(address: &EmailAddress) -> Result<lettre::Address, ComposeProblem> {
    lettre::Address::new(address.local(), address.domain()).map_err(|_| ComposeProblem::Unbuildable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compose() -> Compose {
        Compose {
            id: Uuid::from_u128(7),
            from: Sender {
                address: EmailAddress::parse("reports@müller.example").unwrap(),
                name: Some("Müller, \"Berichte\" <x>".to_owned()),
            },
            to: EmailAddress::parse("anna@acme.example").unwrap(),
            subject: "Überblick – 密码 🔑 und ein sehr langer Betreff, der gewiss auf mehrere Zeilen geht"
                .into(),
            text: "Guten Tag,\n.\n..zwei\r\nEnde\n".to_owned(),
            html: format!("<p>{}</p>", "Grüße ".repeat(400)),
            date: Timestamp(1_795_525_331_000_000),
            auto_submitted: true,
            attachments: Vec::new(),
        }
    }

    #[test]
    fn a_message_is_seven_bit_and_every_line_is_short_and_ends_in_crlf() {
        let message = Message::compose(compose()).unwrap();
        assert!(!message.is_8bit() && !message.needs_smtputf8());
        let text = std::str::from_utf8(message.bytes()).unwrap();
        assert!(text.ends_with("\r\n"));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
    }

    #[test]
    fn a_message_says_what_it_was_composed_of() {
        let message = Message::compose(compose()).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(message.bytes()).unwrap();
        let from = parsed.from().unwrap().first().unwrap();
        assert_eq!(from.name(), Some("Müller, \"Berichte\" <x>"));
        assert_eq!(from.address(), Some("reports@xn--mller-kva.example"));
        assert_eq!(parsed.subject(), Some(compose().subject.as_str()));
        assert_eq!(parsed.body_html(0).unwrap(), compose().html);
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), "Guten Tag,\n.\n..zwei\nEnde\n");
        let head = String::from_utf8_lossy(message.bytes());
        let id = "<00000000-0000-0000-0000-000000000007@xn--mller-kva.example>";
        assert_eq!(message.message_id(), id);
        assert!(head.contains(&format!("Message-ID: {id}\r\n")));
        assert!(head.contains("Date: Tue, 24 Nov 2026 13:02:11 +0000\r\n"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated\r\n"));
        assert!(!head.contains("User-Agent"));
    }

    /// Field case 5.1: nobody's words are decoded by the reader's program.
    #[test]
    fn what_looks_encoded_is_read_letter_by_letter() {
        let forged = "Ticket =?utf-8?Q?=41dmin_=E2=80=AEgpj=2Eexe?= closed";
        let mut parts = compose();
        forged.clone_into(&mut parts.subject);
        parts.from.name = Some(forged.to_owned());
        parts.attachments = vec![Attachment {
            name: forged.to_owned(),
            content_type: "text/plain".into(),
            bytes: vec![1].into(),
        }];
        let extras = Extras {
            reply_to: Some(parts.from.clone()),
            inline: vec![Inline { id: "logo".to_owned(), file: parts.attachments[0].clone() }],
            ..Extras::default()
        };
        let message = Message::compose_with("<x@acme.example>".to_owned(), parts, &extras).unwrap();
        let text = std::str::from_utf8(message.bytes()).unwrap();
        assert!(!text.contains("=?utf-8?Q?"), "{text}");
        let parsed = mail_parser::MessageParser::default().parse(message.bytes()).unwrap();
        assert_eq!(parsed.subject(), Some(forged));
        assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some(forged));
        assert_eq!(parsed.reply_to().unwrap().first().unwrap().name(), Some(forged));
        let names: Vec<_> =
            parsed.attachments().filter_map(mail_parser::MimeHeaders::attachment_name).collect();
        assert_eq!(names, [forged, forged]);
    }

    #[test]
    fn the_same_parts_give_the_same_bytes() {
        let id = "<fixed@portal.example>";
        let one = Message::compose_as(id.to_owned(), compose()).unwrap();
        assert_eq!(one.bytes(), Message::compose_as(id.to_owned(), compose()).unwrap().bytes());
        assert_eq!(one.message_id(), id);
        let evil = Message::compose_as("<x>\r\nBcc: eve@x.org".to_owned(), compose());
        assert_eq!(evil.unwrap_err(), ComposeProblem::ControlCharacter("Message-ID"));
    }

    #[test]
    fn every_kind_of_line_break_becomes_crlf_in_reasonable_time() {
        assert_eq!(with_crlf("\na\rb\r\nc\n\rd\r"), "\r\na\r\nb\r\nc\r\n\r\nd\r\n");
        let began = std::time::Instant::now();
        Message::compose(Compose { text: "a line\n".repeat(200_000), ..compose() }).unwrap();
        assert!(began.elapsed().as_secs() < 5, "it took {:?}", began.elapsed());
    }

    #[test]
    fn no_field_can_bring_a_header_of_its_own() {
        for evil in
            ["x\r\nBcc: eve@x.org", "x\nBcc: eve@x.org", "x\rBcc: eve@x.org", "x\0", "x\u{85}y", "x\u{2028}y"]
        {
            let with_subject = Compose { subject: evil.to_owned(), ..compose() };
            assert_eq!(
                Message::compose(with_subject).unwrap_err(),
                ComposeProblem::ControlCharacter("subject")
            );
            let mut with_name = compose();
            with_name.from.name = Some(evil.to_owned());
            assert_eq!(
                Message::compose(with_name).unwrap_err(),
                ComposeProblem::ControlCharacter("sender's name")
            );
            assert!(EmailAddress::parse(&format!("{evil}@acme.example")).is_err());
            assert!(EmailAddress::parse(&format!("anna@{evil}")).is_err());
        }
        let in_the_body = "x\r\n\r\n--boundary\r\nBcc: eve@x.org\r\n.\r\nMAIL FROM:<eve@x.org>\r\n";
        let body = Compose { text: in_the_body.to_owned(), html: in_the_body.to_owned(), ..compose() };
        let message = Message::compose(body).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(message.bytes()).unwrap();
        assert!(parsed.bcc().is_none());
        assert_eq!(parsed.parts.len(), 3);
    }

    #[test]
    fn an_address_beyond_ascii_makes_the_message_need_smtputf8() {
        let to = EmailAddress::parse("jörg@acme.example").unwrap();
        let message = Message::compose(Compose { to, ..compose() }).unwrap();
        assert!(message.needs_smtputf8() && message.is_8bit());
    }
}
