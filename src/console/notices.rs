use crate::web::Flash;

pub(crate) const TENANT_SUSPENDED: Flash = Flash::new("flash-tenant-suspended");
pub(crate) const TENANT_RESUMED: Flash = Flash::new("flash-tenant-resumed");
pub(crate) const TENANT_DELETED: Flash = Flash::new("flash-tenant-deleted");

/// The notices of this room.
pub(crate) const NOTICES: &[Flash] = &[TENANT_SUSPENDED, TENANT_RESUMED, TENANT_DELETED];
