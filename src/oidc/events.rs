//! What the audit log says of the deeds of this room.

use serde_json::Value;

use crate::audit::{EventTable, EventWords};
use crate::i18n::Text;

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-oidc"),
    events: &[
        EventWords::new("oidc.saved", "audit-log-oidc-saved"),
        EventWords::new("oidc.removed", "audit-log-oidc-removed"),
        EventWords::new("oidc.checked", "audit-log-oidc-checked"),
        EventWords::new("oidc.connected", "audit-log-oidc-connected"),
        EventWords::new("oidc.user_created", "audit-log-oidc-user-created"),
        EventWords::new("oidc.role_changed", "audit-log-oidc-role-changed"),
        EventWords::new("oidc.role_unread", "audit-log-oidc-role-unread").said_by(unread),
    ],
    labels: &[],
    values: &[],
};

fn unread(details: &Value) -> Option<Text> {
    let why = details.get("why")?.as_str()?;
    Some(Text::new("audit-log-oidc-role-unread-why").with("why", why))
}
