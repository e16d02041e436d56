//! The portal from outside: over HTTP, as a browser without JavaScript sees it.
//!
//! Every test has a portal of its own ([`support::TestPortal`]): database, port, clock, mail server.
//! On SQLite by default; with `POSTHORN_TEST_DATABASE_URL` (an administrative URL such as
//! `postgres://postgres@127.0.0.1:5433/postgres`) each test makes a database of its own there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod allow_list;
mod api;
mod audit_chain;
mod audit_log;
mod audit_roles;
mod checks;
mod deliveries;
mod hosts;
mod hygiene;
mod import;
mod invitations;
mod language;
mod left_out;
mod operators;
mod microsoft365;
mod people;
mod presets;
mod programs;
mod microsoft365_sending;
mod oidc;
mod provider;
mod provider_form;
mod reach;
mod reset;
mod schema;
mod second_factor;
mod secrets;
mod sender_domain;
mod sessions;
mod sign_in;
mod support;
mod support_access;
mod staff;
mod unavailable;
mod unicode;
