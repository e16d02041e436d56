//! How sessions with PostgreSQL are bounded, so that a silent process or connection stops nobody else.

use std::future::Future;
use std::io;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::{Connection as _, Error};
use sea_orm::{ConnectOptions, DatabaseConnection, SqlxPostgresConnector};
use tokio::time::timeout;

/// What the server does by itself with each session. Whoever falls silent within a transaction loses its locks before
/// its leases of 30 s are over, and a vanished machine is noticed in less than a lease as well.
const SESSION: [(&str, &str); 7] = [
    ("idle_in_transaction_session_timeout", "15s"),
    ("lock_timeout", "10s"),
    ("statement_timeout", "20s"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20s"),
];

/// What bounds work, and not silence: it is lifted where work may take long.
const WORK: [&str; 3] = ["idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"];

/// So long a request waits for the answer to one call: longer than the server lets a statement run.
pub(super) const CALL: Duration = Duration::from_secs(25);
/// So long whoever wants a connection waits for one: on a busy machine each that is put back takes a moment.
pub(super) const ACQUIRE: Duration = Duration::from_secs(8);
/// So long a connection that was idle or is put back has to show that it works.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// What was used so short ago is not asked for one.
const FRESH: Duration = Duration::from_secs(1);

/// Who uses the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Requests and the delivery of mail: many, and each is short.
    Short,
    /// A command of the operator's: it may take its time.
    Long,
}

/// Bounds every session of the pool, and has connections replaced that have gone silent.
pub(super) fn bound(options: &mut ConnectOptions, work: Work) {
    options.map_sqlx_postgres_opts(move |options| settings(options, work));
    options.map_sqlx_postgres_before_acquire(|connection, meta| {
        Box::pin(async move {
            // what a server that was restarted has left behind; under load nothing is idle for so long
            if meta.idle_for >= FRESH {
                alive(connection.ping()).await?;
            }
            Ok(true)
        })
    });
    // Whoever gave a call up puts a connection back of which nothing more may come. The driver itself would wait for
    // it without end, and its place in the pool would be lost.
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_release(|connection, _| {
            Box::pin(async move {
                alive(connection.ping()).await?;
                Ok(true)
            })
        })
    });
}

async fn alive(ping: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let silent = || Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the connection has gone silent"));
    timeout(SIGN_OF_LIFE, ping).await.map_err(|_| silent())?
}

/// What the address itself says (`?options=-c …`) wins.
fn settings(options: PgConnectOptions, work: Work) -> PgConnectOptions {
    let said = options.get_options().unwrap_or_default().to_owned();
    let ours = SESSION
        .into_iter()
        .filter(|(name, _)| !said.contains(name))
        .filter(|(name, _)| work == Work::Short || *name != "statement_timeout");
    options.options(ours)
}

/// Connections of their own for the steps of a migration: nothing bounds how long one works or waits for its turn.
pub(super) fn for_migrations(connection: &DatabaseConnection) -> DatabaseConnection {
    let pool = connection.get_postgres_connection_pool();
    let options = pool.connect_options().as_ref().clone().options(WORK.map(|name| (name, "0")));
    let few = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(5));
    SqlxPostgresConnector::from_sqlx_postgres_pool(few.connect_lazy_with(options))
}

/// A connection of its own that listens: one that has gone silent must take no place in the pool of the others.
pub(super) fn for_listening(connection: &DatabaseConnection) -> sea_orm::sqlx::PgPool {
    let options = connection.get_postgres_connection_pool().connect_options().as_ref().clone();
    let one = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    one.acquire_timeout(Duration::from_secs(5)).connect_lazy_with(options)
}
