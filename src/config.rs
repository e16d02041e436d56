//! The only reader of the configuration file and the environment.
//!
//! Every setting has a name in the TOML file (`base_url`) and one in the environment
//! (`POSTHORN_BASE_URL`), which wins. All problems are reported at once, each with the setting's
//! name. Lists are TOML arrays, or separated by commas in the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

/// The settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the portal listens.
    pub listen: SocketAddr,
    /// Under which address browsers reach it; tenants are hosts below it.
    pub base_url: BaseUrl,
    /// `sqlite:PATH` or `postgres://…`. May hold a password: never shown.
    pub database_url: DatabaseUrl,
    /// The file with the master keys.
    pub master_key_file: PathBuf,
    /// What the product is called on pages and in mails.
    pub product_name: String,
    /// Networks that are private, yet tenants' mail servers may lie in.
    pub allowed_private_networks: Vec<IpNet>,
    /// Certificates (PEM) to trust beside the system's when connecting to mail servers.
    pub extra_ca_file: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Which DNS servers are asked about senders' domains; the system's if empty.
    pub dns_servers: Vec<SocketAddr>,
    /// From where this installation's connections come: for allow-lists.
    pub outbound_addresses: Vec<Outbound>,
    /// The name by which we greet mail servers; the system's host name by default.
    pub smtp_client_name: Option<String>,
    /// A session ends when it was not used for so long.
    pub session_idle: Duration,
    /// A session ends after so long, used or not.
    pub session_absolute: Duration,
    /// Which log lines appear, in `tracing`'s notation.
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
}

/// The portal's public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Whether it is `https`: this is what *production mode* means.
    pub https: bool,
    /// The base host, in lower case; tenants are `{slug}.{host}`.
    pub host: String,
    /// The port, if it is not the scheme's own.
    pub port: Option<u16>,
}

/// A database's address; `Debug` shows its kind only, since it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// From where connections of this installation come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// An address, or a network.
    Network(IpNet),
    /// A host name that leads to such addresses, in lower case.
    Name(String),
}

impl fmt::Display for Outbound {
    /// An address without the length of its network, as a firewall wants it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outbound::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Outbound::Network(network) => network.fmt(f),
            Outbound::Name(name) => f.write_str(name),
        }
    }
}

/// Something wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting's name in the environment.
    pub setting: String,
    /// What is wrong and what to do about it.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.what)
    }
}

const SETTINGS: [&str; 15] = [
    "listen",
    "base_url",
    "database_url",
    "master_key_file",
    "product_name",
    "allowed_private_networks",
    "extra_ca_file",
    "trusted_proxies",
    "dns_servers",
    "outbound_addresses",
    "smtp_client_name",
    "session_idle_minutes",
    "session_absolute_hours",
    "log",
    "log_format",
];

