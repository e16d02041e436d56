use crate::web::Flash;

pub(crate) const SIGN_IN_RULES_SAVED: Flash = Flash::new("flash-sign-in-rules-saved");
pub(crate) const OIDC_SAVED: Flash = Flash::new("flash-oidc-saved");
pub(crate) const OIDC_REMOVED: Flash = Flash::new("flash-oidc-removed");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[SIGN_IN_RULES_SAVED, OIDC_SAVED, OIDC_REMOVED];
