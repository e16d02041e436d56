//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: None,
    events: &[EventWords::new("account.renamed", "audit-log-renamed")],
    labels: &[],
    values: &[],
};
