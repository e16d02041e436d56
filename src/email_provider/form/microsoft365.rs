use chrono::NaiveDate;
use zeroize::Zeroizing;

use super::entra::{client_id, client_secret, expires_on, guid, sender, tenant_id};
use crate::email_provider::settings::{Microsoft365Settings, SecretChange, Settings};
use crate::email_provider::{Health, Provider};
use crate::i18n::Text;
use crate::mail::Cloud;
use crate::values::Secret;
use crate::web::FormErrors;

/// A field of the Microsoft 365 form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email_provider) enum Microsoft365Field {
    SenderAddress,
    TenantId,
    ClientId,
    ClientSecret,
    SecretExpiresOn,
    Cloud,
}

impl Microsoft365Field {
    /// The name of the input, and the anchor that the summary of problems leads to.
    pub(in crate::email_provider) fn name(self) -> &'static str {
        match self {
            Microsoft365Field::SenderAddress => "sender_address",
            Microsoft365Field::TenantId => "tenant_id",
            Microsoft365Field::ClientId => "client_id",
            Microsoft365Field::ClientSecret => "client_secret",
            Microsoft365Field::SecretExpiresOn => "secret_expires_on",
            Microsoft365Field::Cloud => "cloud",
        }
    }
}

/// The Microsoft 365 form as it was sent. It has no `Debug`: there is a secret in it.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(in crate::email_provider) struct Microsoft365Form {
    /// The revision that the editor saw, `none` for none; left out by scripts that insist.
    pub revision: Option<String>,
    pub sender_address: String,
    pub tenant_id: String,
    pub client_id: String,
    client_secret: Zeroizing<String>,
    pub secret_expires_on: String,
    pub cloud: String,
    pub large_messages: Option<String>,
}

impl Microsoft365Form {
    /// The form as it shows when nothing is stored.
    pub(in crate::email_provider) fn empty() -> Self {
        Self { cloud: Cloud::Global.as_str().to_owned(), ..Self::default() }
    }

    /// The form as it shows what is stored. The secret is not in it.
    pub(in crate::email_provider) fn of(settings: &Microsoft365Settings) -> Self {
        Self {
            sender_address: settings.sender_address.clone(),
            tenant_id: settings.tenant_id.clone(),
            client_id: settings.client_id.clone(),
            secret_expires_on: settings.secret_expires_on.map(|on| on.to_string()).unwrap_or_default(),
            cloud: settings.cloud.as_str().to_owned(),
            large_messages: settings.large_messages.then(|| "on".to_owned()),
            ..Self::default()
        }
    }

    /// The form with that secret.
    pub(in crate::email_provider) fn with_secret(self, client_secret: Zeroizing<String>) -> Self {
        Self { client_secret, ..self }
    }

    /// Whether the box for large messages is ticked.
    pub(in crate::email_provider) fn large_messages(&self) -> bool {
        super::is_ticked(self.large_messages.as_deref())
    }

    /// The client ID and the sender, if both can be used.
    pub(in crate::email_provider) fn ids(&self) -> Option<(String, String)> {
        client_id(&self.client_id).ok().zip(sender(&self.sender_address).ok())
    }

