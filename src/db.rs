//! Opens SQLite or PostgreSQL; the only file that knows which one it is.
//!
//! - [`Db::read`] is for reading.
//! - [`Db::write`] is the one way to a writing transaction. On SQLite it is `BEGIN IMMEDIATE`, since a
//!   deferred transaction that reads and then writes fails at random beside another one, and writers
//!   of this process queue in order instead of colliding.
//! - Every commit is durable: SQLite in WAL mode with `synchronous=FULL`, PostgreSQL by its default
//!   `synchronous_commit=on`.
//! - On PostgreSQL every session and every call has its bounds (`postgres`, `bounded`): a process or a connection that
//!   falls silent gives its locks up in less than a lease, and whoever waits for it gives up in time.
//! - SQLite overwrites what is deleted (`secure_delete`). [`Db::erase_traces`] also empties the
//!   write-ahead log, where the former pages would stay until it is used again.

mod bounded;
mod postgres;
mod trouble;

use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use posthorn_migrations::Migrator;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, RuntimeErr, Select, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, watch};
use tokio::time::{Instant, timeout};

use self::bounded::within;
use self::postgres::Work;

pub use self::bounded::Bounded;
pub use self::trouble::{Trouble, trouble};

/// Any number, the same in every process: only one process migrates at a time.
const MIGRATION_LOCK: i64 = 0x0070_6f73_7468_6f72;

/// So long it is remembered whether anything can be written.
const MEMORY: Duration = Duration::from_secs(2);
/// What cannot be written in so long cannot be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The channel of PostgreSQL on which workers are woken.
const CHANNEL: &str = "posthorn";

/// After so long without a sound the line to the bell is made anew: it may have gone silent.
const HUSH: Duration = Duration::from_mins(1);

/// So long a writer waits for its turn on SQLite.
const QUEUE: Duration = Duration::from_secs(10);

/// So many milliseconds a statement waits for another process's write.
const BUSY: &str = "10000";
/// And so many the emptying of the log.
const BUSY_WITH_LOG: &str = "100";

/// A connection for reading, with a deadline for each call.
pub type Connection = Bounded<DatabaseConnection>;

#[derive(Clone)]
pub struct Db {
    connection: Bounded<DatabaseConnection>,
    /// SQLite has one writer at a time: whoever waits, waits here, in order.
    turn: Option<Arc<Mutex<()>>>,
    eraser: Arc<Notify>,
    bell: watch::Sender<u64>,
    /// When it was last tried whether anything can be written, and what came of it.
    tried: Arc<Mutex<Option<Tried>>>,
}

/// When it was tried to write, and why that failed, if it did.
type Tried = (Instant, Option<Trouble>);

/// Hears when somebody rings [`Db::ring`], also what was rung since the last time.
pub struct Listener(watch::Receiver<u64>);

