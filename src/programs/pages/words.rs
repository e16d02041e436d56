//! How scopes and states of keys are called.

use crate::api_keys::Status;
use crate::i18n::Text;
use crate::values::Scope;

/// The scopes in groups, each with what it is called.
pub(super) fn groups() -> [(Text, Vec<Scope>); 4] {
    [
        (Text::new("programs-group-provider"), vec![Scope::EmailConfigRead, Scope::EmailConfigWrite]),
        (
            Text::new("programs-group-mail"),
            vec![Scope::MessagesSend, Scope::DeliveriesRead, Scope::DeliveriesWrite],
        ),
        (Text::new("programs-group-people"), vec![Scope::UsersRead, Scope::AuditsRead]),
        (Text::new("programs-group-keys"), vec![Scope::ApiKeysRead, Scope::ApiKeysWrite]),
    ]
}

/// What a scope lets a program do.
pub(super) fn scope(scope: Scope) -> Text {
    Text::new(match scope {
        Scope::EmailConfigRead => "programs-scope-email-config-read",
        Scope::EmailConfigWrite => "programs-scope-email-config-write",
        Scope::MessagesSend => "programs-scope-messages-send",
        Scope::DeliveriesRead => "programs-scope-deliveries-read",
        Scope::DeliveriesWrite => "programs-scope-deliveries-write",
        Scope::UsersRead => "programs-scope-users-read",
        Scope::AuditsRead => "programs-scope-audits-read",
        Scope::ApiKeysRead => "programs-scope-api-keys-read",
        Scope::ApiKeysWrite => "programs-scope-api-keys-write",
    })
}

pub(super) fn status(status: Status) -> Text {
    Text::new(match status {
        Status::Active => "programs-status-active",
        Status::Expired => "programs-status-expired",
        Status::Revoked => "programs-status-revoked",
    })
}

/// The class of a state's badge.
pub(super) fn badge(status: Status) -> &'static str {
    match status {
        Status::Active => "badge badge-success",
        Status::Expired => "badge badge-warning",
        Status::Revoked => "badge",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_can_be_chosen_in_one_group() {
        let all: Vec<Scope> = groups().into_iter().flat_map(|(_, scopes)| scopes).collect();
        assert_eq!(all, Scope::ALL);
    }
}
