//! Files that go with a content.
//!
//! A file is a row of its own beside its content, stored once for all its recipients, and goes with it. It is read when
//! a message is about to be sent, one message at a time, and never ahead: what waits in memory are rows and words.

pub(super) mod store;

use bytes::Bytes;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::mail::Attachment;
use crate::values::TenantId;

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
    pub name: String,
    /// How many bytes it has.
    pub size: i64,
}

impl From<File> for Attachment {
    fn from(File { name, media_type, bytes }: File) -> Self {
        Self { name, content_type: media_type, bytes }
    }
}

/// Reads the files of a content, in their order.
pub(super) async fn files(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    content: Uuid,
) -> Result<Vec<Attachment>, DbErr> {
    Ok(store::files(db, tenant, content).await?.into_iter().map(Attachment::from).collect())
}
