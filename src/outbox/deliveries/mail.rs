use std::time::Duration;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::store;
use crate::mail::{Attachment, Message, Sender};
use crate::mail_types::{MailAddressee, MailBody, MailContext, Visibility};
use crate::outbox::compose::{Envelope, compose};
use crate::outbox::{Error, FileNote, budget, files};
use crate::state::State;
use crate::values::{EmailAddress, OutboxMessageId, TenantId};

/// So long a page waits for the memory that large files take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether what is made again is what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Same,
    /// Not any more: the words of this kind have changed since, or something else has.
    Different,
}

/// A mail, made again from what is stored.
#[derive(Clone, Debug)]
pub struct Mail {
    pub words: MailBody,
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

/// The mail as that reader, who administers, may read it. `None`: its type keeps it from them, or its content is
/// deleted or written by a later version.
///
/// # Errors
/// [`Error::Busy`], or when the database fails.
pub async fn mail(
    app: &State,
    tenant: TenantId,
    id: OutboxMessageId,
    reader: &str,
) -> Result<Option<Mail>, Error> {
    let Some(stored) = store::stored(app.db.read(), tenant, id).await? else { return Ok(None) };
    let types = &app.tables.mail_types;
    let Ok(recipient) = EmailAddress::stored(&stored.recipient) else { return Ok(None) };
    let is_recipient =
        EmailAddress::stored(reader).is_ok_and(|own| own.normalised() == recipient.normalised());
    let may_read = types.find(&stored.kind).is_some_and(|kind| match kind.visibility {
        Visibility::Administrators => true,
        Visibility::Recipient => is_recipient,
        Visibility::Nobody => false,
    });
    let content = match types.read(&stored.kind, &stored.data) {
        Ok(content) => content,
        Err(error) => {
            tracing::warn!(%tenant, message = %id, %error, "a mail cannot be made again");
            return Ok(None);
        }
    };
    if !may_read {
        return Ok(None);
    }
    let body = content.render(&MailContext {
        to: MailAddressee { tenant, message: id, recipient: &recipient },
        language: stored.language,
        vault: &app.vault,
        base_url: &app.config.base_url,
    })?;
    let db = app.db.read();
    let notes = files::store::notes(db, tenant, stored.content).await?;
    let size = notes.iter().map(|file| u64::try_from(file.size).unwrap_or(0)).sum();
    let mut sent = None;
    if stored.sent.is_some() {
        let _share = budget::take(size, PATIENCE).await.ok_or(Error::Busy)?;
        let attachments =
            if notes.is_empty() { Vec::new() } else { files::files(db, tenant, stored.content).await? };
        sent = made_again(id, &stored, body.clone(), recipient, attachments);
    }
    Ok(Some(Mail { words: body, files: notes, sent }))
}

/// The same composition as the worker's, with the Date and sender of the accepted attempt.
fn made_again(
    id: OutboxMessageId,
    stored: &Stored,
    body: MailBody,
    to: EmailAddress,
    attachments: Vec<Attachment>,
) -> Option<(Message, Match)> {
    let (date, from, sha256) = stored.sent.as_ref()?;
    let From { address, name } = serde_json::from_str(from).ok()?;
    let from = Sender { address: EmailAddress::stored(&address).ok()?, name };
    let envelope = Envelope { id, message_id: stored.message_id.clone(), from, to, date: *date };
    let message = compose(body, envelope, attachments).ok()?;
    let same = Sha256::digest(message.bytes()).as_slice() == sha256.as_slice();
    Some((message, if same { Match::Same } else { Match::Different }))
}