impl Listener {
    /// Waits until somebody rings. Several times at once are one.
    pub async fn heard(&mut self) {
        // the bell is never taken down while somebody listens: they have the database
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A writing transaction; dropping it rolls it back.
pub struct Tx {
    transaction: Bounded<DatabaseTransaction>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Db {
    /// Connects. `url` is `sqlite:PATH` (created if missing) or `postgres://…`.
    ///
    /// # Errors
    /// When the database cannot be opened or reached within five seconds.
    pub async fn open(url: &str) -> Result<Self, DbErr> {
        Self::open_for(url, Work::Short).await
    }

    /// As [`Db::open`], for a command of the operator's: nothing bounds how long a statement takes.
    ///
    /// # Errors
    /// When the database cannot be opened or reached within five seconds.
    pub async fn open_for_long_work(url: &str) -> Result<Self, DbErr> {
        Self::open_for(url, Work::Long).await
    }

    async fn open_for(url: &str, work: Work) -> Result<Self, DbErr> {
        let sqlite = url.starts_with("sqlite:");
        if sqlite {
            create_for_owner_only(url);
        }
        let connection =
            Database::connect(options(url, BUSY, work)).await.map_err(|error| without_address(error, url))?;
        let limit = (!sqlite && work == Work::Short).then_some(postgres::CALL);
        let db = Self {
            connection: Bounded { inner: connection, limit },
            turn: sqlite.then(|| Arc::new(Mutex::new(()))),
            eraser: Arc::new(Notify::new()),
            bell: watch::Sender::new(0),
            tried: Arc::default(),
        };
        if sqlite {
            let mut own = options(url, BUSY_WITH_LOG, work);
            own.max_connections(1);
            let eraser = Eraser {
                connection: Database::connect(own).await?,
                turn: db.turn.clone(),
                asked: Arc::clone(&db.eraser),
            };
            tokio::spawn(eraser.run());
            // what a process that was killed had no time for
            db.erase_traces();
        }
        Ok(db)
    }

    /// A connection for reading.
    pub fn read(&self) -> &Connection {
        &self.connection
    }

    /// The same database with less patience: a call that has no answer by then is given up with its connection. SQLite
    /// is a file, and nobody who could fall silent.
    #[must_use]
    pub fn less_patient(mut self, limit: Duration) -> Self {
        self.connection.limit = self.connection.limit.map(|present| present.min(limit));
        self
    }

    /// Begins a writing transaction. No network call belongs inside one.
    ///
    /// # Errors
    /// When the database is not to be reached.
    pub async fn write(&self) -> Result<Tx, DbErr> {
        let turn = match &self.turn {
            // whoever stands behind others does not wait for each of their ten seconds
            Some(turn) => match timeout(QUEUE, Arc::clone(turn).lock_owned()).await {
                Ok(turn) => Some(turn),
                Err(_) => return Err(DbErr::Conn(RuntimeErr::Internal(trouble::LOCKED.to_owned()))),
            },
            None => None,
        };
        let Bounded { inner, limit } = &self.connection;
        let begin = inner.begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        });
        let transaction = Bounded { inner: within(*limit, begin).await?, limit: *limit };
        Ok(Tx { transaction, _turn: turn })
    }

    /// As [`Db::write`], for a change that may take long: nothing bounds the time of its statements.
    ///
    /// # Errors
    /// When the database is not to be reached.
    pub async fn write_at_length(&self) -> Result<Tx, DbErr> {
        let mut tx = self.write().await?;
        if self.turn.is_none() {
            tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            tx.transaction.limit = None;
        }
        Ok(tx)
    }

    /// Has the former contents of overwritten rows removed from SQLite's write-ahead log, in the
    /// background and repeated until it succeeds. To be called after the commit. On PostgreSQL it does
    /// nothing: there former row versions go with the next `VACUUM` and the log with its retention.
    pub fn erase_traces(&self) {
        self.eraser.notify_one();
    }

    /// Tells every process with a [`Listener`] that there is something to do: on PostgreSQL all of them, on
    /// SQLite those of this process. To be called after the commit: inside the transaction, PostgreSQL
    /// would make commits wait for each other. A bell that is not heard is no failure: whoever waits for
    /// one also looks by itself now and then.
    pub async fn ring(&self) {
        if self.connection.get_database_backend() == DbBackend::Postgres {
            let notify = format!("NOTIFY {CHANNEL}");
            let rung = self.connection.execute_raw(Statement::from_string(DbBackend::Postgres, notify)).await;
            if let Err(error) = rung {
                tracing::debug!(%error, "the bell did not ring");
            }
        }
        self.bell.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A bell that hears from now on.
    pub fn bell(&self) -> Listener {
        let bell = Listener(self.bell.subscribe());
        if self.connection.get_database_backend() == DbBackend::Postgres {
            tokio::spawn(forward(self.connection.inner.clone(), self.bell.clone()));
        }
        bell
    }

    /// Brings the schema up to date. Processes that start together take turns.
    ///
    /// # Errors
    /// When a step fails; it is rolled back as a whole.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.connection.get_database_backend() != DbBackend::Postgres {
            return self.migrate_file().await;
        }
        // A lock of the transaction's kind: it holds while the steps run on other connections, and
        // goes with this one whatever happens.
        let own = postgres::for_migrations(&self.connection.inner);
        let guard = own.begin().await?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        guard.execute_raw(Statement::from_string(DbBackend::Postgres, lock)).await?;
        Migrator::up(&own, None).await?;
        guard.commit().await?;
        own.close().await
    }

