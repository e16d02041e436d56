//! Checks of a provider, step by step, and what was found at other ports.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "provider_checks";
const INDEX: &str = "provider_checks_requested_at";

fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut to_tenant = ForeignKey::create();
        to_tenant.from(TABLE, "tenant_id").to("tenants", "id").on_delete(ForeignKeyAction::Cascade);
        let mut key = Index::create();
        key.col("tenant_id").col("id").primary();
        manager
            .create_table(
                Table::create()
                    .table(TABLE)
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    .col(uuid("requested_by"))
                    .col(instant("requested_at").not_null())
                    // true: what stood in the form; false: the stored provider
                    .col(flag("of_form"))
                    // smtp, microsoft365
                    .col(text("kind"))
                    // JSON, without the secret
                    .col(text("settings"))
                    // whom the server was asked about
                    .col(text("recipient"))
                    // JSON: the steps that were taken so far
                    .col(text("steps"))
                    // JSON: which other ports were tried, and what answers there
                    .col(text("ports").null())
                    // null while it is under way, or when the process died over it
                    .col(instant("finished_at").null())
                    .primary_key(&mut key)
                    .foreign_key(&mut to_tenant)
                    .take(),
            )
            .await?;
        let mut index = Index::create();
        index.name(INDEX).table(TABLE).col("tenant_id").col("requested_at");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).take()).await
    }
}
