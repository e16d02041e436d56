//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords, ValueWord};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-support"),
    events: &[
        EventWords::new("support.granted", "audit-log-support-granted"),
        EventWords::new("support.revoked", "audit-log-support-revoked"),
        EventWords::new("support.looked_at", "audit-log-support-looked-at"),
        EventWords::new("support.asked", "audit-log-support-asked")
            .with("audit-log-support-asked-as", "user"),
        EventWords::new("support.begun", "audit-log-support-begun"),
        EventWords::new("support.ended", "audit-log-support-ended"),
    ],
    labels: &[
        ("user", "support-as"),
        ("reason", "support-why"),
        ("ticket", "diagnosis-ticket"),
        ("minutes", "diagnosis-length"),
        ("for", "support-for"),
    ],
    values: &[
        ("for", "day", ValueWord::Key("support-for-day")),
        ("for", "week", ValueWord::Key("support-for-week")),
        ("for", "open", ValueWord::Key("support-for-open")),
    ],
};
