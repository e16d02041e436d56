//! The demo's stand-in for Microsoft 365: `login.microsoftonline.com` and `graph.microsoft.com` at once, on
//! loopback, so that the way of Microsoft 365 can be walked without an account there.
//!
//! It knows two endpoints, the token for client credentials and `sendMail` in the MIME form, and answers
//! with the statuses, codes and fields of the real ones. What it takes is shown by the mail catcher.
//!
//! Rules:
//! - It listens on loopback only, and answers only requests for a loopback name (against DNS rebinding).
//! - It knows one set of organisations, apps and mailboxes, all in [`TENANTS`] and [`APPS`]: what is the
//!   matter with one shows in its answers, as docs/demo.md says.
//! - Secrets and tokens are never logged. Tokens are opaque, and end with the process.
//! - Four requests at once an app, as at Microsoft; the fifth is refused.

mod answer;
mod directory;
mod grants;
mod mime;
mod send_mail;
mod token;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App as Site, Error, HttpResponse, HttpServer, web};
use tokio::sync::Semaphore;

use self::grants::Grants;
use super::catcher::Mailbox;
use super::loopback::{ListenError, bind, is_loopback_name};
use crate::clock::Clock;

pub use directory::{APPS, App, AppState, TENANTS, Tenant};

/// <https://learn.microsoft.com/graph/throttling-limits>, "Outlook service limits".
const REQUESTS_AT_ONCE: usize = 4;
const MAX_BYTES_OF_A_FORM: usize = 16 * 1024;

/// Where the stand-in listens, and where its mails go.
pub struct StandInOptions {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where the mails go.
    pub mailbox: Arc<Mailbox>,
    /// Tells when a token ends.
    pub clock: Clock,
    /// How long a `sendMail` takes.
    pub latency: Duration,
}

impl StandInOptions {
    /// A free port on 127.0.0.1.
    pub fn new(mailbox: Arc<Mailbox>) -> Self {
        let free_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { address: free_port, mailbox, clock: Clock::System, latency: Duration::from_millis(100) }
    }
}

/// What the endpoints need.
struct Setting {
    mailbox: Arc<Mailbox>,
    clock: Clock,
    latency: Duration,
    grants: Grants,
    /// The requests that may be under way at once, by client ID.
    places: HashMap<&'static str, Arc<Semaphore>>,
}

/// A running stand-in. Dropping it stops it too, without waiting for the end.
pub struct StandIn {
    address: SocketAddr,
    server: ServerHandle,
}

impl StandIn {
    /// Listens and serves. It must be called within a Tokio runtime, which then runs the server.
    ///
    /// # Errors
    /// When the address is not loopback or taken.
    pub fn start(options: StandInOptions) -> Result<Self, ListenError> {
        let StandInOptions { address, mailbox, clock, latency } = options;
        let bound = bind(address)?;
        let places = APPS.iter().map(|app| (app.client_id, Arc::new(Semaphore::new(REQUESTS_AT_ONCE))));
        let grants = Grants::new(clock.clone());
        let setting = web::Data::new(Setting { mailbox, clock, latency, grants, places: places.collect() });
        let server = HttpServer::new(move || {
            Site::new()
                .app_data(setting.clone())
                .app_data(web::PayloadConfig::new(MAX_BYTES_OF_A_FORM))
                .wrap(from_fn(own_names_only))
                .service(
                    web::resource("/{tenant}/oauth2/v2.0/token")
                        .route(web::post().to(token::token))
                        .default_service(web::to(token::not_post)),
                )
                .route("/v1.0/users/{user}/sendMail", web::post().to(send_mail::send_mail))
                .service(web::scope("/v1.0").default_service(web::to(send_mail::anything_else)))
                .default_service(web::to(HttpResponse::NotFound))
        })
        .workers(1)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(1)
        .listen(bound.listener)
        .map_err(|source| ListenError::Other(bound.address, source))?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address: bound.address, server: handle })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of both services, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and ends the connections; returns when the port is free again.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // The order is given by the call; awaiting it would only wait until it was carried out.
        drop(self.server.stop(false));
    }
}

async fn own_names_only(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_loopback_name) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    Ok(request.into_response(HttpResponse::MisdirectedRequest()).map_into_right_body())
}
