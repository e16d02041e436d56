//! A person's own pages: where they land, their language and time zone, password, second factor and sessions.

mod pages;

use sea_orm::DbErr;

use crate::i18n::Language;
use crate::state::State;
use crate::users;
use crate::values::Actor;

pub use pages::routes;

/// Sets one's own language and time zone.
///
/// # Errors
/// When the database fails.
pub async fn set_preferences(
    state: &State,
    actor: &Actor,
    language: Option<Language>,
    time_zone: &str,
) -> Result<(), DbErr> {
    let tx = state.db.write().await?;
    users::set_preferences(&*tx, actor.tenant, actor.user, language, time_zone).await?;
    tx.commit().await
}
