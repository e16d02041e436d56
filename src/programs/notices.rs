use crate::web::Flash;

pub(crate) const API_KEY_REVOKED: Flash = Flash::new("flash-api-key-revoked");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[API_KEY_REVOKED];
