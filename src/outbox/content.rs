//! What is to be said.

use serde::{Deserialize, Serialize};

use super::{SealedLink, emails};
use crate::i18n::Language;
use crate::values::{TenantId, UserId};
use crate::vault::{self, Vault};

/// What is to be said, by its kind. It is stored once for all its recipients, as data; the words are
/// made of it when a message is sent, in the recipient's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Words that somebody wrote.
    Announcement(Announcement),
    /// Words that a program handed in.
    Written(Written),
    /// Somebody is invited to the tenant's portal.
    Invitation(Invitation),
    /// Somebody has forgotten their password.
    PasswordReset(PasswordReset),
}

/// An invitation to the tenant's portal, with the link to set the first password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who is invited.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// The tenant's name.
    pub tenant: String,
    /// What the product is called.
    pub product: String,
    /// Who invites, by name.
    pub invited_by: String,
    /// The link.
    pub link: SealedLink,
}

/// A link to set a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordReset {
    /// Whose password it is.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// The tenant's name.
    pub tenant: String,
    /// What the product is called.
    pub product: String,
    /// The link.
    pub link: SealedLink,
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

/// Words that a program handed in, the same in every language. The HTML is clean: what it may hold was decided when it
/// came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
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

/// Why a content cannot be made into words.
#[derive(Debug, thiserror::Error)]
pub enum Unspeakable {
    /// Its link does not open.
    #[error(transparent)]
    Sealed(#[from] vault::Error),
    /// Its template fails.
    #[error(transparent)]
    Template(#[from] askama::Error),
}

impl Content {
    /// The kind's name in the database, in filters and exports.
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Announcement(_) => "announcement",
            Content::Written(_) => "message",
            Content::Invitation(_) => "invitation",
            Content::PasswordReset(_) => "password-reset",
        }
    }

    /// The particulars as JSON, as they are stored.
    ///
    /// # Errors
    /// Never, as the kinds are; the serialiser cannot know that.
    pub(super) fn data(&self) -> Result<String, serde_json::Error> {
        match self {
            Content::Announcement(announcement) => serde_json::to_string(announcement),
            Content::Written(written) => serde_json::to_string(written),
            Content::Invitation(invitation) => serde_json::to_string(invitation),
            Content::PasswordReset(reset) => serde_json::to_string(reset),
        }
    }

    /// The content of a stored kind and its data.
    ///
    /// # Errors
    /// When this program does not know the kind, or the data is of another form.
    pub fn read(kind: &str, data: &str) -> Result<Self, UnreadableContent> {
        match kind {
            "announcement" => Ok(Content::Announcement(serde_json::from_str(data)?)),
            "message" => Ok(Content::Written(serde_json::from_str(data)?)),
            "invitation" => Ok(Content::Invitation(serde_json::from_str(data)?)),
            "password-reset" => Ok(Content::PasswordReset(serde_json::from_str(data)?)),
            other => Err(UnreadableContent::UnknownKind(other.to_owned())),
        }
    }

    /// The words in that language. The same content and language always give the same words: a mail that
    /// was sent can be made again and be compared with the hash of what was sent. The vault opens the links of
    /// that tenant that stand in it.
    ///
    /// # Errors
    /// When a link does not open, or a template fails.
    pub fn render(&self, vault: &Vault, tenant: TenantId, language: Language) -> Result<Words, Unspeakable> {
        match self {
            Content::Announcement(Announcement { subject, text, html })
            | Content::Written(Written { subject, text, html }) => {
                Ok(Words { subject: subject.clone(), text: text.clone(), html: html.clone() })
            }
            Content::Invitation(invitation) => {
                let link = invitation.link.open(vault, tenant, invitation.user)?;
                Ok(emails::invitation(invitation, &link, language)?)
            }
            Content::PasswordReset(reset) => {
                let link = reset.link.open(vault, tenant, reset.user)?;
                Ok(emails::password_reset(reset, &link, language)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Secret;

    fn vault() -> Vault {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        Vault::generate(&path).unwrap();
        Vault::read(&path).unwrap()
    }

    #[test]
    fn a_content_is_read_as_it_was_stored() {
        let content = Content::Announcement(Announcement {
            subject: "Wartung – heute".to_owned(),
            text: "\"Guten Tag\"\n".to_owned(),
            html: "<p>&amp;</p>".to_owned(),
        });
        assert_eq!(Content::read(content.kind(), &content.data().unwrap()).unwrap(), content);
        let words = content.render(&vault(), TenantId::new(), Language::German).unwrap();
        assert_eq!(words.subject, "Wartung – heute");
    }

    #[test]
    fn a_link_stands_sealed_and_opens_for_its_tenant_and_person_only() {
        let (vault, tenant, user) = (vault(), TenantId::new(), UserId::new());
        let link = Secret::new("https://acme.portal.example/welcome/token");
        let invitation = Invitation {
            user,
            name: "Nina <Neu>".to_owned(),
            tenant: "Acme & Co".to_owned(),
            product: "Posthorn".to_owned(),
            invited_by: "Alice Archer".to_owned(),
            link: SealedLink::seal(&vault, tenant, user, &link).unwrap(),
        };
        let content = Content::Invitation(invitation);
        let data = content.data().unwrap();
        assert!(!data.contains("welcome") && !data.contains("token"), "{data}");
        let read = Content::read(content.kind(), &data).unwrap();
        assert_eq!(read, content);
        for language in Language::ALL {
            let words = read.render(&vault, tenant, language).unwrap();
            assert_eq!(words, read.render(&vault, tenant, language).unwrap(), "always the same words");
            assert!(words.text.contains(link.expose()) && words.html.contains(link.expose()));
            assert!(
                words.subject.contains("Acme & Co") && !words.subject.contains('\n'),
                "{}",
                words.subject
            );
            assert!(words.html.contains("Nina &#60;Neu&#62;"), "{}", words.html);
        }
        assert!(read.render(&vault, TenantId::new(), Language::English).is_err());
        let Content::Invitation(theirs) = content else { panic!() };
        let stolen = Content::Invitation(Invitation { user: UserId::new(), ..theirs });
        assert!(stolen.render(&vault, tenant, Language::English).is_err());
    }

    #[test]
    fn what_this_program_does_not_know_is_said() {
        assert!(matches!(Content::read("report", "{}"), Err(UnreadableContent::UnknownKind(_))));
        assert!(matches!(Content::read("announcement", "{}"), Err(UnreadableContent::Data(_))));
    }
}
