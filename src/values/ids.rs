//! Identifiers: UUIDv7 (RFC 9562), so that an index keeps the order of creation.
//! They are no secrets: the time of creation can be read from them.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier, later in order than all before it.
            #[allow(clippy::new_without_default, reason = "a default identifier would be a new one at every call")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier as the database keeps it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A tenant: one organisation with its own host, people and e-mail provider.
    TenantId
);
id!(
    /// A user of one tenant.
    UserId
);
id!(
    /// A signed-in session, as listed for its owner. Not the key in the cookie.
    SessionId
);
id!(
    /// A member of the staff of whoever runs this installation. Belongs to no tenant.
    StaffId
);
id!(
    /// One session of a support person as one of a tenant's users.
    DiagnosisId
);
id!(
    /// One press of *Send test email* and what became of it.
    TestMessageId
);
id!(
    /// One check of an e-mail provider and what came of it.
    ProviderCheckId
);
id!(
    /// One message of the outbox: one mail to one recipient.
    OutboxMessageId
);
id!(
    /// A key with which a program acts for a tenant. Not the key itself.
    ApiKeyId
);
