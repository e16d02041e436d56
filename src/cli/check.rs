use std::os::unix::fs::PermissionsExt as _;

use super::{Failure, say};
use crate::clock::Clock;
use crate::config::{Config, Shares, files_lacking, open_files, raise_file_limit};
use crate::state::State;
use crate::users;

/// Something to know before launch.
enum Finding {
    /// It is unsafe, or will not work.
    Wrong(String),
    /// It may be right, but is seldom meant.
    Doubtful(String),
}

pub(super) async fn check(config: Config) -> Result<(), Failure> {
    let mut findings = of_settings(&config);
    let is_wrong = |finding: &Finding| matches!(finding, Finding::Wrong(_));
    let no_database = config.database_url.sqlite_path().filter(|path| !std::path::Path::new(path).exists());
    if let Some(path) = no_database {
        // opening it would make it
        let what = format!("POSTHORN_DATABASE_URL: there is no database at {path}: run `posthorn migrate`");
        findings.push(Finding::Wrong(what));
    } else if !findings.iter().any(is_wrong) {
        findings.append(&mut of_the_outside(config).await);
    }
    let mut wrong = 0;
    for finding in &findings {
        match finding {
            Finding::Wrong(what) => {
                wrong += 1;
                say(&format!("wrong     {what}"));
            }
            Finding::Doubtful(what) => say(&format!("doubtful  {what}")),
        }
    }
    say(&format!("{wrong} wrong, {} doubtful", findings.len() - wrong));
    if wrong == 0 { Ok(()) } else { Err(Failure("not ready for launch".to_owned())) }
}

async fn of_the_outside(config: Config) -> Vec<Finding> {
    let state = match State::open(config, Clock::System, None, &crate::portal::TABLES).await {
        Ok(state) => state,
        Err(error) => return vec![Finding::Wrong(error.to_string())],
    };
    match state.db.pending_migrations().await {
        Ok(0) => of_addresses(&state).await,
        Ok(_) => {
            vec![Finding::Wrong("the database's schema is not up to date: run `posthorn migrate`".to_owned())]
        }
        Err(error) => vec![Finding::Wrong(format!("the database does not answer: {error}"))],
    }
}

/// Users whose address another one has in another encoding, or that nobody can type.
async fn of_addresses(state: &State) -> Vec<Finding> {
    match users::odd_addresses(state.db.read()).await {
        Ok(odd) => odd
            .into_iter()
            .map(|(slug, email)| {
                let email: String = email.chars().map(visible).collect();
                Finding::Doubtful(format!(
                    "the user {email} of the tenant {slug}: the address has hidden characters, or another user has it in \
                     another encoding. Ask which of the two is used, and remove the other under Administration > Users"
                ))
            })
            .collect(),
        Err(error) => vec![Finding::Wrong(format!("the database does not answer: {error}"))],
    }
}

/// A letter as it is, and others than ASCII by number, too: two that look alike must be told apart here.
fn visible(c: char) -> String {
    if c.is_ascii() { c.to_string() } else { format!("{}", c.escape_unicode()) }
}

fn of_settings(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        config.unsafe_to_start().iter().map(|problem| Finding::Wrong(problem.to_string())).collect();
    if !config.base_url.https {
        findings.push(Finding::Doubtful(
            "POSTHORN_BASE_URL: it is not https, so passwords and session cookies cross the network in clear. \
             Only for trying it out on one machine"
                .to_owned(),
        ));
    }
    // as `serve` and `worker` do
    raise_file_limit();
    let files = open_files();
    if let Some(needed) = files_lacking(config, files) {
        let Shares { mail, visitors } = Shares::of(config, files);
        findings.push(Finding::Doubtful(format!(
            "POSTHORN_OUTBOX_CONNECTIONS: {} connections to mail servers want {needed} open files, and this process may \
             have {files}. Until then {mail} are for mail servers and {visitors} for visitors. Raise the limit \
             (systemd: `LimitNOFILE={needed}`), or lower the number",
            config.outbox_connections
        )));
    }
    if let Ok(metadata) = std::fs::metadata(&config.master_key_file)
        && metadata.permissions().mode() & 0o077 != 0
    {
        let path = config.master_key_file.display();
        findings.push(Finding::Doubtful(format!(
            "POSTHORN_MASTER_KEY_FILE: others than its owner may read {path}: `chmod 600 {path}`"
        )));
    }
    if config.base_url.https && config.trusted_proxies.is_empty() {
        findings.push(Finding::Doubtful(
            "POSTHORN_TRUSTED_PROXIES: it is empty, so every visitor seems to come from the proxy in front, and \
             50 failed sign-ins an hour lock everybody out. Name the proxy's address"
                .to_owned(),
        ));
    }
    if let Some(path) = config.database_url.sqlite_path()
        && let Ok(metadata) = std::fs::metadata(path)
        && metadata.permissions().mode() & 0o007 != 0
    {
        findings.push(Finding::Doubtful(format!(
            "POSTHORN_DATABASE_URL: {path} is open to everybody on this machine: `chmod 600 {path}`"
        )));
    }
    if let Some((login, graph)) = config.microsoft365_elsewhere() {
        findings.push(Finding::Doubtful(format!(
            "POSTHORN_MICROSOFT365_LOGIN_URL: Microsoft 365 mail goes to {graph} instead of Microsoft, and client \
             secrets to {login}. Only for tests"
        )));
        if !(login.stays_private() && graph.stays_private()) {
            findings.push(Finding::Wrong(
                "POSTHORN_MICROSOFT365_LOGIN_URL: without https, client secrets and mail cross the network in clear"
                    .to_owned(),
            ));
        }
    }
    for network in config.trusted_proxies.iter().filter(|network| network.prefix_len() == 0) {
        findings.push(Finding::Wrong(format!(
            "POSTHORN_TRUSTED_PROXIES: {network} lets everybody forge the address they come from"
        )));
    }
    for network in &config.allowed_private_networks {
        let covers_loopback = network.contains(&std::net::IpAddr::from([127, 0, 0, 1]))
            || network.contains(&std::net::IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]));
        if network.prefix_len() == 0 {
            findings.push(Finding::Wrong(format!(
                "POSTHORN_ALLOWED_PRIVATE_NETWORKS: {network} lets every tenant reach every machine in your network"
            )));
        } else if covers_loopback {
            findings.push(Finding::Doubtful(format!(
                "POSTHORN_ALLOWED_PRIVATE_NETWORKS: {network} lets tenants reach what listens on this machine only"
            )));
        }
    }
    findings
}
