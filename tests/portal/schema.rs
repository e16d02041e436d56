//! Entities and migrations agree, on whichever database this run is.
//!
//! The entities are private to the crate, so their source is read and compared with what the database
//! says of its tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use posthorn_migrations::Migrator;
use sea_orm_migration::MigratorTrait as _;

use crate::support::{ALICE, TestPortal};

/// A column: its kind, whether it may be null, and its place in the primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    kind: &'static str,
    null: bool,
    key: bool,
}

type Tables = BTreeMap<String, BTreeMap<String, Column>>;

fn of_entities() -> Tables {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/entities");
    let mut tables = Tables::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        let Some((_, rest)) = source.split_once("table_name = \"") else { continue };
        let table = rest.split('"').next().unwrap().to_owned();
        assert_eq!(
            path.file_stem().unwrap().to_str(),
            Some(table.as_str()),
            "a file is named like its table"
        );
        let model = source.split_once("struct Model {").unwrap().1.split_once("\n}").unwrap().0;
        let (mut columns, mut key) = (BTreeMap::new(), false);
        for line in model.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.starts_with("#[sea_orm(primary_key") {
                key = true;
            } else if let Some(field) = line.strip_prefix("pub ") {
                let (name, kind) = field.trim_end_matches(',').split_once(": ").unwrap();
                let inner = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>'));
                let kind_name = match inner.unwrap_or(kind) {
                    "Uuid" => "uuid",
                    "String" => "text",
                    "Timestamp" | "i64" => "bigint",
                    "bool" => "boolean",
                    "i32" => "integer",
                    "Vec<u8>" => "bytes",
                    other => panic!("{table}.{name} has a kind that this test does not know: {other}"),
                };
                columns.insert(name.to_owned(), Column { kind: kind_name, null: inner.is_some(), key });
                key = false;
            } else {
                panic!("{table}: a line that this test does not know: {line}");
            }
        }
        tables.insert(table, columns);
    }
    tables
}

fn kind_of(name: &str) -> &'static str {
    let name = name.to_lowercase();
    match name.as_str() {
        "uuid" | "uuid_text" => "uuid",
        "text" => "text",
        "bigint" => "bigint",
        "boolean" => "boolean",
        "integer" => "integer",
        "bytea" | "blob" => "bytes",
        other if other.starts_with("blob") || other.starts_with("varbinary") => "bytes",
        other => panic!("a kind that this test does not know: {other}"),
    }
}

async fn of_database(portal: &TestPortal) -> Tables {
    let tables = if portal.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
    };
    let mut all = Tables::new();
    for row in portal.rows(tables).await {
        let table: String = row.try_get_by_index(0).unwrap();
        if table == "seaql_migrations" {
            continue;
        }
        let columns = if portal.is_sqlite() {
            format!("SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT c.column_name::text, c.data_type::text, (c.is_nullable = 'NO'), EXISTS (\
                 SELECT 1 FROM information_schema.key_column_usage k \
                 JOIN information_schema.table_constraints t USING (constraint_name, table_name) \
                 WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_name = c.table_name \
                 AND k.column_name = c.column_name) \
                 FROM information_schema.columns c WHERE c.table_name = '{table}'"
            )
        };
        let columns = portal.rows(&columns).await.into_iter().map(|row| {
            let flag = |at| match row.try_get_by_index::<bool>(at) {
                Ok(flag) => flag,
                Err(_) => row.try_get_by_index::<i32>(at).unwrap() != 0,
            };
            let name: String = row.try_get_by_index(0).unwrap();
            let kind: String = row.try_get_by_index(1).unwrap();
            (name, Column { kind: kind_of(&kind), null: !flag(2), key: flag(3) })
        });
        all.insert(table, columns.collect());
    }
    all
}

#[tokio::test]
async fn entities_and_migrations_agree() {
    let portal = TestPortal::start().await;
    let (mut entities, database) = (of_entities(), of_database(&portal).await);
    if portal.is_sqlite() {
        // SQLite has one kind of integer, of 64 bits
        for column in entities.values_mut().flat_map(BTreeMap::values_mut).filter(|c| c.kind == "bigint") {
            column.kind = "integer";
        }
    }
    assert_eq!(entities.len(), 35);
    assert_eq!(entities.keys().collect::<Vec<_>>(), database.keys().collect::<Vec<_>>());
    for (table, columns) in &entities {
        assert_eq!(Some(columns), database.get(table), "{table}");
    }
}

#[tokio::test]
async fn the_key_of_every_tenants_table_begins_with_the_tenant() {
    let portal = TestPortal::start().await;
    for (table, columns) in of_database(&portal).await {
        // the tenants themselves; and what counts over all tenants
        if ["tenants", "failed_sign_ins", "staff", "staff_links", "staff_sessions", "tenant_tombstones"]
            .contains(&table.as_str())
        {
            continue;
        }
        assert!(columns.get("tenant_id").is_some_and(|column| column.key && !column.null), "{table}");
    }
}

#[tokio::test]
async fn the_schema_goes_down_and_up_again_and_up_twice_is_once() {
    let portal = TestPortal::start().await;
    let before = of_database(&portal).await;
    portal.signed_in(&ALICE).await;
    let db = portal.state.db.clone();
    assert_eq!(db.pending_migrations().await.unwrap(), 0);
    db.migrate().await.unwrap();
    assert_eq!(portal.count("users").await, 4, "nothing is lost by migrating again");

    Migrator::down(db.read(), None).await.unwrap();
    assert_eq!(of_database(&portal).await, Tables::new());
    assert!(db.pending_migrations().await.unwrap() > 0);
    // processes that start together
    let other = posthorn::db::Db::open(portal.state.config.database_url.expose()).await.unwrap();
    let (one, two, three) = tokio::join!(db.migrate(), other.migrate(), db.migrate());
    one.unwrap();
    two.unwrap();
    three.unwrap();
    assert_eq!(of_database(&portal).await, before);
    assert_eq!(portal.count("users").await, 0);
}

#[tokio::test]
async fn what_belongs_to_a_tenant_goes_with_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    portal.invite("acme", "Nina New", "nina@acme.example").await;
    portal.sql("DELETE FROM tenants WHERE slug = 'acme'").await;
    for table in [
        "sessions",
        "email_providers",
        "test_messages",
        "provider_checks",
        "password_links",
        "audit_entries",
        "audit_chains",
    ] {
        assert_eq!(portal.count(table).await, 0, "{table}");
    }
    assert_eq!(portal.count("users").await, 2, "globex stays");
    assert!(portal.rows("SELECT 1 FROM tenants").await.len() == 1);
}
