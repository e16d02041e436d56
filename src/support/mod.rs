//! Help for a tenant: its consent, and the sessions in which support staff look at its portal.
//!
//! - **Consent.** Nobody may look unless an administrator allows it: for a day, a week, or until it is revoked.
//!   What is revoked ends at the next request. An operator's setting (`support_access`) can make help part of
//!   the contract, which the tenant then sees.
//! - **A diagnosis session** is asked for at the base host, with a reason and a ticket, and handed over to the
//!   tenant's host by a token that works once within a minute. It lasts an hour at most, is never renewed, and
//!   none begins within another.
//! - **Looking only.** What may be done in it is decided by the table of routes ([`crate::web::SupportAccess`]);
//!   people's addresses are masked in the finished page, unless the consent includes them; what was written to
//!   people stays closed.
//! - **Seen by the tenant.** Every step stands in the tenant's audit log with both names, and its
//!   administrators get a notice.

pub(crate) mod events;
mod form;
mod grant;
pub(crate) mod notices;
mod pages;
mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::sessions::{self, Person, Support};
use crate::staff::StaffMember;
use crate::state::State;
use crate::values::{
    Actor, DiagnosisId, Impersonator, Origin, StaffActor, StaffRole, TenantId, Token, TokenHash, UserId,
};
use crate::web::Section;

pub use form::{ASKED_MINUTES, AskField, AskForm, Asked};
pub use grant::{Grant, GrantFor, Visit};
pub use pages::{banner, routes};

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/support", "nav-support");

/// For so long the token works that hands a session over.
const HAND_OVER: Duration = Duration::from_secs(60);
/// A clock may be put back by so much between two steps.
const CLOCK_SLACK: Duration = Duration::from_secs(5);
/// What was asked for and never begun is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);
/// So many visits are listed.
const LISTED: u64 = 100;

/// Why a diagnosis session does not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tenant does not consent.
    #[error("the tenant does not consent")]
    NoConsent,
    /// There is no such person who could sign in there.
    #[error("there is no such person")]
    NoSuchPerson,
    /// The token was used, is too old, or was never given.
    #[error("the token does not work any longer")]
    DeadToken,
    /// The system has no random numbers to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// An administrator lets support staff look at the portal; a former consent no longer counts.
pub async fn grant(
    state: &State,
    actor: &Actor,
    span: GrantFor,
    shows_recipients: bool,
) -> Result<(), DbErr> {
    let now = state.clock.now();
    let until = span.duration().map(|span| now.plus(span));
    let tx = state.db.write().await?;
    store::revoke(&*tx, actor, now).await?;
    store::insert_grant(&*tx, actor, until, shows_recipients, now).await?;
    let details = json!({ "for": span.name(), "recipients": shows_recipients });
    let event = Event { name: "support.granted", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await
}

/// An administrator withdraws the consent. Sessions under it end at once, unless help is part of the contract.
pub async fn revoke(state: &State, actor: &Actor) -> Result<(), DbErr> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    store::revoke(&*tx, actor, now).await?;
    if !state.config.support_is_agreed {
        store::end_all(&*tx, actor.tenant, now).await?;
    }
    let event = Event { name: "support.revoked", details: json!({}) };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await
}

