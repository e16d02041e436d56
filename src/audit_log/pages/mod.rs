mod export;
mod list;

use crate::audit::EventTables;
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
    // the command line has no name of its own; a member of the staff has
    let is_command_line = entry.actor.is_none() && entry.actor_name == "operator";
    if is_command_line { page.t("audit-log-operator") } else { entry.actor_name.clone() }
}

/// What was done; by its name if that is not known.
fn what(page: &Page, tables: EventTables, entry: &Logged) -> String {
    let said = super::words::sentence(tables, &entry.event, &entry.details);
    said.map_or_else(|| entry.event.clone(), |text| page.say(text))
}
