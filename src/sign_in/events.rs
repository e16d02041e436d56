//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-sign-in"),
    events: &[EventWords::new("sign_in.rules_changed", "audit-log-sign-in-rules")],
    labels: &[],
    values: &[],
};
