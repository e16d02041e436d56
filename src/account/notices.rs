use crate::web::Flash;

pub(crate) const PASSWORD_CHANGED: Flash = Flash::new("flash-password-changed");
pub(crate) const PREFERENCES_SAVED: Flash = Flash::new("flash-preferences-saved");
pub(crate) const SESSION_ENDED: Flash = Flash::new("flash-session-ended");
pub(crate) const OTHER_SESSIONS_ENDED: Flash = Flash::new("flash-other-sessions-ended");
pub(crate) const SECOND_FACTOR_REMOVED: Flash = Flash::new("flash-second-factor-removed");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] =
    &[PASSWORD_CHANGED, PREFERENCES_SAVED, SESSION_ENDED, OTHER_SESSIONS_ENDED, SECOND_FACTOR_REMOVED];
