//! A small document from a server that a stranger named, by the same rules as a connection for mail.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::Network;
use crate::dns::Dns;

/// No more of a document is read.
const DOCUMENT: usize = 64 * 1024;
/// So many addresses are tried.
const ADDRESSES: usize = 4;

/// Fetches documents by https. Names are resolved by us, every address is checked, and the connection goes
/// to the checked one. No redirects, no proxy, no cookies, nothing that would tell who asks.
#[derive(Clone)]
pub struct Https {
    network: Arc<Network>,
    dns: Arc<Dns>,
    port: u16,
}

/// There is no such document. Whether there is such a server it does not say: see
/// [`super::Cause::NotReachable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFetched;

impl Https {
    /// Made from what everybody uses.
    pub fn new(network: Arc<Network>, dns: Arc<Dns>) -> Self {
        Self { network, dns, port: 443 }
    }

    /// The same at another port than 443: where tests have their server.
    #[must_use]
    pub fn at_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The document at `https://{host}{path}`, at most 64 KiB.
    ///
    /// # Errors
    /// [`NotFetched`], whatever the reason. A name without an address that may be used takes the whole
    /// time of a look-up, as for a mail server.
    pub async fn get(&self, host: &str, path: &str, until: Instant) -> Result<Vec<u8>, NotFetched> {
        let looked_up = until.min(Instant::now() + self.network.deadlines.look_up);
        let found = self.dns.addresses(host, looked_up).await.unwrap_or_default();
        let addresses: Vec<SocketAddr> = found
            .into_iter()
            .filter(|ip| self.network.reach.permits(*ip))
            .map(|ip| SocketAddr::new(ip, self.port))
            .take(ADDRESSES)
            .collect();
        if addresses.is_empty() {
            sleep_until(looked_up).await;
            return Err(NotFetched);
        }
        let fetched = timeout_at(until, self.fetch(host, path, &addresses)).await;
        fetched.map_err(|_| NotFetched)?.map_err(|error| {
            // for the operator only
            tracing::debug!(target: "posthorn::mail", host, %error, "no document");
            NotFetched
        })
    }

    async fn fetch(&self, host: &str, path: &str, addresses: &[SocketAddr]) -> Result<Vec<u8>, Problem> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured((*self.network.tls).clone())
            .https_only(true)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .resolve_to_addrs(host, addresses)
            .connect_timeout(self.network.deadlines.connect)
            .build()?;
        let mut response = client.get(format!("https://{host}:{}{path}", self.port)).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Problem::Status(response.status()));
        }
        let mut document = Vec::new();
        while let Some(piece) = response.chunk().await? {
            if document.len() + piece.len() > DOCUMENT {
                return Err(Problem::TooLarge);
            }
            document.extend_from_slice(&piece);
        }
        Ok(document)
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("port", &self.port).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("status {0}")]
    Status(reqwest::StatusCode),
    #[error("more than 64 KiB")]
    TooLarge,
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}
