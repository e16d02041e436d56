//! The forms of the page about signing in: raw fields to settings, or all their problems.

use uuid::Uuid;

use crate::config::ServiceUrl;
use crate::i18n::Text;
use crate::oidc::{OidcSecret, OidcSettings, RoleClaim, StoredOidc};
use crate::values::{Host, Secret, UserId};
use crate::web::FormErrors;

const LONGEST: usize = 500;
/// What people paste in place of the issuer.
const DOCUMENT: &str = "/.well-known/openid-configuration";

/// A field of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Issuer,
    ClientId,
    ClientSecret,
    AllowedDomains,
    RoleClaim,
    RoleValue,
    BreakGlass,
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Issuer => "issuer",
            Field::ClientId => "client_id",
            Field::ClientSecret => "client_secret",
            Field::AllowedDomains => "allowed_domains",
            Field::RoleClaim => "role_claim",
            Field::RoleValue => "role_value",
            Field::BreakGlass => "break_glass",
        }
    }
}

/// The form of the tenant's own sign-in service.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct OidcForm {
    pub issuer: String,
    pub client_id: String,
    client_secret: String,
    just_in_time: String,
    pub allowed_domains: String,
    pub role_claim: String,
    pub role_value: String,
    revision: String,
}

/// What an editor saw.
pub(super) fn seen(revision: &str) -> Option<Uuid> {
    match revision {
        "" => None,
        // anything unreadable is a revision that never was: a conflict
        revision => Some(revision.parse().unwrap_or(Uuid::nil())),
    }
}

impl OidcForm {
    pub(super) fn of(stored: &StoredOidc) -> Self {
        let settings = stored.settings.clone();
        let role = settings.role.unwrap_or(RoleClaim { claim: String::new(), value: String::new() });
        Self {
            issuer: settings.issuer,
            client_id: settings.client_id,
            client_secret: String::new(),
            just_in_time: if settings.just_in_time { "on" } else { "" }.to_owned(),
            allowed_domains: settings.allowed_domains.join(" "),
            role_claim: role.claim,
            role_value: role.value,
            revision: stored.revision.to_string(),
        }
    }

    pub(super) fn just_in_time(&self) -> bool {
        self.just_in_time == "on"
    }

    pub(super) fn revision(&self) -> &str {
        &self.revision
    }

    /// The issuer alone, for a check.
    pub(super) fn issuer(&self) -> Result<String, Text> {
        let text = self.issuer.trim();
        let text = text.strip_suffix(DOCUMENT).unwrap_or(text);
        if text.is_empty() {
            return Err(Text::new("sign-in-issuer-missing"));
        }
        let url = ServiceUrl::parse(text).map_err(|_| Text::new("sign-in-issuer-malformed"))?;
        if !url.stays_private() || text.len() > LONGEST {
            return Err(Text::new("sign-in-issuer-malformed"));
        }
        // with its final slash, if it has one: the service compares letter by letter
        Ok(text.to_owned())
    }

    pub(super) fn parse(
        &self,
        stored: Option<&StoredOidc>,
    ) -> Result<(OidcSettings, OidcSecret), FormErrors<Field>> {
        let mut errors = FormErrors::default();
        let issuer = errors.take(Field::Issuer, self.issuer());
        let client_id = errors.take(Field::ClientId, plain(&self.client_id, "provider-client-id-missing"));
        let domains = errors.take(Field::AllowedDomains, self.domains());
        let role = self.role(&mut errors);
        let settings = match (issuer, client_id, domains) {
            (Some(issuer), Some(client_id), Some(allowed_domains)) => Some(OidcSettings {
                issuer,
                client_id,
                role,
                just_in_time: self.just_in_time(),
                allowed_domains,
            }),
            _ => None,
        };
        let keeps = settings.as_ref().is_some_and(|settings| {
            stored.is_some_and(|stored| stored.settings.destination() == settings.destination())
        });
        let secret = errors.take(Field::ClientSecret, self.secret(stored.is_some(), keeps));
        match (settings, secret) {
            (Some(settings), Some(secret)) if errors.is_empty() => Ok((settings, secret)),
            _ => Err(errors),
        }
    }

    fn secret(&self, is_stored: bool, keeps: bool) -> Result<OidcSecret, Text> {
        let text = self.client_secret.as_str();
        if text.is_empty() && keeps {
            return Ok(OidcSecret::Keep);
        }
        if text.trim().is_empty() {
            let again = is_stored && text.is_empty();
            let key = if again { "sign-in-secret-again" } else { "provider-client-secret-missing" };
            return Err(Text::new(key));
        }
        if text.trim() != text {
            return Err(Text::new("provider-client-secret-blanks"));
        }
        if text.chars().any(char::is_control) || text.chars().count() > LONGEST {
            return Err(Text::new("provider-client-secret-malformed").with_number("most", LONGEST));
        }
        Ok(OidcSecret::Replace(Secret::new(text)))
    }

