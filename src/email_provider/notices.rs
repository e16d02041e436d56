use crate::web::Flash;

pub(crate) const PROVIDER_SAVED: Flash = Flash::new("flash-provider-saved");
pub(crate) const PROVIDER_REPLACED: Flash = Flash::new("flash-provider-replaced");
pub(crate) const PROVIDER_KEPT: Flash = Flash::new("flash-provider-kept");
pub(crate) const CLIENT_SECRET_KEPT: Flash = Flash::new("flash-client-secret-kept");
pub(crate) const CLIENT_SECRET_REPLACED: Flash = Flash::new("flash-client-secret-replaced");
pub(crate) const PROVIDER_REMOVED: Flash = Flash::new("flash-provider-removed");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[
    PROVIDER_SAVED,
    PROVIDER_REPLACED,
    PROVIDER_KEPT,
    CLIENT_SECRET_KEPT,
    CLIENT_SECRET_REPLACED,
    PROVIDER_REMOVED,
];
