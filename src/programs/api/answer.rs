use serde::Serialize;
use utoipa::ToSchema;

use crate::api_keys::{ApiKey, Status};
use crate::clock::Timestamp;
use crate::tenants::Listed;
use crate::values::{Scope, Secret, TenantId};
use crate::web::api::{Links, OwnLink, instant};

/// Whose portal this is.
#[derive(Serialize, ToSchema)]
pub(super) struct Tenant {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The one host name of the tenant.
    hostnames: Vec<String>,
    /// `active`: a tenant out of service has no program.
    status: &'static str,
    #[schema(format = DateTime)]
    created: String,
    links: OwnLink,
}

impl Tenant {
    pub(super) fn of(listed: &Listed, host: String, url: String) -> Self {
        Self {
            id: listed.tenant.id.to_string(),
            name: listed.tenant.name.clone(),
            hostnames: vec![host],
            status: "active",
            created: instant(listed.created_at),
            links: OwnLink::of(url),
        }
    }
}

/// Whether a key counts.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = ApiKeyStatus)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeyStatus {
    /// In force: calls with it are answered.
    Active,
    /// It has reached its end.
    Expired,
    /// Somebody has revoked it, or whoever made it no longer administers.
    Revoked,
}

/// A key, without the key itself.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tenant_id: String,
    /// What it is called.
    description: String,
    /// The first characters of the key, to tell it from others.
    prefix: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// The administrator who made it, and as whom it acts.
    #[schema(format = "uuid")]
    created_by_user: String,
    /// The same user as `createdByUser`.
    #[schema(format = "uuid")]
    sub: String,
    /// Always `user`: a key acts as its maker.
    sub_type: &'static str,
    status: KeyStatus,
    #[schema(format = DateTime)]
    created: String,
    /// When the key expires (RFC 3339, UTC).
    #[schema(format = DateTime)]
    expiry: String,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    last_used: Option<String>,
    /// The IP address from which it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used_from: Option<String>,
}

impl Key {
    pub(super) fn of(key: ApiKey, tenant: TenantId, now: Timestamp) -> Self {
        let (last_used, last_used_from) = key.last_used.clone().unzip();
        Self {
            id: key.id.to_string(),
            tenant_id: tenant.to_string(),
            status: match key.status(now) {
                Status::Active => KeyStatus::Active,
                Status::Expired => KeyStatus::Expired,
                Status::Revoked => KeyStatus::Revoked,
            },
            description: key.name,
            prefix: key.prefix,
            scopes: key.scopes.iter().map(Scope::as_str).collect(),
            created_by_user: key.user.to_string(),
            sub: key.user.to_string(),
            sub_type: "user",
            created: instant(key.created_at),
            expiry: instant(key.expires_at),
            last_used: last_used.map(instant),
            last_used_from,
        }
    }
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyPage)]
pub(super) struct KeyPage {
    pub(super) data: Vec<Key>,
    pub(super) links: Links,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyWithToken)]
pub(super) struct KeyWithToken {
    #[serde(flatten)]
    key: Key,
    /// The key itself. It is told this once.
    token: String,
}

impl KeyWithToken {
    pub(super) fn of(key: Key, token: &Secret) -> Self {
        Self { key, token: token.expose().to_owned() }
    }
}
