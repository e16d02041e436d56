//! A deadline of our own around each call of the database.

use std::future::Future;
use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend, DbErr, ExecResult,
    IntoDatabaseExecutor, QueryResult, RuntimeErr, Statement,
};

/// Wraps a connection or transaction whose calls fail when the database is silent for longer than the limit. Whoever
/// gives a call up drops its connection, and the pool opens another one: an old connection may have gone silent
/// while new ones work.
#[derive(Clone, Debug)]
pub struct Bounded<C> {
    pub(super) inner: C,
    pub(super) limit: Option<Duration>,
}

/// What is said of a call that was given up.
pub(super) const SILENT: &str = "the database did not answer in time; the connection is given up";

/// Waits for a call of the database, but no longer than that.
pub(super) async fn within<T>(
    limit: Option<Duration>,
    call: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    match limit {
        None => call.await,
        Some(limit) => tokio::time::timeout(limit, call)
            .await
            .unwrap_or_else(|_| Err(DbErr::Conn(RuntimeErr::Internal(SILENT.to_owned())))),
    }
}

impl Bounded<DatabaseConnection> {
    /// Closes every connection.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn close_by_ref(&self) -> Result<(), DbErr> {
        self.inner.close_by_ref().await
    }
}

impl<'c> IntoDatabaseExecutor<'c> for &'c Bounded<DatabaseConnection> {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        (&self.inner).into_database_executor()
    }
}

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        within(self.limit, self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        within(self.limit, self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        within(self.limit, self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        within(self.limit, self.inner.query_all_raw(statement)).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}
