//! Signing in at a tenant's own service (OpenID Connect): the service, sign-ins under way, who is who there;
//! and the one person who signs in with a password when nobody else does.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BREAK_GLASS: &str = "local_sign_in_only_for";

fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary().not_null().take()
}

fn to_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "tenant_id")
        .to("tenants", "id")
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
                    .table("oidc_providers")
                    .col(uuid("tenant_id"))
                    // new with every save
                    .col(uuid("revision"))
                    // as the service writes it itself, with or without a final slash
                    .col(text("issuer"))
                    .col(text("client_id"))
                    // sealed for tenant, purpose `oidc-client-secret`, issuer and client
                    .col(bytes("sealed_secret"))
                    // the claim that makes administrators, and its value; null: the portal keeps the roles
                    .col(ColumnDef::new("role_claim").text())
                    .col(ColumnDef::new("role_value").text())
                    // whether whoever comes for the first time gets an account
                    .col(ColumnDef::new("just_in_time").boolean().not_null())
                    // domains of those who do, parted by blanks
                    .col(text("allowed_domains"))
                    // when an administrator came this way for the first time since issuer or client changed
                    .col(instant("proven_at"))
                    .col(instant("saved_at").not_null())
                    .col(uuid("saved_by"))
                    .col(text("saved_by_name"))
                    .primary_key(&mut key(&["tenant_id"]))
                    .foreign_key(&mut to_tenant("oidc_providers"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("oidc_sign_ins")
                    .col(uuid("tenant_id"))
                    // SHA-256 of the `state` that goes to the service and comes back
                    .col(bytes("state_hash"))
                    // SHA-256 of the token in the cookie of the browser that began
                    .col(bytes("browser_hash"))
                    // of the provider by which it began
                    .col(uuid("revision"))
                    .col(text("nonce"))
                    // the PKCE verifier, sealed for tenant, purpose `oidc-pkce` and state
                    .col(bytes("sealed_verifier"))
                    // where to go afterwards
                    .col(text("next"))
                    .col(instant("expires_at").not_null())
                    .primary_key(&mut key(&["tenant_id", "state_hash"]))
                    .foreign_key(&mut to_tenant("oidc_sign_ins"))
                    .take(),
            )
            .await?;
        let mut to_user = ForeignKey::create();
        to_user.from("oidc_identities", ("tenant_id", "user_id")).to("users", ("tenant_id", "id"));
        to_user.on_delete(ForeignKeyAction::Cascade);
        manager
            .create_table(
                Table::create()
                    .table("oidc_identities")
                    .col(uuid("tenant_id"))
                    .col(text("issuer"))
                    // who it is there; never given to somebody else (OpenID Connect Core, section 8)
                    .col(text("subject"))
                    .col(uuid("user_id"))
                    .col(instant("linked_at").not_null())
                    .primary_key(&mut key(&["tenant_id", "issuer", "subject"]))
                    .foreign_key(&mut to_user)
                    .take(),
            )
            .await?;
        let mut one = Index::create();
        one.name("oidc_identities_user").table("oidc_identities").unique();
        one.col("tenant_id").col("user_id").col("issuer");
        manager.create_index(one).await?;
        // null: everybody may sign in with a password
        let rule = ColumnDef::new(BREAK_GLASS).uuid().take();
        manager.alter_table(Table::alter().table("tenants").add_column(rule).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("tenants").drop_column(BREAK_GLASS).take()).await?;
        for table in ["oidc_identities", "oidc_sign_ins", "oidc_providers"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
