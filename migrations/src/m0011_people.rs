//! Links to set a password: by what they are for, and since when they are there.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "password_links";
const INDEX: &str = "password_links_user";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `invitation` or `reset`; so far there were invitations only
        let purpose = ColumnDef::new("purpose").text().not_null().default("invitation").take();
        manager.alter_table(Table::alter().table(TABLE).add_column(purpose).take()).await?;
        // the links of a person
        let mut index = Index::create();
        index.name(INDEX).table(TABLE).col("tenant_id").col("user_id");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut index = Index::drop();
        index.name(INDEX).table(TABLE);
        manager.drop_index(index).await?;
        manager.alter_table(Table::alter().table(TABLE).drop_column("purpose").take()).await
    }
}
