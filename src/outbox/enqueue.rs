use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Error, File, KEY_BYTES, Recipient, SendOptions, files, message, store};
use crate::mail_types::{Mail, UnreadableMail};
use crate::state::State;
use crate::values::{OutboxMessageId, TenantId};

/// A mail to be enqueued: what is said, stored once for all its recipients, to whom, and what goes with it.
#[derive(Clone)]
pub struct NewMail {
    /// What is to be said.
    pub mail: Arc<dyn Mail>,
    /// The files that go with it, in their order.
    pub files: Vec<File>,
    /// How it is to be sent.
    pub terms: SendOptions,
    pub recipients: Vec<Recipient>,
}

/// What has been enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// The messages of each mail, in the order of its recipients. Those whose key was taken have one as well, under
    /// which nothing is ever sent.
    pub ids: Vec<Vec<OutboxMessageId>>,
    /// How many messages there are now more: those whose key was taken are left out.
    pub added: u64,
}

impl NewMail {
    /// Makes a mail without files.
    pub fn new(mail: impl Mail + 'static, terms: SendOptions, recipients: Vec<Recipient>) -> Self {
        Self { mail: Arc::new(mail), files: Vec::new(), terms, recipients }
    }
}

/// Enqueues mails in the caller's transaction. They leave in the order in which they are given, as far as others allow.
///
/// # Errors
/// When a key is too long, a type of mail is not in the table, or the database fails.
pub async fn enqueue(
    tx: &impl ConnectionTrait,
    app: &State,
    tenant: TenantId,
    mails: &[NewMail],
) -> Result<Enqueued, Error> {
    let mut keys = mails.iter().flat_map(|mail| &mail.recipients).filter_map(|one| one.key.as_ref());
    if keys.any(|key| key.len() > KEY_BYTES) {
        return Err(Error::KeyTooLong);
    }
    let (now, host) = (app.clock.now(), &app.config.base_url.host);
    let mut free = message::Ids::at(now);
    let (mut contents, mut rows, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for NewMail { mail, terms, recipients, .. } in mails {
        if recipients.is_empty() {
            ids.push(Vec::new());
            continue;
        }
        let kind = mail.kind();
        if app.tables.mail_types.find(kind).is_none() {
            return Err(UnreadableMail::UnknownType(kind.to_owned()).into());
        }
        let content = free.next();
        contents.push(store::Content { id: content, kind, data: mail.data().map_err(UnreadableMail::from)? });
        let batch = store::Batch { tenant, content, kind, terms: *terms, host, now };
        let own: Vec<OutboxMessageId> = recipients.iter().map(|_| free.next().into()).collect();
        rows.extend(recipients.iter().zip(&own).map(|(to, id)| store::row(&batch, to, *id)));
        ids.push(own);
    }
    if rows.is_empty() {
        return Ok(Enqueued { ids, added: 0 });
    }
    let wanted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let content_ids: Vec<Uuid> = contents.iter().map(|content| content.id).collect();
    store::insert_contents(tx, tenant, contents, now).await?;
    let sent = mails.iter().filter(|mail| !mail.recipients.is_empty());
    for (mail, content) in sent.zip(&content_ids) {
        for (number, file) in (1..).zip(&mail.files) {
            files::store::insert_file(tx, tenant, *content, number, file).await?;
        }
    }
    let added = store::insert_messages(tx, rows).await?;
    if added < wanted {
        store::delete_unused(tx, tenant, &content_ids).await?;
    }
    if added > 0 {
        store::insert_arrival(tx, tenant, added, now).await?;
    }
    Ok(Enqueued { ids, added })
}

/// Returns the `Message-ID` under which a message is sent.
pub fn message_id(app: &State, id: OutboxMessageId) -> String {
    message::message_id(id, &app.config.base_url.host)
}
