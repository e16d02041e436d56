//! What the audit log says of the deeds of this room.

use serde_json::Value;

use crate::audit::{EventTable, EventWords};
use crate::i18n::Text;

pub(crate) const EVENTS: EventTable = EventTable {
    group: None,
    events: &[EventWords::new("audit_log.exported", "audit-log-exported").said_by(exported)],
    labels: &[
        ("changed", "audit-log-detail-changed"),
        ("format", "audit-log-detail-format"),
        ("filter", "audit-log-detail-filter"),
    ],
    values: &[],
};

fn exported(details: &Value) -> Option<Text> {
    let format = details.get("format").and_then(Value::as_str)?;
    Some(Text::new("audit-log-exported-as").with("format", format.to_uppercase()))
}
