//! Posthorn: a multi-tenant administration portal through which each tenant's mail leaves through
//! the tenant's own e-mail provider.
//!
//! The map: ground rooms first, feature rooms after them. The order is law: a room may name only
//! rooms listed before it (`tests/architecture.rs` reads this file).

// ground: knows no feature
pub mod clock;
pub mod i18n;
pub mod values;
pub mod config;
mod entities;
pub mod db;
pub mod vault;
pub mod totp;
pub mod dns;
pub mod mail;
pub mod mail_types;
pub mod audit;
pub mod tenants;
pub mod users;
pub mod sessions;
pub mod api_keys;
pub mod staff;
pub mod state;
pub mod web;

// features: each may name the rooms listed before it, never those after
pub mod email_provider;
pub mod outbox;
pub mod messages;
pub mod audit_log;
pub mod metrics;
pub mod sender_domain;
pub mod allow_list;
pub mod support;
pub mod second_factor;
pub mod auth;
pub mod oidc;
pub mod sign_in;
pub mod people;
pub mod programs;
pub mod account;
pub mod console;
pub mod api_docs;
pub mod portal;
pub mod demo;
pub mod cli;
