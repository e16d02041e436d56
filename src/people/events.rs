//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-people"),
    events: &[
        EventWords::new("people.invited", "audit-log-invited"),
        EventWords::new("people.invited_again", "audit-log-invited-again"),
        EventWords::new("people.invitation_revoked", "audit-log-invitation-revoked"),
        EventWords::new("people.imported", "audit-log-imported"),
        EventWords::new("people.role_changed", "audit-log-role-changed"),
        EventWords::new("people.deactivated", "audit-log-user-deactivated"),
        EventWords::new("people.reactivated", "audit-log-user-reactivated"),
        EventWords::new("people.removed", "audit-log-user-removed"),
        EventWords::new("people.password_link_made", "audit-log-password-link-made"),
    ],
    labels: &[],
    values: &[],
};
