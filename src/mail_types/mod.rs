//! What a type of mail is: the noun that every room's mails share, and the table of all of them.
//!
//! A room that sends mail implements [`MailType`] for a struct of its own and names it in a constant `MAIL_TYPES`;
//! `portal` collects these tables into [`MailTypes`], which the state carries. The outbox stores a mail's type and data,
//! and knows no type by name.
//!
//! - **A type's data only grows.** A process of another version may read it: a field that comes later has a default
//!   (`#[serde(default)]`); what cannot have one is a type of another name.
//! - **A type that this process does not know** is another process's to send: nothing is lost of it.

mod body;
mod table;

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::BaseUrl;
use crate::db::Connection;
use crate::i18n::Language;
use crate::values::{EmailAddress, OutboxMessageId, TenantId};
use crate::vault::Vault;

pub use body::{MailBody, RenderError};
pub use table::{Mail, MailKind, MailTypes, UnreadableMail};

/// A type of mail, implemented for what one of its mails is made of. That is stored as JSON, once for all recipients;
/// the words are made when a mail is sent, in the recipient's language.
pub trait MailType: Serialize + DeserializeOwned + Debug + Send + Sync + 'static {
    /// The name in the database, in filters, exports and the API. It never changes.
    const NAME: &'static str;
    /// The key of the text by which people know it.
    const LABEL: &'static str;
    /// Who may read such a mail on the page of its delivery.
    const VISIBILITY: Visibility = Visibility::Administrators;

    /// Makes the words, the headers of its own and the pictures. The same mail and context always give the same body:
    /// a mail that was sent can be made again and be compared with the hash of what was sent.
    ///
    /// # Errors
    /// When a secret in it does not open, or a template fails.
    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError>;

    /// Asks, each time before it leaves, whether it is still wanted; what is not is cancelled. Every mail is, unless its
    /// type says otherwise.
    ///
    /// # Errors
    /// When the database fails; the mail is asked about again.
    fn still_wanted<'a>(
        &'a self,
        _db: &'a Connection,
        _to: &'a MailAddressee<'a>,
    ) -> BoxFuture<'a, Result<bool, DbErr>> {
        Box::pin(std::future::ready(Ok(true)))
    }
}

/// Who may read text and files of a mail on the page of its delivery. Recipient, state and subject of the story stay
/// for administrators in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Administrators,
    /// Its recipient, if they administer; nobody else.
    Recipient,
    /// Nobody, since it opens a door: whoever has a link to set a password is that person from then on.
    Nobody,
}

/// To whom a mail goes.
#[derive(Clone, Copy, Debug)]
pub struct MailAddressee<'a> {
    pub tenant: TenantId,
    pub message: OutboxMessageId,
    pub recipient: &'a EmailAddress,
}

/// What a mail is rendered with, beside what it is made of.
#[derive(Clone, Copy)]
pub struct MailContext<'a> {
    /// To whom it goes.
    pub to: MailAddressee<'a>,
    pub language: Language,
    /// Opens what is sealed in it.
    pub vault: &'a Vault,
    /// Where the portal is, for links and for the names of lists.
    pub base_url: &'a BaseUrl,
}
