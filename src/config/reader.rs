use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::outbound::network;
use super::{BaseUrl, DatabaseUrl, Problem};

const SETTINGS: [&str; 29] = [
    "api_reads_a_minute",
    "api_writes_a_minute",
    "listen",
    "metrics_listen",
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
    "smtp_ports",
    "microsoft365_login_url",
    "microsoft365_graph_url",
    "microsoft365_concurrent_requests",
    "microsoft365_messages_a_minute",
    "microsoft365_recipients_a_day",
    "session_idle_minutes",
    "session_absolute_hours",
    "support_access",
    "outbox_connections",
    "outbox_connections_per_tenant",
    "outbox_retention_days",
    "audit_retention_days",
    "log",
    "log_format",
];

/// Reads setting by setting, and notes every problem.
pub(super) struct Reader<'a> {
    file: toml::Table,
    environment: &'a BTreeMap<String, String>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn variable(setting: &str) -> String {
    format!("POSTHORN_{}", setting.to_uppercase())
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &str, environment: &'a BTreeMap<String, String>) -> Self {
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

    pub(super) fn problem(&mut self, setting: &str, what: impl Into<String>) {
        self.problems.push(Problem { setting: variable(setting), what: what.into() });
    }

    /// The setting as text; lists of the file are joined by commas. Empty counts as not set.
    pub(super) fn text(&mut self, setting: &str) -> Option<String> {
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

    /// Whether anything was given, good or bad.
    pub(super) fn is_set(&self, setting: &str) -> bool {
        match self.environment.get(&variable(setting)) {
            Some(value) => !value.is_empty(),
            None => self.file.get(setting).is_some_and(|value| value.as_str() != Some("")),
        }
    }

    /// A setting without a default.
    pub(super) fn optional<T>(
        &mut self,
        setting: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(setting)?;
        parse(&text).map_err(|what| self.problem(setting, what)).ok()
    }

    pub(super) fn parsed<T>(
        &mut self,
        setting: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T
    where
        T: Fallback,
    {
        let text = self.text(setting);
        parse(text.as_deref().unwrap_or(default)).unwrap_or_else(|what| {
            self.problem(setting, what);
            parse(default).unwrap_or_else(|_| T::fallback())
        })
    }

    pub(super) fn number(&mut self, setting: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
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

    pub(super) fn count(&mut self, setting: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let range = u64::from(*range.start())..=u64::from(*range.end());
        u32::try_from(self.number(setting, u64::from(default), range)).unwrap_or(default)
    }

    pub(super) fn networks(&mut self, setting: &str) -> Vec<IpNet> {
        let expected = "is no network; expected such as 10.0.0.0/8 or fd00::/8, separated by commas";
        self.each(setting, expected, network)
    }

    /// The members of a list, each parsed.
    pub(super) fn each<T>(
        &mut self,
        setting: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
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

/// A value to go on with after a problem was noted, so that the others are found too. It is never
/// used: a configuration with problems is not returned.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }
}

impl Fallback for Option<SocketAddr> {
    fn fallback() -> Self {
        None
    }
}

impl Fallback for BaseUrl {
    fn fallback() -> Self {
        BaseUrl { https: false, host: "localhost".to_owned(), port: None }
    }
}

impl Fallback for DatabaseUrl {
    fn fallback() -> Self {
        DatabaseUrl::nowhere()
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
