//! How scopes and states of keys are called.

use crate::api_keys::Status;
use crate::i18n::Text;
use crate::values::Scope;

/// The scopes in groups, each with what it is called.
pub(super) fn groups() -> Vec<(Text, Vec<Scope>)> {
    let of = |group: &[Scope]| group.first().map(|first| (Text::new(first.group()), group.to_vec()));
    Scope::ALL.chunk_by(|one, next| one.group() == next.group()).filter_map(of).collect()
}

/// What a scope lets a program do.
pub(super) fn scope(scope: Scope) -> Text {
    Text::new(scope.label())
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
        let headings: std::collections::BTreeSet<&str> =
            Scope::ALL.iter().map(|scope| scope.group()).collect();
        assert_eq!(headings.len(), groups().len(), "scopes of a group stand together");
    }
}
