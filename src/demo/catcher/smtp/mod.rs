//! The catcher's SMTP server (RFC 5321), as strict as the servers that the portal will meet: it
//! wants StartTLS and a sign-in before any mail, and bounds everything that a client can make long.
//!
//! Two recipients can be tried on purpose: `unknown@…` is refused for good, `greylist@…` for now.

mod auth;
mod command;
mod lines;
mod session;
mod transaction;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::mailbox::Mailbox;
use crate::clock::Clock;
use crate::values::Secret;
use session::{End, Session};

/// The largest mail, as announced by SIZE: 35 MiB, in which 25 MiB of files fit as base64.
pub(super) const MAX_BYTES: usize = 36_700_160;
const MAX_CONNECTIONS: usize = 32;
/// No connection lives longer, however busy it is: a client that sends one byte a minute is idle too.
const MAX_CONNECTION: Duration = Duration::from_mins(10);
const MAX_HANDSHAKE: Duration = Duration::from_secs(10);

/// What every conversation follows.
pub(super) struct Rules {
    pub(super) logins: Vec<(String, Secret)>,
    pub(super) patience: Duration,
    pub(super) clock: Clock,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) acceptor: TlsAcceptor,
}

#[derive(Clone, Copy)]
pub(super) enum Encryption {
    StartTls,
    Implicit,
}

/// A listening server; dropping it ends it with all its connections.
pub(super) struct Server(JoinHandle<()>);

impl Server {
    pub(super) fn start(
        listener: std::net::TcpListener,
        encryption: Encryption,
        rules: Arc<Rules>,
    ) -> io::Result<Self> {
        let listener = TcpListener::from_std(listener)?;
        Ok(Self(tokio::spawn(accept(listener, encryption, rules))))
    }

    pub(super) async fn stop(mut self) {
        self.0.abort();
        // The listener is closed when the task is gone, not when it was told to go.
        let _cancelled = (&mut self.0).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn accept(listener: TcpListener, encryption: Encryption, rules: Arc<Rules>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, mostly: without a pause this would spin.
                tracing::warn!(%error, "the mail catcher cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let place = Arc::clone(&places).try_acquire_owned();
        let rules = Arc::clone(&rules);
        connections.spawn(async move {
            let Ok(_place) = place else {
                return refuse(stream).await;
            };
            match tokio::time::timeout(MAX_CONNECTION, converse(stream, encryption, rules)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a connection to the mail catcher broke off"),
                Err(_) => tracing::debug!("a connection to the mail catcher lasted too long"),
            }
        });
    }
}

async fn refuse(mut stream: TcpStream) {
    // Whether the client reads it or not: it cannot come in.
    let _sent = tokio::time::timeout(
        Duration::from_secs(1),
        stream.write_all(b"421 4.7.0 localhost Too many connections, try again later\r\n"),
    )
    .await;
}

async fn converse(stream: TcpStream, encryption: Encryption, rules: Arc<Rules>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match encryption {
        Encryption::Implicit => {
            let stream = handshake(&rules, stream).await?;
            Session::new(stream, true, rules).greet_and_run().await.map(drop)
        }
        Encryption::StartTls => {
            match Session::new(stream, false, Arc::clone(&rules)).greet_and_run().await? {
                End::Quit => Ok(()),
                End::StartTls(stream) => {
                    let stream = handshake(&rules, stream).await?;
                    // No greeting: after StartTLS the client speaks first, and all that was said
                    // before is forgotten (RFC 3207, section 4.2).
                    Session::new(stream, true, rules).run().await.map(drop)
                }
            }
        }
    }
}

async fn handshake(
    rules: &Rules,
    stream: TcpStream,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::time::timeout(MAX_HANDSHAKE, rules.acceptor.accept(stream)).await?
}
