use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::audit_log::Logged;
use crate::values::TenantId;
use crate::web::api::{Links, OwnLink};

/// An entry of the log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Audit {
    #[schema(format = "uuid")]
    id: String,
    /// The same identifier as `id`.
    #[schema(format = "uuid")]
    event_id: String,
    /// When it was done, to the microsecond (RFC 3339, UTC).
    #[schema(format = DateTime)]
    event_time: String,
    /// What was done, as `room.deed`.
    event_type: String,
    /// The room of the event's type, the part before the dot.
    source: String,
    /// The media type of `data`: always JSON.
    content_type: &'static str,
    #[schema(format = "uuid")]
    tenant_id: String,
    /// Who did it; missing, if it was no user of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uuid")]
    user_id: Option<String>,
    /// The particulars. There is never a secret in them.
    #[schema(value_type = Object)]
    data: Value,
    extensions: Extensions,
    links: OwnLink,
}

/// What else is known of it.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditExtensions)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    /// Who acted in the user's place: a support person, or a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor: Option<InPlaceOf>,
    /// The user's name at that time, or `operator`.
    user_name: String,
    /// From which address; missing, if it was on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client: Option<String>,
    /// In which request, by its identifier in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
    /// Its number in the tenant's log, from 1 without a gap.
    number: i64,
    /// The SHA-256 that chains it to the entry before, in hexadecimal digits.
    hash: String,
}

/// Who acted in somebody's place.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
#[serde(rename_all = "camelCase")]
struct InPlaceOf {
    /// The support person's identifier, or the first characters of the program's key.
    sub: String,
    /// `support` for a support person, `apiKey` for a key.
    sub_type: &'static str,
    /// The support person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
}

impl Audit {
    pub(super) fn of(entry: Logged, tenant: TenantId, url: String) -> Self {
        let event_time = entry.exact_time();
        let key = entry.details.get("api_key").and_then(Value::as_str);
        let actor = match (entry.support_staff, key) {
            (Some(staff), _) => {
                Some(InPlaceOf { sub: staff.to_string(), sub_type: "support", name: entry.support_name })
            }
            (None, Some(key)) => Some(InPlaceOf { sub: key.to_owned(), sub_type: "apiKey", name: None }),
            (None, None) => None,
        };
        let told = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: entry.id.to_string(),
            event_id: entry.id.to_string(),
            event_time,
            source: entry.event.split('.').next().unwrap_or_default().to_owned(),
            event_type: entry.event,
            content_type: "application/json",
            tenant_id: tenant.to_string(),
            user_id: entry.actor.map(|user| user.to_string()),
            extensions: Extensions {
                actor,
                user_name: entry.actor_name,
                client: told(entry.client),
                request_id: told(entry.request_id),
                number: entry.seq,
                hash: entry.hash,
            },
            data: entry.details,
            links: OwnLink::of(url),
        }
    }
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
pub(super) struct Audits {
    pub(super) data: Vec<Audit>,
    pub(super) links: Links,
}

/// The names of all events.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditTypes {
    pub(super) data: Vec<&'static str>,
    pub(super) links: OwnLink,
}
