use std::path::Path;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

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
            return Self {
                url: format!("sqlite:{}", folder.join("posthorn.sqlite3").display()),
                on_server: None,
            };
        };
        Self::create_on(admin).await
    }

    /// Creates one on that PostgreSQL server.
    pub(crate) async fn create_on(admin: String) -> Self {
        let name = format!("posthorn_test_{}", Uuid::now_v7().simple());
        on_server(&admin, &format!("CREATE DATABASE {name}")).await;
        let (server, _) = admin.rsplit_once('/').expect("POSTHORN_TEST_DATABASE_URL ends in /DATABASE");
        Self { url: format!("{server}/{name}"), on_server: Some((admin, name)) }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.on_server.is_none()
    }

    pub(crate) async fn drop(self) {
        if let Some((admin, name)) = self.on_server {
            on_server(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn on_server(admin: &str, sql: &str) {
    let server =
        sea_orm::Database::connect(admin).await.expect("the PostgreSQL of POSTHORN_TEST_DATABASE_URL");
    server.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    server.close().await.unwrap();
}
