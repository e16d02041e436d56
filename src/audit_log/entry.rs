use chrono::SecondsFormat;
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;

/// An entry of the log as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its number, from 1 within the tenant.
    pub seq: i64,
    pub id: Uuid,
    pub at: Timestamp,
    /// Who; none: the operator, on the command line.
    pub actor: Option<Uuid>,
    /// Who, by the name at that time.
    pub actor_name: String,
    /// The support person who acted as the actor.
    pub support_staff: Option<Uuid>,
    /// Their name at that time.
    pub support_name: Option<String>,
    /// In which diagnosis session.
    pub diagnosis: Option<Uuid>,
    /// From which address; empty on the command line.
    pub client: String,
    /// In which request; empty where there was none.
    pub request_id: String,
    /// What, by its name.
    pub event: String,
    pub details: Value,
    /// The hash of the entry, in hexadecimal digits.
    pub hash: String,
}

impl Logged {
    /// When, to the microsecond and in UTC (RFC 3339).
    pub fn exact_time(&self) -> String {
        self.at.utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// One page of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The entries, newest first.
    pub rows: Vec<Logged>,
    /// Below which number to go on, if there may be more.
    pub older: Option<i64>,
}
