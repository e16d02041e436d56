//! What a mail says, taken apart for a reader: decoded headers, text, HTML, attachments.
//!
//! All of it was written by others and may be hostile; nothing here is safe to put into a page
//! unescaped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Address, MessageParser, MessagePart, MimeHeaders as _};

/// A large image that is named a million times must not fill the memory.
const MAX_HTML: usize = 32 * 1024 * 1024;

/// A mail taken apart.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) subject: String,
    pub(super) message_id: Option<String>,
    /// The authors as they stand in the header: `Name <address>`.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) cc: String,
    pub(super) reply_to: String,
    /// Names and values as they were sent, unfolded but not decoded.
    pub(super) headers: Vec<(String, String)>,
    pub(super) text: Option<String>,
    /// The HTML part; its `cid:` images are put in as `data:` URLs.
    pub(super) html: Option<String>,
    pub(super) attachments: Vec<Attachment>,
}

/// A file that came with a mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) size: usize,
}

impl Contents {
    pub(super) fn parse(raw: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(raw) else {
            return Self::default();
        };
        let text = message.text_bodies().find(|part| part.is_text() && !part.is_text_html());
        let html = message.html_bodies().find(|part| part.is_text_html());
        let bytes_of = |from: u32, to: u32| raw.get(from as usize..to as usize).unwrap_or_default();
        Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            message_id: message.message_id().map(str::to_owned),
            from: addresses(message.from()),
            to: addresses(message.to()),
            cc: addresses(message.cc()),
            reply_to: addresses(message.reply_to()),
            headers: message
                .root_part()
                .headers
                .iter()
                .map(|header| {
                    let value = String::from_utf8_lossy(bytes_of(header.offset_start, header.offset_end));
                    (header.name.as_str().to_owned(), unfold(&value))
                })
                .collect(),
            text: text.and_then(MessagePart::text_contents).map(str::to_owned),
            html: html
                .and_then(MessagePart::text_contents)
                .map(|html| with_inline_images(html, &message.parts)),
            attachments: message.attachments().map(attachment).collect(),
        }
    }
}

fn addresses(address: Option<&Address<'_>>) -> String {
    let one = |name: Option<&str>, address: Option<&str>| match (name, address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(text)) | (Some(text), None) => text.to_owned(),
        (None, None) => String::new(),
    };
    address
        .into_iter()
        .flat_map(Address::iter)
        .map(|addr| one(addr.name(), addr.address()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Folding white space becomes one space (RFC 5322, section 2.2.3).
fn unfold(value: &str) -> String {
    value.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn media_type(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase(),
    )
}

fn attachment(part: &MessagePart<'_>) -> Attachment {
    Attachment {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        media_type: media_type(part),
        size: part.len(),
    }
}

/// The frame that shows the HTML may load nothing but `data:` images, so those that travel in the
/// mail itself are put in.
fn with_inline_images(html: &str, parts: &[MessagePart<'_>]) -> String {
    let mut html = html.to_owned();
    for part in parts {
        let Some(id) = part.content_id().filter(|id| !id.is_empty()) else { continue };
        let kind = media_type(part);
        if !kind.starts_with("image/")
            || !kind.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-".contains(&b))
        {
            continue;
        }
        let reference = format!("cid:{id}");
        let growth = html.matches(&reference).count().saturating_mul(part.len()).saturating_mul(4) / 3;
        if growth > 0 && html.len().saturating_add(growth) <= MAX_HTML {
            html =
                html.replace(&reference, &format!("data:{kind};base64,{}", STANDARD.encode(part.contents())));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_taken_apart_and_decoded() {
        let raw = concat!(
            "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\n",
            "To: a@example.org,\r\n b@example.org\r\n",
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n",
            "MIME-Version: 1.0\r\n",
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n",
            "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n",
            "--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n",
            "--a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
            "sch=C3=B6n\r\n",
            "--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<img src=\"cid:logo\">\r\n--a--\r\n",
            "--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            "AAEC\r\n--r--\r\n",
            "--m\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=\"zahlen.csv\"\r\n\r\n1;2\r\n",
            "--m--\r\n",
        );
        let contents = Contents::parse(raw.as_bytes());
        assert_eq!(contents.subject, "Grüße");
        assert_eq!(contents.from, "Jörg <joerg@example.org>");
        assert_eq!(contents.to, "a@example.org, b@example.org");
        assert_eq!(contents.text.as_deref().map(str::trim), Some("schön"));
        assert_eq!(contents.html.as_deref().map(str::trim), Some("<img src=\"data:image/png;base64,AAEC\">"));
        assert!(contents.headers.contains(&("To".into(), "a@example.org, b@example.org".into())));
        assert!(contents.attachments.iter().any(|file| file.name == "zahlen.csv" && file.size == 3));
    }

    #[test]
    fn what_is_no_mail_is_empty_and_not_an_error() {
        for raw in [&b""[..], b"\r\n", b"\x00\xff\xfe", b"no header at all"] {
            let contents = Contents::parse(raw);
            assert_eq!(contents.subject, "");
        }
        let text_only = Contents::parse(b"Subject: x\r\n\r\nhello\r\n");
        assert_eq!(text_only.html, None);
        let html_only = Contents::parse(b"Content-Type: text/html\r\n\r\n<b>hello</b>\r\n");
        assert_eq!((html_only.text, html_only.html.is_some()), (None, true));
    }
}
