use serde::Serialize;
use utoipa::ToSchema;

use crate::email_provider::{Health, Provider, Settings};
use crate::i18n::{Language, Text};
use crate::mail::Security;
use crate::values::TenantId;
use crate::web::api::instant;

/// What is known of whether the provider works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ErrorCode {
    /// Nothing is wrong, as far as is known.
    Ok,
    /// No provider is set up.
    ConfigNotSet,
    /// Its secret is missing.
    IncompleteConfig,
    /// It refuses the sign-in.
    InvalidCredentials,
    /// It does not work for another reason.
    ProviderError,
}

/// The provider and its health.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailConfig {
    /// The identifier of the tenant.
    tenant_id: String,
    /// `BasicAuth` (SMTP) or `Microsoft365`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<super::put::ServiceProvider>)]
    service_provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    provider_config: Option<ProviderConfig>,
    /// The same as in `providerConfig`, of an SMTP server.
    #[serde(flatten)]
    flat: Flat,
    /// The address that mail comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email_address: Option<String>,
    /// Whether a secret is stored. It is never told.
    password_exists: bool,
    /// Whether mail can be sent, as far as is known.
    is_valid: bool,
    error_code: ErrorCode,
    /// How often in a row the sign-in was refused.
    auth_failures: u32,
    status: Status,
    /// When it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_updated: Option<String>,
    /// The same instant as `lastUpdated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    modification_time: Option<String>,
}

#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Flat {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    server_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    server_port: Option<u16>,
    /// `none`, `StartTLS` or `SSL/TLS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    security_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    username: Option<String>,
}

/// The settings, without the secret.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum ProviderConfig {
    BasicAuth(BasicAuthConfig),
    Microsoft365(Microsoft365Config),
}

/// An SMTP server.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BasicAuthConfig {
    server_address: String,
    server_port: u16,
    /// `none`, `StartTLS` or `SSL/TLS`.
    security_type: &'static str,
    email_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sender_name: Option<String>,
    /// Missing if nobody signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    username: Option<String>,
}

/// An application at Microsoft.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Microsoft365Config {
    email_address: String,
    provider_tenant_id: String,
    client_id: String,
    /// `global`, `gcc_high`, `dod` or `china`.
    cloud: &'static str,
    /// The last day of the client secret, if it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Date)]
    client_secret_expires_on: Option<String>,
    /// Whether the application may write drafts, for messages beyond 3 MiB.
    large_messages: bool,
}

/// The health in a number and words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// 200 if nothing is wrong, 404 without a provider, else what the provider answered, or 503 if it did not.
    status_code: u16,
    /// One sentence that says what is wrong.
    status_reason: String,
}

/// Whether the stored provider is valid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SmtpCheck {
    is_valid: bool,
    error_code: ErrorCode,
}

impl ErrorCode {
    fn of(stored: Option<&Provider>) -> Self {
        let Some(stored) = stored else { return ErrorCode::ConfigNotSet };
        let needs_secret = match &stored.settings {
            Settings::Smtp(smtp) => smtp.username().is_some(),
            Settings::Microsoft365(_) => true,
        };
        match &stored.health {
            _ if needs_secret && !stored.has_secret => ErrorCode::IncompleteConfig,
            Health::Failing { failure, .. } if failure.refuses_sign_in() => ErrorCode::InvalidCredentials,
            Health::Failing { .. } => ErrorCode::ProviderError,
            Health::Untested | Health::Checked { .. } | Health::Accepted { .. } => ErrorCode::Ok,
        }
    }
}

impl SmtpCheck {
    pub(super) fn of(stored: Option<&Provider>) -> Self {
        let error_code = ErrorCode::of(stored);
        Self { is_valid: error_code == ErrorCode::Ok, error_code }
    }
}

impl Status {
    fn of(stored: Option<&Provider>, language: Language) -> Self {
        match stored.map(|stored| &stored.health) {
            None => Self { status_code: 404, status_reason: Text::new("provider-api-not-set").say(language) },
            Some(Health::Failing { failure, .. }) => Self {
                status_code: failure.code().unwrap_or(503),
                status_reason: failure.what().say(language),
            },
            Some(_) => Self { status_code: 200, status_reason: "OK".to_owned() },
        }
    }
}

impl EmailConfig {
    pub(super) fn of(tenant: TenantId, stored: Option<&Provider>, language: Language) -> Self {
        let SmtpCheck { is_valid, error_code } = SmtpCheck::of(stored);
        let (service_provider, provider_config, flat) = match stored.map(|stored| &stored.settings) {
            None => (None, None, Flat::default()),
            Some(Settings::Smtp(smtp)) => {
                let security_type = security_name(smtp.security);
                let config = BasicAuthConfig {
                    server_address: smtp.server_address.clone(),
                    server_port: smtp.server_port,
                    security_type,
                    email_address: smtp.sender_address.clone(),
                    sender_name: smtp.sender_name.clone(),
                    username: smtp.username(),
                };
                let flat = Flat {
                    server_address: Some(smtp.server_address.clone()),
                    server_port: Some(smtp.server_port),
                    security_type: Some(security_type),
                    username: smtp.username(),
                };
                (Some("BasicAuth"), Some(ProviderConfig::BasicAuth(config)), flat)
            }
            Some(Settings::Microsoft365(microsoft)) => {
                let config = Microsoft365Config {
                    email_address: microsoft.sender_address.clone(),
                    provider_tenant_id: microsoft.tenant_id.clone(),
                    client_id: microsoft.client_id.clone(),
                    cloud: microsoft.cloud.as_str(),
                    client_secret_expires_on: microsoft.secret_expires_on.map(|on| on.to_string()),
                    large_messages: microsoft.large_messages,
                };
                (Some("Microsoft365"), Some(ProviderConfig::Microsoft365(config)), Flat::default())
            }
        };
        let saved_at = stored.map(|stored| instant(stored.saved_at));
        Self {
            tenant_id: tenant.to_string(),
            service_provider,
            provider_config,
            flat,
            email_address: stored.map(|stored| stored.settings.sender_address().to_owned()),
            password_exists: stored.is_some_and(|stored| stored.has_secret),
            is_valid,
            error_code,
            auth_failures: match stored.map(|stored| &stored.health) {
                Some(Health::Failing { refused_sign_ins, .. }) => *refused_sign_ins,
                _ => 0,
            },
            status: Status::of(stored, language),
            last_updated: saved_at.clone(),
            modification_time: saved_at,
        }
    }
}

/// The names of the contract.
pub(super) fn security_name(security: Security) -> &'static str {
    match security {
        Security::StartTls => "StartTLS",
        Security::Tls => "SSL/TLS",
        Security::None => "none",
    }
}

/// The choice of that name of the contract.
pub(super) fn security_of(name: &str) -> Option<Security> {
    Security::ALL.into_iter().find(|security| security_name(*security) == name)
}