    fn domains(&self) -> Result<Vec<String>, Text> {
        let parts = self.allowed_domains.split([' ', ',', ';', '\t']).filter(|part| !part.is_empty());
        let mut all = Vec::new();
        for part in parts {
            match Host::parse(part.trim_start_matches('@')) {
                Ok(Host::Name(name)) if name.contains('.') => all.push(name),
                _ => return Err(Text::new("sign-in-domain-malformed").with("domain", part)),
            }
        }
        if self.just_in_time() && all.is_empty() {
            return Err(Text::new("sign-in-domains-missing"));
        }
        Ok(all)
    }

    fn role(&self, errors: &mut FormErrors<Field>) -> Option<RoleClaim> {
        let (claim, value) = (self.role_claim.trim(), self.role_value.trim());
        if claim.is_empty() && value.is_empty() {
            return None;
        }
        let claim = errors.take(Field::RoleClaim, plain(claim, "sign-in-role-claim-missing"));
        let value = errors.take(Field::RoleValue, plain(value, "sign-in-role-value-missing"));
        Some(RoleClaim { claim: claim?, value: value? })
    }
}

fn plain(text: &str, missing: &'static str) -> Result<String, Text> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Text::new(missing));
    }
    if text.chars().any(|c| c.is_control() || c == ' ') || text.len() > LONGEST {
        return Err(Text::new("sign-in-one-word"));
    }
    Ok(text.to_owned())
}

/// The form about signing in with a password.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct LocalForm {
    local: String,
    pub break_glass: String,
}

impl LocalForm {
    /// Whether everybody may sign in with a password.
    pub(super) fn for_everybody(&self) -> bool {
        self.local != "off"
    }

    /// Who alone may, if not everybody.
    pub(super) fn parse(&self) -> Result<Option<UserId>, Text> {
        if self.for_everybody() {
            return Ok(None);
        }
        self.break_glass.parse().map(Some).map_err(|_| Text::new("sign-in-break-glass-missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(issuer: &str) -> OidcForm {
        OidcForm {
            issuer: issuer.to_owned(),
            client_id: "portal".to_owned(),
            client_secret: "s3cret".to_owned(),
            ..OidcForm::default()
        }
    }

    #[test]
    fn an_issuer_is_taken_letter_by_letter() {
        for (typed, taken) in [
            ("https://login.example", "https://login.example"),
            (" https://acme.auth0.example/ ", "https://acme.auth0.example/"),
            (
                "https://k.example/realms/acme/.well-known/openid-configuration",
                "https://k.example/realms/acme",
            ),
            ("http://localhost:9999", "http://localhost:9999"),
        ] {
            let (settings, _) = form(typed).parse(None).ok().unwrap();
            assert_eq!(settings.issuer, taken);
        }
        for wrong in
            ["", "login.example", "http://login.example", "https://a:b@login.example", "ftp://x.example"]
        {
            assert!(form(wrong).parse(None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn new_people_need_domains_and_a_role_both_its_halves() {
        let errors = |form: OidcForm| {
            let Err(errors) = form.parse(None) else { return Vec::new() };
            errors.iter().map(|(field, _)| *field).collect::<Vec<_>>()
        };
        let good = form("https://login.example");
        let on = OidcForm { just_in_time: "on".to_owned(), ..good.clone() };
        assert_eq!(errors(on.clone()), [Field::AllowedDomains]);
        assert_eq!(
            errors(OidcForm { allowed_domains: "acme".to_owned(), ..on.clone() }),
            [Field::AllowedDomains]
        );
        let domains = OidcForm { allowed_domains: "@Acme.example, müller.example".to_owned(), ..on };
        let (settings, _) = domains.parse(None).ok().unwrap();
        assert_eq!(settings.allowed_domains, ["acme.example", "xn--mller-kva.example"]);
        assert_eq!(errors(OidcForm { role_claim: "roles".to_owned(), ..good.clone() }), [Field::RoleValue]);
        assert_eq!(errors(OidcForm { role_value: "admin".to_owned(), ..good.clone() }), [Field::RoleClaim]);
        assert_eq!(errors(OidcForm::default()), [Field::Issuer, Field::ClientId, Field::ClientSecret]);
        assert!(errors(good).is_empty());
    }
}
