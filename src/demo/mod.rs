//! `posthorn demo`: everything that a newcomer needs to try Posthorn on one machine.
//!
//! SQLite, a generated master key, two sample tenants with their people and mails that wait for a provider,
//! a mail catcher and a stand-in for Microsoft 365, all in one folder and on loopback only. Started again it
//! keeps its data. The passwords are well known: that is why it refuses to listen where other machines
//! could reach it.

pub mod catcher;
mod loopback;
mod mails;
pub mod microsoft365;
mod people;

use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ipnet::IpNet;

use self::catcher::{Catcher, CatcherError, CatcherOptions};
use self::microsoft365::{APPS, StandIn, StandInOptions};
use crate::clock::Clock;
use crate::config::{BaseUrl, Config, DatabaseUrl, Outbound, Problem, ServiceUrl};
use crate::portal;
use crate::state::{StartError, State};
use crate::values::Secret;
use crate::vault::{self, Vault};

pub use loopback::ListenError;
pub use people::{Account, SampleStaff, SampleTenant};

/// Where the demo listens unless told otherwise.
pub const LISTEN: &str = "127.0.0.1:8080";
const CATCHER_SMTP_PORT: u16 = 2525;
const CATCHER_WEB_PORT: u16 = 8025;
const MICROSOFT365_PORT: u16 = 8026;
/// Marks a folder as the demo's, so that `--fresh` deletes no other; locked while a demo runs in it.
const MARK: &str = "posthorn-demo";
const SENDER: &str = "portal@acme.example";
const SMTP_PASSWORD: &str = "catch-me-if-you-can";

/// How the demo is to run.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Where the portal listens.
    pub listen: SocketAddr,
    /// The demo's folder; it is created.
    pub data: PathBuf,
    /// Whether to forget what is in it.
    pub fresh: bool,
    /// The port of the catcher's SMTP server; `None` for the usual one, or a free one when `listen` is
    /// not the usual address.
    pub catcher_smtp_port: Option<u16>,
    /// The port of the catcher's page, likewise.
    pub catcher_web_port: Option<u16>,
    /// The port of the stand-in for Microsoft 365, likewise.
    pub microsoft365_port: Option<u16>,
}

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address can be reached from other machines.
    #[error(
        "the demo listens on loopback only, since its passwords are well known; {0} is not such an address"
    )]
    NotLoopback(SocketAddr),
    /// The portal's port is taken.
    #[error("port {port} is taken: another program listens on {0}. Choose another with --listen 127.0.0.1:PORT", port = .0.port())]
    PortTaken(SocketAddr),
    /// The portal's address cannot be listened on for another reason.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The folder holds something else.
    #[error("{folder} holds something else than a demo; choose an empty folder with --data DIR", folder = .0.display())]
    ForeignFolder(PathBuf),
    /// Another demo runs in the folder.
    #[error("another demo runs in {folder}; stop it, or choose another folder with --data DIR", folder = .0.display())]
    Running(PathBuf),
    /// The folder cannot be used.
    #[error("cannot use the folder {}: {source}", .folder.display())]
    Folder {
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The environment's settings are wrong.
    #[error("the settings are wrong: {all}", all = .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Config(Vec<Problem>),
    /// The mail catcher does not start.
    #[error("the mail catcher: {0}. Its ports are chosen with --catcher-smtp-port and --catcher-web-port")]
    Catcher(#[from] CatcherError),
    /// The stand-in for Microsoft 365 does not start.
    #[error("the stand-in for Microsoft 365: {0}. Its port is chosen with --microsoft365-port")]
    Microsoft365(#[from] ListenError),
    /// The portal does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The key cannot be made.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The sample people cannot be made.
    #[error("the sample tenants cannot be made: {0}")]
    People(#[from] people::Error),
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

/// A demo that is ready to serve.
pub struct Demo {
    /// The portal's outside world.
    pub state: State,
    pub socket: TcpListener,
    /// The mail catcher, running.
    pub catcher: Catcher,
    /// The stand-in for Microsoft 365, running.
    pub microsoft365: StandIn,
    /// What a person, or a script, needs to know.
    pub summary: Summary,
    _lock: File,
}

/// What a person, or a script, needs to know of a demo.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Summary {
    /// The tenants and their people.
    pub tenants: Vec<SampleTenant>,
    /// The staff, who sign in at the base host below `/staff/sign-in`.
    pub staff: Vec<SampleStaff>,
    /// The values to type into the SMTP form, by the names of its fields.
    pub smtp: SmtpValues,
    /// The values to type into the Microsoft 365 form, by the names of its fields.
    pub microsoft365: Microsoft365Values,
    /// The page of the caught mails.
    pub catcher_url: String,
    /// The page where one types a tenant's name.
    pub base_url: String,
}

/// The values to type into the SMTP form.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SmtpValues {
    pub server_address: &'static str,
    pub server_port: u16,
    pub security: &'static str,
    pub sender_address: &'static str,
    pub sender_name: &'static str,
    pub username_same_as_sender: &'static str,
    pub username: &'static str,
    pub password: &'static str,
}

/// The values to type into the Microsoft 365 form.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Microsoft365Values {
    pub sender_address: &'static str,
    pub tenant_id: &'static str,
    pub client_id: &'static str,
    pub client_secret: &'static str,
}

/// Makes everything ready: folder, key, database, people, catcher, stand-in, sockets.
///
/// # Errors
/// What is in the way, and what to do about it.
pub async fn prepare(options: DemoOptions) -> Result<Demo, Error> {
    let DemoOptions { listen, data, fresh, catcher_smtp_port, catcher_web_port, microsoft365_port } = options;
    if !listen.ip().is_loopback() {
        return Err(Error::NotLoopback(listen));
    }
    let usual = listen.to_string() == LISTEN;
    let port = |chosen: Option<u16>, usual_port| chosen.unwrap_or(if usual { usual_port } else { 0 });
    let socket = portal::listen(listen).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Error::PortTaken(listen),
        _ => Error::Listen(listen, error),
    })?;
    let listen = socket.local_addr().map_err(|error| Error::Listen(listen, error))?;
    let lock = open_folder(&data, fresh)?;

    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let logins = [SENDER, "portal@globex.example"];
    let catcher = Catcher::start(CatcherOptions {
        smtp: loopback(port(catcher_smtp_port, CATCHER_SMTP_PORT)),
        web: loopback(port(catcher_web_port, CATCHER_WEB_PORT)),
        logins: logins.map(|login| (login.to_owned(), Secret::new(SMTP_PASSWORD))).to_vec(),
        ..CatcherOptions::new(data.join("mails"))
    })?;

    let microsoft365 = StandIn::start(StandInOptions {
        address: loopback(port(microsoft365_port, MICROSOFT365_PORT)),
        ..StandInOptions::new(Arc::clone(catcher.mailbox()))
    })?;

    let config = config(&data, listen, catcher.smtp_addr().port(), &microsoft365)?;
    if !config.master_key_file.exists() {
        Vault::generate(&config.master_key_file)?;
    }
    let base_url = config.base_url.clone();
    let state = State::open(config, Clock::System, Some(catcher.ca_pem()), &portal::TABLES).await?;
    state.db.migrate().await?;
    let tenants = people::ensure(&state, &base_url).await?;
    let staff = people::ensure_staff(&state).await?;
    let [app, ..] = &APPS;
    let summary = Summary {
        tenants,
        staff,
        smtp: SmtpValues {
            server_address: "localhost",
            server_port: catcher.smtp_addr().port(),
            security: "starttls",
            sender_address: SENDER,
            sender_name: "Acme Portal",
            username_same_as_sender: "on",
            username: SENDER,
            password: SMTP_PASSWORD,
        },
        microsoft365: Microsoft365Values {
            sender_address: SENDER,
            tenant_id: app.tenant.id,
            client_id: app.client_id,
            client_secret: app.client_secret,
        },
        catcher_url: format!("http://localhost:{}/", catcher.web_addr().port()),
        base_url: base_url.to_string(),
    };
    Ok(Demo { state, socket, catcher, microsoft365, summary, _lock: lock })
}

