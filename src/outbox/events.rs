//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords, ValueWord};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-outbox"),
    events: &[
        EventWords::new("outbox.cancelled", "audit-log-mail-cancelled"),
        EventWords::new("outbox.tried_again", "audit-log-mail-tried-again"),
        EventWords::new("outbox.held", "audit-log-outbox-held"),
        EventWords::new("outbox.released", "audit-log-outbox-released"),
        EventWords::new("outbox.suppression_lifted", "audit-log-suppression-lifted")
            .with("audit-log-suppression-lifted-of", "recipient"),
    ],
    labels: &[
        ("message", "audit-log-detail-message"),
        ("was", "audit-log-detail-was"),
        ("recipient", "audit-log-detail-recipient"),
    ],
    values: &[
        ("was", "due", ValueWord::Key("outbox-state-due")),
        ("was", "accepted", ValueWord::Key("outbox-state-accepted")),
        ("was", "failed", ValueWord::Key("outbox-state-failed")),
        ("was", "unknown", ValueWord::Key("outbox-state-unknown")),
        ("was", "cancelled", ValueWord::Key("outbox-state-cancelled")),
        ("was", "expired", ValueWord::Key("outbox-state-expired")),
    ],
};
