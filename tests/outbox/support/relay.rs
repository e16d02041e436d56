//! A way to the database that may fall silent, as an address does that moves, or a machine that vanishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What ends the quiet of a new connection.
type Silent = Arc<AtomicBool>;

/// Passes on what is said, until it is silenced: then no byte goes either way, and no connection is closed.
pub(crate) struct Relay {
    port: u16,
    watched: Arc<Watched>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Watched {
    /// Of the connections there are now.
    present: std::sync::Mutex<Vec<Silent>>,
    /// All fall silent in the midst of a transaction that changes messages.
    in_a_transaction: AtomicBool,
    fell_silent: AtomicBool,
    /// New ones are silent as well.
    for_good: AtomicBool,
    connections: AtomicUsize,
}

impl Relay {
    /// To the server of that address.
    pub(crate) async fn to(url: &str) -> Self {
        let server = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let watched = Arc::new(Watched::default());
        let all = Arc::clone(&watched);
        let server = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(database) = TcpStream::connect(&server).await else { continue };
                all.connections.fetch_add(1, Ordering::Relaxed);
                let silent = Silent::new(AtomicBool::new(all.for_good.load(Ordering::SeqCst)));
                all.present.lock().unwrap().push(Arc::clone(&silent));
                let (from_client, to_client) = client.into_split();
                let (from_database, to_database) = database.into_split();
                tokio::spawn(pass(from_client, to_database, Arc::clone(&silent), Some(Arc::clone(&all))));
                tokio::spawn(pass(from_database, to_client, silent, None));
            }
        });
        Self { port, watched, server }
    }

    /// The same address by way of the relay.
    pub(crate) fn url(&self, url: &str) -> String {
        let (before, after) = url.split_once('@').unwrap();
        let (_, database) = after.split_once('/').unwrap();
        format!("{before}@127.0.0.1:{}/{database}", self.port)
    }

    /// The connections there are fall silent; new ones work.
    pub(crate) fn silence(&self) {
        self.watched.silence();
    }

    /// The connections there are fall silent, and so does every new one.
    pub(crate) fn silence_for_good(&self) {
        self.watched.for_good.store(true, Ordering::SeqCst);
        self.watched.silence();
    }

    /// New connections work again.
    pub(crate) fn restore(&self) {
        self.watched.for_good.store(false, Ordering::SeqCst);
        self.watched.silence();
    }

    /// As soon as some messages were changed and the commit is still to come, all connections fall silent.
    pub(crate) fn silence_in_a_transaction(&self) {
        self.watched.fell_silent.store(false, Ordering::SeqCst);
        self.watched.in_a_transaction.store(true, Ordering::SeqCst);
    }

    pub(crate) fn fell_silent(&self) -> bool {
        self.watched.fell_silent.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.watched.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Watched {
    fn silence(&self) {
        self.fell_silent.store(true, Ordering::SeqCst);
        for silent in self.present.lock().unwrap().drain(..) {
            silent.store(true, Ordering::SeqCst);
        }
    }
}

fn contains(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|some| some == what.as_bytes())
}

/// The ends stay open as long as this lasts.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    silent: Silent,
    watched: Option<Arc<Watched>>,
) {
    let mut bytes = vec![0; 64 * 1024];
    // how many times more this client speaks until its transaction has changed something
    let mut left: Option<u8> = None;
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if let Some(watched) = &watched
            && watched.in_a_transaction.load(Ordering::SeqCst)
        {
            left = match left {
                // preparing it, and running it
                None if contains(&bytes[..count], "UPDATE \"outbox_messages\" SET \"state\"") => Some(2),
                Some(0) | None => left,
                Some(more) => Some(more - 1),
            };
            if left == Some(0) {
                watched.in_a_transaction.store(false, Ordering::SeqCst);
                watched.silence();
            }
        }
        if silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    if silent.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
}
