use std::time::Duration;

use crate::config::{Config, Shares, open_files};

/// What a worker may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of this process.
    pub connections: usize,
    /// Connections to one tenant's provider.
    pub connections_per_queue: usize,
    /// Queues served at a time, those included whose servers hang.
    pub queues: usize,
    /// Queues begun at a time: until their servers have answered a message.
    pub starts: usize,
    /// Queues served at a time whose servers are quick.
    pub moves: usize,
    /// A server that has not answered a message for so long holds up no other queue's start.
    pub slow: Duration,
    /// A queue with fewer outcomes in [`Limits::slow`] waits for its server: others may move beside it.
    pub quick: usize,
    /// After so many messages a queue goes to the end of the line, if others wait.
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
            connections: Shares::of(config, open_files()).mail,
            connections_per_queue: usize::try_from(config.outbox_connections_per_tenant)
                .unwrap_or(usize::MAX),
            queues: 1000,
            starts: 16,
            // Few, since outcomes of one queue lie on the same pages of the database: with five side by side a
            // commit writes half as much again (bench/README.md). Enough, since who waits for a server gives it up soon.
            moves: 2,
            slow: Duration::from_millis(25),
            quick: 20,
            turn_messages: 400,
            turn: Duration::from_secs(5),
            deadline: Duration::from_mins(10),
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
        }
    }
}
