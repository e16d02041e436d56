//! Tenants, their people and sessions, the one e-mail provider, test messages, the audit log.
//!
//! Instants are `BIGINT`: microseconds since 1970 in UTC. The key of every tenant's table begins
//! with `tenant_id`, so that the same schema can be divided by it.

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
    ColumnDef::new(name).big_integer().not_null().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

fn to_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "tenant_id")
        .to("tenants", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
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

    #[allow(clippy::too_many_lines, reason = "a schema reads best in one piece")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("tenants")
                    .col(uuid("id").primary_key())
                    // the first label of the tenant's host: lower-case letters, digits, hyphens
                    .col(text("slug").unique_key())
                    .col(text("name"))
                    // `de` or `en`; null: the visitor's browser decides
                    .col(text("language").null())
                    .col(flag("suspended"))
                    .col(instant("created_at"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("users")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    // as entered, for showing and sending
                    .col(text("email"))
                    // in lower case: what must be unique and what one signs in with
                    .col(text("email_key"))
                    .col(text("name"))
                    // `member` or `tenant-admin`
                    .col(text("role"))
                    // `de` or `en`; null: the tenant's, then the browser's
                    .col(text("language").null())
                    // an IANA name; null: UTC
                    .col(text("time_zone").null())
                    .col(flag("active"))
                    // argon2id in PHC form; null until the first password is set
                    .col(text("password_hash").null())
                    // a session that was signed in to before is none
                    .col(instant("password_set_at").null())
                    // since the last success
                    .col(ColumnDef::new("failed_sign_ins").integer().not_null())
                    .col(instant("locked_until").null())
                    .col(instant("created_at"))
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("users"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("users_email_key")
                    .table("users")
                    .col("tenant_id")
                    .col("email_key")
                    .unique()
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("password_links")
                    .col(uuid("tenant_id"))
                    // SHA-256 of the token in the link; the token itself is told once and not kept
                    .col(ColumnDef::new("token_hash").binary().not_null())
                    .col(uuid("user_id"))
                    .col(instant("expires_at"))
                    .primary_key(&mut key(&["tenant_id", "token_hash"]))
                    .foreign_key(&mut to_user("password_links"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // SHA-256 of the key in the cookie
                    .col(ColumnDef::new("key_hash").binary().not_null().unique_key())
                    // JSON: what the web layer keeps with the session
                    .col(text("state"))
                    .col(text("client"))
                    .col(text("user_agent"))
                    .col(instant("created_at"))
                    // written at most once a minute
                    .col(instant("last_seen_at"))
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_user("sessions"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sessions_user")
                    .table("sessions")
                    .col("tenant_id")
                    .col("user_id")
                    .take(),
            )
            .await?;

        // Failed sign-ins by client address, over all tenants: an attacker does not stay in one.
        manager
            .create_table(
                Table::create()
                    .table("failed_sign_ins")
                    .col(uuid("id").primary_key())
                    // an IPv4 address or an IPv6 /64
                    .col(text("client"))
                    .col(instant("at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("failed_sign_ins_client")
                    .table("failed_sign_ins")
                    .col("client")
                    .col("at")
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("email_providers")
                    // the primary key makes "one active provider" a fact of the schema
                    .col(uuid("tenant_id").primary_key())
                    // new with every save: tells two editors apart, and a late result from a former provider
                    .col(uuid("revision"))
                    // `smtp`
                    .col(text("kind"))
                    // JSON of the kind's settings; never a secret
                    .col(text("settings"))
                    // sealed for tenant, purpose and destination; null: the server wants no sign-in
                    .col(ColumnDef::new("sealed_secret").binary().null())
                    // JSON: untested, accepted or failing, with the particulars
                    .col(text("health"))
                    .col(instant("saved_at"))
                    .col(uuid("saved_by"))
                    // the name as it was then: it must stay readable when the user is gone
                    .col(text("saved_by_name"))
                    .foreign_key(&mut to_tenant("email_providers"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("test_messages")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    .col(uuid("requested_by"))
                    .col(text("recipient"))
                    .col(instant("requested_at"))
                    // JSON; null while it is under way
                    .col(text("outcome").null())
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("test_messages"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("test_messages_requested_at")
                    .table("test_messages")
                    .col("tenant_id")
                    .col("requested_at")
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("audit_entries")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    .col(instant("at"))
                    // null: the operator, on the command line
                    .col(uuid("actor").null())
                    .col(text("actor_name"))
                    // the client's address; empty on the command line
                    .col(text("client"))
                    .col(text("event"))
                    // JSON; names of fields, never the value of a secret
                    .col(text("details"))
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("audit_entries"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "audit_entries",
            "test_messages",
            "email_providers",
            "failed_sign_ins",
            "sessions",
            "password_links",
            "users",
            "tenants",
        ] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
