use std::fmt;

use bytes::Bytes;

/// A file attached to a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name without a path, in one line.
    pub name: String,
    /// Its media type (RFC 6838), for example `application/pdf`.
    pub content_type: String,
    /// What is in it. Shared by all messages that carry the same file.
    pub bytes: Bytes,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// What a message says, for a way that does not take it as MIME. The plain text is not in it: no such way
/// takes both.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) subject: String,
    pub(super) html: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) auto_submitted: bool,
    /// It has headers or pictures that such a way would lose, and must not go by it.
    pub(super) only_as_mime: bool,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::mail::{Compose, ComposeProblem, Extras, Header, Inline, Message, Sender};
    use crate::values::EmailAddress;

    const HTML: &str = "<p>Grüße</p>";

    fn with(attachments: Vec<Attachment>) -> Compose {
        let address = EmailAddress::parse("reports@acme.example").unwrap();
        Compose {
            id: Uuid::from_u128(7),
            from: Sender { address: address.clone(), name: None },
            to: address,
            subject: "Berichte".to_owned(),
            text: "Grüße".to_owned(),
            html: HTML.to_owned(),
            date: Timestamp(1_795_525_331_000_000),
            auto_submitted: true,
            attachments,
        }
    }

    fn file(name: &str, content_type: &str, bytes: &'static [u8]) -> Attachment {
        Attachment {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            bytes: Bytes::from_static(bytes),
        }
    }

    #[test]
    fn files_arrive_as_they_are_under_their_names() {
        let long = format!("{} – Übersicht 密码.csv", "Umsätze der Woche ".repeat(12));
        let files = vec![
            file("plain \"quoted\".txt", "text/plain; charset=utf-8", b"one\ntwo\r\n.\n\x00\xff end\n"),
            file(&long, "text/csv", b""),
            file("report.pdf", "application/pdf", &[7; 5000]),
        ];
        let message = Message::compose(with(files.clone()));
        let message = message.unwrap();
        assert!(!message.is_8bit());
        let text = std::str::from_utf8(message.bytes()).unwrap();
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
        let parsed = mail_parser::MessageParser::default().parse(message.bytes()).unwrap();
        assert_eq!(parsed.body_html(0).unwrap(), HTML);
        assert_eq!(parsed.attachment_count(), 3);
        for (part, file) in parsed.attachments().zip(&files) {
            use mail_parser::MimeHeaders as _;
            assert_eq!(part.attachment_name(), Some(file.name.as_str()));
            assert!(part.content_disposition().unwrap().is_attachment());
            let kind = part.content_type().unwrap();
            let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap());
            assert!(file.content_type.starts_with(&kind), "{kind}");
        }
        // the parser takes texts for texts, so the bytes are looked at as they travel
        for file in files {
            use base64::Engine as _;
            let encoded = base64::prelude::BASE64_STANDARD.encode(&file.bytes);
            assert!(text.replace("\r\n", "").contains(&encoded), "{}", file.name);
        }
    }

    #[test]
    fn headers_of_its_own_and_pictures_arrive_and_no_header_of_ours_is_replaced() {
        use mail_parser::MimeHeaders as _;
        let header = |name, value: &str| Header { name, value: value.to_owned() };
        let extras = Extras {
            reply_to: Some(Sender {
                address: EmailAddress::parse("jana@acme.example").unwrap(),
                name: Some("Jörg, \"J\" <x>".to_owned()),
            }),
            headers: vec![
                header("List-Unsubscribe", &format!("<https://acme.example/{}>", "x".repeat(300))),
                header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                header("References", "<root.1@acme.example>"),
            ],
            inline: vec![Inline {
                id: "logo@acme".to_owned(),
                file: file("logo.png", "image/png", b"\x89PNG"),
            }],
        };
        let compose = |parts, extras: &Extras| Message::compose_with("<a@b>".to_owned(), parts, extras);
        let pdf = || vec![file("report.pdf", "application/pdf", &[7; 50])];
        let message = compose(with(pdf()), &extras).unwrap();
        assert_eq!(message.bytes(), compose(with(pdf()), &extras).unwrap().bytes(), "always the same bytes");
        assert!(message.content().only_as_mime && !message.is_8bit());
        let text = std::str::from_utf8(message.bytes()).unwrap();
        assert!(text.split("\r\n").all(|line| line.len() <= 998));
        let parsed = mail_parser::MessageParser::default().parse(message.bytes()).unwrap();
        let reply_to = parsed.reply_to().unwrap().first().unwrap();
        assert_eq!(reply_to.name(), Some("Jörg, \"J\" <x>"));
        assert_eq!(reply_to.address(), Some("jana@acme.example"));
        let raw = |name| parsed.header_raw(name).map(|value| value.replace("\r\n ", "").trim().to_owned());
        for header in &extras.headers {
            assert_eq!(raw(header.name).as_deref(), Some(header.value.as_str()), "{}", header.name);
        }
        assert_eq!(parsed.body_html(0).unwrap(), HTML);
        let logo = parsed.parts.iter().find(|part| part.content_id() == Some("logo@acme")).unwrap();
        assert_eq!(logo.contents(), b"\x89PNG");
        assert!(text.contains("multipart/related") && text.contains("multipart/mixed"));

        for (name, value) in
            [("Bcc", "eve@x.org"), ("content-type", "x/y"), ("Auto-Submitted", "no"), ("a b", "")]
        {
            let evil = Extras { headers: vec![header(name, value)], ..Extras::default() };
            assert_eq!(compose(with(vec![]), &evil).unwrap_err(), ComposeProblem::Unbuildable, "{name}");
        }
        let evil = Extras { headers: vec![header("X-A", "b\r\nBcc: eve@x.org")], ..Extras::default() };
        assert_eq!(compose(with(vec![]), &evil).unwrap_err(), ComposeProblem::ControlCharacter("X-A"));
        let inline = vec![Inline { id: "x> \r\n".to_owned(), file: file("a", "image/png", b"") }];
        let evil = Extras { inline, ..Extras::default() };
        assert_eq!(compose(with(vec![]), &evil).unwrap_err(), ComposeProblem::ControlCharacter("Content-ID"));
    }

    #[test]
    fn neither_a_files_name_nor_its_media_type_can_bring_a_header() {
        for evil in ["x\r\nBcc: eve@x.org", "x\n", "x\0", "x\u{2028}y"] {
            let refused = |file| Message::compose(with(vec![file]));
            let name = refused(file(evil, "text/csv", b"x")).unwrap_err();
            assert_eq!(name, ComposeProblem::ControlCharacter("file's name"));
            let media_type = refused(file("x.csv", &format!("text/csv; x={evil}"), b"x")).unwrap_err();
            assert_eq!(media_type, ComposeProblem::ControlCharacter("file's media type"));
        }
        for media_type in ["", "csv", "text/csv; x=\"ü\""] {
            let attachments = vec![file("x.csv", media_type, b"x")];
            let refused = Message::compose(with(attachments)).unwrap_err();
            assert_eq!(refused, ComposeProblem::Unbuildable, "{media_type}");
        }
    }
}
