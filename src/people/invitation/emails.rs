use askama::Template;
use serde::{Deserialize, Serialize};

use crate::i18n::{self, Language, Text};
use crate::mail_types::{MailBody, MailContext, MailType, RenderError, Visibility};
use crate::outbox::SealedLink;
use crate::values::{Secret, UserId};

/// An invitation to the tenant's portal, with the link to set the first password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub user: UserId,
    pub name: String,
    pub tenant: String,
    /// What the product is called.
    pub product: String,
    /// Who invites, by name.
    pub invited_by: String,
    pub link: SealedLink,
}

impl MailType for Invitation {
    const NAME: &'static str = "invitation";
    const LABEL: &'static str = "people-mail-invitation-kind";
    const VISIBILITY: Visibility = Visibility::Nobody;

    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError> {
        let link = self.link.open(context.vault, context.to.tenant, self.user)?;
        let words = Words { mail: self, link, language: context.language };
        Ok(MailBody {
            subject: Subject(&words).render()?.trim().to_owned(),
            text: BodyText(&words).render()?,
            html: BodyHtml(&words).render()?,
            ..MailBody::default()
        })
    }
}

/// What the templates say.
struct Words<'a> {
    mail: &'a Invitation,
    link: Secret,
    language: Language,
}

#[derive(Template)]
#[template(path = "emails/invitation/subject.txt")]
struct Subject<'a>(&'a Words<'a>);

#[derive(Template)]
#[template(path = "emails/invitation/body.txt")]
struct BodyText<'a>(&'a Words<'a>);

#[derive(Template)]
#[template(path = "emails/invitation/body.html")]
struct BodyHtml<'a>(&'a Words<'a>);

impl Words<'_> {
    fn t(&self, key: &str) -> String {
        i18n::words(self.language, key)
    }

    fn t1(&self, key: &'static str, name: &'static str, value: &str) -> String {
        Text::new(key).with(name, value).say(self.language)
    }

    fn subject(&self) -> String {
        let text = Text::new("people-mail-invitation-subject").with("product", &self.mail.product);
        text.with("tenant", &self.mail.tenant).say(self.language)
    }

    fn what(&self) -> String {
        let text = Text::new("people-mail-invitation-what").with("inviter", &self.mail.invited_by);
        text.with("product", &self.mail.product).with("tenant", &self.mail.tenant).say(self.language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;
    use crate::mail_types::{MailAddressee, MailTypes};
    use crate::values::{EmailAddress, OutboxMessageId, TenantId};
    use crate::vault::Vault;

    #[test]
    fn a_link_stands_sealed_and_opens_for_its_tenant_and_person_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        Vault::generate(&path).unwrap();
        let (vault, tenant, user) = (Vault::read(&path).unwrap(), TenantId::new(), UserId::new());
        let link = Secret::new("https://acme.portal.example/welcome/token");
        let invitation = Invitation {
            user,
            name: "Nina <Neu>".to_owned(),
            tenant: "Acme & Co".to_owned(),
            product: "Posthorn".to_owned(),
            invited_by: "Alice Archer".to_owned(),
            link: SealedLink::seal(&vault, tenant, user, &link).unwrap(),
        };
        let data = serde_json::to_string(&invitation).unwrap();
        assert!(!data.contains("welcome") && !data.contains("token"), "{data}");
        let types = MailTypes(&[crate::people::MAIL_TYPES]);
        let read = types.read("invitation", &data).unwrap();
        assert_eq!(read.data().unwrap(), data);
        let recipient = EmailAddress::parse("nina@acme.example").unwrap();
        let base_url = BaseUrl { https: true, host: "portal.example".to_owned(), port: None };
        let context = |tenant, language| MailContext {
            to: MailAddressee { tenant, message: OutboxMessageId::new(), recipient: &recipient },
            language,
            vault: &vault,
            base_url: &base_url,
        };
        for language in Language::ALL {
            let body = read.render(&context(tenant, language)).unwrap();
            assert_eq!(body, read.render(&context(tenant, language)).unwrap(), "always the same words");
            assert!(body.text.contains(link.expose()) && body.html.contains(link.expose()));
            assert!(body.subject.contains("Acme & Co") && !body.subject.contains('\n'), "{}", body.subject);
            assert!(body.html.contains("Nina &#60;Neu&#62;"), "{}", body.html);
        }
        assert!(read.render(&context(TenantId::new(), Language::English)).is_err());
        let stolen = Invitation { user: UserId::new(), ..invitation };
        assert!(MailType::render(&stolen, &context(tenant, Language::English)).is_err());
    }
}
