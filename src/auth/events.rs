//! What the audit log says of the deeds of this room.

use serde_json::Value;

use crate::audit::{EventTable, EventWords, ValueWord};
use crate::i18n::Text;

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-auth"),
    events: &[
        EventWords::new("auth.signed_in", "audit-log-signed-in"),
        EventWords::new("auth.password_set", "audit-log-password-set").said_by(password_set),
        EventWords::new("auth.codes_refused", "audit-log-codes-refused"),
        EventWords::new("auth.reset_asked", "audit-log-reset-asked"),
    ],
    labels: &[("by", "audit-log-detail-by")],
    values: &[
        ("by", "link", ValueWord::Key("audit-log-by-link")),
        ("by", "its owner", ValueWord::Key("audit-log-by-owner")),
    ],
};

#[allow(clippy::unnecessary_wraps, reason = "a sentence of the table may have nothing to say")]
fn password_set(details: &Value) -> Option<Text> {
    let by_link = details.get("by").and_then(Value::as_str) == Some("link");
    Some(Text::new(if by_link { "audit-log-password-set-by-link" } else { "audit-log-password-changed" }))
}