impl Config {
    /// Reads the file (if one is named here or by `POSTHORN_CONFIG`) and the environment.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn read(file: Option<&Path>) -> Result<Self, Vec<Problem>> {
        #[allow(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        let file = file.map(Path::to_owned).or_else(|| environment.get("POSTHORN_CONFIG").map(PathBuf::from));
        let mut problems = Vec::new();
        let text = match &file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path).unwrap_or_else(|error| {
                let what = format!("{} cannot be read: {error}", path.display());
                problems.push(Problem { setting: "POSTHORN_CONFIG".to_owned(), what });
                String::new()
            }),
        };
        let config = Self::parse(&text, &environment);
        match config {
            Ok(config) if problems.is_empty() => Ok(config),
            Ok(_) => Err(problems),
            Err(more) => Err(problems.into_iter().chain(more).collect()),
        }
    }

    /// The configuration of a file's text and an environment.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn parse(file: &str, environment: &BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let mut read = Reader::new(file, environment);
        let config = Self {
            listen: read.parsed("listen", "127.0.0.1:8080", |text| {
                text.parse().map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:8080".to_owned())
            }),
            base_url: read.parsed("base_url", "http://localhost:8080", BaseUrl::parse),
            database_url: read.parsed("database_url", "sqlite:posthorn.sqlite3", DatabaseUrl::parse),
            master_key_file: PathBuf::from(read.text("master_key_file").unwrap_or("posthorn.key".to_owned())),
            product_name: read.parsed("product_name", "Posthorn", |text| {
                let usable =
                    !text.trim().is_empty() && text.len() <= 100 && !text.chars().any(char::is_control);
                usable
                    .then(|| text.trim().to_owned())
                    .ok_or("expected 1 to 100 characters on one line".to_owned())
            }),
            allowed_private_networks: read.networks("allowed_private_networks"),
            extra_ca_file: read.text("extra_ca_file").map(PathBuf::from),
            trusted_proxies: read.networks("trusted_proxies"),
            dns_servers: read.each(
                "dns_servers",
                "is no address of a server; expected such as 192.0.2.53 or [2001:db8::53]:53, separated by commas",
                dns_server,
            ),
            outbound_addresses: read.each(
                "outbound_addresses",
                "is no address, network or host name; expected such as 192.0.2.7, 2001:db8::/56 or \
                 out.example.org, separated by commas",
                outbound,
            ),
            smtp_client_name: read.text("smtp_client_name"),
            session_idle: Duration::from_secs(60 * read.number("session_idle_minutes", 30, 1..=24 * 60)),
            session_absolute: Duration::from_secs(
                3600 * read.number("session_absolute_hours", 12, 1..=24 * 30),
            ),
            log: read.parsed("log", "warn,posthorn=info", |text| {
                let usable = tracing_subscriber::EnvFilter::try_new(text).is_ok();
                usable.then(|| text.to_owned()).ok_or("expected such as warn,posthorn=debug".to_owned())
            }),
            log_json: read.parsed("log_format", "text", |text| match text {
                "text" => Ok(false),
                "json" => Ok(true),
                _ => Err("expected text or json".to_owned()),
            }),
        };
        if let Some(name) = &config.smtp_client_name
            && !matches!(crate::values::Host::parse(name), Ok(crate::values::Host::Name(_)))
        {
            read.problem("smtp_client_name", "expected a host name, such as mail.example.org");
        }
        if read.problems.is_empty() { Ok(config) } else { Err(read.problems) }
    }

    /// What makes it unsafe to start: in production mode (an https base URL) the master key must be
    /// there and readable by its owner, or at most its group, only.
    pub fn unsafe_to_start(&self) -> Vec<Problem> {
        let path = &self.master_key_file;
        let problem = |what: String| Problem { setting: "POSTHORN_MASTER_KEY_FILE".to_owned(), what };
        match std::fs::metadata(path) {
            Err(error) => {
                let what = format!(
                    "{} cannot be read: {error}. Make a key with `posthorn keys generate --output {}`",
                    path.display(),
                    path.display()
                );
                vec![problem(what)]
            }
            Ok(metadata) if self.base_url.https && metadata.permissions().mode() & 0o007 != 0 => {
                let what = format!(
                    "{} is open to everybody on this machine: `chmod 600 {}`",
                    path.display(),
                    path.display()
                );
                vec![problem(what)]
            }
            Ok(_) => vec![],
        }
    }

    /// Whether `X-Forwarded-For` from that address is believed.
    pub fn trusts_proxy(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&peer.to_canonical()))
    }
}

struct Reader<'a> {
    file: toml::Table,
    environment: &'a BTreeMap<String, String>,
    problems: Vec<Problem>,
}

fn variable(setting: &str) -> String {
    format!("POSTHORN_{}", setting.to_uppercase())
}

