//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-messages"),
    events: &[
        EventWords::new("messages.sent", "audit-log-messages-sent"),
        EventWords::new("messages.policy_saved", "audit-log-message-policy-saved"),
    ],
    labels: &[
        ("messages", "audit-log-detail-messages"),
        ("files", "audit-log-detail-files"),
        ("domains", "audit-log-detail-domains"),
        ("recipients", "support-recipients"),
    ],
    values: &[],
};
