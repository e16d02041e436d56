use crate::web::Flash;

pub(crate) const RECIPIENTS_SAVED: Flash = Flash::new("flash-recipients-saved");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[RECIPIENTS_SAVED];
