use crate::web::Flash;

pub(crate) const MAIL_TRIED_AGAIN: Flash = Flash::new("flash-mail-tried-again");
pub(crate) const MAIL_CANCELLED: Flash = Flash::new("flash-mail-cancelled");
pub(crate) const MAIL_PARTLY_CHANGED: Flash = Flash::new("flash-mail-partly-changed");
pub(crate) const MAIL_UNCHANGED: Flash = Flash::new("flash-mail-unchanged");
pub(crate) const MAIL_MORE_LEFT: Flash = Flash::new("flash-mail-more-left");
pub(crate) const LANE_RELEASED: Flash = Flash::new("flash-queue-released");
pub(crate) const SUPPRESSION_LIFTED: Flash = Flash::new("flash-suppression-lifted");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[
    MAIL_TRIED_AGAIN,
    MAIL_CANCELLED,
    MAIL_PARTLY_CHANGED,
    MAIL_UNCHANGED,
    MAIL_MORE_LEFT,
    LANE_RELEASED,
    SUPPRESSION_LIFTED,
];
