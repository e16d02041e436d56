//! A person's own pages: where they land, their language and time zone, password, second factor and sessions.

pub(crate) mod events;
pub(crate) mod notices;
mod pages;

use std::time::Duration;

use sea_orm::DbErr;
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::auth;
use crate::i18n::Language;
use crate::state::State;
use crate::users;
use crate::values::Actor;

pub use pages::routes;

/// So often an hour a person may take another name: each stands in the audit log for good.
const RENAMINGS: (u64, Duration) = (10, Duration::from_secs(3600));

/// Sets one's own language and time zone, and one's name if it is another one. `false`: the name was changed too often
/// within the hour, and nothing is changed.
pub async fn set_preferences(
    state: &State,
    actor: &Actor,
    name: Option<&str>,
    language: Option<Language>,
    time_zone: &str,
) -> Result<bool, DbErr> {
    let tx = state.db.write().await?;
    users::set_preferences(&*tx, actor.tenant, actor.user, language, time_zone).await?;
    if let Some(name) = name.filter(|name| *name != actor.name) {
        if !auth::is_within(&*tx, &format!("renaming {}", actor.user), RENAMINGS, state.clock.now()).await? {
            return Ok(false);
        }
        users::set_name(&*tx, actor.tenant, actor.user, name).await?;
        let event = Event { name: "account.renamed", details: json!({ "was": actor.name, "name": name }) };
        audit::record(&*tx, actor.tenant, By::Actor(actor), event, state.clock.now()).await?;
    }
    tx.commit().await.map(|()| true)
}
