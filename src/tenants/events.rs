//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-tenant"),
    events: &[
        EventWords::new("tenant.created", "audit-log-tenant-created")
            .with("audit-log-tenant-created-which", "slug"),
        EventWords::new("tenant.suspended", "audit-log-tenant-suspended"),
        EventWords::new("tenant.resumed", "audit-log-tenant-resumed"),
    ],
    labels: &[("slug", "audit-log-detail-slug")],
    values: &[],
};
