//! What a verb needs from the outside.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;

use crate::audit::EventTables;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Connection, Db};
use crate::dns::{Dns, DnsProblem, DnsSettings};
use crate::mail::{
    self, Deadlines, Https, Microsoft365Limits, Microsoft365Settings, Network, NetworkProblem,
    NetworkSettings,
};
use crate::mail_types::MailTypes;
use crate::sessions::Limits;
use crate::values::{EmailAddress, Host, TenantId};
use crate::vault::{self, Vault};

/// The outside world of one process. Made once and shared.
#[derive(Clone)]
pub struct State {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub vault: Arc<Vault>,
    /// The way to mail servers.
    pub network: Arc<Network>,
    /// The way to the DNS.
    pub dns: Arc<Dns>,
    /// The way to small documents on servers that strangers name.
    pub https: Https,
    /// What the rooms contribute.
    pub tables: &'static Tables,
}

/// Answers whether a tenant offers a way of its own to sign in.
pub type OffersSignIn = for<'a> fn(&'a Connection, TenantId) -> BoxFuture<'a, Result<bool, DbErr>>;

/// Answers whether programs of a tenant may write to that address in words of their own.
pub type MayWrite =
    for<'a> fn(&'a Connection, TenantId, &'a EmailAddress) -> BoxFuture<'a, Result<bool, DbErr>>;

/// What rooms contribute for ground rooms, and for rooms before them, to read; `portal` collects it.
#[derive(Debug)]
pub struct Tables {
    /// The types of mail.
    pub mail_types: MailTypes,
    /// What the audit log says of deeds, in the order in which its groups are listed.
    pub audit_events: EventTables,
    /// The ways to sign in beside a password.
    pub sign_in_services: &'static [OffersSignIn],
    /// To whom programs may write.
    pub may_write: MayWrite,
}

impl State {
    /// How long a session may live here.
    pub fn session_limits(&self) -> Limits {
        Limits {
            idle: self.config.session_idle,
            absolute: self.config.session_absolute,
            help_is_agreed: self.config.support_is_agreed,
        }
    }
}

/// Why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The master key file is of no use.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The database cannot be opened or reached. The address is not shown: it may hold a password.
    #[error("the database (POSTHORN_DATABASE_URL) cannot be opened: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The file of extra certificate authorities cannot be read.
    #[error("POSTHORN_EXTRA_CA_FILE: {path}: {source}")]
    ExtraCa {
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// TLS cannot be set up.
    #[error("TLS to mail servers cannot be set up: {0}")]
    Network(#[from] NetworkProblem),
    /// The DNS cannot be asked.
    #[error(transparent)]
    Dns(#[from] DnsProblem),
}

impl State {
    /// Opens everything that a configuration names. `more_roots` are certificate authorities (PEM) to
    /// trust beside those of the configuration: the demo's own. `tables` are `portal::TABLES`.
    ///
    /// # Errors
    /// What cannot be opened.
    pub async fn open(
        config: Config,
        clock: Clock,
        more_roots: Option<&str>,
        tables: &'static Tables,
    ) -> Result<Self, StartError> {
        let vault = Vault::read(&config.master_key_file)?;
        let mut roots = more_roots.map(|pem| pem.as_bytes().to_vec());
        if let Some(path) = &config.extra_ca_file {
            let extra = std::fs::read(path)
                .map_err(|source| StartError::ExtraCa { path: path.display().to_string(), source })?;
            roots.get_or_insert_default().extend_from_slice(&extra);
        }
        let network = Network::new(NetworkSettings {
            allowed_private_networks: config.allowed_private_networks.clone(),
            extra_roots_pem: roots,
            ehlo_name: client_name(&config),
            deadlines: Deadlines::default(),
            microsoft365: microsoft365(&config),
        })?;
        let dns = Arc::new(Dns::new(DnsSettings {
            servers: config.dns_servers.clone(),
            closed: mail::special_networks(),
            allowed: config.allowed_private_networks.clone(),
        })?);
        let network = Arc::new(network);
        let https = Https::new(network.clone(), dns.clone());
        let db = Db::open(config.database_url.expose()).await?;
        Ok(Self { config: Arc::new(config), db, clock, vault: Arc::new(vault), network, dns, https, tables })
    }
}

/// The way to Microsoft 365 as configured.
fn microsoft365(config: &Config) -> Microsoft365Settings {
    let elsewhere = config.microsoft365_elsewhere();
    Microsoft365Settings {
        login_url: elsewhere.map(|(login, _)| login.to_string()),
        graph_url: elsewhere.map(|(_, graph)| graph.to_string()),
        limits: Microsoft365Limits {
            concurrent_requests: config.microsoft365_concurrent_requests,
            messages_a_minute: config.microsoft365_messages_a_minute,
            recipients_a_day: config.microsoft365_recipients_a_day,
        },
    }
}

/// How we greet mail servers: as configured, else by the system's name, else by an address.
fn client_name(config: &Config) -> Host {
    let system = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = config.smtp_client_name.clone().unwrap_or_else(system);
    Host::parse(name.trim()).unwrap_or(Host::Ip(std::net::IpAddr::from([127, 0, 0, 1])))
}
