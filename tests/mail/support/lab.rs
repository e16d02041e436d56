//! The mail laboratory (`maillab`): real Postfix and Dovecot, and listeners that are broken each in
//! its own way. `POSTHORN_TEST_MAILLAB` names the file with the output of `maillab env --format json`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use posthorn::mail::{Login, Network, Security, SmtpServer};
use serde_json::Value;

use super::{login, network, smtp_server};

pub(crate) struct Lab {
    values: HashMap<String, String>,
}

impl Lab {
    /// The laboratory, or `None` with the reason printed.
    #[allow(clippy::disallowed_methods, reason = "how a test run learns of the laboratory")]
    pub(crate) fn find() -> Option<Self> {
        let Ok(path) = std::env::var("POSTHORN_TEST_MAILLAB") else {
            println!(
                "skipped: POSTHORN_TEST_MAILLAB does not name the output of `maillab env --format json`"
            );
            return None;
        };
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Some(Self { values: serde_json::from_str(&text).unwrap() })
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("the laboratory has no {name}"))
    }

    pub(crate) fn port(&self, listener: &str) -> u16 {
        let name = format!("MAILLAB_PORT_{}", listener.to_uppercase().replace('-', "_"));
        self.value(&name).parse().unwrap()
    }

    /// One of the listeners under the name that its certificate is for.
    pub(crate) fn server(&self, listener: &str, security: Security, login: Option<Login>) -> SmtpServer {
        smtp_server("localhost", self.port(listener), security, login)
    }

    pub(crate) fn alice(&self) -> Login {
        login(self.value("MAILLAB_USER"), self.value("MAILLAB_PASSWORD"))
    }

    /// A network that trusts the laboratory's authority.
    pub(crate) fn network(&self) -> Arc<Network> {
        self.network_of(Duration::from_secs(10))
    }

    /// One that is as impatient as a test is.
    pub(crate) fn impatient_network(&self) -> Arc<Network> {
        self.network_of(Duration::from_secs(1))
    }

    /// One with that deadline for every phase.
    pub(crate) fn network_of(&self, each: Duration) -> Arc<Network> {
        let root = std::fs::read_to_string(self.value("MAILLAB_CA_FILE")).unwrap();
        network(each, Some(&root))
    }

    /// What the laboratory counted at a listener.
    pub(crate) async fn count(&self, listener: &str, what: &str) -> u64 {
        let url = format!("{}/stats", self.value("MAILLAB_CONTROL_URL"));
        // reqwest wants to know a TLS provider, even where there is none to use
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let stats: Value = serde_json::from_str(&text).unwrap();
        stats
            .get(format!("listener {listener}"))
            .and_then(|of| of.get(what))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    }

    /// Waits for the first message to an address nobody else uses.
    pub(crate) async fn inbox(&self, address: &str) -> String {
        let (local, domain) = address.split_once('@').unwrap();
        let folder = format!("{}/{domain}/{local}/new", self.value("MAILLAB_MAILDIRS"));
        for _ in 0..200 {
            if let Some(Ok(file)) = std::fs::read_dir(&folder).ok().and_then(|mut files| files.next()) {
                return String::from_utf8(std::fs::read(file.path()).unwrap()).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing arrived in {folder}")
    }

    pub(crate) fn is_empty(&self, address: &str) -> bool {
        let (local, domain) = address.split_once('@').unwrap();
        let folder = format!("{}/{domain}/{local}/new", self.value("MAILLAB_MAILDIRS"));
        std::fs::read_dir(folder).map_or(true, |mut files| files.next().is_none())
    }
}

/// An address in the laboratory that nobody else uses.
pub(crate) fn fresh_address() -> String {
    format!("test-{}@mail.test", posthorn::values::TestMessageId::new())
}