/// What the environment says (a product name, a log filter), and the demo's own places.
fn config(data: &Path, listen: SocketAddr, smtp_port: u16, microsoft365: &StandIn) -> Result<Config, Error> {
    let mut config = Config::read(None).map_err(Error::Config)?;
    let loopback = ["127.0.0.0/8", "::1/128"];
    config.allowed_private_networks.extend(loopback.iter().filter_map(|net| net.parse::<IpNet>().ok()));
    if config.outbound_addresses.is_empty() {
        // for documentation (RFC 5737, RFC 3849)
        let sample = ["192.0.2.16/29", "2001:db8:16::/64"];
        config.outbound_addresses =
            sample.iter().filter_map(|net| net.parse().ok().map(Outbound::Network)).collect();
    }
    // so that a wrong port can be mended here, too
    config.smtp_ports.insert(0, smtp_port);
    config.base_url = BaseUrl { https: false, host: "localhost".to_owned(), port: Some(listen.port()) };
    config.listen = listen;
    config.master_key_file = data.join("master.key");
    let url = format!("sqlite:{}", data.join("posthorn.sqlite3").display());
    let wrong = |setting: &str| {
        let setting = setting.to_owned();
        |what| Error::Config(vec![Problem { setting, what }])
    };
    config.database_url = DatabaseUrl::parse(&url).map_err(wrong("POSTHORN_DATABASE_URL"))?;
    let stand_in =
        ServiceUrl::parse(&microsoft365.url()).map_err(wrong("POSTHORN_MICROSOFT365_LOGIN_URL"))?;
    config.microsoft365_login_url = Some(stand_in.clone());
    config.microsoft365_graph_url = Some(stand_in);
    Ok(config)
}

fn open_folder(folder: &Path, fresh: bool) -> Result<File, Error> {
    let fail = |source| Error::Folder { folder: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    let mark = folder.join(MARK);
    let is_empty = std::fs::read_dir(folder).map_err(fail)?.next().is_none();
    if !is_empty && !mark.exists() {
        return Err(Error::ForeignFolder(folder.to_owned()));
    }
    let mut lock = File::options().create(true).append(true).open(&mark).map_err(fail)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::Running(folder.to_owned()),
        TryLockError::Error(source) => fail(source),
    })?;
    if is_empty {
        lock.write_all(b"This folder belongs to `posthorn demo`; `--fresh` deletes what is in it.\n")
            .map_err(fail)?;
    }
    if fresh {
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path == mark {
                continue;
            }
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) }
                .map_err(fail)?;
        }
    }
    Ok(lock)
}
