use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::mail::SmtpServer;

/// A server may be replaced by a better one.
const MEMORY: Duration = Duration::from_hours(24);
const MAX_SERVERS: usize = 1_000;

/// What servers were seen not to bear, in this process.
#[derive(Debug, Default)]
pub(in crate::mail) struct Quirks {
    stops_at_the_dot: Mutex<HashMap<String, Instant>>,
}

impl Quirks {
    /// Remembers that the server loses what is sent behind a final dot, which RFC 2920 (section 3.1) lets us send.
    pub(super) fn note_stop_at_the_dot(&self, server: &SmtpServer) {
        let now = Instant::now();
        let mut noted = self.stops_at_the_dot.lock().unwrap_or_else(PoisonError::into_inner);
        noted.retain(|_, until| *until > now);
        if noted.len() >= MAX_SERVERS
            && let Some(first) = noted.iter().min_by_key(|(_, until)| **until).map(|(name, _)| name.clone())
        {
            noted.remove(&first);
        }
        noted.insert(server.address(), now + MEMORY);
    }

    pub(super) fn stops_at_the_dot(&self, server: &SmtpServer) -> bool {
        let noted = self.stops_at_the_dot.lock().unwrap_or_else(PoisonError::into_inner);
        !noted.is_empty() && noted.get(&server.address()).is_some_and(|until| *until > Instant::now())
    }
}
