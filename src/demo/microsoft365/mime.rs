//! A mail as it comes to `sendMail`: base64 of the whole message (RFC 5322), its recipients in its header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Address, MessageParser};

use crate::values::EmailAddress;

/// A mail that can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mime {
    /// The message without its blind copies' header, else byte for byte.
    pub(super) raw: Vec<u8>,
    /// Everybody in From and Sender.
    pub(super) authors: Vec<String>,
    /// Everybody in To, Cc and Bcc.
    pub(super) recipients: Vec<String>,
}

/// Why nothing can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadMime {
    Base64,
    NoRecipients,
    Recipient(String),
}

impl Mime {
    pub(super) fn parse(body: &[u8]) -> Result<Self, BadMime> {
        let packed: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let raw = STANDARD.decode(packed).ok().filter(|raw| !raw.is_empty()).ok_or(BadMime::Base64)?;
        let message = MessageParser::default().parse_headers(&raw[..]).ok_or(BadMime::NoRecipients)?;
        let recipients = addresses([message.to(), message.cc(), message.bcc()]);
        if recipients.is_empty() {
            return Err(BadMime::NoRecipients);
        }
        if let Some(bad) = recipients.iter().find(|address| EmailAddress::parse(address).is_err()) {
            return Err(BadMime::Recipient(bad.clone()));
        }
        let authors = addresses([message.from(), message.sender(), None]);
        Ok(Self { authors, recipients, raw: without_bcc(&raw) })
    }
}

fn addresses(headers: [Option<&Address<'_>>; 3]) -> Vec<String> {
    let all = headers.into_iter().flatten().flat_map(Address::iter);
    all.filter_map(|one| one.address().or(one.name())).map(str::to_owned).collect()
}

/// Recipients must not learn of each other's blind copies.
fn without_bcc(raw: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(raw.len());
    let (mut in_header, mut drops) = (true, false);
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if in_header {
            in_header = !line.trim_ascii().is_empty();
            let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
            if !is_folded || !in_header {
                drops = line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"bcc:"));
            }
        }
        if !drops {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(message: &str) -> Result<Mime, BadMime> {
        Mime::parse(STANDARD.encode(message).as_bytes())
    }

    #[test]
    fn blind_copies_are_sent_and_not_shown() {
        let message = "From: P <portal@acme.example>\r\nTo: a@x.org\r\nBCC: b@x.org,\r\n\tc@x.org\r\n\
                       Cc: d@x.org\r\nSubject: x\r\n\r\nBcc: said in the text\r\n";
        let mime = parse(message).unwrap();
        assert_eq!(mime.authors, ["portal@acme.example"]);
        assert_eq!(mime.recipients, ["a@x.org", "d@x.org", "b@x.org", "c@x.org"]);
        let shown = String::from_utf8(mime.raw).unwrap();
        assert_eq!(shown, message.replace("BCC: b@x.org,\r\n\tc@x.org\r\n", ""));
    }

    #[test]
    fn what_cannot_be_sent_is_told_apart() {
        for body in ["", "%%%%", "YWJj=", "\u{fc}"] {
            assert_eq!(Mime::parse(body.as_bytes()), Err(BadMime::Base64), "{body}");
        }
        assert_eq!(parse("From: a@x.org\r\n\r\nTo: b@x.org"), Err(BadMime::NoRecipients));
        assert_eq!(parse("To: a@x.org, nonsense\r\n\r\n"), Err(BadMime::Recipient("nonsense".to_owned())));
        let folded = STANDARD.encode("To: a@x.org\r\n\r\nx");
        let (first, second) = folded.split_at(8);
        assert!(Mime::parse(format!("{first}\r\n{second}\r\n").as_bytes()).is_ok());
    }
}
