use std::time::Duration;

use crate::clock::Timestamp;
use crate::values::{DiagnosisId, StaffId, UserId};

/// For how long an administrator lets support staff look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantFor {
    Day,
    Week,
    /// Until it is revoked.
    Open,
}

impl GrantFor {
    /// Every choice, the shortest first.
    pub const ALL: [GrantFor; 3] = [GrantFor::Day, GrantFor::Week, GrantFor::Open];

    /// The value in the form and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            GrantFor::Day => "day",
            GrantFor::Week => "week",
            GrantFor::Open => "open",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// How long that is; `None`: until it is revoked.
    pub fn duration(self) -> Option<Duration> {
        let day = Duration::from_secs(24 * 3600);
        match self {
            GrantFor::Day => Some(day),
            GrantFor::Week => Some(7 * day),
            GrantFor::Open => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub at: Timestamp,
    /// Who gave it, by the name at that time.
    pub by: String,
    /// Until when; `None`: until it is revoked.
    pub until: Option<Timestamp>,
    /// Whether people's addresses are shown in full.
    pub shows_recipients: bool,
}

/// A diagnosis session: a support person's look at a tenant's portal as one of its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub id: DiagnosisId,
    pub staff: StaffId,
    /// Their name at that time.
    pub staff_name: String,
    pub user: UserId,
    /// That person's name at that time.
    pub user_name: String,
    pub reason: String,
    pub ticket: String,
    /// How long it may last.
    pub minutes: u32,
    pub begun_at: Option<Timestamp>,
    /// When it ended, or ends at the latest.
    pub ends_at: Option<Timestamp>,
    /// Whether somebody ended it before that.
    pub was_ended: bool,
}

impl Visit {
    /// Whether it goes on.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.was_ended && self.ends_at.is_some_and(|ends| ends > now)
    }
}
