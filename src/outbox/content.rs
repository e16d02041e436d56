//! What is to be said.

use serde::{Deserialize, Serialize};

use crate::i18n::Language;

/// What is to be said, by its kind. It is stored once for all its recipients, as data; the words are
/// made of it when a message is sent, in the recipient's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Words that somebody wrote.
    Announcement(Announcement),
}

/// Words that somebody wrote, the same in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The words of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The subject, in one line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a stored content cannot be read: a later version wrote it, or somebody else.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableContent {
    /// There is no such kind.
    #[error("there is no kind of content `{0}`")]
    UnknownKind(String),
    /// Its data is of another form.
    #[error("the data of a content cannot be read: {0}")]
    Data(#[from] serde_json::Error),
}

impl Content {
    /// The kind's name in the database, in filters and exports.
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Announcement(_) => "announcement",
        }
    }

    /// The particulars as JSON, as they are stored.
    ///
    /// # Errors
    /// Never, as the kinds are; the serialiser cannot know that.
    pub(super) fn data(&self) -> Result<String, serde_json::Error> {
        match self {
            Content::Announcement(announcement) => serde_json::to_string(announcement),
        }
    }

    /// The content of a stored kind and its data.
    ///
    /// # Errors
    /// When this program does not know the kind, or the data is of another form.
    pub fn read(kind: &str, data: &str) -> Result<Self, UnreadableContent> {
        match kind {
            "announcement" => Ok(Content::Announcement(serde_json::from_str(data)?)),
            other => Err(UnreadableContent::UnknownKind(other.to_owned())),
        }
    }

    /// The words in that language. The same content and language always give the same words: a mail that
    /// was sent can be made again and be compared with the hash of what was sent.
    pub fn render(&self, _language: Language) -> Words {
        match self {
            Content::Announcement(Announcement { subject, text, html }) => {
                Words { subject: subject.clone(), text: text.clone(), html: html.clone() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_read_as_it_was_stored() {
        let content = Content::Announcement(Announcement {
            subject: "Wartung – heute".to_owned(),
            text: "\"Guten Tag\"\n".to_owned(),
            html: "<p>&amp;</p>".to_owned(),
        });
        assert_eq!(Content::read(content.kind(), &content.data().unwrap()).unwrap(), content);
        assert_eq!(content.render(Language::German).subject, "Wartung – heute");
    }

    #[test]
    fn what_this_program_does_not_know_is_said() {
        assert!(matches!(Content::read("report", "{}"), Err(UnreadableContent::UnknownKind(_))));
        assert!(matches!(Content::read("announcement", "{}"), Err(UnreadableContent::Data(_))));
    }
}
