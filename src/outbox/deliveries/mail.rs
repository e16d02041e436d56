use std::time::Duration;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::store;
use crate::mail::{Attachment, Compose, Message, Sender};
use crate::outbox::{Content, Error, FileNote, Words, budget, letters};
use crate::state::State as Outside;
use crate::values::{EmailAddress, OutboxMessageId, TenantId};

/// So long a page waits for the memory that large files take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether what is made again is what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Byte for byte.
    Same,
    /// Not any more: the words of this kind have changed since, or something else has.
    Different,
}

/// A mail, made again from what is stored.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its words.
    pub words: Words,
    /// The files that go with it.
    pub files: Vec<FileNote>,
    /// Its source and whether that is what was sent, if it was accepted.
    pub sent: Option<(Message, Match)>,
}

/// What is needed to make a mail again.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub content: Uuid,
    pub kind: String,
    pub data: String,
    pub language: crate::i18n::Language,
    pub recipient: String,
    pub message_id: String,
    /// Date, sender (JSON) and hash of the accepted attempt.
    pub sent: Option<(crate::clock::Timestamp, String, Vec<u8>)>,
}

#[derive(serde::Deserialize)]
struct From {
    address: String,
    name: Option<String>,
}

/// Whether only its recipient may read it, since it opens a door: whoever has a link to set a password is that
/// person from then on.
fn is_for_recipient_only(content: &Content) -> bool {
    match content {
        Content::Announcement(_) | Content::Written(_) => false,
        Content::Invitation(_) | Content::PasswordReset(_) => true,
    }
}

/// The mail as an administrator may read it. `None`: it is for its recipient only, or its content is deleted
/// or written by a later version.
///
/// # Errors
/// [`Error::Busy`], or when the database fails.
pub async fn mail(outside: &Outside, tenant: TenantId, id: OutboxMessageId) -> Result<Option<Mail>, Error> {
    let Some(stored) = store::stored(outside.db.read(), tenant, id).await? else { return Ok(None) };
    let content = match Content::read(&stored.kind, &stored.data) {
        Ok(content) => content,
        Err(error) => {
            tracing::warn!(%tenant, message = %id, %error, "a mail cannot be made again");
            return Ok(None);
        }
    };
    if is_for_recipient_only(&content) {
        return Ok(None);
    }
    let words = content.render(&outside.vault, tenant, stored.language)?;
    let db = outside.db.read();
    let files = letters::store::notes(db, tenant, stored.content).await?;
    let size = files.iter().map(|file| u64::try_from(file.size).unwrap_or(0)).sum();
    let mut sent = None;
    if stored.sent.is_some() {
        let _share = budget::take(size, PATIENCE).await.ok_or(Error::Busy)?;
        let attachments =
            if files.is_empty() { Vec::new() } else { letters::files(db, tenant, stored.content).await? };
        sent = made_again(id, &stored, &words, attachments);
    }
    Ok(Some(Mail { words, files, sent }))
}

/// The same composition as the worker's, with the Date and sender of the accepted attempt.
fn made_again(
    id: OutboxMessageId,
    stored: &Stored,
    words: &Words,
    attachments: Vec<Attachment>,
) -> Option<(Message, Match)> {
    let (date, from, sha256) = stored.sent.as_ref()?;
    let From { address, name } = serde_json::from_str(from).ok()?;
    let parts = Compose {
        id: id.uuid(),
        from: Sender { address: EmailAddress::stored(&address).ok()?, name },
        to: EmailAddress::stored(&stored.recipient).ok()?,
        subject: words.subject.clone(),
        text: words.text.clone(),
        html: words.html.clone(),
        date: *date,
        auto_submitted: true,
        attachments,
    };
    let message = Message::compose_as(stored.message_id.clone(), parts).ok()?;
    let same = Sha256::digest(message.bytes()).as_slice() == sha256.as_slice();
    Some((message, if same { Match::Same } else { Match::Different }))
}
