//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-api-keys"),
    events: &[
        EventWords::new("api_keys.created", "audit-log-key-created"),
        EventWords::new("api_keys.used", "audit-log-key-used"),
        EventWords::new("api_keys.renamed", "audit-log-key-renamed"),
        EventWords::new("api_keys.revoked", "audit-log-key-revoked"),
    ],
    labels: &[
        ("api_key", "audit-log-detail-api-key"),
        ("key", "audit-log-detail-api-key"),
        ("scopes", "audit-log-detail-scopes"),
        ("until", "audit-log-detail-until"),
    ],
    values: &[],
};
