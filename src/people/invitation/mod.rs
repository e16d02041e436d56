//! Invitations. An invited person is a user without a password who has a link to set one, for seven days. The link
//! goes by the tenant's own mail, and to whoever invites for copying, once: afterwards only its hash is left, and a
//! sealed copy in the mail's content.

mod emails;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{Error, acting, lock, mail_keys};
use crate::audit::{self, By, Event};
use crate::auth;
use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::outbox::{self, NewMail, Recipient, SealedLink, SendOptions};
use crate::sessions::Person;
use crate::state::State;
use crate::users::directory::AccountStatus;
use crate::users::{self, NewUser};
use crate::values::{Actor, EmailAddress, Secret, UserId};

pub use emails::Invitation;

/// So often a person may be invited again, and so often all of a tenant's may.
const AGAIN_A_PERSON: (u64, Duration) = (1, Duration::from_secs(600));
const AGAIN_A_TENANT: (u64, Duration) = (100, Duration::from_secs(3600));

/// Somebody who has just been invited.
pub struct Invited {
    pub user: UserId,
    pub email: EmailAddress,
    /// The link, told this once.
    pub link: Secret,
}

/// Somebody a mail with a link is for.
pub(super) struct Guest {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) email: EmailAddress,
    pub(super) language: Option<Language>,
}

/// Adds a person and invites them. `fallback` is the language of the mail if neither the person nor the tenant has
/// one.
///
/// # Errors
/// [`users::Error::EmailTaken`] within [`Error::User`], [`Error::NotInCharge`], or when our own part fails.
pub async fn invite(
    state: &State,
    actor: &Actor,
    new: NewUser,
    fallback: Language,
) -> Result<Invited, Error> {
    let now = state.clock.now();
    let (role, email) = (new.role, new.email.clone());
    let details = json!({ "name": new.name, "email": email.to_string(), "role": role.as_str() });
    let tx = state.db.write().await?;
    let inviter = acting(&*tx, actor).await?;
    let invited = add(&*tx, state, &inviter, new, fallback, SendOptions::INTERACTIVE, now).await?;
    let event = Event { name: "people.invited", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    outbox::wake(state).await;
    Ok(invited)
}

/// Adds a person with an invitation, in the caller's transaction.
pub(super) async fn add(
    tx: &impl ConnectionTrait,
    state: &State,
    inviter: &Person,
    new: NewUser,
    fallback: Language,
    terms: SendOptions,
    now: Timestamp,
) -> Result<Invited, Error> {
    let (name, email, language) = (new.name.clone(), new.email.clone(), new.language);
    let user = users::add(tx, inviter.tenant, new, now).await?;
    let guest = Guest { user, name, email, language };
    let link = send(tx, state, inviter, &guest, fallback, terms, now).await?;
    Ok(Invited { user, email: guest.email, link })
}

/// Makes a link and enqueues the mail with it.
async fn send(
    tx: &impl ConnectionTrait,
    state: &State,
    inviter: &Person,
    guest: &Guest,
    fallback: Language,
    terms: SendOptions,
    now: Timestamp,
) -> Result<Secret, Error> {
    let (tenant, user) = (inviter.tenant, guest.user);
    let token = users::password_link(tx, tenant, user, now).await?;
    let base = state.config.base_url.tenant(&inviter.tenant_slug);
    let link = Secret::new(format!("{base}/welcome/{}", token.expose()));
    let invitation = Invitation {
        user,
        name: guest.name.clone(),
        tenant: inviter.tenant_name.clone(),
        product: state.config.product_name.clone(),
        invited_by: inviter.name.clone(),
        link: SealedLink::seal(&state.vault, tenant, user, &link)?,
    };
    let of_tenant = inviter.tenant_language.as_deref().and_then(Language::parse);
    let recipient = Recipient {
        address: guest.email.clone(),
        language: guest.language.or(of_tenant).unwrap_or(fallback),
        key: Some(format!("invitation:{user}:{}", now.0)),
    };
    outbox::enqueue(tx, state, tenant, &[NewMail::new(invitation, terms, vec![recipient])]).await?;
    Ok(link)
}

/// Invites a person again, with a new link; the old one no longer works.
///
/// # Errors
/// [`Error::NoSuchUser`], [`Error::NotInCharge`], [`Error::WrongStanding`] of somebody who has a password or is
/// out of use, [`Error::InvitedJustNow`], [`Error::TooManyInvitedAgain`], or when our own part fails.
pub async fn invite_again(
    state: &State,
    actor: &Actor,
    user: UserId,
    fallback: Language,
) -> Result<Invited, Error> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let guest = guest(&*tx, actor, user).await?;
    let inviter = acting(&*tx, actor).await?;
    // whoever has an administrator's session bombs nobody's mailbox with it
    if !auth::is_within(&*tx, &format!("invited again {user}"), AGAIN_A_PERSON, now).await? {
        return Err(Error::InvitedJustNow);
    }
    if !auth::is_within(&*tx, &format!("invited again by {}", actor.tenant), AGAIN_A_TENANT, now).await? {
        return Err(Error::TooManyInvitedAgain);
    }
    outbox::withdraw(&*tx, actor.tenant, &mail_keys(user), now).await?;
    let link = send(&*tx, state, &inviter, &guest, fallback, SendOptions::INTERACTIVE, now).await?;
    let details = json!({ "name": guest.name, "email": guest.email.to_string() });
    let event = Event { name: "people.invited_again", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    outbox::wake(state).await;
    Ok(Invited { user, email: guest.email, link })
}

/// Takes an invitation back: its link no longer works, and its mail is not sent if it waits.
///
/// # Errors
/// As [`invite_again`].
pub async fn revoke(state: &State, actor: &Actor, user: UserId) -> Result<(), Error> {
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let guest = guest(&*tx, actor, user).await?;
    users::end_links(&*tx, actor.tenant, user).await?;
    outbox::withdraw(&*tx, actor.tenant, &mail_keys(user), now).await?;
    let details = json!({ "name": guest.name, "email": guest.email.to_string() });
    let event = Event { name: "people.invitation_revoked", details };
    audit::record(&*tx, actor.tenant, By::Actor(actor), event, now).await?;
    tx.commit().await?;
    state.db.erase_traces();
    Ok(())
}

/// The person, locked, if they have yet to set their first password.
async fn guest(tx: &impl ConnectionTrait, actor: &Actor, user: UserId) -> Result<Guest, Error> {
    let (target, _) = lock(tx, actor, user).await?;
    if target.standing != AccountStatus::Invited {
        return Err(Error::WrongStanding(target.standing));
    }
    let email = EmailAddress::stored(&target.email).map_err(|_| Error::NoSuchUser)?;
    Ok(Guest { user, name: target.name, email, language: target.language })
}
