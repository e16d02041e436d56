//! Tenants: each an organisation with its own host, people and e-mail provider.
//!
//! A tenant that is suspended is not found by its host, exactly as one that never was.

pub(crate) mod events;
mod slug;
mod store;

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbErr, SqlErr};

use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::values::{TenantId, UserId};

pub use slug::Slug;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    /// The first label of its host.
    pub slug: String,
    pub name: String,
    /// The language of people who have none of their own; `None` leaves it to their browsers.
    pub language: Option<Language>,
}

/// Somebody who runs a tenant and can be asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    pub name: String,
    pub email: String,
}

/// A tenant as operators see it: also one that is out of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub tenant: Tenant,
    /// Whether it is out of service.
    pub suspended: bool,
    /// Since when it is there.
    pub created_at: Timestamp,
}

/// Why a tenant could not be created.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another tenant has that slug.
    #[error("there is already a tenant `{0}`")]
    SlugTaken(String),
    /// Another tenant had that slug and was deleted: old links to it would lead to strangers.
    #[error(
        "a tenant `{0}` was deleted; choose another slug, since old links to it would lead to the new one"
    )]
    SlugBuried(String),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Creates a tenant without people.
///
/// # Errors
/// [`Error::SlugTaken`], or when the database fails.
pub async fn create(
    tx: &impl ConnectionTrait,
    slug: &Slug,
    name: &str,
    language: Option<Language>,
    now: Timestamp,
) -> Result<TenantId, Error> {
    let tenant =
        Tenant { id: TenantId::new(), slug: slug.as_str().to_owned(), name: name.to_owned(), language };
    let id = tenant.id;
    if store::is_buried(tx, slug.as_str()).await? {
        return Err(Error::SlugBuried(slug.as_str().to_owned()));
    }
    store::insert(tx, tenant, now).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::SlugTaken(slug.as_str().to_owned()),
        _ => Error::Database(error),
    })?;
    Ok(id)
}

/// The tenant of that slug, unless it is suspended.
pub async fn find_by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Tenant>, DbErr> {
    store::find_active_by_slug(db, slug).await
}

/// The tenant of that slug, also one out of service.
pub async fn find_any(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Listed>, DbErr> {
    store::find_any(db, slug).await
}

/// So many tenants whose slug or name contains `part`, those behind `after`, in the order of their slugs.
pub async fn list(
    db: &impl ConnectionTrait,
    part: &str,
    after: &str,
    most: u64,
) -> Result<Vec<Listed>, DbErr> {
    store::list(db, part, after, most).await
}

/// Deletes a tenant and everything that is its; what is left is the slug, when and by whom.
pub async fn delete(
    tx: &impl ConnectionTrait,
    tenant: &Tenant,
    by: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    store::bury(tx, &tenant.slug, by, now).await?;
    store::delete(tx, tenant.id).await
}

/// Every tenant, by its slug, suspended ones too: for the operator.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Tenant>, DbErr> {
    store::all(db).await
}

/// Takes a tenant out of service, or puts it back.
pub async fn set_suspended(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    suspended: bool,
) -> Result<(), DbErr> {
    store::set_suspended(tx, tenant, suspended).await
}

/// Whether the tenant is out of service, or gone.
pub async fn is_suspended(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    store::is_suspended(db, tenant).await
}

/// Those of the tenants that are in service.
pub async fn in_service(db: &impl ConnectionTrait, tenants: &[TenantId]) -> Result<HashSet<TenantId>, DbErr> {
    store::in_service(db, tenants).await
}

/// Whether the tenant's administrators must have a second factor.
pub async fn requires_second_factor(db: &impl ConnectionTrait, tenant: TenantId) -> Result<bool, DbErr> {
    store::requires_second_factor(db, tenant).await
}

/// Sets whether the tenant's administrators must have a second factor.
pub async fn set_second_factor_required(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    required: bool,
) -> Result<(), DbErr> {
    store::set_second_factor_required(tx, tenant, required).await
}

/// The one administrator who may sign in with a password while all others use the tenant's own service;
/// `None`: everybody may.
pub async fn local_sign_in_only_for(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<UserId>, DbErr> {
    store::local_sign_in_only_for(db, tenant).await
}

/// Sets who alone may sign in with a password; `None`: everybody.
pub async fn set_local_sign_in_only_for(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: Option<UserId>,
) -> Result<(), DbErr> {
    store::set_local_sign_in_only_for(tx, tenant, user).await
}

/// The tenant's active administrators, by name.
pub async fn administrators(
    db: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Vec<Administrator>, DbErr> {
    store::administrators(db, tenant).await
}