    /// SQLite has no lock that would hold while the steps run on another connection. So a step that
    /// fails is tried again if there are fewer left than before: another process has done it.
    async fn migrate_file(&self) -> Result<(), DbErr> {
        let _turn = match &self.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let mut pending = self.pending_migrations().await?;
        loop {
            let Err(error) = Migrator::up(&self.connection.inner, None).await else { return Ok(()) };
            let left = self.pending_migrations().await?;
            if left >= pending {
                return Err(error);
            }
            pending = left;
        }
    }

    /// How many steps the schema is behind this program. It only reads: the portal's role on PostgreSQL need
    /// not be allowed to make tables.
    ///
    /// # Errors
    /// When the database is not to be reached.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        let Bounded { inner, limit } = &self.connection;
        Ok(within(*limit, Migrator::get_pending_migrations_read_only(inner)).await?.len())
    }

    /// Returns why nothing can be written at present, if so. It writes a transaction without contents, at most one in
    /// two seconds, however many ask.
    pub async fn trouble_with_writing(&self) -> Option<Trouble> {
        let mut tried = self.tried.lock().await;
        if let Some((at, trouble)) = *tried
            && at.elapsed() < MEMORY
        {
            return trouble;
        }
        let trouble = match timeout(PATIENCE, self.write_nothing()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                tracing::warn!(%error, "nothing can be written");
                Some(trouble(&error).unwrap_or(Trouble::Away))
            }
            Err(_) => Some(Trouble::Busy),
        };
        *tried = Some((Instant::now(), trouble));
        trouble
    }

    async fn write_nothing(&self) -> Result<(), DbErr> {
        let tx = self.write().await?;
        if self.turn.is_some() {
            // a page of the file is written for it, though nobody reads the number
            tx.execute_unprepared("PRAGMA user_version = 0").await?;
        } else {
            let read_only = Statement::from_string(
                DbBackend::Postgres,
                "SELECT current_setting('transaction_read_only')",
            );
            let row = tx.query_one_raw(read_only).await?;
            if row.and_then(|row| row.try_get_by_index::<String>(0).ok()).as_deref() == Some("on") {
                return Err(DbErr::Exec(RuntimeErr::Internal(trouble::READ_ONLY.to_owned())));
            }
            // a transaction with a number of its own is written to the log and waits for the disk
            let number = Statement::from_string(DbBackend::Postgres, "SELECT pg_current_xact_id()::text");
            tx.query_one_raw(number).await?;
        }
        tx.commit().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let Bounded { inner, limit } = &self.connection;
        within(*limit, inner.ping()).await
    }
}

/// The row of a query by a whole key, of which there is one at most.
///
/// In place of `Select::one`, which binds `LIMIT 1`: SQLite (3.48 and later) looks at a bound limit when
/// it plans, and therefore compiles such a statement anew each time.
///
/// # Errors
/// When the database refuses.
pub async fn only<E: EntityTrait>(
    query: Select<E>,
    db: &impl ConnectionTrait,
) -> Result<Option<E::Model>, DbErr> {
    Ok(query.all(db).await?.pop())
}

/// Whether PostgreSQL ended a transaction since it and another one waited for each other (`deadlock_detected`).
/// Nothing was written, and the same once more may succeed.
pub fn is_deadlock(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "40P01")
}

impl Tx {
    /// Makes it so, durably.
    ///
    /// # Errors
    /// When the database refuses; then nothing was written.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Bounded { inner, limit } = self.transaction;
        within(limit, inner.commit()).await
    }
}

impl Deref for Tx {
    type Target = Bounded<DatabaseTransaction>;

    fn deref(&self) -> &Bounded<DatabaseTransaction> {
        &self.transaction
    }
}

