//! One file a table: the schema as Rust sees it, without methods. Only a room's `store.rs` may name
//! an entity, and each table has one room that writes to it.

pub(crate) mod api_answers;
pub(crate) mod api_keys;
pub(crate) mod audit_chains;
pub(crate) mod audit_entries;
pub(crate) mod diagnosis_sessions;
pub(crate) mod domain_reports;
pub(crate) mod email_providers;
pub(crate) mod failed_sign_ins;
pub(crate) mod message_policies;
pub(crate) mod oidc_identities;
pub(crate) mod oidc_providers;
pub(crate) mod oidc_sign_ins;
pub(crate) mod outbox_arrivals;
pub(crate) mod outbox_attempts;
pub(crate) mod outbox_contents;
pub(crate) mod outbox_files;
pub(crate) mod outbox_lanes;
pub(crate) mod outbox_messages;
pub(crate) mod outbox_suppressions;
pub(crate) mod outbox_tallies;
pub(crate) mod password_links;
pub(crate) mod pending_sign_ins;
pub(crate) mod provider_checks;
pub(crate) mod recovery_codes;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod staff;
pub(crate) mod staff_links;
pub(crate) mod staff_sessions;
pub(crate) mod support_grants;
pub(crate) mod support_seen;
pub(crate) mod tenant_tombstones;
pub(crate) mod tenants;
pub(crate) mod test_messages;
pub(crate) mod users;
