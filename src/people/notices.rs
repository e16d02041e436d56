use crate::web::Flash;

pub(crate) const ROLE_CHANGED: Flash = Flash::new("flash-role-changed");
pub(crate) const USER_DEACTIVATED: Flash = Flash::new("flash-user-deactivated");
pub(crate) const USER_REACTIVATED: Flash = Flash::new("flash-user-reactivated");
pub(crate) const USER_REMOVED: Flash = Flash::new("flash-user-removed");
pub(crate) const INVITATION_REVOKED: Flash = Flash::new("flash-invitation-revoked");
pub(crate) const SECOND_FACTOR_RESET: Flash = Flash::new("flash-second-factor-reset");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[
    ROLE_CHANGED,
    USER_DEACTIVATED,
    USER_REACTIVATED,
    USER_REMOVED,
    INVITATION_REVOKED,
    SECOND_FACTOR_RESET,
];
