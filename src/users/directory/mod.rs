//! A tenant's people as its administrators see them: who they are, what they may do, and how far they have come.

mod store;

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr};

use super::links;
use crate::clock::Timestamp;
use crate::i18n::Language;
use crate::values::{EmailAddress, Role, TenantId, UserId, unicode};

/// So many people a page of the list has.
pub const PAGE: usize = 50;
/// A name has at most so many characters.
pub const MAX_NAME: usize = 100;

/// How far a person has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// In use, with a password.
    Active,
    /// In use, and has not set a password yet.
    Invited,
    Deactivated,
}

/// What has become of the invitation of a person without a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitation {
    /// It works until then.
    Open(Timestamp),
    /// It has worked until then.
    Expired(Timestamp),
    Revoked,
}

/// A person of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub user: UserId,
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// The language that the person chose, or that was chosen at the invitation.
    pub language: Option<Language>,
    /// The IANA time zone that the person chose.
    pub time_zone: Option<String>,
    /// How far they have come.
    pub standing: AccountStatus,
    /// Their invitation; of those who are invited only.
    pub invitation: Option<Invitation>,
    /// Since when they are there.
    pub created_at: Timestamp,
}

/// Which people are wanted. All that it names must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose name or address has that in it, whatever its case; empty: everybody.
    pub search: String,
    /// Whether addresses are searched, too.
    pub in_addresses: bool,
    /// Who has come so far.
    pub standing: Option<AccountStatus>,
    /// Who may do that.
    pub role: Option<Role>,
    /// Who has that address, in its normalised form.
    pub address: Option<String>,
    pub user: Option<UserId>,
}

/// A page of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub rows: Vec<Listed>,
    /// Behind whom the next page begins, if there is one.
    pub next: Option<UserId>,
}

/// How many people have come how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// In use, with a password.
    pub active: i64,
    /// Without a password yet.
    pub invited: i64,
    pub deactivated: i64,
}

/// A person and the tenant's administrators, locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct Locked {
    pub target: Member,
    /// Everybody who administers the tenant: in use and with a password.
    pub administrators: Vec<UserId>,
}

/// What decides about a change to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: UserId,
    pub name: String,
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// The language that they chose, or that was chosen at the invitation.
    pub language: Option<Language>,
    /// How far they have come.
    pub standing: AccountStatus,
}

impl AccountStatus {
    /// Every one, in the order in which they are shown.
    pub const ALL: [AccountStatus; 3] =
        [AccountStatus::Active, AccountStatus::Invited, AccountStatus::Deactivated];

    /// The name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountStatus::Active => "active",
            AccountStatus::Invited => "invited",
            AccountStatus::Deactivated => "deactivated",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == name)
    }

    fn of(active: bool, has_password: bool) -> Self {
        match (active, has_password) {
            (false, _) => AccountStatus::Deactivated,
            (true, true) => AccountStatus::Active,
            (true, false) => AccountStatus::Invited,
        }
    }
}

impl Counters {
    pub fn all(self) -> i64 {
        self.active + self.invited + self.deactivated
    }

    /// How many have come so far.
    pub fn of(self, standing: AccountStatus) -> i64 {
        match standing {
            AccountStatus::Active => self.active,
            AccountStatus::Invited => self.invited,
            AccountStatus::Deactivated => self.deactivated,
        }
    }
}

/// A name as it was typed, if it is one: 1 to [`MAX_NAME`] characters on one line. Blanks around it do not
/// count, and letters are composed.
pub fn parse_name(typed: &str) -> Option<String> {
    let name = unicode::composed(typed.trim());
    let is_seen = name.chars().any(|c| !c.is_whitespace() && !unicode::is_hidden(c));
    let fits = is_seen && name.chars().count() <= MAX_NAME && !name.chars().any(is_of_no_name);
    fits.then_some(name)
}

/// Whether no name has it: control characters, and what turns the writing around or is never seen, so that one name
/// looks like another. What joins letters, marks a sign's direction or chooses its look belongs to some.
fn is_of_no_name(c: char) -> bool {
    let belongs =
        matches!(c, '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}');
    c.is_control() || (unicode::is_hidden(c) && !belongs)
}

/// A page of the tenant's people who match, in the order of their addresses, those behind `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    after: Option<UserId>,
    now: Timestamp,
) -> Result<Listing, DbErr> {
    let mut rows = store::list(db, tenant, filter, after, PAGE + 1).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().map(|row| row.user).filter(|_| has_more);
    tell_invitations(db, tenant, &mut rows, now).await?;
    Ok(Listing { rows, next })
}

