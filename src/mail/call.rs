//! One request to a web service that a stranger named, and its answer, by the same rules as a connection for
//! mail. It stands here beside these rules, though its first use is signing in by OpenID Connect.

use std::net::SocketAddr;

use http::{Request, Response};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Network;
use crate::values::Host;

/// No more of an answer is read. The keys of a large service take more than a mail's settings.
const ANSWER: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallProblem {
    /// There is no such server, or we may not reach it: nobody learns which, see
    /// [`super::Cause::NotReachable`].
    #[error("no server that may be reached")]
    NotReachable,
    /// No encrypted connection that can be trusted.
    #[error("no encrypted connection that can be trusted")]
    NotTrusted,
    #[error("out of time")]
    Timeout,
    /// The address is none, or is neither https nor of this very machine.
    #[error("no address for https")]
    NotEncrypted,
    /// More than 256 KiB.
    #[error("too large an answer")]
    TooLarge,
}

impl Network {
    /// Sends a request and reads the answer, all until then. The name is resolved once, every address is
    /// checked, and the connection goes to a checked one. No redirects, no proxy, no cookies. What goes
    /// without encryption stays on this machine, and needs the operator's leave like any special address.
    ///
    /// # Errors
    /// The [`CallProblem`] that applies.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        until: Instant,
    ) -> Result<Response<Vec<u8>>, CallProblem> {
        let request = reqwest::Request::try_from(request).map_err(|_| CallProblem::NotEncrypted)?;
        let url = request.url();
        let host = url.host_str().and_then(|host| Host::parse(host).ok()).ok_or(CallProblem::NotEncrypted)?;
        let port = url.port_or_known_default().ok_or(CallProblem::NotEncrypted)?;
        let looked_up = until.min(Instant::now() + self.deadlines.look_up);
        let Ok(addresses) = self.reach.resolve(&host, port, looked_up).await else {
            sleep_until(looked_up).await;
            return Err(CallProblem::NotReachable);
        };
        let stays_here = addresses.iter().all(|address| address.ip().is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && stays_here) {
            return Err(CallProblem::NotEncrypted);
        }
        timeout_at(until, self.exchange(request, &addresses)).await.map_err(|_| CallProblem::Timeout)?
    }

    async fn exchange(
        &self,
        request: reqwest::Request,
        addresses: &[SocketAddr],
    ) -> Result<Response<Vec<u8>>, CallProblem> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured((*self.tls).clone())
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .resolve_to_addrs(request.url().host_str().unwrap_or_default(), addresses)
            .connect_timeout(self.deadlines.connect)
            .build()
            .map_err(|error| problem(&error))?;
        let mut answer = client.execute(request).await.map_err(|error| problem(&error))?;
        let mut head = Response::builder().status(answer.status().as_u16());
        for (name, value) in answer.headers() {
            head = head.header(name.as_str(), value.as_bytes());
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| problem(&error))? {
            if body.len() + piece.len() > ANSWER {
                return Err(CallProblem::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        head.body(body).map_err(|_| CallProblem::NotReachable)
    }
}

fn problem(error: &reqwest::Error) -> CallProblem {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if is_tls(inner) {
            return CallProblem::NotTrusted;
        }
        source = inner.source();
    }
    if error.is_timeout() { CallProblem::Timeout } else { CallProblem::NotReachable }
}

/// TLS errors come wrapped in `io::Error`, whose own `source` skips what it wraps.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| is_tls(inner))
}
