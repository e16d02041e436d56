use std::fmt::Debug;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;

use super::{MailAddressee, MailBody, MailContext, MailType, RenderError, Visibility};
use crate::db::Connection;
use crate::i18n::Text;

/// A mail of any type.
pub trait Mail: Debug + Send + Sync {
    /// Returns the name of its type.
    fn kind(&self) -> &'static str;

    /// Returns what it is made of, as it is stored.
    ///
    /// # Errors
    /// Never, as the types are; the serialiser cannot know that.
    fn data(&self) -> Result<String, serde_json::Error>;

    /// See [`MailType::render`].
    ///
    /// # Errors
    /// See there.
    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError>;

    /// See [`MailType::still_wanted`].
    ///
    /// # Errors
    /// See there.
    fn still_wanted<'a>(
        &'a self,
        db: &'a Connection,
        to: &'a MailAddressee<'a>,
    ) -> BoxFuture<'a, Result<bool, DbErr>>;
}

impl<T: MailType> Mail for T {
    fn kind(&self) -> &'static str {
        T::NAME
    }

    fn data(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError> {
        MailType::render(self, context)
    }

    fn still_wanted<'a>(
        &'a self,
        db: &'a Connection,
        to: &'a MailAddressee<'a>,
    ) -> BoxFuture<'a, Result<bool, DbErr>> {
        MailType::still_wanted(self, db, to)
    }
}

/// A row of the table of mail types.
#[derive(Clone, Copy, Debug)]
pub struct MailKind {
    /// The name in the database, in filters, exports and the API.
    pub name: &'static str,
    /// Who may read such a mail on the page of its delivery.
    pub visibility: Visibility,
    label: &'static str,
    read: fn(&str) -> Result<Arc<dyn Mail>, serde_json::Error>,
}

impl MailKind {
    /// The row of that type.
    pub const fn of<T: MailType>() -> Self {
        Self { name: T::NAME, visibility: T::VISIBILITY, label: T::LABEL, read: read::<T> }
    }

    /// Returns what people call it.
    pub fn label(&self) -> Text {
        Text::new(self.label)
    }
}

fn read<T: MailType>(data: &str) -> Result<Arc<dyn Mail>, serde_json::Error> {
    Ok(Arc::new(serde_json::from_str::<T>(data)?))
}

/// All types of mail, as `portal` collects them from the rooms.
#[derive(Clone, Copy, Debug)]
pub struct MailTypes(pub &'static [&'static [MailKind]]);

/// Why a stored mail cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableMail {
    /// Its type is known to another version of this program, if to any.
    #[error("there is no type of mail `{0}`")]
    UnknownType(String),
    /// Its data has another form.
    #[error("the data of a mail cannot be read: {0}")]
    Data(#[from] serde_json::Error),
}

impl MailTypes {
    /// Iterates over all types, in the order in which they are listed.
    pub fn iter(&self) -> impl Iterator<Item = &'static MailKind> {
        self.0.iter().copied().flatten()
    }

    /// Finds the type of that name.
    pub fn find(&self, name: &str) -> Option<&'static MailKind> {
        self.iter().find(|kind| kind.name == name)
    }

    /// Reads a stored mail.
    ///
    /// # Errors
    /// When this program does not know its type, or its data has another form.
    pub fn read(&self, kind: &str, data: &str) -> Result<Arc<dyn Mail>, UnreadableMail> {
        let known = self.find(kind).ok_or_else(|| UnreadableMail::UnknownType(kind.to_owned()))?;
        Ok((known.read)(data)?)
    }
}
