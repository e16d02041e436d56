mod export;
mod list;

use crate::audit_log::Logged;
use crate::web::{Access, Page, Route, get, post};

const AUDIT_LOG: &str = "/administration/audit-log";

/// The routes of this room.
pub fn routes() -> Vec<Route> {
    let admin = Access::TenantAdmin;
    vec![
        get(AUDIT_LOG, admin, list::show),
        // it is recorded, so it changes something
        post("/administration/audit-log/export", admin, export::export),
    ]
}

/// Whose deed it was: the operator has a word of ours in place of a name.
fn actor(page: &Page, entry: &Logged) -> String {
    if entry.actor.is_none() { page.t("audit-log-operator") } else { entry.actor_name.clone() }
}

/// What was done; by its name if that is not known.
fn what(page: &Page, entry: &Logged) -> String {
    let said = super::words::sentence(&entry.event, &entry.details);
    said.map_or_else(|| entry.event.clone(), |text| page.say(text))
}
