//! What a verb needs from the outside.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::mail::Network;
use crate::sessions::Limits;
use crate::vault::Vault;

/// The outside world of one process. Made once and shared.
#[derive(Clone)]
pub struct State {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The master keys.
    pub vault: Arc<Vault>,
    /// The way to mail servers.
    pub network: Arc<Network>,
}

impl State {
    /// How long a session may live here.
    pub fn session_limits(&self) -> Limits {
        Limits { idle: self.config.session_idle, absolute: self.config.session_absolute }
    }
}
