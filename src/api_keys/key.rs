use crate::clock::Timestamp;
use crate::values::{ApiKeyId, Scopes, UserId};

/// How every key begins: so that a scanner for secrets knows one that went astray.
pub const PREFIX: &str = "posthorn_";

/// A key as it is listed. The key itself is known to nobody but its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name in URLs.
    pub id: ApiKeyId,
    /// The administrator who made it, as whom it acts.
    pub user: UserId,
    /// What they call it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute, and from which address.
    pub last_used: Option<(Timestamp, String)>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key that is to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What to call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whether a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Active,
    /// It has reached its end.
    Expired,
    /// Somebody has revoked it, or whoever made it no longer administers.
    Revoked,
}

impl Status {
    /// The name in the API, as the public contract has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
        }
    }
}

impl ApiKey {
    /// Whether it counts at that time.
    pub fn status(&self, now: Timestamp) -> Status {
        if self.revoked_at.is_some() {
            Status::Revoked
        } else if self.expires_at <= now {
            Status::Expired
        } else {
            Status::Active
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The keys, newest first.
    pub rows: Vec<ApiKey>,
    /// Where to go on, if there are more.
    pub older: Option<ApiKeyId>,
}
