//! Whose a queue is for a while.

pub(in crate::outbox) mod store;

use super::Hold;
use crate::values::TenantId;

/// A queue that this process has just leased.
#[derive(Clone, Debug)]
pub(in crate::outbox) struct Leased {
    pub tenant: TenantId,
    pub hold: Option<Hold>,
}

/// A lease of some process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::outbox) struct Lease {
    pub tenant: TenantId,
    pub owner: String,
    pub beat: i64,
}
