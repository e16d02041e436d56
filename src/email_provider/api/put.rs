use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::answer::security_of;
use crate::email_provider::form::{Microsoft365Field, Microsoft365Form, ProgramSmtp, SmtpField, SmtpForm};
use crate::email_provider::{Provider, SecretChange, Settings};
use crate::i18n::Text;
use crate::web::FormErrors;
use crate::web::api::{Problem, ValidationErrors};

/// A whole provider, in place of the former one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutEmailConfig {
    service_provider: ServiceProvider,
    /// Its fields; which, depends on `serviceProvider`.
    #[schema(value_type = PutProviderConfig)]
    provider_config: Box<RawValue>,
}

/// The kinds of provider.
#[derive(Clone, Copy, Deserialize, ToSchema)]
pub(super) enum ServiceProvider {
    /// An SMTP server, with or without sign-in.
    BasicAuth,
    /// Microsoft 365, by OAuth 2.0 client credentials.
    Microsoft365,
}

/// Only documentation: the fields are read once the kind is known, so that an unknown one is told by its name.
#[derive(ToSchema)]
#[schema(as = PutProviderConfig)]
#[serde(untagged)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum PutProviderConfig {
    #[schema(title = "BasicAuth")]
    BasicAuth(PutBasicAuth),
    #[schema(title = "Microsoft365")]
    Microsoft365(PutMicrosoft365),
}

/// An SMTP server. It has no `Debug`: there is a password in it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutBasicAuth {
    /// A host name or an IP address.
    #[schema(min_length = 1, max_length = 253)]
    server_address: String,
    #[schema(minimum = 1, maximum = 65535)]
    server_port: u32,
    #[schema(value_type = SecurityType)]
    security_type: String,
    /// The address that mail comes from.
    #[schema(format = Email)]
    email_address: String,
    /// The name shown beside it.
    #[serde(default)]
    #[schema(max_length = 100)]
    sender_name: Option<String>,
    /// Missing: the sender's address, if there is a password. Empty: nobody signs in.
    #[serde(default)]
    #[schema(max_length = 256)]
    username: Option<String>,
    /// Missing or empty: the stored one is kept, if server, port, security and user name stay the same.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 256)]
    email_password: Option<Zeroizing<String>>,
}

/// How the connection is protected.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum SecurityType {
    #[schema(rename = "none")]
    None,
    #[schema(rename = "StartTLS")]
    StartTls,
    #[schema(rename = "SSL/TLS")]
    Tls,
}

/// An application at Microsoft. It has no `Debug`: there is a secret in it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutMicrosoft365 {
    /// The user principal name of the mailbox that mail comes from.
    #[schema(format = Email)]
    email_address: String,
    /// The directory (tenant) ID, or a verified domain of it.
    provider_tenant_id: String,
    /// The application (client) ID.
    #[schema(format = "uuid")]
    client_id: String,
    /// Missing or empty: the stored one is kept, if tenant, application and cloud stay the same.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 256)]
    client_secret: Option<Zeroizing<String>>,
    /// Beyond the contract: `global`, `gcc_high`, `dod` or `china`. Missing: as stored, or `global`.
    #[serde(default)]
    cloud: Option<String>,
    /// Beyond the contract: the last day of the client secret. Missing: as stored, while the secret is kept.
    #[serde(default)]
    #[schema(format = Date)]
    client_secret_expires_on: Option<String>,
    /// Beyond the contract: whether the application has Mail.ReadWrite, for messages beyond 3 MiB. Missing: as
    /// stored.
    #[serde(default)]
    large_messages: Option<bool>,
}

/// Where the secret stands in the body.
pub(super) fn secret_pointer(settings: &Settings) -> &'static str {
    match settings {
        Settings::Smtp(_) => smtp_pointer(SmtpField::Password),
        Settings::Microsoft365(_) => microsoft365_pointer(Microsoft365Field::ClientSecret),
    }
}

