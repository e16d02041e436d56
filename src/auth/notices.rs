use crate::web::Flash;

pub(crate) const PASSWORD_SET: Flash = Flash::new("flash-password-set");
pub(crate) const SIGNED_OUT: Flash = Flash::new("flash-signed-out");
pub(crate) const SIGN_IN_AGAIN: Flash = Flash::new("flash-sign-in-again");
pub(crate) const LOCAL_SIGN_IN_OFF: Flash = Flash::new("flash-local-sign-in-off");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[PASSWORD_SET, SIGNED_OUT, SIGN_IN_AGAIN, LOCAL_SIGN_IN_OFF];
