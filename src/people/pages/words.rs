//! How roles, standings and ways of mail are called.

use crate::i18n::{Language, Text};
use crate::people::MailRoute;
use crate::users::directory::{AccountStatus, Invitation, Listed};
use crate::values::Role;
use crate::web::Page;

pub(super) fn role(role: Role) -> Text {
    Text::new(match role {
        Role::Member => "account-role-member",
        Role::TenantAdmin => "account-role-admin",
    })
}

/// The roles as options: name, words, whether chosen.
pub(super) fn roles(page: &Page, chosen: &str) -> Vec<(&'static str, String, bool)> {
    [Role::Member, Role::TenantAdmin]
        .into_iter()
        .map(|one| (one.as_str(), page.say(role(one)), one.as_str() == chosen))
        .collect()
}

/// The languages as options: code, name in itself, whether chosen.
pub(super) fn languages(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    Language::ALL.into_iter().map(|one| (one.code(), one.own_name(), one.code() == chosen)).collect()
}

pub(super) fn standing(standing: AccountStatus) -> Text {
    Text::new(match standing {
        AccountStatus::Active => "people-standing-active",
        AccountStatus::Invited => "people-standing-invited",
        AccountStatus::Deactivated => "people-standing-deactivated",
    })
}

/// How far a person has come, with what has become of the invitation.
pub(super) fn state(person: &Listed) -> Text {
    match person.invitation {
        Some(Invitation::Expired(_)) => Text::new("people-invitation-expired"),
        Some(Invitation::Revoked) => Text::new("people-invitation-revoked"),
        Some(Invitation::Open(_)) | None => standing(person.standing),
    }
}

/// The class of that state's badge.
pub(super) fn badge(person: &Listed) -> &'static str {
    match (person.standing, person.invitation) {
        (AccountStatus::Active, _) => "badge badge-success",
        (AccountStatus::Invited, Some(Invitation::Open(_))) => "badge badge-info",
        (AccountStatus::Invited, _) => "badge badge-warning",
        (AccountStatus::Deactivated, _) => "badge",
    }
}

/// What becomes of the mail with a link: whether all is well, and in words.
pub(super) fn route(route: MailRoute) -> (bool, Text) {
    match route {
        MailRoute::OnItsWay => (true, Text::new("people-mail-on-its-way")),
        MailRoute::NoProvider => (false, Text::new("people-mail-no-provider")),
        MailRoute::Failing => (false, Text::new("people-mail-failing")),
        MailRoute::Suppressed => (false, Text::new("people-mail-suppressed")),
    }
}
