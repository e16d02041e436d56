//! The only reader of the configuration file and the environment.
//!
//! Every setting has a name in the TOML file (`base_url`) and one in the environment
//! (`POSTHORN_BASE_URL`), which wins. All problems are reported at once, each with the setting's
//! name. Lists are TOML arrays, or separated by commas in the environment.

mod base_url;
mod database_url;
mod files;
mod outbound;
mod reader;
mod safety;
mod service_url;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use self::reader::Reader;

pub use self::base_url::BaseUrl;
pub use self::database_url::DatabaseUrl;
pub use self::files::{
    Shares, lacking as files_lacking, limit as open_files, raise_limit as raise_file_limit,
};
pub use self::outbound::Outbound;
pub use self::service_url::ServiceUrl;

/// Submission with StartTLS (RFC 6409) and with TLS (RFC 8314), what some services offer beside them, relaying.
const SMTP_PORTS: [u16; 4] = [587, 465, 2525, 25];

/// The settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the portal listens.
    pub listen: SocketAddr,
    /// Where the figures for operators are to be had, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
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
    /// Which ports are tried when a mail server does not answer at the one that was entered.
    pub smtp_ports: Vec<u16>,
    /// Where Microsoft's sign-in (`https://login.microsoftonline.com`) is stood in for, for tests; set
    /// together with the next or not at all, see [`Config::microsoft365_elsewhere`].
    pub microsoft365_login_url: Option<ServiceUrl>,
    /// Where Microsoft Graph (`https://graph.microsoft.com`) is stood in for.
    pub microsoft365_graph_url: Option<ServiceUrl>,
    /// How many requests to Microsoft Graph may be under way at once for one client ID. Microsoft takes
    /// four an app: <https://learn.microsoft.com/graph/throttling-limits>.
    pub microsoft365_concurrent_requests: u32,
    /// How many messages a mailbox of Microsoft 365 sends in a minute. Exchange Online delays more than 30:
    /// <https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits>.
    pub microsoft365_messages_a_minute: u32,
    /// To how many recipients a mailbox of Microsoft 365 sends in 24 hours, those named twice counted
    /// twice. Exchange Online blocks the mailbox at 10,000: the same page.
    pub microsoft365_recipients_a_day: u32,
    /// A session ends when it was not used for so long.
    pub session_idle: Duration,
    /// A session ends after so long, used or not.
    pub session_absolute: Duration,
    /// Whether tenants have agreed by contract that support staff may look at their portals; otherwise only
    /// those that consent at that time.
    pub support_is_agreed: bool,
    /// So many connections to mail servers one process has at most.
    pub outbox_connections: u32,
    /// And so many to one tenant's.
    pub outbox_connections_per_tenant: u32,
    /// Messages that are through, and what they said, are kept so long.
    pub outbox_retention: Duration,
    /// How many reading calls of the API a key may make in a minute; a tenant's keys together ten times as many.
    pub api_reads_a_minute: u32,
    /// And how many that change something.
    pub api_writes_a_minute: u32,
    /// Entries of the audit log are kept so long; for ever if nothing is set.
    pub audit_retention: Option<Duration>,
    /// Which log lines appear, in `tracing`'s notation.
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
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
            metrics_listen: read.parsed("metrics_listen", "", |text| match text {
                "" => Ok(None),
                text => text
                    .parse()
                    .map(Some)
                    .map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:9180".to_owned()),
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
                |text| text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, 53))),
            ),
            outbound_addresses: read.each(
                "outbound_addresses",
                "is no address, network or host name; expected such as 192.0.2.7, 2001:db8::/56 or \
                 out.example.org, separated by commas",
                Outbound::parse,
            ),
            smtp_client_name: read.text("smtp_client_name"),
            smtp_ports: match read.each(
                "smtp_ports",
                "is no port; expected such as 587, 465, separated by commas",
                |text| text.parse().ok().filter(|port: &u16| *port != 0),
            ) {
                ports if ports.is_empty() => SMTP_PORTS.to_vec(),
                ports => ports,
            },
            microsoft365_login_url: read.optional("microsoft365_login_url", ServiceUrl::parse),
            microsoft365_graph_url: read.optional("microsoft365_graph_url", ServiceUrl::parse),
            microsoft365_concurrent_requests: read.count("microsoft365_concurrent_requests", 3, 1..=4),
            microsoft365_messages_a_minute: read.count("microsoft365_messages_a_minute", 30, 1..=10_000),
            microsoft365_recipients_a_day: read.count("microsoft365_recipients_a_day", 10_000, 1..=1_000_000),
            session_idle: Duration::from_secs(60 * read.number("session_idle_minutes", 30, 1..=24 * 60)),
            session_absolute: Duration::from_secs(
                3600 * read.number("session_absolute_hours", 12, 1..=24 * 30),
            ),
            support_is_agreed: read.parsed("support_access", "consent", |text| match text {
                "consent" => Ok(false),
                "agreed" => Ok(true),
                _ => Err("expected consent or agreed".to_owned()),
            }),
            outbox_connections: read.count("outbox_connections", 800, 1..=10_000),
            outbox_connections_per_tenant: read.count("outbox_connections_per_tenant", 4, 1..=100),
            outbox_retention: Duration::from_secs(
                24 * 3600 * read.number("outbox_retention_days", 90, 1..=3650),
            ),
            // the tiers of the public contract: <https://qlik.dev/apis/rest/rate-limiting>
            api_reads_a_minute: read.count("api_reads_a_minute", 1_000, 1..=1_000_000),
            api_writes_a_minute: read.count("api_writes_a_minute", 100, 1..=1_000_000),
            audit_retention: read.optional("audit_retention_days", |text| match text.parse::<u32>() {
                Ok(days @ 1..=36_500) => Ok(Duration::from_secs(24 * 3600 * u64::from(days))),
                _ => Err("expected a whole number from 1 to 36500, or nothing: kept for ever".to_owned()),
            }),
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
        // a secret must not be shown to one Microsoft, and the token to another
        let (login, graph) = ("microsoft365_login_url", "microsoft365_graph_url");
        for (set, missing) in [(login, graph), (graph, login)] {
            if read.is_set(set) && !read.is_set(missing) {
                let what =
                    format!("it is missing: set it together with {}, or neither", reader::variable(set));
                read.problem(missing, what);
            }
        }
        if read.problems.is_empty() { Ok(config) } else { Err(read.problems) }
    }

    /// Where mail by Microsoft 365 goes instead of Microsoft: the sign-in, and Graph.
    pub fn microsoft365_elsewhere(&self) -> Option<(&ServiceUrl, &ServiceUrl)> {
        self.microsoft365_login_url.as_ref().zip(self.microsoft365_graph_url.as_ref())
    }

    /// Whether `X-Forwarded-For` from that address is believed.
    pub fn trusts_proxy(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&peer.to_canonical()))
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
            ("POSTHORN_DNS_SERVERS", "192.0.2.53, dns.example.org"),
            ("POSTHORN_OUTBOUND_ADDRESSES", "192.0.2.7, 300.1.1.1"),
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
            "POSTHORN_DNS_SERVERS: `dns.example.org`",
            "POSTHORN_OUTBOUND_ADDRESSES: `300.1.1.1`",
        ] {
            assert!(all.contains(setting), "{setting} is missing in\n{all}");
        }
        assert!(!all.contains("canary-password"), "{all}");
    }

    #[test]
    fn the_audit_log_is_kept_for_ever_unless_days_are_set() {
        let days = |days: &str| Config::parse("", &environment(&[("POSTHORN_AUDIT_RETENTION_DAYS", days)]));
        assert_eq!(Config::parse("", &environment(&[])).unwrap().audit_retention, None);
        assert_eq!(days("").unwrap().audit_retention, None);
        assert_eq!(days("365").unwrap().audit_retention, Some(Duration::from_secs(365 * 24 * 3600)));
        for wrong in ["0", "-1", "1.5", "for ever", "40000"] {
            let problems = days(wrong).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].setting, "POSTHORN_AUDIT_RETENTION_DAYS");
        }
    }

    #[test]
    fn microsoft_is_stood_in_for_as_a_whole_or_not_at_all() {
        let login = ("POSTHORN_MICROSOFT365_LOGIN_URL", "http://127.0.0.1:8026/");
        let graph = ("POSTHORN_MICROSOFT365_GRAPH_URL", "https://graph.test/v");
        let parse = |pairs: &[(&str, &str)]| Config::parse("", &environment(pairs));
        assert!(parse(&[]).unwrap().microsoft365_elsewhere().is_none());
        let empty = [("POSTHORN_MICROSOFT365_LOGIN_URL", ""), ("POSTHORN_MICROSOFT365_GRAPH_URL", "")];
        assert!(parse(&empty).unwrap().microsoft365_elsewhere().is_none());
        let config = parse(&[login, graph]).unwrap();
        let (login_url, graph_url) = config.microsoft365_elsewhere().unwrap();
        assert_eq!(
            (login_url.as_str(), graph_url.as_str()),
            ("http://127.0.0.1:8026", "https://graph.test/v")
        );

        for (set, missing) in [(login, graph), (graph, login)] {
            let problems = parse(&[set]).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].setting, missing.0);
            assert!(problems[0].what.contains(set.0), "{problems:?}");
        }
        // a malformed one is said as such, and not as missing
        let bad = ("POSTHORN_MICROSOFT365_GRAPH_URL", "https://canary@graph.test");
        let problems = parse(&[login, bad]).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].to_string().starts_with("POSTHORN_MICROSOFT365_GRAPH_URL: expected https://HOST")
        );
        assert!(!format!("{problems:?}").contains("canary"));
    }

    #[test]
    fn the_limits_of_microsoft_365_are_within_what_microsoft_takes() {
        let config = Config::parse("", &environment(&[])).unwrap();
        assert_eq!(config.microsoft365_concurrent_requests, 3);
        assert_eq!(config.microsoft365_messages_a_minute, 30);
        assert_eq!(config.microsoft365_recipients_a_day, 10_000);
        let config = Config::parse("microsoft365_concurrent_requests = 4", &environment(&[])).unwrap();
        assert_eq!(config.microsoft365_concurrent_requests, 4);
        for (name, value) in [
            ("POSTHORN_MICROSOFT365_CONCURRENT_REQUESTS", "5"),
            ("POSTHORN_MICROSOFT365_CONCURRENT_REQUESTS", "0"),
            ("POSTHORN_MICROSOFT365_MESSAGES_A_MINUTE", "0"),
            ("POSTHORN_MICROSOFT365_RECIPIENTS_A_DAY", "4294967297"),
        ] {
            let problems = Config::parse("", &environment(&[(name, value)])).unwrap_err();
            assert!(problems.len() == 1 && problems[0].setting == name, "{problems:?}");
            assert!(problems[0].what.starts_with("expected a whole number from 1 to "), "{problems:?}");
        }
    }
}
