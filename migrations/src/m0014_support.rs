//! The staff of whoever runs the installation, the tenants' consent to their help, and their sessions as one
//! of a tenant's users. And what is left of a tenant that was deleted.

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

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary().take()
}

fn to_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from(table, "tenant_id").to("tenants", "id").on_delete(ForeignKeyAction::Cascade).take()
}

fn to_staff(table: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from(table, "staff_id").to("staff", "id").on_delete(ForeignKeyAction::Cascade).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        staff(manager).await?;
        help(manager).await?;
        let mut diagnosis = Table::alter();
        // a session of a support person as that user; null: the user's own
        diagnosis.table("sessions").add_column(ColumnDef::new("diagnosis_id").uuid().null());
        manager.alter_table(diagnosis).await?;
        manager
            .create_table(
                Table::create()
                    .table("tenant_tombstones")
                    // no other tenant may have it: old links and cookies would lead to strangers
                    .col(text("slug").primary_key())
                    .col(instant("deleted_at").not_null())
                    // the name of who did it, or `operator` for the command line
                    .col(text("deleted_by"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut diagnosis = Table::alter();
        diagnosis.table("sessions").drop_column("diagnosis_id");
        manager.alter_table(diagnosis).await?;
        for table in [
            "tenant_tombstones",
            "support_seen",
            "diagnosis_sessions",
            "support_grants",
            "staff_sessions",
            "staff_links",
            "staff",
        ] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

async fn staff(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("staff")
                .col(uuid("id").primary_key())
                .col(text("email"))
                // in lower case: what must be unique and what one signs in with
                .col(text("email_key").unique_key())
                .col(text("name"))
                // `support` or `operator`
                .col(text("role"))
                .col(flag("active"))
                // argon2id in PHC form; null until the first password is set
                .col(text("password_hash").null())
                .col(instant("password_set_at").null())
                // the secret of the one-time passwords, sealed; there is one from the first link on
                .col(bytes("sealed_totp").not_null())
                // the step of the last code that was accepted: each counts once
                .col(instant("totp_step").null())
                .col(ColumnDef::new("failed_sign_ins").integer().not_null())
                .col(instant("locked_until").null())
                .col(instant("created_at").not_null())
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("staff_links")
                // SHA-256 of the token in the link
                .col(bytes("token_hash").not_null().primary_key())
                .col(uuid("staff_id"))
                .col(instant("expires_at").not_null())
                .foreign_key(&mut to_staff("staff_links"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("staff_sessions")
                // SHA-256 of the key in the cookie
                .col(bytes("key_hash").not_null().primary_key())
                .col(uuid("staff_id"))
                // JSON: what the web layer keeps with the session
                .col(text("state"))
                .col(text("client"))
                .col(text("user_agent"))
                .col(instant("created_at").not_null())
                .col(instant("last_seen_at").not_null())
                .foreign_key(&mut to_staff("staff_sessions"))
                .take(),
        )
        .await
}

async fn help(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let key = || Index::create().col("tenant_id").col("id").primary().take();
    manager
        .create_table(
            Table::create()
                .table("support_grants")
                .col(uuid("tenant_id"))
                .col(uuid("id"))
                .col(instant("granted_at").not_null())
                .col(uuid("granted_by"))
                .col(text("granted_by_name"))
                // null: until it is revoked
                .col(instant("until").null())
                // whether addresses of recipients are shown in full
                .col(flag("shows_recipients"))
                .col(instant("revoked_at").null())
                .col(text("revoked_by_name").null())
                .primary_key(&mut key())
                .foreign_key(&mut to_tenant("support_grants"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("diagnosis_sessions")
                .col(uuid("tenant_id"))
                .col(uuid("id"))
                // no foreign key: what was done must stay readable when the person is gone
                .col(uuid("staff_id"))
                .col(text("staff_name"))
                // as whom
                .col(uuid("user_id"))
                .col(text("user_name"))
                .col(text("reason"))
                .col(text("ticket"))
                .col(instant("asked_at").not_null())
                // how long it may last once begun
                .col(ColumnDef::new("minutes").integer().not_null())
                // SHA-256 of the token that hands it over to the tenant's host; null once it is used
                .col(bytes("hand_over_hash").null())
                .col(instant("begun_at").null())
                .col(instant("ends_at").null())
                .col(instant("ended_at").null())
                .primary_key(&mut key())
                .foreign_key(&mut to_tenant("diagnosis_sessions"))
                .take(),
        )
        .await?;
    let mut by_time = Index::create();
    by_time.name("diagnosis_sessions_begun_at").table("diagnosis_sessions").col("tenant_id").col("begun_at");
    manager.create_index(by_time).await?;
    // Up to when an administrator has seen who helped.
    let mut of_user = ForeignKey::create();
    of_user
        .from("support_seen", ("tenant_id", "user_id"))
        .to("users", ("tenant_id", "id"))
        .on_delete(ForeignKeyAction::Cascade);
    let mut key = Index::create();
    key.col("tenant_id").col("user_id").primary();
    manager
        .create_table(
            Table::create()
                .table("support_seen")
                .col(uuid("tenant_id"))
                .col(uuid("user_id"))
                .col(instant("at").not_null())
                .primary_key(&mut key)
                .foreign_key(&mut of_user)
                .take(),
        )
        .await
}
