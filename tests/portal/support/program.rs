use std::time::Duration;

use posthorn::api_keys::{self, Filter, NewKey};
use posthorn::sessions;
use posthorn::values::{Origin, Scope, Scopes};
use reqwest::Method;
use serde_json::Value;

use super::{Account, Page, Request, TestPortal, Visitor};

/// A program with a key, at one host of the portal.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) visitor: Visitor,
    /// The key that it shows.
    pub(crate) key: String,
}

impl TestPortal {
    /// A program with a key of that administrator, with these scopes, for an hour.
    pub(crate) async fn program(&self, account: &Account, scopes: &[Scope]) -> Program {
        let key = self.api_key(account, scopes, Duration::from_secs(3600)).await;
        Program { visitor: self.visitor(account.tenant), key }
    }

    /// A program with a key that may do everything.
    pub(crate) async fn able_program(&self, account: &Account) -> Program {
        self.program(account, &Scope::ALL).await
    }

    /// The identifiers of all keys, the oldest first.
    pub(crate) async fn key_ids(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for slug in ["acme", "globex"] {
            let (db, tenant) = (self.state.db.read(), self.tenant(slug).await);
            let now = self.state.clock.now();
            let all = api_keys::list(db, tenant, Filter::default(), None, (100, now)).await.unwrap();
            ids.extend(all.rows.into_iter().map(|key| key.id));
        }
        ids.sort_unstable();
        ids.into_iter().map(|id| id.to_string()).collect()
    }

    pub(crate) async fn api_key(&self, account: &Account, scopes: &[Scope], life: Duration) -> String {
        let (tenant, user) = (self.tenant(account.tenant).await, self.user(account).await);
        let person = sessions::find_person(self.state.db.read(), tenant, user).await.unwrap().unwrap();
        let now = self.state.clock.now();
        let new = NewKey {
            name: "a test".to_owned(),
            scopes: Scopes::of(scopes.iter().copied()),
            expires_at: now.plus(life),
        };
        let actor = person.actor(Origin::local());
        let (_, key) = api_keys::add(&self.state.db, &actor, new, None, now).await.unwrap();
        key.expose().to_owned()
    }
}

impl Program {
    /// A call as given, with the key.
    pub(crate) async fn send(&mut self, request: Request) -> Page {
        let key = format!("Bearer {}", self.key);
        self.visitor.send(request.header("authorization", key)).await
    }

    /// A call with a JSON body, or none.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Page {
        let body = body.map(|body| ("application/json".to_owned(), body.to_string().into_bytes()));
        let method: Method = method.parse().unwrap();
        self.send(Request { method, path: path.to_owned(), headers: Vec::new(), body }).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.call("GET", path, None).await
    }
}

impl Page {
    /// The answer as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let kind = self.header("content-type").unwrap_or_default();
        assert_eq!(kind, "application/json", "{}: {}", self.path, self.html);
        serde_json::from_str(&self.html).unwrap_or_else(|error| panic!("{error}: {}", self.html))
    }

    /// Where the first problem is, and what it says.
    #[track_caller]
    pub(crate) fn told(&self) -> (String, String) {
        let json = self.json();
        assert!(json["traceId"].as_str().is_some_and(|id| id.len() > 20), "{json}");
        let error = &json["errors"][0];
        let source = &error["source"];
        let place = ["pointer", "parameter", "header"].iter().find_map(|kind| source[*kind].as_str());
        let detail = error["detail"].as_str().unwrap_or_else(|| panic!("no detail: {json}"));
        assert!(error["title"].as_str().is_some_and(|title| !title.is_empty()), "{json}");
        (place.unwrap_or_default().to_owned(), detail.to_owned())
    }

    /// The code of the first problem.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}
