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
