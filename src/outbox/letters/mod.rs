//! Letters: contents that are handed in together, each with its recipients and its files.
//!
//! A file is a row of its own beside its content, and goes with it. It is read when a message is about to be sent,
//! one message at a time, and never ahead: what waits in memory are rows and words.

mod file;
pub(super) mod store;

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::content::UnreadableContent;
use super::{Content, Error, Recipient, Terms, message};
use crate::mail::Attachment;
use crate::state::State as Outside;
use crate::values::{OutboxMessageId, TenantId};

pub use file::{File, FileNote};

/// A content, to whom it goes and what goes with it.
#[derive(Clone)]
pub struct Letter {
    /// What is to be said.
    pub content: Content,
    /// The files that go with it, in their order.
    pub files: Vec<File>,
    /// How it is to be sent.
    pub terms: Terms,
    /// To whom. They have no keys: whoever hands in letters knows a repeat by other means.
    pub recipients: Vec<Recipient>,
}

/// Enqueues letters in the caller's transaction. Returns the messages of each, in the order of its recipients. They
/// leave in the order in which they are given, as far as others allow.
///
/// # Errors
/// When the database fails.
pub async fn enqueue_letters(
    tx: &impl ConnectionTrait,
    outside: &Outside,
    tenant: TenantId,
    letters: &[Letter],
) -> Result<Vec<Vec<OutboxMessageId>>, Error> {
    let now = outside.clock.now();
    let mut ids = message::Ids::at(now);
    let (mut contents, mut rows, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for letter in letters {
        let content = ids.next();
        let (kind, data) = (letter.content.kind(), letter.content.data().map_err(UnreadableContent::from)?);
        contents.push(store::Content { id: content, kind, data });
        let host = &outside.config.base_url.host;
        let batch = super::store::Batch { tenant, content, kind, terms: letter.terms, host, now };
        let own: Vec<OutboxMessageId> = letter.recipients.iter().map(|_| ids.next().into()).collect();
        rows.extend(letter.recipients.iter().zip(&own).map(|(to, id)| super::store::row(&batch, to, *id)));
        all.push(own);
    }
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let ids: Vec<Uuid> = contents.iter().map(|content| content.id).collect();
    store::insert_contents(tx, tenant, contents, now).await?;
    for (letter, content) in letters.iter().zip(ids) {
        for (number, file) in (1..).zip(&letter.files) {
            store::insert_file(tx, tenant, content, number, file).await?;
        }
    }
    store::insert_messages(tx, rows).await?;
    super::store::insert_arrival(tx, tenant, count, now).await?;
    Ok(all)
}

/// The files of a content, in their order.
pub(super) async fn files(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    content: Uuid,
) -> Result<Vec<Attachment>, DbErr> {
    Ok(store::files(db, tenant, content).await?.into_iter().map(Attachment::from).collect())
}
