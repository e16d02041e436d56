//! Headers as readers' programs must not misread them: what looks like an encoded word in somebody's text is encoded
//! itself, so that it reads letter by letter as it was written.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::message::header::{Header, HeaderName, HeaderValue};

/// With its marks an encoded word of so many bytes has 72 characters; RFC 2047, section 2, allows 75.
const WORD: usize = 45;
/// A piece of a parameter, before its name (RFC 2231, section 3).
const PIECE: usize = 60;

/// The subject, if the library's own form of it could be misread.
pub(super) fn subject(text: &str) -> Option<HeaderValue> {
    let name = HeaderName::new_from_ascii_str("Subject");
    looks_encoded(text)
        .then(|| HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), encoded_words(text)))
}

/// A mailbox with its name: ASCII stays ASCII, since filters count base64 against a mail (RFC 5322, section 3.4).
pub(super) fn mailbox(header: &'static str, name: &str, address: &str) -> HeaderValue {
    let shown = phrase(name);
    let fold = if shown.len() + address.len() > PIECE { "\r\n " } else { " " };
    let encoded = format!("{shown}{fold}<{address}>");
    let header = HeaderName::new_from_ascii_str(header);
    HeaderValue::dangerous_new_pre_encoded(header, format!("{name} <{address}>"), encoded)
}

fn phrase(name: &str) -> String {
    let name = name.trim();
    if looks_encoded(name) || !name.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        encoded_words(name)
    } else if name.chars().all(|c| c == ' ' || c.is_ascii_alphanumeric()) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// `Content-Disposition` of a file whose plain name could be misread.
#[derive(Clone)]
pub(super) struct Disposition(HeaderValue);

impl Disposition {
    /// `kind` is `attachment` or `inline`.
    pub(super) fn of_file(kind: &str, name: &str) -> Option<Self> {
        if !looks_encoded(name) {
            return None;
        }
        let mut percent = String::new();
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                percent.push(char::from(byte));
            } else {
                let _ = write!(percent, "%{byte:02X}");
            }
        }
        let mut encoded = kind.to_owned();
        // a piece may end within an escaped byte: readers join the pieces before they read them
        for (number, piece) in percent.as_bytes().chunks(PIECE).enumerate() {
            let charset = if number == 0 { "utf-8''" } else { "" };
            let _ = write!(encoded, ";\r\n filename*{number}*={charset}{}", String::from_utf8_lossy(piece));
        }
        let raw = format!("{kind}; filename=\"{name}\"");
        Some(Self(HeaderValue::dangerous_new_pre_encoded(Self::name(), raw, encoded)))
    }
}

impl Header for Disposition {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Disposition")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("it is only written".into())
    }

    fn display(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn looks_encoded(text: &str) -> bool {
    text.contains("=?")
}

/// RFC 2047, section 2, each word with whole characters (section 5).
fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words.iter().map(|word| format!("=?utf-8?b?{}?=", BASE64_STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_quoted_or_encoded() {
        for (name, shown) in [
            ("Reports", "Reports"),
            ("Acme Reports 2", "Acme Reports 2"),
            ("Acme & Co", "\"Acme & Co\""),
            ("Smith, Inc.", "\"Smith, Inc.\""),
            ("O'Brien", "\"O'Brien\""),
            ("Report (EU)", "\"Report (EU)\""),
            ("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""),
            ("Übersicht", "=?utf-8?b?w5xiZXJzaWNodA==?="),
            ("=?utf-8?Q?=41dmin?=", "=?utf-8?b?PT91dGYtOD9RPz00MWRtaW4/PQ==?="),
        ] {
            assert_eq!(phrase(name), shown);
        }
    }

    #[test]
    fn a_long_text_is_several_words_of_whole_characters() {
        let text = "=?ü€😀".repeat(40);
        let encoded = encoded_words(&text);
        let mut read = String::new();
        for word in encoded.split("\r\n ") {
            assert!(word.len() <= 75, "{word}");
            let inner = word.strip_prefix("=?utf-8?b?").unwrap().strip_suffix("?=").unwrap();
            read.push_str(&String::from_utf8(BASE64_STANDARD.decode(inner).unwrap()).unwrap());
        }
        assert_eq!(read, text);
    }
}
