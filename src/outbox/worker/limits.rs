use std::time::Duration;

use crate::config::Config;

/// What a worker may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of this process.
    pub connections: usize,
    /// Connections to one tenant's provider.
    pub connections_per_lane: usize,
    /// Lanes served at a time, those included whose servers hang.
    pub lanes: usize,
    /// Lanes served at a time whose servers answer.
    pub slots: usize,
    /// A server that does nothing for so long holds no slot.
    pub slow: Duration,
    /// After so many messages a lane goes to the end of the line, if others wait.
    pub turn_messages: usize,
    /// And after so long.
    pub turn: Duration,
    /// How long one message may take. The steps have deadlines of their own: this is what they can add up to
    /// with a server that is very slow and works.
    pub deadline: Duration,
    /// A lease lasts so long without being renewed.
    pub lease: Duration,
    /// So often a worker looks for work that nobody rang for.
    pub poll: Duration,
}

impl Limits {
    /// The limits of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            connections: usize::try_from(config.outbox_connections).unwrap_or(usize::MAX),
            connections_per_lane: usize::try_from(config.outbox_connections_per_tenant).unwrap_or(usize::MAX),
            lanes: 1000,
            // Few, since outcomes of one lane lie on the same pages of the database: with 64 lanes side by side
            // a commit writes several times as much. Enough, since who waits for a server gives it up soon.
            slots: 16,
            slow: Duration::from_millis(50),
            turn_messages: 200,
            turn: Duration::from_secs(5),
            deadline: Duration::from_mins(10),
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
        }
    }
}
