use crate::web::Flash;

pub(crate) const SUPPORT_GRANTED: Flash = Flash::new("flash-support-granted");
pub(crate) const SUPPORT_REVOKED: Flash = Flash::new("flash-support-revoked");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[SUPPORT_GRANTED, SUPPORT_REVOKED];
