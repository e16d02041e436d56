//! The laboratory's stand-in for Microsoft. `POSTHORN_TEST_MAILLAB` names the file with the output of
//! `maillab env --format json`. Its settings and counters are everybody's, so one test at a time has it
//! (see `.config/nextest.toml` for tests in other processes); it is not reset, since other tests count too.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use posthorn::mail::{Microsoft365Account, Microsoft365Limits, Network};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::{UNHURRIED, account, network};

static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

pub(crate) const CONTOSO: &str = "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a";
pub(crate) const PORTAL: &str = "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63";
pub(crate) const PORTAL_SECRET: &str = "lab~Q8portal.Contoso-Mail.Send_0001xyzA";

pub(crate) struct Lab {
    values: HashMap<String, String>,
    _turn: MutexGuard<'static, ()>,
}

impl Lab {
    /// The laboratory, or `None` with the reason printed.
    #[allow(clippy::disallowed_methods, reason = "how a test run learns of the laboratory")]
    pub(crate) async fn find() -> Option<Self> {
        let Ok(path) = std::env::var("POSTHORN_TEST_MAILLAB") else {
            println!(
                "skipped: POSTHORN_TEST_MAILLAB does not name the output of `maillab env --format json`"
            );
            return None;
        };
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Some(Self { values: serde_json::from_str(&text).unwrap(), _turn: TURN.lock().await })
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("the laboratory has no {name}"))
    }

    pub(crate) fn network(&self) -> Arc<Network> {
        self.network_with(UNHURRIED)
    }

    pub(crate) fn network_with(&self, limits: Microsoft365Limits) -> Arc<Network> {
        network(self.value("MAILLAB_LOGIN_URL"), self.value("MAILLAB_GRAPH_URL"), limits, None)
    }

    /// The authority that its certificates are from.
    pub(crate) fn root(&self) -> String {
        std::fs::read_to_string(self.value("MAILLAB_CA_FILE")).unwrap()
    }

    /// What was answered to requests for "token" or "sendMail" with that status, until now.
    pub(crate) async fn answered(&self, what: &str, status: &str) -> u64 {
        let stats = self.control("GET", "/stats", &Value::Null).await;
        stats.pointer(&format!("/http {what}/{status}")).and_then(Value::as_u64).unwrap_or(0)
    }

    /// All answers to "token" or "sendMail".
    pub(crate) async fn requests(&self, what: &str) -> u64 {
        let stats = self.control("GET", "/stats", &Value::Null).await;
        let all = stats.get(format!("http {what}")).and_then(Value::as_object).cloned().unwrap_or_default();
        all.values().filter_map(Value::as_u64).sum()
    }

    pub(crate) async fn set(&self, name: &str, value: impl Into<Value>) {
        self.control("POST", "/set", &json!({ name: value.into() })).await;
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("POST", "/fault", &fault).await;
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        // reqwest wants to know a TLS provider, even where there is none to use
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{path}", self.value("MAILLAB_CONTROL_URL"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.request(method.parse().unwrap(), url).body(body.to_string());
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path} {body}: {}", response.status());
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// Every message to an address, as it lies there.
    pub(crate) fn mail(&self, address: &str, folder: &str) -> Vec<Vec<u8>> {
        let (local, domain) = address.split_once('@').unwrap();
        let folder = format!("{}/{domain}/{local}/{folder}", self.value("MAILLAB_MAILDIRS"));
        let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    pub(crate) fn inbox(&self, address: &str) -> Vec<Vec<u8>> {
        self.mail(address, "new")
    }
}

/// The application that may send, with that mailbox of Contoso.
pub(crate) fn portal(mailbox: &str) -> Microsoft365Account {
    account(CONTOSO, PORTAL, PORTAL_SECRET, &format!("{mailbox}@contoso.example"))
}

/// A mailbox of Contoso, and an address, that nobody else uses.
pub(crate) fn fresh() -> (String, String) {
    let id = posthorn::values::TestMessageId::new().uuid();
    (format!("user-{}", id.as_u128() % 1_000_000_000_000), format!("test-{id}@mail.test"))
}