fn smtp_pointer(field: SmtpField) -> &'static str {
    match field {
        SmtpField::ServerAddress => "/providerConfig/serverAddress",
        SmtpField::ServerPort => "/providerConfig/serverPort",
        SmtpField::Security => "/providerConfig/securityType",
        SmtpField::SenderAddress => "/providerConfig/emailAddress",
        SmtpField::SenderName => "/providerConfig/senderName",
        SmtpField::Username => "/providerConfig/username",
        SmtpField::Password => "/providerConfig/emailPassword",
    }
}

fn microsoft365_pointer(field: Microsoft365Field) -> &'static str {
    match field {
        Microsoft365Field::SenderAddress => "/providerConfig/emailAddress",
        Microsoft365Field::TenantId => "/providerConfig/providerTenantId",
        Microsoft365Field::ClientId => "/providerConfig/clientId",
        Microsoft365Field::ClientSecret => "/providerConfig/clientSecret",
        Microsoft365Field::SecretExpiresOn => "/providerConfig/clientSecretExpiresOn",
        Microsoft365Field::Cloud => "/providerConfig/cloud",
    }
}

/// The problems of a form, at their places of a body.
pub(super) fn input<F: Copy + PartialEq>(errors: &FormErrors<F>, pointer: fn(F) -> &'static str) -> Problem {
    let mut input = ValidationErrors::default();
    for (field, problem) in errors.iter() {
        input.at(pointer(*field), problem.clone());
    }
    input.into()
}

impl PutEmailConfig {
    /// The settings and what becomes of the secret, or all problems.
    pub(super) fn parse(
        self,
        stored: Option<&Provider>,
        today: NaiveDate,
    ) -> Result<(Settings, SecretChange), Problem> {
        let config = self.provider_config;
        match self.service_provider {
            ServiceProvider::BasicAuth => smtp(decode(&config)?, stored),
            ServiceProvider::Microsoft365 => microsoft365(decode(&config)?, stored, today),
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(config: &RawValue) -> Result<T, Problem> {
    crate::web::api::decode_at("/providerConfig", config.get().as_bytes())
}

fn smtp(put: PutBasicAuth, stored: Option<&Provider>) -> Result<(Settings, SecretChange), Problem> {
    let security = security_of(&put.security_type).ok_or_else(|| {
        ValidationErrors::one(smtp_pointer(SmtpField::Security), Text::new("provider-api-security"))
    })?;
    let smtp = ProgramSmtp {
        server_address: put.server_address,
        server_port: put.server_port.to_string(),
        security: security.as_str(),
        sender_address: put.email_address,
        sender_name: put.sender_name.unwrap_or_default(),
        username: put.username,
    };
    let form = SmtpForm::from_api(smtp, put.email_password.unwrap_or_default(), stored);
    form.parse(stored).map_err(|errors| input(&errors, smtp_pointer))
}

fn microsoft365(
    put: PutMicrosoft365,
    stored: Option<&Provider>,
    today: NaiveDate,
) -> Result<(Settings, SecretChange), Problem> {
    let secret = put.client_secret.unwrap_or_default();
    let former = stored.and_then(|stored| match &stored.settings {
        Settings::Microsoft365(microsoft) => Some(Microsoft365Form::of(microsoft)),
        Settings::Smtp(_) => None,
    });
    let mut form = former.unwrap_or_else(Microsoft365Form::empty);
    form.sender_address = put.email_address;
    form.tenant_id = put.provider_tenant_id;
    form.client_id = put.client_id;
    if let Some(cloud) = put.cloud {
        form.cloud = cloud;
    }
    if let Some(large) = put.large_messages {
        form.large_messages = large.then(|| "on".to_owned());
    }
    match put.client_secret_expires_on {
        Some(last_day) => form.secret_expires_on = last_day,
        // the last day is that of a secret; a new one has its own
        None if !secret.is_empty() => form.secret_expires_on.clear(),
        None => {}
    }
    let form = form.with_secret(secret);
    form.parse(stored, today).map_err(|errors| input(&errors, microsoft365_pointer))
}
