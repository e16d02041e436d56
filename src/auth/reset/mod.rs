//! A new password for one that is forgotten, by a link that is mailed.
//!
//! Whoever asks learns nothing of whether there is such an account: the answer is the same and comes at the same
//! time, since only what is the same for all is done before it. The rest is done behind the answer, and is one
//! commit for an account that there is and for one that there is not.
//!
//! Asked for more than three times an hour, an account gets no further mail, and nobody is told. From one client
//! address (IPv6: from one /64) twenty times an hour are enough.

mod emails;

use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{HOUR, client_key, store};
use crate::audit::{self, By, Event};
use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::outbox::{self, NewMail, Priority, Recipient, SealedLink, SendOptions};
use crate::sessions::{self, Person};
use crate::state::State;
use crate::tenants;
use crate::users::{self, LinkPurpose, RESET_LINK_LIFE};
use crate::values::{EmailAddress, Origin, Secret, TenantId};

pub use emails::PasswordReset;

/// So often an hour an account gets such a mail.
const MAILS_AN_HOUR: u64 = 3;
/// So often an hour one may ask from one client address.
const ASKED_AN_HOUR: u64 = 20;

/// Somebody who has forgotten their password, or says so.
#[derive(Clone, Debug)]
pub struct Forgotten {
    tenant: TenantId,
    email: EmailAddress,
    /// Whether the account was asked for too often.
    too_often: bool,
    language: Language,
    origin: Origin,
    at: Timestamp,
}

/// Why no mail can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too often from this client address.
    #[error("too often from this client address")]
    TooManyFromHere,
    /// The address of the account is none that mail goes to.
    #[error("the address of the account is none that mail goes to")]
    Unwritable,
    /// The link cannot be made.
    #[error(transparent)]
    Link(#[from] users::Error),
    /// The link cannot be sealed.
    #[error(transparent)]
    Vault(#[from] crate::vault::Error),
    /// The mail cannot be enqueued.
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

/// Takes note that somebody asks, whether or not there is such an account. What is returned is to be given to
/// [`send_link`] once the answer is on its way.
///
/// # Errors
/// [`Error::TooManyFromHere`], or when the database fails.
pub async fn note(
    state: &State,
    tenant: TenantId,
    email: EmailAddress,
    language: Language,
    origin: Origin,
) -> Result<Forgotten, Error> {
    let at = state.clock.now();
    let (here, account) = (format!("reset from {}", client_key(origin.client)), account_key(tenant, &email));
    let tx = state.db.write().await?;
    if store::count_failures(&*tx, &here, at.minus(HOUR)).await? >= ASKED_AN_HOUR {
        return Err(Error::TooManyFromHere);
    }
    let too_often = store::count_failures(&*tx, &account, at.minus(HOUR)).await? >= MAILS_AN_HOUR;
    store::insert_failure(&*tx, &here, at).await?;
    store::insert_failure(&*tx, &account, at).await?;
    tx.commit().await?;
    Ok(Forgotten { tenant, email, too_often, language, origin, at })
}

/// Under which name an account's askings are counted: nobody shall read from it who has an account.
fn account_key(tenant: TenantId, email: &EmailAddress) -> String {
    let hash = Sha256::digest(format!("{tenant}/{}", email.normalised()));
    format!("reset of {}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Mails the link, if there is an account in use with a password, and the tenant is in service.
///
/// # Errors
/// When our own part fails.
pub async fn send_link(state: &State, forgotten: &Forgotten) -> Result<(), Error> {
    let Forgotten { tenant, email, too_often, origin, .. } = forgotten;
    let now = state.clock.now();
    let tx = state.db.write().await?;
    let found = users::find_credentials(&*tx, *tenant, email).await?;
    // where everybody signs in with the tenant's own service, a password is of no use
    let only_for = tenants::local_sign_in_only_for(&*tx, *tenant).await?;
    let may_use_it = |user| only_for.is_none_or(|only| only == user);
    let usable = found.filter(|found| {
        found.active && found.password_hash.is_some() && !too_often && may_use_it(found.user)
    });
    let person = match usable {
        Some(found) => sessions::find_person(&*tx, *tenant, found.user).await?,
        None => None,
    };
    match person {
        Some(person) => {
            enqueue(&*tx, state, forgotten, &person, now).await?;
            let event = Event { name: "auth.reset_asked", details: json!({ "email": person.email }) };
            audit::record(&*tx, *tenant, By::Actor(&person.actor(origin.clone())), event, now).await?;
        }
        // so that there is a commit in either case
        None => {
            store::insert_failure(&*tx, "reset of nobody", now).await?;
        }
    }
    tx.commit().await?;
    outbox::wake(state).await;
    Ok(())
}

async fn enqueue(
    tx: &impl ConnectionTrait,
    state: &State,
    forgotten: &Forgotten,
    person: &Person,
    now: Timestamp,
) -> Result<(), Error> {
    let (tenant, user) = (person.tenant, person.user);
    let token = users::add_link(tx, tenant, user, LinkPurpose::Reset, now).await?;
    let url = reset_url(state, &person.tenant_slug, token.expose());
    let reset = PasswordReset {
        user,
        name: person.name.clone(),
        tenant: person.tenant_name.clone(),
        product: state.config.product_name.clone(),
        link: SealedLink::seal(&state.vault, tenant, user, &url)?,
    };
    let recipient = Recipient {
        // never what was typed: the account's mail goes to the account's address
        address: EmailAddress::stored(&person.email).map_err(|_| Error::Unwritable)?,
        language: person.language().unwrap_or(forgotten.language),
        key: Some(format!("password-reset:{user}:{}", forgotten.at.0)),
    };
    // what arrives after its link is dead only puzzles
    let terms = SendOptions { priority: Priority::Interactive, not_before: None, lifetime: RESET_LINK_LIFE };
    outbox::enqueue(tx, state, tenant, &[NewMail::new(reset, terms, vec![recipient])]).await?;
    Ok(())
}

/// The address at the tenant's own host, as configured, where a new password is set with that token.
pub fn reset_url(state: &State, slug: &str, token: &str) -> Secret {
    Secret::new(format!("{}/reset/{token}", state.config.base_url.tenant(slug)))
}
