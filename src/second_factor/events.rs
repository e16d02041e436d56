//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-second-factor"),
    events: &[
        EventWords::new("second_factor.set_up", "audit-log-factor-set-up"),
        EventWords::new("second_factor.recovery_codes_renewed", "audit-log-recovery-codes-renewed"),
        EventWords::new("second_factor.removed", "audit-log-factor-removed"),
        EventWords::new("second_factor.reset", "audit-log-factor-reset"),
    ],
    labels: &[],
    values: &[],
};