impl<'a> Reader<'a> {
    fn new(file: &str, environment: &'a BTreeMap<String, String>) -> Self {
        let mut read = Self { file: toml::Table::new(), environment, problems: Vec::new() };
        match file.parse::<toml::Table>() {
            Ok(table) => read.file = table,
            Err(error) => {
                // the message quotes no value: a database's password may stand in the same line
                let what = format!("the configuration file is not TOML: {}", error.message());
                read.problems.push(Problem { setting: "POSTHORN_CONFIG".to_owned(), what });
            }
        }
        let unknown: Vec<String> =
            read.file.keys().filter(|name| !SETTINGS.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            let what = format!("there is no setting `{name}`; there are: {}", SETTINGS.join(", "));
            read.problems.push(Problem { setting: "POSTHORN_CONFIG".to_owned(), what });
        }
        for name in environment.keys().filter(|name| name.starts_with("POSTHORN_")) {
            let known = SETTINGS.iter().any(|setting| variable(setting) == *name);
            if !known && name != "POSTHORN_CONFIG" && !name.starts_with("POSTHORN_TEST_") {
                let what =
                    format!("there is no such setting; there are: {}", SETTINGS.map(variable).join(", "));
                read.problems.push(Problem { setting: name.clone(), what });
            }
        }
        read
    }

    fn problem(&mut self, setting: &str, what: impl Into<String>) {
        self.problems.push(Problem { setting: variable(setting), what: what.into() });
    }

    /// The setting as text; lists of the file are joined by commas. Empty counts as not set.
    fn text(&mut self, setting: &str) -> Option<String> {
        let value = match (self.environment.get(&variable(setting)), self.file.get(setting)) {
            (Some(value), _) | (None, Some(toml::Value::String(value))) => value.clone(),
            (None, None) => return None,
            (None, Some(toml::Value::Integer(value))) => value.to_string(),
            (None, Some(toml::Value::Array(values))) if values.iter().all(toml::Value::is_str) => {
                values.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(",")
            }
            (None, Some(_)) => {
                self.problem(setting, "expected a text, a whole number or a list of texts");
                return None;
            }
        };
        (!value.is_empty()).then_some(value)
    }

    fn parsed<T>(&mut self, setting: &str, default: &str, parse: impl Fn(&str) -> Result<T, String>) -> T
    where
        T: Fallback,
    {
        let text = self.text(setting);
        parse(text.as_deref().unwrap_or(default)).unwrap_or_else(|what| {
            self.problem(setting, what);
            parse(default).unwrap_or_else(|_| T::fallback())
        })
    }

    fn number(&mut self, setting: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(text) = self.text(setting) else { return default };
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.problem(
                    setting,
                    format!("expected a whole number from {} to {}", range.start(), range.end()),
                );
                default
            }
        }
    }

    fn networks(&mut self, setting: &str) -> Vec<IpNet> {
        let expected = "is no network; expected such as 10.0.0.0/8 or fd00::/8, separated by commas";
        self.each(setting, expected, network)
    }

    /// The members of a list, each parsed.
    fn each<T>(&mut self, setting: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Vec<T> {
        let Some(text) = self.text(setting) else { return vec![] };
        let mut all = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match parse(part) {
                Some(one) => all.push(one),
                None => self.problem(setting, format!("`{part}` {expected}")),
            }
        }
        all
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn dns_server(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)))
}

fn outbound(text: &str) -> Option<Outbound> {
    if let Some(network) = network(text) {
        return Some(Outbound::Network(network.trunc()));
    }
    match crate::values::Host::parse(text) {
        Ok(crate::values::Host::Name(name)) if name.contains('.') => Some(Outbound::Name(name)),
        _ => None,
    }
}

/// A value to go on with after a problem was noted, so that the others are found too. It is never
/// used: a configuration with problems is not returned.
trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }
}

impl Fallback for BaseUrl {
    fn fallback() -> Self {
        BaseUrl { https: false, host: "localhost".to_owned(), port: None }
    }
}

impl Fallback for DatabaseUrl {
    fn fallback() -> Self {
        DatabaseUrl(String::new())
    }
}

impl Fallback for String {
    fn fallback() -> Self {
        String::new()
    }
}

impl Fallback for bool {
    fn fallback() -> Self {
        false
    }
}

