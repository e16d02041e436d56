//! One request to Microsoft and its answer, in bounded time and space. The only file that names reqwest's
//! client.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Url};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::retry_after;
use crate::mail::reach::AddressPolicy;
use crate::mail::{Deadlines, NetworkProblem, own_limit};
use crate::values::Host;

/// No more of an answer is read.
const ANSWER: usize = 64 * 1024;
/// A request's body is handed over in pieces of that size.
const PIECE: usize = 64 * 1024;
/// A connection that nobody used for so long is closed by us, before the other side does it while we
/// write, which would leave the outcome unknown.
const IDLE: Duration = Duration::from_secs(20);

/// The client for everybody. HTTP/1.1, no redirects, and no proxy: names are resolved here and checked,
/// as for SMTP, and the environment is read by `config.rs` alone.
pub(super) struct Http {
    client: Client,
}

pub(super) struct Answer {
    pub(super) status: u16,
    /// How long Microsoft wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    pub(super) client_request_id: Option<String>,
    pub(super) date: Option<String>,
    /// The body, or nothing if it was beyond 64 KiB; wiped, since it may hold a token.
    pub(super) body: Zeroizing<Vec<u8>>,
    /// Whether it was beyond that, or broke off.
    pub(super) cut: bool,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TransportError {
    pub(super) why: Why,
    /// Whether the whole request may have arrived.
    pub(super) request_sent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// No address, or no connection; or it broke.
    NotReachable,
    /// No encrypted connection that can be trusted.
    NotTrusted,
    Timeout,
    /// We lack something of our own.
    OwnLimit,
}

impl Http {
    pub(super) fn new(
        tls: &rustls::ClientConfig,
        reach: &AddressPolicy,
        named_by_operator: Vec<String>,
        deadlines: &Deadlines,
    ) -> Result<Self, NetworkProblem> {
        let everywhere = [IpNet::default(), IpNet::V6(ipnet::Ipv6Net::default())];
        let resolver = Resolver {
            reach: reach.clone(),
            everywhere: AddressPolicy::new(everywhere.to_vec()),
            named_by_operator,
            look_up: deadlines.look_up,
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(resolver))
            .connect_timeout(deadlines.look_up + deadlines.connect + deadlines.encrypt)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("posthorn/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| NetworkProblem::Http(error.to_string()))?;
        Ok(Self { client })
    }

    /// Sends a request and reads the answer, all until then.
    pub(super) async fn request(
        &self,
        method: Method,
        url: Url,
        mut headers: HeaderMap,
        body: Bytes,
        until: Instant,
    ) -> Result<Answer, TransportError> {
        if body.is_empty() {
            // Graph insists on it, and for such a body nobody else sets it
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        // nobody asks for a body that is empty: such a request counts as sent unless there is no connection
        let sent = Arc::new(AtomicBool::new(body.is_empty()));
        let upload = Upload { left: body, sent: sent.clone() };
        let request = self.client.request(method, url).headers(headers).body(reqwest::Body::wrap(upload));
        let silence = |why| TransportError { why, request_sent: sent.load(Ordering::SeqCst) };
        match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => Ok(read(response, until).await),
            Ok(Err(error)) if error.is_connect() => {
                Err(TransportError { why: why(&error), request_sent: false })
            }
            Ok(Err(error)) => Err(silence(why(&error))),
            Err(_) => Err(silence(Why::Timeout)),
        }
    }

    /// Posts a body and reads the answer, all until then.
    pub(super) async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
        until: Instant,
    ) -> Result<Answer, TransportError> {
        self.request(Method::POST, url, headers, body, until).await
    }
}

async fn read(mut response: reqwest::Response, until: Instant) -> Answer {
    let header = |name: HeaderName| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let date = header(DATE);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: header(RETRY_AFTER).and_then(|text| retry_after::parse(&text, date.as_deref())),
        request_id: header(HeaderName::from_static("request-id"))
            .or_else(|| header(HeaderName::from_static("x-ms-request-id"))),
        client_request_id: header(HeaderName::from_static("client-request-id")),
        date,
        body: Zeroizing::new(Vec::new()),
        cut: false,
    };
    // once the status is there the outcome is known; a body that does not end changes nothing
    let mut body = Zeroizing::new(Vec::with_capacity(ANSWER));
    loop {
        match timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(piece))) if body.len() + piece.len() <= ANSWER => body.extend_from_slice(&piece),
            Ok(Ok(None)) => break,
            _ => {
                answer.cut = true;
                return answer;
            }
        }
    }
    answer.body = body;
    answer
}

fn why(error: &reqwest::Error) -> Why {
    if own_limit::is_among_causes(error) || (error.is_connect() && own_limit::is_reached()) {
        return Why::OwnLimit;
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if is_tls(inner) {
            return Why::NotTrusted;
        }
        source = inner.source();
    }
    if error.is_timeout() { Why::Timeout } else { Why::NotReachable }
}

/// TLS errors come wrapped in `io::Error`, whose own `source` skips what it wraps.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| is_tls(inner))
}

/// Headers for a body of that type.
pub(super) fn headers(content_type: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers
}

/// A body that knows whether all of it was taken to be written.
struct Upload {
    left: Bytes,
    sent: Arc<AtomicBool>,
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.left.is_empty() {
            self.sent.store(true, Ordering::SeqCst);
            return Poll::Ready(None);
        }
        let size = self.left.len().min(PIECE);
        let piece = self.left.split_to(size);
        if self.left.is_empty() {
            self.sent.store(true, Ordering::SeqCst);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.left.len()).unwrap_or(u64::MAX))
    }
}

/// Resolves by the rule for every connection: Microsoft's names never lead into a private network, even
/// if somebody tampers with DNS. What the operator named may lie anywhere.
struct Resolver {
    reach: AddressPolicy,
    everywhere: AddressPolicy,
    named_by_operator: Vec<String>,
    look_up: Duration,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_lowercase();
        let named = self.named_by_operator.contains(&name);
        let reach = if named { self.everywhere.clone() } else { self.reach.clone() };
        let until = Instant::now() + self.look_up;
        Box::pin(async move {
            let host = Host::parse(&name).map_err(|_| "no host name")?;
            let addresses =
                reach.resolve(&host, 0, until).await.map_err(|_| "no address that may be used")?;
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(named_by_operator: &[&str]) -> Resolver {
        let everywhere = [IpNet::default(), IpNet::V6(ipnet::Ipv6Net::default())];
        Resolver {
            reach: AddressPolicy::new(Vec::new()),
            everywhere: AddressPolicy::new(everywhere.to_vec()),
            named_by_operator: named_by_operator.iter().map(ToString::to_string).collect(),
            look_up: Duration::from_secs(5),
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_into_a_private_network_is_not_reached_unless_the_operator_named_it() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(resolver(&[]).resolve(name()).await.is_err());
        let addresses = resolver(&["localhost"]).resolve(name()).await.ok().unwrap();
        assert!(addresses.into_iter().all(|address| address.ip().is_loopback()));
    }
}
