//! Links with which a person sets a password, once: their invitation, or a new password for one that is
//! forgotten. Kept only as a hash.

pub(super) mod store;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use super::Error;
use crate::clock::Timestamp;
use crate::values::{TenantId, Token, TokenHash, UserId};

/// For so long an invitation works.
pub const PASSWORD_LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// For so long a link to set a new password works.
pub const RESET_LINK_LIFE: Duration = Duration::from_secs(30 * 60);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    Invitation,
    /// A new password in place of one that is forgotten.
    Reset,
}

/// A person as named by a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    pub user: UserId,
    pub name: String,
    pub email: String,
}

impl LinkPurpose {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkPurpose::Invitation => "invitation",
            LinkPurpose::Reset => "reset",
        }
    }

    /// For so long it works.
    pub fn life(self) -> Duration {
        match self {
            LinkPurpose::Invitation => PASSWORD_LINK_LIFE,
            LinkPurpose::Reset => RESET_LINK_LIFE,
        }
    }
}

/// Makes an invitation, with which the user sets a password, once. Former links of the user no longer work.
///
/// # Errors
/// When the system or the database fails.
pub async fn password_link(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<Token, Error> {
    store::delete(tx, tenant, user).await?;
    add_link(tx, tenant, user, LinkPurpose::Invitation, now).await
}

/// Makes a link, beside those that there are: whoever asks twice for a new password may take either mail.
///
/// # Errors
/// When the system or the database fails.
pub async fn add_link(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Token, Error> {
    let token = Token::generate()?;
    store::insert(tx, tenant, user, purpose, token.hash(), now.plus(purpose.life())).await?;
    Ok(token)
}

/// Lets no link of the user work any longer.
pub async fn end_links(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    store::delete(tx, tenant, user).await
}

/// Whose link of that purpose that is, while it works and they are in use.
pub async fn find_by_link(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    purpose: LinkPurpose,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Invited>, DbErr> {
    store::find_owner(db, tenant, purpose, token, now).await
}

/// Likewise, for whoever is about to use it: of two at once the second waits and finds none.
pub async fn take_link(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    purpose: LinkPurpose,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Invited>, DbErr> {
    let invited = store::find_owner(tx, tenant, purpose, token.clone(), now).await?;
    Ok(if store::delete_one(tx, tenant, token).await? { invited } else { None })
}

/// Removes links to set a new password that are over. Invitations stay: administrators see that they are over.
pub async fn sweep_links(tx: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbErr> {
    store::delete_over(tx, LinkPurpose::Reset, now).await
}
