//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-oidc"),
    events: &[
        EventWords::new("oidc.saved", "audit-log-oidc-saved"),
        EventWords::new("oidc.removed", "audit-log-oidc-removed"),
        EventWords::new("oidc.checked", "audit-log-oidc-checked"),
        EventWords::new("oidc.connected", "audit-log-oidc-connected"),
        EventWords::new("oidc.user_created", "audit-log-oidc-user-created"),
        EventWords::new("oidc.role_changed", "audit-log-oidc-role-changed"),
        EventWords::new("oidc.role_unread", "audit-log-oidc-role-unread")
            .with("audit-log-oidc-role-unread-why", "why"),
    ],
    labels: &[],
    values: &[],
};
