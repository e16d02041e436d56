//! The demo's mail catcher: a real SMTP server on loopback that keeps every mail instead of
//! delivering it, and a small site that shows what it kept.
//!
//! It exists so that a newcomer sees a real mail arrive a minute after the first start. Nothing in
//! the portal knows it: to the portal it is one more mail server, with StartTLS, a certificate to
//! check, and a sign-in that can fail.
//!
//! Rules:
//! - It listens on loopback only. Everybody who can reach it may read every mail it caught.
//! - All ports are bound before anything is served, so a taken port is an error of [`Catcher::start`].
//! - A mail was accepted only when it is on the disk; a restart keeps mails and certificate.
//! - What it shows was written by others: each page is escaped, a mail's HTML is served by one route
//!   that a browser isolates, and only requests for a loopback name are answered (against DNS rebinding).

mod contents;
mod mailbox;
mod pages;
mod smtp;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::loopback::{Bound, ListenError, bind};
use crate::clock::Clock;
use crate::values::Secret;

pub(super) use mailbox::Envelope;
pub use mailbox::{CaughtMail, MailId, Mailbox, Way};

/// Where the catcher keeps its things, where it listens, and who may sign in.
///
/// ```ignore
/// CatcherOptions { logins, ..CatcherOptions::new(folder) }
/// ```
pub struct CatcherOptions {
    /// The folder of the caught mails and of the certificate; it is created.
    pub folder: PathBuf,
    /// Where the SMTP server listens; port 0 takes a free one.
    pub smtp: SocketAddr,
    /// Where a second SMTP server listens that speaks TLS from the first byte; `None` for none.
    pub smtps: Option<SocketAddr>,
    /// Where the site listens; port 0 takes a free one.
    pub web: SocketAddr,
    /// The pairs of user name and password that the SMTP server accepts.
    pub logins: Vec<(String, Secret)>,
    /// Tells when a mail was caught, and whether the certificate is near its end.
    pub clock: Clock,
    /// How long the SMTP server waits for a client's next line.
    pub patience: Duration,
}

impl CatcherOptions {
    /// Free ports on 127.0.0.1, and nobody who may sign in.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let free_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            folder: folder.into(),
            smtp: free_port,
            smtps: None,
            web: free_port,
            logins: Vec::new(),
            clock: Clock::System,
            patience: Duration::from_mins(2),
        }
    }
}

/// Why the catcher did not start.
#[derive(Debug, thiserror::Error)]
pub enum CatcherError {
    /// One of its addresses cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The folder of the mails cannot be used.
    #[error("cannot use the folder {}: {source}", .folder.display())]
    Folder {
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate for the mail catcher: {0}")]
    Certificate(String),
}

/// A running catcher. Dropping it stops it too, without waiting for the end.
pub struct Catcher {
    smtp: SocketAddr,
    smtps: Option<SocketAddr>,
    web: SocketAddr,
    ca_pem: String,
    mailbox: Arc<Mailbox>,
    servers: Vec<smtp::Server>,
    site: pages::Site,
}

impl Catcher {
    /// Binds every address, then serves. It must be called within a Tokio runtime,
    /// which then runs the servers.
    ///
    /// # Errors
    /// When an address is not loopback or taken, or the folder cannot be used.
    pub fn start(options: CatcherOptions) -> Result<Self, CatcherError> {
        let CatcherOptions { folder, smtp, smtps, web, logins, clock, patience } = options;
        let smtp = bind(smtp)?;
        let smtps = smtps.map(bind).transpose()?;
        let web = bind(web)?;

        let at_folder = |source| CatcherError::Folder { folder: folder.clone(), source };
        let identity =
            tls::Identity::load_or_make(&folder.join("tls"), clock.now()).map_err(|e| match e {
                tls::Error::File(source) => at_folder(source),
                tls::Error::Certificate(reason) => CatcherError::Certificate(reason),
            })?;
        let mailbox = Arc::new(Mailbox::open(&folder.join("mails")).map_err(at_folder)?);

        let rules = Arc::new(smtp::Rules {
            logins,
            patience,
            clock,
            mailbox: Arc::clone(&mailbox),
            acceptor: identity.acceptor,
        });
        let serve = |bound: Bound, encryption| {
            let at = bound.address;
            smtp::Server::start(bound.listener, encryption, Arc::clone(&rules))
                .map_err(|source| ListenError::Other(at, source))
        };
        let (smtp_addr, smtps_addr, web_addr) =
            (smtp.address, smtps.as_ref().map(|bound| bound.address), web.address);
        let mut servers = vec![serve(smtp, smtp::Encryption::StartTls)?];
        if let Some(smtps) = smtps {
            servers.push(serve(smtps, smtp::Encryption::Implicit)?);
        }
        let setting = pages::Setting { smtp: smtp_addr, mailbox: Arc::clone(&mailbox) };
        let site = pages::Site::start(web.listener, setting)
            .map_err(|source| ListenError::Other(web_addr, source))?;
        Ok(Self {
            smtp: smtp_addr,
            smtps: smtps_addr,
            web: web_addr,
            ca_pem: identity.ca_pem,
            mailbox,
            servers,
            site,
        })
    }

    /// Where the SMTP server listens.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp
    }

    /// Where the SMTP server with TLS from the first byte listens, if there is one.
    pub fn smtps_addr(&self) -> Option<SocketAddr> {
        self.smtps
    }

    /// Where the site listens.
    pub fn web_addr(&self) -> SocketAddr {
        self.web
    }

    /// The certificate authority that signed the server's certificate, for those who are to trust it.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The caught mails; whoever keeps them may add to them.
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// The caught mails, the newest first.
    pub fn mails(&self) -> Vec<Arc<CaughtMail>> {
        self.mailbox.mails()
    }

    /// Stops listening and ends the connections; returns when the ports are free again.
    pub async fn stop(mut self) {
        for server in std::mem::take(&mut self.servers) {
            server.stop().await;
        }
        self.site.stop().await;
    }
}
