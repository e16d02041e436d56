//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-sender-domain"),
    events: &[EventWords::new("sender_domain.checked", "audit-log-domain-checked")
        .with("audit-log-domain-checked-which", "domain")],
    labels: &[("domain", "audit-log-detail-domain"), ("selector", "audit-log-detail-selector")],
    values: &[],
};
