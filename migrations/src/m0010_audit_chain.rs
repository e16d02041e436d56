//! Each tenant's audit log becomes a chain: every entry has a number and carries the hash of the one before.
//! What was recorded before is chained here, in the order of time.
//!
//! The rule of the hash stands here once more, as it was on this day: a migration imports nothing live.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use sha2::{Digest as _, Sha256};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ENTRIES: &str = "audit_entries";
const CHAINS: &str = "audit_chains";
const BY_NUMBER: &str = "audit_entries_seq";
const BY_TIME: &str = "audit_entries_at";
/// So many entries are read at once.
const PAGE: u64 = 1000;

/// The columns that the entries get, in that order.
const NEW: [&str; 6] = ["seq", "support_staff", "support_name", "diagnosis", "request_id", "hash"];

/// An entry as it was before.
struct Entry {
    id: Uuid,
    at: i64,
    actor: Option<Uuid>,
    actor_name: String,
    client: String,
    event: String,
    details: String,
}

impl Entry {
    const COLUMNS: [&str; 7] = ["id", "at", "actor", "actor_name", "client", "event", "details"];

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get("", "id")?,
            at: row.try_get("", "at")?,
            actor: row.try_get("", "actor")?,
            actor_name: row.try_get("", "actor_name")?,
            client: row.try_get("", "client")?,
            event: row.try_get("", "event")?,
            details: row.try_get("", "details")?,
        })
    }

    /// SHA-256 of the former hash and of every column, each after its length in eight bytes; what is null has
    /// the length 2⁶⁴-1.
    fn hash(&self, tenant: Uuid, seq: i64, former: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(former);
        let mut column = |bytes: Option<&[u8]>| {
            hash.update(bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
            hash.update(bytes.unwrap_or_default());
        };
        column(Some(tenant.as_bytes()));
        column(Some(&seq.to_be_bytes()));
        column(Some(self.id.as_bytes()));
        column(Some(&self.at.to_be_bytes()));
        column(self.actor.as_ref().map(|actor| actor.as_bytes().as_slice()));
        column(Some(self.actor_name.as_bytes()));
        // nobody stood behind anybody, and the request was not known
        column(None);
        column(None);
        column(None);
        column(Some(self.client.as_bytes()));
        column(Some(b""));
        column(Some(self.event.as_bytes()));
        column(Some(self.details.as_bytes()));
        hash.finalize().to_vec()
    }
}

fn column(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match name {
        // counted from 1 within the tenant, without a gap
        "seq" => column.big_integer().not_null().default(0),
        // the support person who acted as the actor, their name at that time, and in which diagnosis session
        "support_staff" | "diagnosis" => column.uuid().null(),
        "support_name" => column.text().null(),
        // as in the log and on error pages; empty where there was no request
        "request_id" => column.text().not_null().default(""),
        // SHA-256 over the former entry's hash and everything in this row
        _ => column.binary().not_null().default(Vec::<u8>::new()),
    };
    column.take()
}

fn hash_column(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary().not_null().take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in NEW {
            // SQLite adds one column at a time
            manager.alter_table(Table::alter().table(ENTRIES).add_column(column(name)).take()).await?;
        }
        let mut to_tenant = ForeignKey::create();
        to_tenant.from(CHAINS, "tenant_id").to("tenants", "id").on_delete(ForeignKeyAction::Cascade);
        manager
            .create_table(
                Table::create()
                    .table(CHAINS)
                    // whoever appends locks this row until the end of the transaction
                    .col(ColumnDef::new("tenant_id").uuid().not_null().primary_key())
                    // the last entry that was deleted when its time was over: 0 and 32 zero bytes at first
                    .col(ColumnDef::new("anchor_seq").big_integer().not_null())
                    .col(hash_column("anchor_hash"))
                    // the last entry there is; that of the anchor if there is none
                    .col(ColumnDef::new("head_seq").big_integer().not_null())
                    .col(hash_column("head_hash"))
                    .foreign_key(&mut to_tenant)
                    .take(),
            )
            .await?;
        chain_all(manager.get_connection()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // they were for the rows that were there; SQLite cannot drop a default
            for name in ["seq", "request_id", "hash"] {
                let sql = format!("ALTER TABLE {ENTRIES} ALTER COLUMN {name} DROP DEFAULT");
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        let mut by_number = Index::create();
        by_number.name(BY_NUMBER).table(ENTRIES).col("tenant_id").col("seq").unique();
        manager.create_index(by_number).await?;
        // for a period
        let mut by_time = Index::create();
        by_time.name(BY_TIME).table(ENTRIES).col("tenant_id").col("at");
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [BY_NUMBER, BY_TIME] {
            let mut index = Index::drop();
            index.name(name).table(ENTRIES);
            manager.drop_index(index).await?;
        }
        manager.drop_table(Table::drop().table(CHAINS).take()).await?;
        for name in NEW {
            manager.alter_table(Table::alter().table(ENTRIES).drop_column(name).take()).await?;
        }
        Ok(())
    }
}

async fn chain_all(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let tenants = Query::select().distinct().column("tenant_id").from(ENTRIES).take();
    for row in db.query_all(&tenants).await? {
        chain(db, row.try_get("", "tenant_id")?).await?;
    }
    Ok(())
}

async fn chain(db: &impl ConnectionTrait, tenant: Uuid) -> Result<(), DbErr> {
    let anchor = vec![0; 32];
    let (mut seq, mut head) = (0_i64, anchor.clone());
    let mut last: Option<(i64, Uuid)> = None;
    loop {
        let mut page = Query::select();
        page.columns(Entry::COLUMNS).from(ENTRIES).and_where(Expr::col("tenant_id").eq(tenant));
        if let Some((at, id)) = last {
            let later = Expr::col("at").gt(at);
            page.and_where(later.or(Expr::col("at").eq(at).and(Expr::col("id").gt(id))));
        }
        page.order_by("at", Order::Asc).order_by("id", Order::Asc).limit(PAGE);
        let rows = db.query_all(&page).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let entry = Entry::read(&row)?;
            seq += 1;
            head = entry.hash(tenant, seq, &head);
            let update = Query::update()
                .table(ENTRIES)
                .value("seq", seq)
                .value("hash", head.clone())
                .and_where(Expr::col("tenant_id").eq(tenant))
                .and_where(Expr::col("id").eq(entry.id))
                .take();
            db.execute(&update).await?;
            last = Some((entry.at, entry.id));
        }
    }
    let insert = Query::insert()
        .into_table(CHAINS)
        .columns(["tenant_id", "anchor_seq", "anchor_hash", "head_seq", "head_hash"])
        .values_panic([tenant.into(), 0_i64.into(), anchor.into(), seq.into(), head.into()])
        .take();
    db.execute(&insert).await.map(|_| ())
}
