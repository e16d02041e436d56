use super::{ENDS_SOON, MAX_NAME};
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
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
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
    pub expires_at: Timestamp,
}

/// Which keys are wanted. All that it names must fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Made by that user.
    pub user: Option<UserId>,
    /// Which count, or do not, in that way.
    pub status: Option<Status>,
}

/// Whether a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    /// It has reached its end.
    Expired,
    /// Somebody has revoked it, or whoever made it no longer administers.
    Revoked,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Active, Status::Expired, Status::Revoked];

    /// The name in the API, as the public contract has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A key's name as it was typed, if it is one: 1 to [`MAX_NAME`] characters on one line. Blanks around it do
/// not count.
pub fn parse_name(typed: &str) -> Option<String> {
    let name = typed.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
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

    /// Whether it counts, and its end is near.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.status(now) == Status::Active && self.expires_at <= now.plus(ENDS_SOON)
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