/// The consent that is in force.
pub async fn consent(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Option<Grant>, DbErr> {
    store::grant_in_force(db, tenant, now).await
}

/// Whether support staff may look at that tenant's portal.
pub async fn may_look(state: &State, tenant: TenantId) -> Result<bool, DbErr> {
    let is_granted = consent(state.db.read(), tenant, state.clock.now()).await?.is_some();
    Ok(is_granted || state.config.support_is_agreed)
}

/// Who looked at the tenant's portal, the latest first.
pub async fn visits(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Visit>, DbErr> {
    store::visits(db, tenant, None, LISTED).await
}

/// A support person asks for a diagnosis session as that person. Returns the token with which it begins at the
/// tenant's host.
///
/// # Errors
/// [`Error::NoConsent`], [`Error::NoSuchPerson`], or when our own part fails.
pub async fn ask(
    state: &State,
    member: &StaffMember,
    origin: Origin,
    tenant: TenantId,
    user: UserId,
    asked: Asked,
) -> Result<Token, Error> {
    let now = state.clock.now();
    let token = Token::generate()?;
    let tx = state.db.write().await?;
    if member.role != StaffRole::Support
        || (consent(&*tx, tenant, now).await?.is_none() && !state.config.support_is_agreed)
    {
        return Err(Error::NoConsent);
    }
    let person = sessions::find_person(&*tx, tenant, user).await?.ok_or(Error::NoSuchPerson)?;
    let details = json!({
        "user": person.name, "role": person.role.as_str(), "reason": asked.reason, "ticket": asked.ticket,
        "minutes": asked.minutes,
    });
    let staff = (member.id, member.name.as_str());
    store::insert(&*tx, staff, tenant, (user, &person.name), asked, token.hash(), now).await?;
    let event = Event { name: "support.asked", details };
    let actor = StaffActor { staff: member.id, name: member.name.clone(), origin };
    audit::record(&*tx, tenant, By::Staff(&actor), event, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// What a token of [`ask`] would begin, while it works.
pub async fn find_by_token(
    state: &State,
    tenant: TenantId,
    token: &TokenHash,
) -> Result<Option<Visit>, DbErr> {
    store::find_by_token(state.db.read(), tenant, token.clone(), window(state.clock.now())).await
}

/// When what is handed over now must have been asked for.
fn window(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.minus(HAND_OVER), now.plus(CLOCK_SLACK))
}

/// Begins the session that was asked for; the token no longer works. Of two at once, one begins it.
///
/// # Errors
/// [`Error::DeadToken`], [`Error::NoConsent`], or when the database fails.
pub async fn begin(
    state: &State,
    tenant: TenantId,
    token: &TokenHash,
    origin: Origin,
) -> Result<(Person, DiagnosisId), Error> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let visit = store::find_by_token(&*tx, tenant, token.clone(), window(now)).await?;
    let visit = visit.ok_or(Error::DeadToken)?;
    let until = now.plus(Duration::from_secs(60 * u64::from(visit.minutes)));
    if !store::begin(&*tx, tenant, visit.id, now, until).await? {
        return Err(Error::DeadToken);
    }
    if consent(&*tx, tenant, now).await?.is_none() && !state.config.support_is_agreed {
        return Err(Error::NoConsent);
    }
    let person = sessions::find_person(&*tx, tenant, visit.user).await?.ok_or(Error::NoSuchPerson)?;
    let behind = Impersonator { staff: visit.staff, name: visit.staff_name, diagnosis: visit.id };
    let actor = Actor { support: Some(behind), ..person.actor(origin) };
    let details = json!({ "reason": visit.reason, "ticket": visit.ticket, "minutes": visit.minutes });
    let event = Event { name: "support.begun", details };
    audit::record(&*tx, tenant, By::Actor(&actor), event, now).await?;
    tx.commit().await?;
    Ok((person, visit.id))
}

/// Ends a diagnosis session, by the support person in it.
pub async fn end(state: &State, actor: &Actor, support: &Support) -> Result<(), DbErr> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    if store::end(&*tx, actor.tenant, support.behind.diagnosis, now).await? {
        let event = Event { name: "support.ended", details: json!({}) };
        audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    }
    tx.commit().await
}

/// An administrator has seen who looked at the portal until now.
pub async fn note_seen(state: &State, actor: &Actor) -> Result<(), DbErr> {
    let tx = state.db.write().await?;
    store::note_seen(&*tx, actor.tenant, actor.user, state.clock.now()).await?;
    tx.commit().await
}

/// Who looks at the portal now, or did since that administrator last saw it; the latest first.
async fn news(state: &State, tenant: TenantId, user: UserId) -> Result<Vec<Visit>, DbErr> {
    let db = state.db.read();
    let since = Some(store::seen_at(db, tenant, user).await?.unwrap_or(Timestamp(0)));
    store::visits(db, tenant, since, 5).await
}

/// Removes what was asked for and never begun.
pub async fn sweep(db: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    store::forget(db, now.minus(FORGOTTEN_AFTER)).await
}