/// SQLite makes its files readable for everybody. The log and the shared memory take the database's mode.
fn create_for_owner_only(url: &str) {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if !path.is_empty() && !path.contains(":memory:") {
        // what is in the way is said by SQLite in a moment
        drop(std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path));
    }
}

/// The driver quotes an address that it cannot parse, with the password in it.
fn without_address(error: DbErr, url: &str) -> DbErr {
    let (text, secret) = (error.to_string(), url.split_once("://").map_or(url, |(_, rest)| rest));
    if text.contains("timed out") {
        let server = secret.rsplit_once('@').map_or(secret, |(_, server)| server);
        let server = server.split(['/', '?']).next().unwrap_or_default();
        DbErr::Custom(format!(
            "no connection to {server} within five seconds; is the server up, and the address right?"
        ))
    } else if text.contains(secret) {
        let what = "the address cannot be understood; characters such as [ # / in a password must be written as %5B %23 %2F";
        DbErr::Custom(what.to_owned())
    } else {
        error
    }
}

/// Passes on what other processes ring, as long as anybody of this one listens.
async fn forward(connection: DatabaseConnection, bell: watch::Sender<u64>) {
    loop {
        // a new one each time: one that has gone silent does not give its only place back
        let pool = postgres::for_listening(&connection);
        let listening = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await.map(|()| listener)
        };
        if let Ok(Ok(mut listener)) = timeout(HUSH, listening).await {
            loop {
                tokio::select! {
                    heard = timeout(HUSH, listener.recv()) => match heard {
                        Ok(Ok(_)) => {}
                        Ok(Err(_)) | Err(_) => break,
                    },
                    () = bell.closed() => return,
                }
                bell.send_modify(|count| *count = count.wrapping_add(1));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = bell.closed() => return,
        }
    }
}

/// Empties SQLite's write-ahead log when asked.
///
/// It has a connection of its own, with little patience: while it waits for readers it keeps writers
/// waiting. And it takes its turn among the writers: a migration reads before it writes, and SQLite
/// refuses that at once while the log is being emptied.
struct Eraser {
    connection: DatabaseConnection,
    turn: Option<Arc<Mutex<()>>>,
    asked: Arc<Notify>,
}

impl Eraser {
    async fn run(self) {
        loop {
            self.asked.notified().await;
            let mut pause = Duration::from_millis(20);
            while let Err(reason) = self.empty_log().await {
                tracing::debug!(reason, "the write-ahead log is in use; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
        }
    }

    async fn empty_log(&self) -> Result<(), String> {
        let _turn = match &self.turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let row = self.connection.query_one_raw(statement).await.map_err(|error| error.to_string())?;
        let busy = row.and_then(|row| row.try_get_by_index::<i64>(0).ok()).unwrap_or(1);
        if busy == 0 { Ok(()) } else { Err("busy".to_owned()) }
    }
}

fn options(url: &str, patience_ms: &'static str, work: Work) -> ConnectOptions {
    let sqlite = url.starts_with("sqlite:");
    let mut options = ConnectOptions::new(url);
    options
        .acquire_timeout(if sqlite { Duration::from_secs(5) } else { postgres::ACQUIRE })
        .connect_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .sqlx_logging(false)
        // SQLite: about as many as requests under way. Waiting for one of a few wakes a sleeping core at each hand-over, which
        // costs more than the statement.
        .max_connections(16);
    if !sqlite {
        postgres::bound(&mut options, work);
    }
    if sqlite {
        // When the disk is full SQLite rolls back by itself. sqlx then still counts a transaction, and would make
        // every later BEGIN IMMEDIATE of this connection a mere savepoint.
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_clean) })
        });
        options.map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("busy_timeout", patience_ms)
                .pragma("foreign_keys", "ON")
                .pragma("secure_delete", "ON")
                .pragma("temp_store", "MEMORY")
                .pragma("cache_size", "-8000")
                .statement_cache_capacity(256)
        });
    }
    options
}
