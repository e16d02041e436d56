//! Addresses as Unicode has them: composed, and compared with ASCII folded only. Rows of before are brought to it; of
//! two users who would become one each stays as they are, and both are named in the log (and by `posthorn check`).
//! Sessions know when their owner last proved who they are.
//!
//! The rule stands here once more, as it was on this day: a migration imports nothing live.

use std::collections::{BTreeMap, HashSet};

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;
use sea_orm_migration::sea_orm::prelude::Uuid;
use unicode_normalization::UnicodeNormalization as _;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // when the owner proved themselves since the session began; null: not since
        let mut proved_at = ColumnDef::new("proved_at");
        proved_at.big_integer().null();
        manager.alter_table(Table::alter().table("sessions").add_column(proved_at).take()).await?;
        let db = manager.get_connection();
        accounts(db, "users", true).await?;
        accounts(db, "staff", false).await?;
        messages(db).await?;
        suppressions(db).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // the addresses stay: what they were is known to nobody
        manager.alter_table(Table::alter().table("sessions").drop_column("proved_at").take()).await
    }
}

fn composed(text: &str) -> String {
    text.nfc().collect()
}

fn key(address: &str) -> String {
    composed(address).to_ascii_lowercase()
}

/// Rows in which that column is not all ASCII. Both databases know both functions.
fn beyond_ascii(column: &str) -> SimpleExpr {
    Expr::cust(format!("length({column}) <> octet_length({column})"))
}

struct Account {
    tenant: Option<Uuid>,
    id: Uuid,
    email: String,
    key: String,
}

async fn accounts(
    db: &SchemaManagerConnection<'_>,
    table: &'static str,
    has_tenant: bool,
) -> Result<(), DbErr> {
    let mut query = Query::select();
    query.columns(["id", "email", "email_key"]).from(table).and_where(beyond_ascii("email"));
    query.order_by("id", Order::Asc);
    if has_tenant {
        query.column("tenant_id");
    }
    let mut groups: BTreeMap<(Option<Uuid>, String), Vec<Account>> = BTreeMap::new();
    for row in db.query_all(&query).await? {
        let email: String = row.try_get("", "email")?;
        let tenant = if has_tenant { Some(row.try_get("", "tenant_id")?) } else { None };
        let account =
            Account { tenant, id: row.try_get("", "id")?, key: row.try_get("", "email_key")?, email };
        groups.entry((tenant, key(&account.email))).or_default().push(account);
    }
    let mut changes = Vec::new();
    for ((tenant, key), group) in groups {
        // who has the address composed already keeps it; else the first
        let keeper = group.iter().position(|one| composed(&one.email) == one.email).unwrap_or(0);
        for (at, account) in group.into_iter().enumerate() {
            if at == keeper {
                changes.push((account, key.clone()));
            } else {
                let (tenant, account) = (tenant.map(|id| id.to_string()).unwrap_or_default(), account.id);
                tracing::warn!(
                    table, %tenant, %account,
                    "another account has this address in another encoding; both stay, and `posthorn check` names them"
                );
            }
        }
    }
    changes.retain(|(account, key)| account.key != *key || composed(&account.email) != account.email);
    let set = |account: &Account, key: String, email: String| {
        let mut update = Query::update();
        update.table(table).value("email_key", key).value("email", email);
        update.and_where(Expr::col("id").eq(account.id));
        if let Some(tenant) = account.tenant {
            update.and_where(Expr::col("tenant_id").eq(tenant));
        }
        update
    };
    // by way of keys that nobody has: one may get what another has now
    for (account, _) in &changes {
        db.execute(&set(account, format!("~{}", account.id), account.email.clone())).await?;
    }
    for (account, key) in changes {
        let email = composed(&account.email);
        db.execute(&set(&account, key, email)).await?;
    }
    Ok(())
}

/// The recipients' keys; the addresses themselves stay what they were accepted with.
async fn messages(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut query = Query::select();
    query.columns(["tenant_id", "id", "recipient", "recipient_key"]).from("outbox_messages");
    query.and_where(beyond_ascii("recipient"));
    for row in db.query_all(&query).await? {
        let (tenant, id): (Uuid, Uuid) = (row.try_get("", "tenant_id")?, row.try_get("", "id")?);
        let (recipient, former): (String, String) =
            (row.try_get("", "recipient")?, row.try_get("", "recipient_key")?);
        let key = key(&recipient);
        if key != former {
            let mut update = Query::update();
            update.table("outbox_messages").value("recipient_key", key);
            update.and_where(Expr::col("tenant_id").eq(tenant)).and_where(Expr::col("id").eq(id));
            db.execute(&update).await?;
        }
    }
    Ok(())
}

/// Suppressed addresses. Where the composed one is suppressed as well, the other is the same and goes.
async fn suppressions(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let table = "outbox_suppressions";
    let mut query = Query::select();
    query.columns(["tenant_id", "recipient_key"]).from(table).and_where(beyond_ascii("recipient_key"));
    let rows: Vec<(Uuid, String)> = db
        .query_all(&query)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "tenant_id")?, row.try_get("", "recipient_key")?)))
        .collect::<Result<_, DbErr>>()?;
    let mut taken: HashSet<(Uuid, String)> = rows.iter().cloned().collect();
    for (tenant, former) in rows {
        let key = key(&former);
        if key == former {
            continue;
        }
        let is_it = |column: &'static str| Expr::col(column);
        if taken.insert((tenant, key.clone())) {
            let mut update = Query::update();
            update.table(table).value("recipient_key", key);
            update.and_where(is_it("tenant_id").eq(tenant)).and_where(is_it("recipient_key").eq(former));
            db.execute(&update).await?;
        } else {
            let mut delete = Query::delete();
            delete.from_table(table);
            delete.and_where(is_it("tenant_id").eq(tenant)).and_where(is_it("recipient_key").eq(former));
            db.execute(&delete).await?;
        }
    }
    Ok(())
}
