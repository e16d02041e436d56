#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

/// The databases whose name begins so are templates; they stay on the server.
const TEMPLATE: &str = "posthorn_schema_";
/// Any number: tests that want the same template make it once.
const TEMPLATE_LOCK: i64 = 0x7465_6d70;

/// The administrative URL of a PostgreSQL server to test on; without it the tests use SQLite.
pub(crate) fn admin_url() -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "this is how the tests are told of a PostgreSQL")]
    std::env::var("POSTHORN_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// A database of one's own: a file, or a database on the PostgreSQL server.
pub(crate) struct Database {
    pub(crate) url: String,
    on_server: Option<(String, String)>,
}

impl Database {
    /// Creates it. Without a PostgreSQL it says so, since half of the promise is then untested.
    pub(crate) async fn create(folder: &Path) -> Self {
        let Some(admin) = admin_url() else {
            return Self { url: file_url(&folder.join("posthorn.sqlite3")), on_server: None };
        };
        Self::create_on(admin).await
    }

    /// Creates one on that PostgreSQL server.
    pub(crate) async fn create_on(admin: String) -> Self {
        let name = format!("posthorn_test_{}", Uuid::now_v7().simple());
        on_server(&admin, &format!("CREATE DATABASE {name}")).await;
        Self { url: beside(&admin, &name), on_server: Some((admin, name)) }
    }

    /// Creates one whose schema is up to date. The steps of the migration ran once, in a template: they would take
    /// longer than most tests.
    pub(crate) async fn migrated(folder: &Path) -> Self {
        let template = format!("{TEMPLATE}{:016x}", sources());
        match admin_url() {
            Some(admin) => Self::copied_on(admin, &template).await,
            None => Self::copied_file(folder, &template),
        }
    }

    async fn copied_on(admin: String, template: &str) -> Self {
        let server = connect(&admin).await;
        let run = |sql: String| server.execute_raw(Statement::from_string(DbBackend::Postgres, sql));
        run(format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await.unwrap();
        let is_there = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
        let is_there = Statement::from_string(DbBackend::Postgres, is_there);
        if server.query_one_raw(is_there).await.unwrap().is_none() {
            let half = format!("posthorn_half_{}", Uuid::now_v7().simple());
            run(format!("CREATE DATABASE {half}")).await.unwrap();
            migrate(&beside(&admin, &half));
            run(format!("ALTER DATABASE {half} RENAME TO {template}")).await.unwrap();
        }
        run(format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await.unwrap();
        let name = format!("posthorn_test_{}", Uuid::now_v7().simple());
        run(format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        server.close().await.unwrap();
        Self { url: beside(&admin, &name), on_server: Some((admin, name)) }
    }

    fn copied_file(folder: &Path, template: &str) -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let template = place.join(template);
        if !template.exists() {
            let half = tempfile::tempdir_in(place).unwrap();
            migrate(&file_url(&half.path().join("posthorn.sqlite3")));
            // where another test was faster, its template is there and stays
            let _ = fs::rename(half.path(), &template);
        }
        // whoever migrated it has ended; what it wrote may still stand in the log beside the file
        for part in ["posthorn.sqlite3", "posthorn.sqlite3-wal"] {
            if template.join(part).exists() {
                fs::copy(template.join(part), folder.join(part)).unwrap();
            }
        }
        Self { url: file_url(&folder.join("posthorn.sqlite3")), on_server: None }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.on_server.is_none()
    }

    pub(crate) async fn drop(self) {
        if let Some((admin, name)) = self.on_server {
            // The server waits for every session on it, also of other tests, and one whose client reads nothing keeps it
            // waiting for a minute. It goes on by itself; nobody here needs to see the end.
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            drop(tokio::time::timeout(Duration::from_secs(2), on_server(&admin, &sql)).await);
        }
    }
}

async fn on_server(admin: &str, sql: &str) {
    let server = connect(admin).await;
    server.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    server.close().await.unwrap();
}

/// One connection: a lock belongs to it.
async fn connect(admin: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(admin);
    options.max_connections(1);
    sea_orm::Database::connect(options).await.expect("the PostgreSQL of POSTHORN_TEST_DATABASE_URL")
}

fn beside(admin: &str, name: &str) -> String {
    let (server, _) = admin.rsplit_once('/').expect("POSTHORN_TEST_DATABASE_URL ends in /DATABASE");
    format!("{server}/{name}")
}

fn file_url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// Brings that database up to date, as an operator does.
fn migrate(url: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_posthorn"))
        .arg("migrate")
        .env_clear()
        .env("POSTHORN_DATABASE_URL", url)
        .env("POSTHORN_BASE_URL", "http://localhost:8080")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Tells one schema from another by what makes it.
fn sources() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("src/db.rs")];
    for folder in ["src/db", "migrations/src"] {
        files.extend(fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.iter().map(PathBuf::as_path).map(fs::read).for_each(|text| text.unwrap().hash(&mut hasher));
    hasher.finish()
}
