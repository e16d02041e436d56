//! The second factor: secrets of apps, recovery codes, sign-ins that wait for a code, and a tenant's rule
//! that its administrators must have one.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RULE: &str = "second_factor_required_for_administrators";

fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

fn to_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, ("tenant_id", "user_id"))
        .to("users", ("tenant_id", "id"))
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.primary().take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("second_factors")
                    .col(uuid("tenant_id"))
                    .col(uuid("user_id"))
                    // base32 of 160 bits, sealed for tenant, purpose `totp` and user
                    .col(ColumnDef::new("sealed_secret").binary().not_null())
                    // the half minute since 1970 of the last code that was accepted: no code counts twice
                    .col(ColumnDef::new("last_step").big_integer())
                    // null while it is being set up: then it asks nobody for a code
                    .col(instant("confirmed_at"))
                    .primary_key(&mut key(&["tenant_id", "user_id"]))
                    .foreign_key(&mut to_user("second_factors"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("recovery_codes")
                    .col(uuid("tenant_id"))
                    .col(uuid("user_id"))
                    // SHA-256; a code has 80 random bits
                    .col(ColumnDef::new("hash").binary().not_null())
                    .col(instant("used_at"))
                    .primary_key(&mut key(&["tenant_id", "user_id", "hash"]))
                    .foreign_key(&mut to_user("recovery_codes"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("pending_sign_ins")
                    .col(uuid("tenant_id"))
                    // SHA-256 of the token in the browser's cookie
                    .col(ColumnDef::new("token_hash").binary().not_null())
                    .col(uuid("user_id"))
                    // how the person came so far: password, link, oidc
                    .col(ColumnDef::new("purpose").text().not_null())
                    // from before the password was checked: a later change makes the sign-in void
                    .col(instant("verified_at").not_null())
                    .col(instant("expires_at").not_null())
                    // wrong codes
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .primary_key(&mut key(&["tenant_id", "token_hash"]))
                    .foreign_key(&mut to_user("pending_sign_ins"))
                    .take(),
            )
            .await?;
        let rule = ColumnDef::new(RULE).boolean().not_null().default(false).take();
        manager.alter_table(Table::alter().table("tenants").add_column(rule).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("tenants").drop_column(RULE).take()).await?;
        for table in ["pending_sign_ins", "recovery_codes", "second_factors"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
