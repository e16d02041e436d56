use bytes::Bytes;

use crate::mail::Attachment;

/// A file that goes with a content, stored once for all its recipients.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name without a path, in one line.
    pub name: String,
    /// Its media type (RFC 6838).
    pub media_type: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// A file as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNote {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub size: i64,
}

impl From<File> for Attachment {
    fn from(File { name, media_type, bytes }: File) -> Self {
        Self { name, content_type: media_type, bytes }
    }
}
