//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords, ValueWord};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-user"),
    events: &[
        EventWords::new("user.created", "audit-log-user-created")
            .with("audit-log-user-created-whom", "email"),
        EventWords::new("user.password_link", "audit-log-password-link")
            .with("audit-log-password-link-whom", "email"),
    ],
    labels: &[("email", "audit-log-detail-email"), ("role", "account-role"), ("name", "account-name")],
    values: &[
        ("role", "member", ValueWord::Key("account-role-member")),
        ("role", "tenant-admin", ValueWord::Key("account-role-admin")),
    ],
};
