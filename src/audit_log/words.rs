//! What events and their particulars are called. Whoever records a new event adds a row to `EVENTS`.

use serde_json::Value;

use crate::i18n::{Language, Text};
use crate::values::Role;

/// The rooms whose events stand together, by how their names begin, and what they are called.
const GROUPS: [(&str, &str); 13] = [
    ("auth.", "audit-log-group-auth"),
    ("second_factor.", "audit-log-group-second-factor"),
    ("sign_in.", "audit-log-group-sign-in"),
    ("oidc.", "audit-log-group-oidc"),
    ("user.", "audit-log-group-user"),
    ("people.", "audit-log-group-people"),
    ("tenant.", "audit-log-group-tenant"),
    ("email_provider.", "audit-log-group-email-provider"),
    ("sender_domain.", "audit-log-group-sender-domain"),
    ("outbox.", "audit-log-group-outbox"),
    ("support.", "audit-log-group-support"),
    ("api_keys.", "audit-log-group-api-keys"),
    ("messages.", "audit-log-group-messages"),
];
const OTHERS: &str = "audit-log-group-others";

/// Every event: its name, and what it is called without its particulars.
const EVENTS: [(&str, &str); 55] = [
    ("auth.signed_in", "audit-log-signed-in"),
    ("auth.password_set", "audit-log-password-set"),
    ("auth.codes_refused", "audit-log-codes-refused"),
    ("second_factor.set_up", "audit-log-factor-set-up"),
    ("second_factor.recovery_codes_renewed", "audit-log-recovery-codes-renewed"),
    ("second_factor.removed", "audit-log-factor-removed"),
    ("second_factor.reset", "audit-log-factor-reset"),
    ("sign_in.rules_changed", "audit-log-sign-in-rules"),
    ("oidc.saved", "audit-log-oidc-saved"),
    ("oidc.removed", "audit-log-oidc-removed"),
    ("oidc.checked", "audit-log-oidc-checked"),
    ("oidc.connected", "audit-log-oidc-connected"),
    ("oidc.user_created", "audit-log-oidc-user-created"),
    ("oidc.role_changed", "audit-log-oidc-role-changed"),
    ("user.created", "audit-log-user-created"),
    ("user.password_link", "audit-log-password-link"),
    ("auth.reset_asked", "audit-log-reset-asked"),
    ("account.renamed", "audit-log-renamed"),
    ("people.invited", "audit-log-invited"),
    ("people.invited_again", "audit-log-invited-again"),
    ("people.invitation_revoked", "audit-log-invitation-revoked"),
    ("people.imported", "audit-log-imported"),
    ("people.role_changed", "audit-log-role-changed"),
    ("people.deactivated", "audit-log-user-deactivated"),
    ("people.reactivated", "audit-log-user-reactivated"),
    ("people.removed", "audit-log-user-removed"),
    ("people.password_link_made", "audit-log-password-link-made"),
    ("tenant.created", "audit-log-tenant-created"),
    ("tenant.suspended", "audit-log-tenant-suspended"),
    ("tenant.resumed", "audit-log-tenant-resumed"),
    ("email_provider.saved", "audit-log-provider-saved"),
    ("email_provider.removed", "audit-log-provider-removed"),
    ("email_provider.test_message", "audit-log-test-message"),
    ("email_provider.checked", "audit-log-provider-checked"),
    ("email_provider.ports_tried", "audit-log-ports-tried"),
    ("email_provider.recognition", "audit-log-recognition"),
    ("sender_domain.checked", "audit-log-domain-checked"),
    ("outbox.cancelled", "audit-log-mail-cancelled"),
    ("outbox.tried_again", "audit-log-mail-tried-again"),
    ("outbox.held", "audit-log-outbox-held"),
    ("outbox.released", "audit-log-outbox-released"),
    ("outbox.suppression_lifted", "audit-log-suppression-lifted"),
    ("support.granted", "audit-log-support-granted"),
    ("support.revoked", "audit-log-support-revoked"),
    ("support.looked_at", "audit-log-support-looked-at"),
    ("support.asked", "audit-log-support-asked"),
    ("support.begun", "audit-log-support-begun"),
    ("support.ended", "audit-log-support-ended"),
    ("audit_log.exported", "audit-log-exported"),
    ("api_keys.created", "audit-log-key-created"),
    ("api_keys.used", "audit-log-key-used"),
    ("api_keys.renamed", "audit-log-key-renamed"),
    ("api_keys.revoked", "audit-log-key-revoked"),
    ("messages.sent", "audit-log-messages-sent"),
    ("messages.policy_saved", "audit-log-message-policy-saved"),
];

/// The names of all events.
pub fn names() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|(name, _)| *name)
}

