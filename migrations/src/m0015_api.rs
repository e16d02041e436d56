//! Programs that act for a tenant: their keys, what they were answered, to which domains they may write, and
//! the files that go with mail.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

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
    let mut key = ForeignKey::create();
    key.from(table, "tenant_id").to("tenants", "id").on_delete(ForeignKeyAction::Cascade).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keys(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table("api_answers")
                    .col(uuid("tenant_id"))
                    // the Idempotency-Key that the program chose
                    .col(text("idempotency_key"))
                    // SHA-256 of the request: the same key with another request is refused
                    .col(bytes("fingerprint"))
                    // the answer's body as JSON
                    .col(text("answer"))
                    .col(instant("created_at").not_null())
                    .primary_key(Index::create().col("tenant_id").col("idempotency_key"))
                    .foreign_key(&mut to_tenant("api_answers"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("api_answers_created_at").table("api_answers").col("created_at").take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("message_policies")
                    .col(uuid("tenant_id").primary_key())
                    // JSON: the domains in ASCII to whose addresses programs may write
                    .col(text("domains"))
                    .col(instant("saved_at").not_null())
                    .col(text("saved_by_name"))
                    .foreign_key(&mut to_tenant("message_policies"))
                    .take(),
            )
            .await?;
        let mut to_content = ForeignKey::create();
        to_content
            .from("outbox_files", ("tenant_id", "content_id"))
            .to("outbox_contents", ("tenant_id", "id"))
            .on_delete(ForeignKeyAction::Cascade);
        manager
            .create_table(
                Table::create()
                    .table("outbox_files")
                    .col(uuid("tenant_id"))
                    .col(uuid("content_id"))
                    // their order in the mail, from 1
                    .col(ColumnDef::new("number").integer().not_null())
                    .col(text("name"))
                    .col(text("media_type"))
                    .col(bytes("bytes"))
                    .primary_key(Index::create().col("tenant_id").col("content_id").col("number"))
                    .foreign_key(&mut to_content)
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["outbox_files", "message_policies", "api_answers", "api_keys"] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut to_user = ForeignKey::create();
    to_user
        .from("api_keys", ("tenant_id", "user_id"))
        .to("users", ("tenant_id", "id"))
        .on_delete(ForeignKeyAction::Cascade);
    manager
        .create_table(
            Table::create()
                .table("api_keys")
                .col(uuid("tenant_id"))
                .col(uuid("id"))
                // the administrator who made it, and as whom it acts
                .col(uuid("user_id"))
                .col(text("name"))
                // its first characters, by which people know it
                .col(text("prefix"))
                // SHA-256 of the key
                .col(bytes("key_hash").unique_key())
                // the names of its scopes, separated by spaces
                .col(text("scopes"))
                .col(instant("created_at").not_null())
                .col(instant("expires_at").not_null())
                // to the minute; null: never
                .col(instant("last_used_at").null())
                // from which address
                .col(text("last_used_from").null())
                .col(instant("revoked_at").null())
                // the key that made it, with which it is revoked; null: a person
                .col(ColumnDef::new("made_by_key").uuid().null())
                .primary_key(Index::create().col("tenant_id").col("id"))
                .foreign_key(&mut to_user)
                .take(),
        )
        .await
}