/// So many of the tenant's people who match, in the order in which they came, those behind `after`, who may be gone.
/// What has become of invitations is not told.
pub async fn list_in_order(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &Filter,
    after: Option<UserId>,
    count: usize,
) -> Result<Listing, DbErr> {
    let mut rows = store::list_in_order(db, tenant, filter, after, count + 1).await?;
    let has_more = rows.len() > count;
    rows.truncate(count);
    let next = rows.last().map(|row| row.user).filter(|_| has_more);
    Ok(Listing { rows, next })
}

/// How many of the tenant's people match.
pub async fn count(db: &impl ConnectionTrait, tenant: TenantId, filter: &Filter) -> Result<u64, DbErr> {
    store::count(db, tenant, filter).await
}

/// The names of these people.
pub async fn names(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    users: &[UserId],
) -> Result<HashMap<UserId, String>, DbErr> {
    store::names(db, tenant, users).await
}

/// The person, if they are the tenant's.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Listed>, DbErr> {
    let mut rows = Vec::from_iter(store::find(db, tenant, user).await?);
    tell_invitations(db, tenant, &mut rows, now).await?;
    Ok(rows.pop())
}

/// Those of these people who are the tenant's, without their invitations.
pub async fn find_all(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    users: &[UserId],
) -> Result<Vec<Listed>, DbErr> {
    store::find_all(db, tenant, users).await
}

/// Finds the tenant's people who have these addresses, without their invitations.
pub async fn find_by_addresses(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    addresses: &[&EmailAddress],
) -> Result<Vec<Listed>, DbErr> {
    store::find_by_keys(db, tenant, addresses.iter().map(|address| address.normalised()).collect()).await
}

async fn tell_invitations(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    rows: &mut [Listed],
    now: Timestamp,
) -> Result<(), DbErr> {
    let is_invited = |row: &&mut Listed| row.standing == AccountStatus::Invited;
    let invited: Vec<UserId> = rows.iter_mut().filter(is_invited).map(|row| row.user).collect();
    if invited.is_empty() {
        return Ok(());
    }
    let ends = links::store::invitations(db, tenant, &invited).await?;
    for row in rows.iter_mut().filter(is_invited) {
        let end = ends.iter().filter(|(user, _)| *user == row.user).map(|(_, at)| *at).max();
        row.invitation = Some(match end {
            Some(at) if at > now => Invitation::Open(at),
            Some(at) => Invitation::Expired(at),
            None => Invitation::Revoked,
        });
    }
    Ok(())
}

/// How many of the tenant's people have come how far.
pub async fn counts(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Counters, DbErr> {
    store::counts(db, tenant).await
}

/// Which of these addresses are somebody's of the tenant already, in their normalised form.
pub async fn taken(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    addresses: &[EmailAddress],
) -> Result<HashSet<String>, DbErr> {
    store::taken(db, tenant, addresses.iter().map(EmailAddress::normalised).collect()).await
}

/// Locks the person and all administrators in the order of their identifiers, whoever is to be changed: of two
/// who take each other's rights at once the second waits, and then sees that they have none any more.
pub async fn lock(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Locked>, DbErr> {
    let rows = store::lock(tx, tenant, user).await?;
    let is_in_charge = |row: &&Member| row.role == Role::TenantAdmin && row.standing == AccountStatus::Active;
    let administrators = rows.iter().filter(is_in_charge).map(|row| row.user).collect();
    let target = rows.into_iter().find(|row| row.user == user);
    Ok(target.map(|target| Locked { target, administrators }))
}

/// Gives the person other rights.
pub async fn set_role(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    role: Role,
) -> Result<(), DbErr> {
    store::set_role(tx, tenant, user, role).await
}

/// Takes the person out of use, or puts them back.
pub async fn set_active(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    active: bool,
) -> Result<(), DbErr> {
    store::set_active(tx, tenant, user, active).await
}

/// Removes the person, with their links and sessions. What they did stays in the audit log.
pub async fn remove(tx: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<(), DbErr> {
    store::delete(tx, tenant, user).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_a_hundred_characters() {
        assert_eq!(parse_name("  Nina Neu ").as_deref(), Some("Nina Neu"));
        assert!(parse_name(&"ä".repeat(100)).is_some());
        for typed in [
            "",
            "  ",
            "a\nb",
            "a\u{7f}b",
            "An\u{202e}na",
            "\u{200b}",
            "\u{200e}",
            "An\u{ad}na",
            &"x".repeat(101),
        ] {
            assert_eq!(parse_name(typed), None, "{typed:?}");
        }
    }
}
