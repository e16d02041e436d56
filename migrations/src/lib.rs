//! The schema of Posthorn, step by step.
//!
//! A crate of its own, so that no migration can import live entities: a migration describes the
//! schema as it was on the day it was written. Every step runs in one transaction on both databases.

mod m0001_foundation;
mod m0003_audit_events;
mod m0004_outbox;
mod m0005_provider_checks;
mod m0010_audit_chain;
mod m0011_people;
mod m0012_second_factor;
mod m0013_oidc;
mod m0014_support;
mod m0015_api;
mod m0022_unicode_addresses;
mod m0023_domain_reports;

use sea_orm_migration::prelude::*;

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0003_audit_events::Migration),
            Box::new(m0004_outbox::Migration),
            Box::new(m0005_provider_checks::Migration),
            Box::new(m0010_audit_chain::Migration),
            Box::new(m0011_people::Migration),
            Box::new(m0012_second_factor::Migration),
            Box::new(m0013_oidc::Migration),
            Box::new(m0014_support::Migration),
            Box::new(m0015_api::Migration),
            Box::new(m0022_unicode_addresses::Migration),
            Box::new(m0023_domain_reports::Migration),
        ]
    }
}