/// What the event of that name is called, if it is known.
pub fn title(event: &str) -> Option<Text> {
    EVENTS.iter().find(|(name, _)| *name == event).map(|(_, key)| Text::new(key))
}

/// The events by groups, each with its name: for a list to choose from.
pub fn groups() -> Vec<(Text, Vec<(&'static str, Text)>)> {
    let of = |fits: &dyn Fn(&str) -> bool| {
        EVENTS.iter().filter(|(name, _)| fits(name)).map(|(name, key)| (*name, Text::new(key))).collect()
    };
    let is_other = |name: &str| GROUPS.iter().all(|(begins, _)| !name.starts_with(begins));
    GROUPS
        .iter()
        .map(|(begins, key)| (Text::new(key), of(&|name| name.starts_with(begins))))
        .chain([(Text::new(OTHERS), of(&is_other))])
        .collect()
}

/// What was done, in one sentence with the most important of its particulars.
pub fn sentence(event: &str, details: &Value) -> Option<Text> {
    let text = |name: &str| details.get(name).and_then(Value::as_str);
    let with = |key: &'static str, name: &'static str| Some(Text::new(key).with(name, text(name)?));
    let said = match event {
        "auth.password_set" if text("by") == Some("link") => {
            Some(Text::new("audit-log-password-set-by-link"))
        }
        "auth.password_set" => Some(Text::new("audit-log-password-changed")),
        "user.created" => with("audit-log-user-created-whom", "email"),
        "user.password_link" => with("audit-log-password-link-whom", "email"),
        "tenant.created" => with("audit-log-tenant-created-which", "slug"),
        "email_provider.saved" | "email_provider.removed" | "email_provider.checked" => {
            text("provider").map(|kind| {
                Text::new(match event {
                    "email_provider.saved" => "audit-log-provider-saved-which",
                    "email_provider.removed" => "audit-log-provider-removed-which",
                    _ => "audit-log-provider-checked-which",
                })
                .with("provider", provider(kind))
            })
        }
        "email_provider.test_message" => with("audit-log-test-message-to", "recipient"),
        "email_provider.ports_tried" => with("audit-log-ports-tried-at", "server"),
        "email_provider.recognition" => with("audit-log-recognition-of", "domain"),
        "sender_domain.checked" => with("audit-log-domain-checked-which", "domain"),
        "support.asked" => with("audit-log-support-asked-as", "user"),
        "outbox.suppression_lifted" => with("audit-log-suppression-lifted-of", "recipient"),
        "audit_log.exported" => text("format")
            .map(|format| Text::new("audit-log-exported-as").with("format", format.to_uppercase())),
        _ => None,
    };
    said.or_else(|| title(event))
}

/// The names of products are the same in every language.
fn provider(kind: &str) -> &str {
    match kind {
        "smtp" => "SMTP",
        "microsoft365" => "Microsoft 365",
        other => other,
    }
}

/// The particulars, each with what it is called, in that language. What nobody has a word for stands as it is.
pub fn particulars(details: &Value, language: Language) -> Vec<(String, String)> {
    let Value::Object(fields) = details else { return vec![(String::new(), plain(details))] };
    let told = fields.iter().filter(|(_, value)| !is_nothing(value));
    told.map(|(name, value)| (label(name, language), said(name, value, language))).collect()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn said(name: &str, value: &Value, language: Language) -> String {
    match value {
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(|one| said(name, one, language)).collect();
            all.join(", ")
        }
        Value::String(text) if name == "changed" => label(text, language),
        Value::String(text) => match name {
            "provider" | "replaced" => provider(text).to_owned(),
            _ => word(name, text).map_or_else(|| text.clone(), |text| text.say(language)),
        },
        other => plain(other),
    }
}

/// The words of values that are names of ours.
fn word(name: &str, value: &str) -> Option<Text> {
    Some(Text::new(match (name, value) {
        ("secret", "kept") => "audit-log-secret-kept",
        ("secret", "replaced") => "audit-log-secret-replaced",
        ("secret", "none") => "audit-log-secret-none",
        ("of", "form") => "audit-log-of-form",
        ("of", "stored") => "audit-log-of-stored",
        ("for", "day") => "support-for-day",
        ("for", "week") => "support-for-week",
        ("for", "open") => "support-for-open",
        ("by", "link") => "audit-log-by-link",
        ("by", "its owner") => "audit-log-by-owner",
        ("role", role) => match Role::parse(role)? {
            Role::Member => "account-role-member",
            Role::TenantAdmin => "account-role-admin",
        },
        ("was", "due") => "outbox-state-due",
        ("was", "accepted") => "outbox-state-accepted",
        ("was", "failed") => "outbox-state-failed",
        ("was", "unknown") => "outbox-state-unknown",
        ("was", "cancelled") => "outbox-state-cancelled",
        ("was", "expired") => "outbox-state-expired",
        _ => return None,
    }))
}

/// What a particular, or a field that was changed, is called.
fn label(name: &str, language: Language) -> String {
    let key = match name {
        "server_address" | "server" => "provider-server-address",
        "server_port" => "provider-port",
        "security" => "provider-security",
        "sender_address" => "provider-sender-address",
        "sender_name" => "provider-sender-name",
        "username" => "provider-username",
        "cloud" => "provider-cloud",
        "tenant_id" => "provider-tenant-id",
        "client_id" => "provider-client-id",
        "secret_expires_on" => "provider-secret-expires-on",
        "large_messages" => "provider-large-messages",
        "provider" => "audit-log-detail-provider",
        "replaced" => "audit-log-detail-replaced",
        "changed" => "audit-log-detail-changed",
        "secret" => "audit-log-detail-secret",
        "through" => "audit-log-detail-through",
        "recipient" => "audit-log-detail-recipient",
        "domain" => "audit-log-detail-domain",
        "selector" => "audit-log-detail-selector",
        "ports" => "audit-log-detail-ports",
        "message" => "audit-log-detail-message",
        "was" => "audit-log-detail-was",
        "email" => "audit-log-detail-email",
        "role" => "account-role",
        "slug" => "audit-log-detail-slug",
        "api_key" | "key" => "audit-log-detail-api-key",
        "name" => "account-name",
        "until" => "audit-log-detail-until",
        "scopes" => "audit-log-detail-scopes",
        "messages" => "audit-log-detail-messages",
        "files" => "audit-log-detail-files",
        "domains" => "audit-log-detail-domains",
        "of" => "audit-log-detail-of",
        "by" => "audit-log-detail-by",
        "format" => "audit-log-detail-format",
        "filter" => "audit-log-detail-filter",
        "user" => "support-as",
        "reason" => "support-why",
        "ticket" => "diagnosis-ticket",
        "minutes" => "diagnosis-length",
        "for" => "support-for",
        "recipients" => "support-recipients",
        other => return other.to_owned(),
    };
    Text::new(key).say(language)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;

    /// Every event that the sources name, in a literal `Event` or in a constant.
    fn recorded(folder: &Path, events: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                recorded(&path, events);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let code = text.split("\n#[cfg(test)]").next().unwrap();
            if !code.contains("audit::") || path.ends_with("audit_log/words.rs") {
                continue;
            }
            for before in ["name: \"", ": &str = \""] {
                for (at, _) in code.match_indices(before) {
                    let name = code[at + before.len()..].split('"').next().unwrap();
                    let is_word = |word: &str| {
                        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    };
                    if name.split_once('.').is_some_and(|(room, deed)| is_word(room) && is_word(deed)) {
                        events.insert(name.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_event_that_the_code_records_has_words_and_no_other() {
        let mut events = BTreeSet::new();
        recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut events);
        let known: BTreeSet<String> = EVENTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(events, known, "an event and its row in EVENTS belong together");
        let listed: usize = groups().iter().map(|(_, events)| events.len()).sum();
        assert_eq!(listed, EVENTS.len(), "each stands in one group");
        assert!(groups().iter().all(|(_, events)| !events.is_empty()));
    }

    #[test]
    fn an_event_is_said_with_its_particulars_and_without_them() {
        let say = |event, details| sentence(event, &details).map(|text| text.say(Language::German));
        assert_eq!(
            say("email_provider.saved", json!({ "provider": "smtp" })).as_deref(),
            Some("E-Mail-Anbieter SMTP gespeichert")
        );
        for (name, key) in EVENTS {
            for language in Language::ALL {
                let bare = sentence(name, &json!({})).unwrap().say(language);
                assert!(
                    !bare.is_empty() && !bare.contains("audit-log-") && !bare.contains('$'),
                    "{name}: {bare}"
                );
                assert!(!Text::new(key).say(language).contains("audit-log-"), "{key}");
            }
        }
        assert_eq!(say("room.deed_of_another_version", json!({ "by": "x" })), None);
    }

    #[test]
    fn particulars_have_names_and_what_is_unknown_stands_as_it_is() {
        let details = json!({
            "changed": ["server_port", "something_new"], "secret": "kept", "replaced": null,
            "ports": [587, 465], "new_one": { "a": 1 },
        });
        let told = particulars(&details, Language::English);
        let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            told,
            [
                text("Changed fields", "Port, something_new"),
                text("new_one", "{\"a\":1}"),
                text("Ports", "587, 465"),
                text("Password or client secret", "kept"),
            ]
        );
    }
}