    /// The settings and what becomes of the secret, or all problems.
    pub(in crate::email_provider) fn parse(
        &self,
        stored: Option<&Provider>,
        today: NaiveDate,
    ) -> Result<(Settings, SecretChange), FormErrors<Microsoft365Field>> {
        let mut errors = FormErrors::default();
        let sender_address = errors.take(Microsoft365Field::SenderAddress, sender(&self.sender_address));
        let tenant_id = errors.take(Microsoft365Field::TenantId, tenant_id(&self.tenant_id));
        let client_id = errors.take(Microsoft365Field::ClientId, client_id(&self.client_id));
        if let Some((field, problem)) = mixed_up(&self.tenant_id, &self.client_id, stored)
            && errors.at(field).is_none()
        {
            errors.add(field, problem);
        }
        let secret = errors.take(Microsoft365Field::ClientSecret, client_secret(&self.client_secret));
        let is_new = !self.client_secret.is_empty();
        let expires_on = expires_on(&self.secret_expires_on, is_new, today);
        let secret_expires_on = errors.take(Microsoft365Field::SecretExpiresOn, expires_on);
        let cloud = Cloud::parse(&self.cloud).ok_or(Text::new("provider-cloud-missing"));
        let cloud = errors.take(Microsoft365Field::Cloud, cloud);
        let (
            Some(sender_address),
            Some(tenant_id),
            Some(client_id),
            Some(cloud),
            Some(secret_expires_on),
            Some(_),
        ) = (sender_address, tenant_id, client_id, cloud, secret_expires_on, secret)
        else {
            // whether the stored secret may stay cannot be said of half a destination; whether one is
            // missing altogether can
            if secret == Some(false) && !stored.is_some_and(Provider::has_client_secret) {
                errors.add(Microsoft365Field::ClientSecret, Text::new("provider-client-secret-missing"));
            }
            return Err(errors);
        };
        let settings = Settings::Microsoft365(Microsoft365Settings {
            cloud,
            tenant_id,
            client_id,
            sender_address,
            secret_expires_on,
            large_messages: self.large_messages(),
        });
        let secret = errors.take(Microsoft365Field::ClientSecret, self.secret(&settings, stored));
        match secret {
            Some(secret) if errors.is_empty() => Ok((settings, secret)),
            _ => Err(errors),
        }
    }

    fn secret(&self, settings: &Settings, stored: Option<&Provider>) -> Result<SecretChange, Text> {
        if !self.client_secret.is_empty() {
            return Ok(SecretChange::Replace(Secret::new(self.client_secret.as_str())));
        }
        match stored.filter(|stored| stored.has_client_secret()) {
            None => Err(Text::new("provider-client-secret-missing")),
            Some(stored) if stored.settings.destination() == settings.destination() => Ok(SecretChange::Keep),
            Some(_) => Err(Text::new("provider-client-secret-again")),
        }
    }
}

/// The small form that replaces the client secret and nothing else. It has no `Debug`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(in crate::email_provider) struct SecretForm {
    /// The revision that the editor saw.
    pub revision: Option<String>,
    client_secret: Zeroizing<String>,
    pub secret_expires_on: String,
}

impl SecretForm {
    /// The new secret and its last day, or all problems.
    pub(in crate::email_provider) fn parse(
        &self,
        today: NaiveDate,
    ) -> Result<(Secret, Option<NaiveDate>), FormErrors<Microsoft365Field>> {
        let mut errors = FormErrors::default();
        let secret = match client_secret(&self.client_secret) {
            Ok(false) => Err(Text::new("provider-client-secret-missing")),
            Ok(true) => Ok(Secret::new(self.client_secret.as_str())),
            Err(problem) => Err(problem),
        };
        let secret = errors.take(Microsoft365Field::ClientSecret, secret);
        let expires_on = expires_on(&self.secret_expires_on, true, today);
        match (secret, errors.take(Microsoft365Field::SecretExpiresOn, expires_on)) {
            (Some(secret), Some(expires_on)) => Ok((secret, expires_on)),
            _ => Err(errors),
        }
    }
}

