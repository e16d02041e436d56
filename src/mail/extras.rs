use super::Attachment;
use super::message::Sender;

/// What few messages have beside their words: headers of their own, and pictures in the HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Who gets answers (`Reply-To`), if not the sender.
    pub reply_to: Option<Sender>,
    /// Further headers, such as `List-Unsubscribe` (RFC 2369) or `References`.
    pub headers: Vec<Header>,
    /// Pictures that the HTML names by `cid:` (RFC 2392).
    pub inline: Vec<Inline>,
}

/// A header of a message's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name; not one of those that every message has.
    pub name: &'static str,
    /// The value, in one line.
    pub value: String,
}

/// A picture in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// The `Content-ID` without its angle brackets.
    pub id: String,
    pub file: Attachment,
}

/// Headers that a message gets from what it is composed of.
const OWN: [&str; 11] = [
    "bcc",
    "cc",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

impl Header {
    /// Whether it is a name of RFC 5322, section 3.6.8, and not one that a message has anyway.
    pub(super) fn may_be(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_own = OWN.contains(&name.as_str()) || name == "auto-submitted" || name.starts_with("content-");
        !name.is_empty() && !is_own && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
    }
}

impl Extras {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