impl BaseUrl {
    /// Parses `http[s]://host[:port]`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            "expected https://HOST or http://HOST:PORT without a path, such as https://portal.example.org";
        let (scheme, rest) = text.split_once("://").ok_or(expected)?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(expected.to_owned()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            None => (rest, None),
            Some((host, port)) => {
                (host, Some(port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(expected)?))
            }
        };
        match crate::values::Host::parse(host) {
            Ok(crate::values::Host::Name(host)) => {
                let usual = if https { 443 } else { 80 };
                Ok(Self { https, host, port: port.filter(|port| *port != usual) })
            }
            Ok(crate::values::Host::Ip(_)) => {
                Err("expected a host name, not an IP address: tenants are hosts below it".to_owned())
            }
            Err(_) => Err(expected.to_owned()),
        }
    }

    /// The address of a tenant's portal, without a final slash.
    pub fn tenant(&self, slug: &str) -> String {
        self.with_host(&format!("{slug}.{}", self.host))
    }

    fn with_host(&self, host: &str) -> String {
        let scheme = if self.https { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_host(&self.host))
    }
}

impl DatabaseUrl {
    /// Takes an address of one of the two databases.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
        }
    }

    /// The address with its password, for connecting.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The file, if it is SQLite.
    pub fn sqlite_path(&self) -> Option<&str> {
        let path = self.0.strip_prefix("sqlite:")?.trim_start_matches("//");
        Some(path.split_once('?').map_or(path, |(path, _)| path))
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() { "sqlite:…" } else { "postgres://…" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn nothing_set_is_a_portal_for_this_machine() {
        let config = Config::parse("", &environment(&[])).unwrap();
        assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(config.base_url.to_string(), "http://localhost:8080");
        assert_eq!(config.base_url.tenant("acme"), "http://acme.localhost:8080");
        assert!(config.allowed_private_networks.is_empty() && config.database_url.is_sqlite());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "base_url = \"https://Portal.Example\"\nproduct_name = \"Qlik Cloud\"\n\
                    allowed_private_networks = [\"10.0.0.0/8\", \"fd00::/8\"]\nsession_idle_minutes = 10";
        let config = Config::parse(file, &environment(&[("POSTHORN_PRODUCT_NAME", "Posthorn")])).unwrap();
        assert_eq!(config.product_name, "Posthorn");
        assert_eq!(config.base_url, BaseUrl { https: true, host: "portal.example".to_owned(), port: None });
        assert_eq!(config.allowed_private_networks.len(), 2);
        assert_eq!(config.session_idle, Duration::from_secs(600));
    }

    #[test]
    fn every_problem_is_reported_at_once_by_its_setting() {
        let file = "listen = \"here\"\nbase_url = \"portal.example/x\"\nnonsense = 1\nlog_format = \"xml\"";
        let environment = environment(&[
            ("POSTHORN_DATABASE_URL", "mysql://root:canary-password@db/x"),
            ("POSTHORN_TRUSTED_PROXIES", "10.0.0.1, proxy"),
            ("POSTHORN_SESSION_IDLE_MINUTES", "0"),
            ("POSTHORN_BASEURL", "x"),
            ("POSTHORN_SMTP_CLIENT_NAME", "a b"),
        ]);
        let problems = Config::parse(file, &environment).unwrap_err();
        let all = problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
        for setting in [
            "POSTHORN_CONFIG: there is no setting `nonsense`",
            "POSTHORN_BASEURL: there is no such setting",
            "POSTHORN_LISTEN:",
            "POSTHORN_BASE_URL:",
            "POSTHORN_DATABASE_URL:",
            "POSTHORN_TRUSTED_PROXIES: `proxy`",
            "POSTHORN_SESSION_IDLE_MINUTES:",
            "POSTHORN_LOG_FORMAT:",
            "POSTHORN_SMTP_CLIENT_NAME:",
        ] {
            assert!(all.contains(setting), "{setting} is missing in\n{all}");
        }
        assert!(!all.contains("canary-password"), "{all}");
    }

    #[test]
    fn production_refuses_a_missing_or_open_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let environment = environment(&[
            ("POSTHORN_BASE_URL", "https://portal.example"),
            ("POSTHORN_MASTER_KEY_FILE", path.to_str().unwrap()),
        ]);
        let config = Config::parse("", &environment).unwrap();
        assert_eq!(config.unsafe_to_start().len(), 1, "missing");
        crate::vault::Vault::generate(&path).unwrap();
        assert_eq!(config.unsafe_to_start(), []);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(config.unsafe_to_start().len(), 1, "world-readable");
    }
}
