//! What the audit log says of the deeds of this room.

use crate::audit::{EventTable, EventWords, ValueWord};

pub(crate) const EVENTS: EventTable = EventTable {
    group: Some("audit-log-group-email-provider"),
    events: &[
        EventWords::new("email_provider.saved", "audit-log-provider-saved")
            .with("audit-log-provider-saved-which", "provider"),
        EventWords::new("email_provider.removed", "audit-log-provider-removed")
            .with("audit-log-provider-removed-which", "provider"),
        EventWords::new("email_provider.test_message", "audit-log-test-message")
            .with("audit-log-test-message-to", "recipient"),
        EventWords::new("email_provider.checked", "audit-log-provider-checked")
            .with("audit-log-provider-checked-which", "provider"),
        EventWords::new("email_provider.ports_tried", "audit-log-ports-tried")
            .with("audit-log-ports-tried-at", "server"),
        EventWords::new("email_provider.recognition", "audit-log-recognition")
            .with("audit-log-recognition-of", "domain"),
    ],
    labels: &[
        ("server_address", "provider-server-address"),
        ("server", "provider-server-address"),
        ("server_port", "provider-port"),
        ("security", "provider-security"),
        ("sender_address", "provider-sender-address"),
        ("sender_name", "provider-sender-name"),
        ("username", "provider-username"),
        ("cloud", "provider-cloud"),
        ("tenant_id", "provider-tenant-id"),
        ("client_id", "provider-client-id"),
        ("secret_expires_on", "provider-secret-expires-on"),
        ("large_messages", "provider-large-messages"),
        ("provider", "audit-log-detail-provider"),
        ("replaced", "audit-log-detail-replaced"),
        ("secret", "audit-log-detail-secret"),
        ("through", "audit-log-detail-through"),
        ("ports", "audit-log-detail-ports"),
        ("of", "audit-log-detail-of"),
    ],
    values: &[
        ("secret", "kept", ValueWord::Key("audit-log-secret-kept")),
        ("secret", "replaced", ValueWord::Key("audit-log-secret-replaced")),
        ("secret", "none", ValueWord::Key("audit-log-secret-none")),
        ("of", "form", ValueWord::Key("audit-log-of-form")),
        ("of", "stored", ValueWord::Key("audit-log-of-stored")),
        ("provider", "smtp", ValueWord::Name("SMTP")),
        ("provider", "microsoft365", ValueWord::Name("Microsoft 365")),
        ("replaced", "smtp", ValueWord::Name("SMTP")),
        ("replaced", "microsoft365", ValueWord::Name("Microsoft 365")),
    ],
};
