//! *Administration > Users*: inviting people, changing what they may do, closing accounts, removing them.
//!
//! - **A tenant always keeps one active administrator**: somebody in use, with a password. Whoever changes a
//!   person holds a lock on that person and on all administrators until the change is written, and must be an
//!   administrator *then*: of two who take each other's rights at once one is refused.
//! - **Nobody shuts themselves out.** One's own rights, account and existence are another administrator's to
//!   change.
//! - **What is closed is closed at once**: sessions and keys end, links die, mail with a link that waits is withdrawn, in
//!   the same transaction.
//! - Order of locks: people in the order of their identifiers, links, sessions, keys, then the outbox's own order, the
//!   audit log last.

pub(crate) mod events;
pub mod import;
pub mod invitation;
mod api;
mod form;
pub(crate) mod notices;
mod pages;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::api_keys;
use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::email_provider::{self, Health};
use crate::mail_types::MailKind;
use crate::outbox::{self, deliveries};
use crate::sessions::{self, Person};
use crate::state::State;
use crate::tenants;
use crate::users::directory::{self, AccountStatus, Member};
use crate::users::{self, LinkPurpose};
use crate::values::{Actor, EmailAddress, Role, Secret, TenantId, UserId};
use crate::web::Section;

pub use api::{User, calls};
pub use pages::routes;

/// Its entry in the navigation of the administration.
pub const SECTION: Section = Section::new("/administration/users", "nav-users");

/// The types of mail of this room.
pub const MAIL_TYPES: &[MailKind] = &[MailKind::of::<invitation::Invitation>()];

/// Why nothing is changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such person.
    #[error("there is no such person")]
    NoSuchUser,
    /// Whoever acts is no active administrator any more.
    #[error("only an active administrator may do this")]
    NotInCharge,
    /// It is one's own account, which another administrator must change.
    #[error("one's own account is another administrator's to change")]
    OwnAccount,
    /// Without that person the tenant would have no active administrator.
    #[error("the tenant would have no active administrator")]
    LastAdministrator,
    /// The person has come too far for it, or not far enough.
    #[error("this cannot be done with somebody who is {}", .0.as_str())]
    WrongStanding(AccountStatus),
    /// Somebody cannot be added, or a link not be made.
    #[error(transparent)]
    User(#[from] users::Error),
    /// A link cannot be sealed.
    #[error(transparent)]
    Vault(#[from] crate::vault::Error),
    /// A mail cannot be enqueued or withdrawn.
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    /// It is the one who can sign in with a password when the tenant's own sign-in service fails.
    #[error("the administrator who can always sign in with a password must stay")]
    BreakGlass,
    /// The person was invited again a moment ago.
    #[error("the person was invited again a moment ago")]
    InvitedJustNow,
    /// The tenant has invited so many people again within the hour.
    #[error("too many people were invited again within the hour")]
    TooManyInvitedAgain,
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Deeds to a person, as the audit log names them.
const DEACTIVATED: &str = "people.deactivated";
const REACTIVATED: &str = "people.reactivated";
const REMOVED: &str = "people.removed";
const LINK_MADE: &str = "people.password_link_made";

/// What becomes of a mail that is enqueued now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailRoute {
    /// It is on its way.
    OnItsWay,
    /// It waits, since no provider is set up.
    NoProvider,
    /// It waits, since the provider does not work.
    Failing,
    /// It is not sent, since the address was refused too often.
    Suppressed,
}

/// What becomes of a mail to that address that is enqueued now.
pub async fn mail_route(
    state: &State,
    tenant: TenantId,
    address: Option<&EmailAddress>,
) -> Result<MailRoute, Error> {
    let db = state.db.read();
    if let Some(address) = address
        && deliveries::suppression(db, tenant, address).await?.is_some()
    {
        return Ok(MailRoute::Suppressed);
    }
    match email_provider::find(db, tenant).await {
        Ok(None) => Ok(MailRoute::NoProvider),
        Ok(Some(stored)) if matches!(stored.health, Health::Failing { .. }) => Ok(MailRoute::Failing),
        Ok(Some(_)) if deliveries::is_held(db, tenant).await? => Ok(MailRoute::Failing),
        Ok(Some(_)) => Ok(MailRoute::OnItsWay),
        // one that cannot be read sends nothing; the settings page tells why
        Err(_) => Ok(MailRoute::Failing),
    }
}

/// Locks the person and the administrators, and lets an administrator pass who may still be one.
async fn lock(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    user: UserId,
) -> Result<(Member, Vec<UserId>), Error> {
    let locked = directory::lock(tx, actor.tenant, user).await?.ok_or(Error::NoSuchUser)?;
    if !locked.administrators.contains(&actor.user) {
        return Err(Error::NotInCharge);
    }
    Ok((locked.target, locked.administrators))
}

/// As [`lock`], for what takes something away from the person: not one's own, and not the last administrator's.
async fn lock_to_take(tx: &impl ConnectionTrait, actor: &Actor, user: UserId) -> Result<Member, Error> {
    let (target, administrators) = lock(tx, actor, user).await?;
    if administrators == [user] {
        return Err(Error::LastAdministrator);
    }
    if user == actor.user {
        return Err(Error::OwnAccount);
    }
    if tenants::local_sign_in_only_for(tx, actor.tenant).await? == Some(user) {
        return Err(Error::BreakGlass);
    }
    Ok(target)
}

/// Who acts, as the database knows them now, with their tenant.
async fn acting(tx: &impl ConnectionTrait, actor: &Actor) -> Result<Person, Error> {
    let person = sessions::find_person(tx, actor.tenant, actor.user).await?;
    person.filter(|person| person.role == Role::TenantAdmin).ok_or(Error::NotInCharge)
}

/// The keys of a person's mails with a link begin so.
fn mail_keys(user: UserId) -> [String; 2] {
    [format!("invitation:{user}:"), format!("password-reset:{user}:")]
}

/// Ends sessions, links and keys of a person, and withdraws their mails with a link.
async fn close(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    users::end_links(tx, tenant, user).await?;
    sessions::end_others(tx, tenant, user, None).await?;
    api_keys::end_all_of(tx, tenant, user, now).await?;
    Ok(outbox::withdraw(tx, tenant, &mail_keys(user), now).await?)
}

/// Gives a person other rights. They count from the person's next request on. The keys of who administers no more
/// end for good.
///
/// # Errors
/// [`Error::NoSuchUser`], [`Error::NotInCharge`], [`Error::OwnAccount`], [`Error::LastAdministrator`], or when the
/// database fails.
pub async fn set_role(state: &State, actor: &Actor, user: UserId, role: Role) -> Result<(), Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    let target = lock_to_take(&*tx, actor, user).await?;
    directory::set_role(&*tx, tenant, user, role).await?;
    if role != Role::TenantAdmin {
        api_keys::end_all_of(&*tx, tenant, user, now).await?;
    }
    let details = json!({
        "name": target.name, "email": target.email, "was": target.role.as_str(), "role": role.as_str(),
    });
    let event = Event { name: "people.role_changed", details };
    audit::record(&*tx, tenant, By::Actor(actor), event, now).await?;
    Ok(tx.commit().await?)
}

