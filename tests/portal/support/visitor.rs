use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::Method;

use super::{Account, Form, Page};

/// A browser without JavaScript, at one host of the portal.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(super) client: reqwest::Client,
    pub(super) scheme: &'static str,
    /// The host with its port.
    pub(crate) host: String,
    pub(super) port: u16,
    pub(super) received: Arc<Mutex<Vec<String>>>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// `Accept-Language`.
    pub(crate) language: &'static str,
    /// From where, as the proxy in front says.
    pub(crate) address: Option<&'static str>,
    pub(crate) agent: String,
}

/// A request that need not be one of a browser's.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<(String, Vec<u8>)>,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    /// A form's request without what a browser says of where it comes from.
    pub(crate) fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let kind = "application/x-www-form-urlencoded".to_owned();
        let body = Some((kind, body.into()));
        Self { method: Method::POST, path: path.to_owned(), headers: Vec::new(), body }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Visitor {
    /// The address of this host's portal, without a final slash.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    /// The same browser at another tenant's host, with the same cookies: more than a browser would do.
    pub(crate) fn smuggled_to(&self, tenant: &str) -> Self {
        Self { host: format!("{tenant}.localhost:{}", self.port), ..self.clone() }
    }

    /// The same browser at the base host, with the same cookies.
    pub(crate) fn smuggled_to_base(&self) -> Self {
        Self { host: format!("localhost:{}", self.port), ..self.clone() }
    }

    pub(crate) fn is_at_base(&self) -> bool {
        self.host.starts_with("localhost")
    }

    /// The same browser, led to another process of the portal, at that port.
    pub(crate) fn through(&self, port: u16) -> Self {
        let (name, _) = self.host.split_once(':').unwrap();
        Self { host: format!("{name}:{port}"), port, ..self.clone() }
    }

    /// One request as given, and its answer.
    pub(crate) async fn send(&mut self, request: Request) -> Page {
        let Request { method, path, headers, body } = request;
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut sent = self
            .client
            .request(method, url)
            .header("host", &self.host)
            .header("accept-language", self.language)
            .header("user-agent", &self.agent);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            sent = sent.header("cookie", cookies.join("; "));
        }
        if let Some(address) = self.address {
            sent = sent.header("x-forwarded-for", address);
        }
        for (name, value) in headers {
            sent = sent.header(name, value);
        }
        if let Some((kind, bytes)) = body {
            sent = sent.header("content-type", kind).body(bytes);
        }
        let answer = sent.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap().to_vec();
        let html = String::from_utf8_lossy(&body).into_owned();
        let shown: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        self.received.lock().unwrap().push(format!("{}\n\n{html}", shown.join("\n")));
        let page = Page { status, path, headers, body, html };
        self.keep_cookies(&page);
        page
    }

    fn keep_cookies(&mut self, page: &Page) {
        for cookie in page.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((&cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let gone = value.is_empty() || attributes.to_lowercase().contains("max-age=0");
            if gone {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Types an address; redirects are not followed.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).header("sec-fetch-site", "none")).await
    }

    /// Types an address and goes where it leads.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// Sends a form; redirects are not followed.
    pub(crate) async fn send_form(&mut self, form: &Form) -> Page {
        let request = if form.method == "post" {
            Request::post(&form.action, form.body()).header("origin", self.origin())
        } else {
            Request::get(&format!("{}?{}", form.action, form.body()))
        };
        self.send(request.header("sec-fetch-site", "same-origin")).await
    }

    /// Sends a form and goes where it leads.
    pub(crate) async fn submit(&mut self, form: Form) -> Page {
        let page = self.send_form(&form).await;
        self.follow(page).await
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            if page.status != 303 {
                return page;
            }
            let to = page.location().to_owned();
            assert!(to.starts_with('/'), "a redirect to another host: {to}");
            page = self.send(Request::get(&to).header("sec-fetch-site", "same-origin")).await;
        }
        panic!("redirected again and again, at last to {}", page.location());
    }

    /// Fills in the sign-in form and sends it.
    pub(crate) async fn sign_in_with(&mut self, email: &str, password: &str) -> Page {
        let page = self.open("/sign-in").await;
        let form = page.form("/sign-in").fill("email", email).fill("password", password);
        self.submit(form).await
    }

    pub(crate) async fn sign_in(&mut self, account: &Account) -> Page {
        let page = self.sign_in_with(account.email, account.password).await.expect(200);
        assert_eq!(page.path, "/home", "{}", page.text());
        page
    }

    /// Whether the portal knows who this is.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        let page = self.get("/account").await;
        assert!([200, 303].contains(&page.status), "{}", page.text());
        page.status == 200
    }
}
