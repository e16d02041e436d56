//! What the last check of a sender's domain found, so that a page can show it without asking the DNS again.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut to_tenant = ForeignKey::create();
        to_tenant
            .from("domain_reports", "tenant_id")
            .to("tenants", "id")
            .on_delete(ForeignKeyAction::Cascade);
        manager
            .create_table(
                Table::create()
                    .table("domain_reports")
                    .col(ColumnDef::new("tenant_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("checked_at").big_integer().not_null())
                    // JSON: the findings, as keys of texts with their arguments, and the records found
                    .col(ColumnDef::new("report").text().not_null())
                    .foreign_key(&mut to_tenant)
                    .take(),
            )
            .await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("domain_reports").take()).await
    }
}