/// Takes a person out of use: from this moment on nobody is signed in as them, and nobody can sign in.
///
/// # Errors
/// As [`set_role`].
pub async fn deactivate(state: &State, actor: &Actor, user: UserId) -> Result<(), Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    let target = lock_to_take(&*tx, actor, user).await?;
    directory::set_active(&*tx, tenant, user, false).await?;
    close(&*tx, tenant, user, now).await?;
    record(&*tx, actor, DEACTIVATED, &target, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

/// Puts a person back into use, with the password that they had.
///
/// # Errors
/// [`Error::NoSuchUser`], [`Error::NotInCharge`], or when the database fails.
pub async fn reactivate(state: &State, actor: &Actor, user: UserId) -> Result<(), Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    let (target, _) = lock(&*tx, actor, user).await?;
    directory::set_active(&*tx, tenant, user, true).await?;
    record(&*tx, actor, REACTIVATED, &target, now).await?;
    Ok(tx.commit().await?)
}

/// Removes a person. What they did stays in the audit log under their name.
///
/// # Errors
/// As [`set_role`].
pub async fn remove(state: &State, actor: &Actor, user: UserId) -> Result<(), Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    let target = lock_to_take(&*tx, actor, user).await?;
    close(&*tx, tenant, user, now).await?;
    directory::remove(&*tx, tenant, user).await?;
    record(&*tx, actor, REMOVED, &target, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

/// Makes a link with which a person sets a new password within half an hour, to be handed over in another way:
/// for when mail is down. Their former links no longer work.
///
/// # Errors
/// [`Error::NoSuchUser`], [`Error::NotInCharge`], [`Error::WrongStanding`] of somebody without a password or out
/// of use, or when our own part fails.
pub async fn password_link(state: &State, actor: &Actor, user: UserId) -> Result<Secret, Error> {
    let (tenant, now) = (actor.tenant, state.clock.now());
    let tx = state.db.write().await?;
    let (target, _) = lock(&*tx, actor, user).await?;
    if target.standing != AccountStatus::Active {
        return Err(Error::WrongStanding(target.standing));
    }
    let slug = acting(&*tx, actor).await?.tenant_slug;
    users::end_links(&*tx, tenant, user).await?;
    let token = users::add_link(&*tx, tenant, user, LinkPurpose::Reset, now).await?;
    outbox::withdraw(&*tx, tenant, &mail_keys(user), now).await?;
    record(&*tx, actor, LINK_MADE, &target, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(crate::auth::reset::reset_url(state, &slug, token.expose()))
}

async fn record(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    name: &'static str,
    target: &Member,
    now: Timestamp,
) -> Result<(), Error> {
    let details = json!({ "name": target.name, "email": target.email });
    Ok(audit::record(tx, actor.tenant, By::Actor(actor), Event { name, details }, now).await?)
}
