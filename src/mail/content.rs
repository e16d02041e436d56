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
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::mail::{Compose, ComposeProblem, Message, Sender};
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