/// The two IDs stand beside each other at Microsoft, and look alike.
fn mixed_up(tenant: &str, client: &str, stored: Option<&Provider>) -> Option<(Microsoft365Field, Text)> {
    let (tenant_guid, client_guid) = (guid(tenant), guid(client));
    if tenant_guid.is_some() && tenant_guid == client_guid {
        return Some((Microsoft365Field::ClientId, Text::new("provider-ids-equal")));
    }
    let Some((Settings::Microsoft365(was), health)) = stored.map(|stored| (&stored.settings, &stored.health))
    else {
        return None;
    };
    let client_was_tenant = client_guid.as_ref() == Some(&was.tenant_id);
    let tenant_was_client = tenant_guid.as_ref() == Some(&was.client_id);
    // The stored ones may be those that are swapped, and then this is the correction: both exchanged, or the
    // tenant named by its domain. Unless they have worked.
    let corrects = client_was_tenant && (tenant_was_client || tenant_guid.is_none());
    let has_worked = matches!(health, Health::Accepted { .. } | Health::Checked { .. });
    let swapped = (client_was_tenant || tenant_was_client) && (has_worked || !corrects);
    swapped.then(|| (Microsoft365Field::TenantId, Text::new("provider-ids-swapped")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    const TENANT: &str = "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a";
    const CLIENT: &str = "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63";

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
    }

    fn form() -> Microsoft365Form {
        Microsoft365Form {
            sender_address: "reports@contoso.example".to_owned(),
            tenant_id: TENANT.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: Zeroizing::new("abc~Q8_value".to_owned()),
            cloud: "global".to_owned(),
            ..Microsoft365Form::default()
        }
    }

    /// The field and the English words of the only problem.
    fn problem(form: &Microsoft365Form) -> (Microsoft365Field, String) {
        let Err(errors) = form.parse(None, today()) else { panic!("no problem") };
        let all: Vec<_> = errors.iter().collect();
        assert_eq!(all.len(), 1, "{all:?}");
        (all[0].0, all[0].1.say(Language::English))
    }

    #[test]
    fn what_entra_shows_is_taken_however_it_was_copied() {
        let mut form = form();
        form.tenant_id = format!(" {{{}}} ", TENANT.to_uppercase());
        form.client_id = format!("\t{CLIENT}\n");
        form.secret_expires_on = "31.12.2027".to_owned();
        let Ok((Settings::Microsoft365(settings), SecretChange::Replace(secret))) = form.parse(None, today())
        else {
            panic!("refused")
        };
        assert_eq!((settings.tenant_id.as_str(), settings.client_id.as_str()), (TENANT, CLIENT));
        assert_eq!(settings.secret_expires_on, NaiveDate::from_ymd_opt(2027, 12, 31));
        assert_eq!(secret.expose(), "abc~Q8_value");

        form.tenant_id = "Contoso.onmicrosoft.com".to_owned();
        let Ok((Settings::Microsoft365(settings), _)) = form.parse(None, today()) else { panic!("refused") };
        assert_eq!(settings.tenant_id, "contoso.onmicrosoft.com");
    }

    #[test]
    fn the_usual_slips_are_caught_at_their_field() {
        use Microsoft365Field as F;
        type Slip = fn(&mut Microsoft365Form);
        let slips: [(Slip, F, &str); 13] = [
            (|f| f.sender_address = "Anna Example".to_owned(), F::SenderAddress, "display name"),
            (
                |f| f.sender_address = "Anna <anna@contoso.example>".to_owned(),
                F::SenderAddress,
                "display name",
            ),
            (|f| f.tenant_id = "common".to_owned(), F::TenantId, "common"),
            (|f| f.tenant_id = "Consumers".to_owned(), F::TenantId, "consumers"),
            (|f| f.tenant_id = "contoso".to_owned(), F::TenantId, "Directory (tenant) ID"),
            (|f| f.client_id = "contoso.onmicrosoft.com".to_owned(), F::ClientId, "Application (client) ID"),
            (|f| f.client_id = TENANT.to_owned(), F::ClientId, "same"),
            (|f| f.client_secret = Zeroizing::new(CLIENT.to_owned()), F::ClientSecret, "Secret ID"),
            (|f| f.client_secret = Zeroizing::new(" abc".to_owned()), F::ClientSecret, "blank"),
            (|f| f.client_secret = Zeroizing::new("abc\n".to_owned()), F::ClientSecret, "blank"),
            (|f| f.client_secret = Zeroizing::default(), F::ClientSecret, "Enter"),
            (|f| f.secret_expires_on = "2026-11-23".to_owned(), F::SecretExpiresOn, "past"),
            (|f| f.cloud = "https://evil.example".to_owned(), F::Cloud, "cloud"),
        ];
        for (slip, field, words) in slips {
            let mut form = form();
            slip(&mut form);
            let (at, said) = problem(&form);
            assert_eq!(at, field, "{said}");
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn no_length_and_no_pattern_of_a_secret_is_a_reason_to_refuse() {
        for secret in ["x", "pässwörd", "a b", "0123456789abcdef0123456789abcdef", &"x".repeat(256)] {
            let mut form = form();
            form.client_secret = Zeroizing::new(secret.to_owned());
            assert!(form.parse(None, today()).is_ok(), "{secret}");
        }
    }
}
