use reqwest::Url;

use super::Cloud;
use crate::mail::NetworkProblem;

/// What the operator may set for the way to Microsoft 365.
#[derive(Clone, Debug, Default)]
pub struct Microsoft365Settings {
    /// In place of `https://login.microsoftonline.com`, for [`Cloud::Global`] only. It may lie in any
    /// network and need not be encrypted: the operator names it, never a tenant.
    pub login_url: Option<String>,
    /// In place of `https://graph.microsoft.com`, likewise. The scope of the tokens stays Graph's.
    pub graph_url: Option<String>,
    /// How hard one process presses Microsoft.
    pub limits: Microsoft365Limits,
}

/// How hard one process presses Microsoft; each number at least 1. Beyond these, Microsoft Graph refuses
/// ("Microsoft Graph service-specific throttling limits", Outlook) or Exchange Online puts off ("Exchange
/// Online limits", message rate and recipient rate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Microsoft365Limits {
    /// Requests under way at once for one client ID. Graph refuses the fifth; one is left for requests
    /// that we have given up and that Graph still works on.
    pub concurrent_requests: u32,
    /// Messages a minute from one mailbox, evenly spaced.
    pub messages_a_minute: u32,
    /// Recipients within any 24 hours from one mailbox.
    pub recipients_a_day: u32,
}

impl Default for Microsoft365Limits {
    fn default() -> Self {
        Self { concurrent_requests: 3, messages_a_minute: 30, recipients_a_day: 10_000 }
    }
}

/// Where the clouds are asked.
pub(super) struct Endpoints {
    login: Option<Url>,
    graph: Option<Url>,
}

impl Endpoints {
    pub(super) fn new(settings: &Microsoft365Settings) -> Result<Self, NetworkProblem> {
        let parse = |text: &Option<String>| text.as_deref().map(service_url).transpose();
        Ok(Self { login: parse(&settings.login_url)?, graph: parse(&settings.graph_url)? })
    }

    /// The hosts that the operator named: no rule about addresses applies to them.
    pub(super) fn named_by_operator(&self) -> Vec<String> {
        [&self.login, &self.graph].into_iter().flatten().filter_map(host).collect()
    }

    /// Where a tenant's tokens come from; `None` if that is no tenant's name, whatever was stored.
    pub(super) fn token(&self, cloud: Cloud, tenant: &str) -> Option<Url> {
        let named = tenant.chars().any(|c| c.is_ascii_alphanumeric());
        if !named || !tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) {
            return None;
        }
        Self::at(cloud, self.login.as_ref(), cloud.login_host(), &[tenant, "oauth2", "v2.0", "token"])
    }

    /// Where a mailbox's messages are handed over.
    pub(super) fn send_mail(&self, cloud: Cloud, mailbox: &str) -> Option<Url> {
        self.of_mailbox(cloud, mailbox, "sendMail")
    }

    /// Where a mailbox's drafts are made.
    pub(super) fn drafts(&self, cloud: Cloud, mailbox: &str) -> Option<Url> {
        self.of_mailbox(cloud, mailbox, "messages")
    }

    /// Where that draft is, or what can be done with it; `None` if that is no draft's ID.
    pub(super) fn draft(&self, cloud: Cloud, mailbox: &str, id: &str, tail: &str) -> Option<Url> {
        let fits = (1..=1024).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        let encoded = percent_encoded(id);
        // a segment of dots would lead elsewhere
        let fits = fits && id.bytes().any(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| self.of_mailbox(cloud, mailbox, &format!("messages/{encoded}{tail}"))).flatten()
    }

    /// Where parts of a file go, as Microsoft names it: the address grants access by itself, so it is only
    /// ever at a host of Microsoft's, or where the operator said that Graph is.
    pub(super) fn upload(&self, cloud: Cloud, named: &str) -> Option<Url> {
        let url = Url::parse(named).ok()?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let host = url.host_str()?;
        let microsofts = url.scheme() == "https"
            && url.port().is_none()
            && (host == cloud.graph_host() || cloud.outlook_hosts().contains(&host));
        let graph = self.graph.as_ref().filter(|_| cloud == Cloud::Global);
        let operators = graph.is_some_and(|graph| graph.origin() == url.origin());
        (plain && (microsofts || operators)).then_some(url)
    }

    fn of_mailbox(&self, cloud: Cloud, mailbox: &str, tail: &str) -> Option<Url> {
        let encoded = percent_encoded(mailbox);
        let base = Self::at(cloud, self.graph.as_ref(), cloud.graph_host(), &[])?;
        Url::parse(&format!("{}/v1.0/users/{encoded}/{tail}", base.as_str().trim_end_matches('/'))).ok()
    }

    fn at(cloud: Cloud, named: Option<&Url>, host: &str, path: &[&str]) -> Option<Url> {
        let mut url = match named.filter(|_| cloud == Cloud::Global) {
            Some(url) => url.clone(),
            None => Url::parse(&format!("https://{host}")).ok()?,
        };
        url.path_segments_mut().ok()?.pop_if_empty().extend(path);
        Some(url)
    }
}

/// The host as a resolver is asked for it.
fn host(url: &Url) -> Option<String> {
    url.host_str().map(str::to_lowercase)
}

fn service_url(text: &str) -> Result<Url, NetworkProblem> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.ok_or(NetworkProblem::Microsoft365Url)
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a";

    fn endpoints(login: Option<&str>, graph: Option<&str>) -> Result<Endpoints, NetworkProblem> {
        Endpoints::new(&Microsoft365Settings {
            login_url: login.map(str::to_owned),
            graph_url: graph.map(str::to_owned),
            ..Microsoft365Settings::default()
        })
    }

    #[test]
    fn each_cloud_has_its_own_hosts() {
        let endpoints = endpoints(None, None).unwrap();
        for (cloud, login, graph) in [
            (Cloud::Global, "login.microsoftonline.com", "graph.microsoft.com"),
            (Cloud::GccHigh, "login.microsoftonline.us", "graph.microsoft.us"),
            (Cloud::Dod, "login.microsoftonline.us", "dod-graph.microsoft.us"),
            (Cloud::China, "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"),
        ] {
            let token = endpoints.token(cloud, TENANT).unwrap();
            assert_eq!(token.as_str(), format!("https://{login}/{TENANT}/oauth2/v2.0/token"));
            let send = endpoints.send_mail(cloud, "sender@contoso.example").unwrap();
            assert_eq!(
                send.as_str(),
                format!("https://{graph}/v1.0/users/sender%40contoso.example/sendMail")
            );
        }
    }

    #[test]
    fn the_operators_addresses_stand_in_for_the_global_cloud_only() {
        let endpoints =
            endpoints(Some("http://127.0.0.1:2680/"), Some("https://Graph.Test:2443/at")).unwrap();
        let token = endpoints.token(Cloud::Global, "contoso.example").unwrap();
        assert_eq!(token.as_str(), "http://127.0.0.1:2680/contoso.example/oauth2/v2.0/token");
        let send = endpoints.send_mail(Cloud::Global, "a@b.example").unwrap();
        assert_eq!(send.as_str(), "https://graph.test:2443/at/v1.0/users/a%40b.example/sendMail");
        assert_eq!(
            endpoints.token(Cloud::China, TENANT).unwrap().host_str(),
            Some("login.partner.microsoftonline.cn")
        );
        assert_eq!(endpoints.named_by_operator(), ["127.0.0.1", "graph.test"]);
    }

    #[test]
    fn neither_tenant_nor_mailbox_can_leave_its_place_in_the_path() {
        let endpoints = endpoints(None, None).unwrap();
        for tenant in ["", ".", "..", "../x", "a/b", "a?b", "a#b", "a%2fb", "a\\b", "ä.example", "a b"] {
            assert_eq!(endpoints.token(Cloud::Global, tenant), None, "{tenant:?}");
        }
        let send = endpoints.send_mail(Cloud::Global, "o'neil/../?x#y%2f\\ü@contoso.example").unwrap();
        assert_eq!(
            send.path(),
            "/v1.0/users/o%27neil%2F..%2F%3Fx%23y%252f%5C%C3%BC%40contoso.example/sendMail"
        );
        assert!(send.query().is_none() && send.fragment().is_none());
    }

    #[test]
    fn files_go_to_microsoft_only_or_where_the_operator_said() {
        let tail = "/api/v2.0/Users('a')/Messages('b')/AttachmentSessions('c')?authtoken=x";
        let plain = endpoints(None, None).unwrap();
        let of_operator = endpoints(None, Some("http://127.0.0.1:2680/at")).unwrap();
        for (cloud, host) in [
            (Cloud::Global, "outlook.office.com"),
            (Cloud::Global, "outlook.office365.com"),
            (Cloud::Global, "graph.microsoft.com"),
            (Cloud::GccHigh, "outlook.office365.us"),
            (Cloud::Dod, "outlook-dod.office365.us"),
            (Cloud::China, "partner.outlook.cn"),
        ] {
            let url = format!("https://{host}{tail}");
            for endpoints in [&plain, &of_operator] {
                assert_eq!(endpoints.upload(cloud, &url).unwrap().as_str(), url);
            }
        }
        let named = format!("http://127.0.0.1:2680{tail}");
        assert!(of_operator.upload(Cloud::Global, &named).is_some());
        assert!(of_operator.upload(Cloud::China, &named).is_none());
        assert!(plain.upload(Cloud::Global, &named).is_none());
        for start in [
            "http://outlook.office.com",
            "https://outlook.office.com:8443",
            "https://outlook.office.com@evil.example",
            "https://user@outlook.office.com",
            "https://outlook.office.com.evil.example",
            "https://evil-outlook.office.com",
            "https://outlook.office365.us",
            "https://169.254.169.254",
            "https://127.0.0.1:2680",
            "http://127.0.0.1:2681",
            "http://localhost:2680",
            "file://outlook.office.com",
            "",
        ] {
            let url = format!("{start}{tail}");
            assert!(of_operator.upload(Cloud::Global, &url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_drafts_id_cannot_leave_its_place_in_the_path() {
        let endpoints = endpoints(None, None).unwrap();
        let draft = |id: &str| endpoints.draft(Cloud::Global, "a@b.example", id, "/send");
        let at = "/v1.0/users/a%40b.example/messages";
        assert_eq!(draft("AAMk/../x?y#z=").unwrap().path(), format!("{at}/AAMk%2F..%2Fx%3Fy%23z%3D/send"));
        for id in ["", ".", "..", "a b", "a\r\nX: y", "ä", &"x".repeat(2000)] {
            assert_eq!(draft(id), None, "{id:?}");
        }
    }

    #[test]
    fn an_address_of_the_operator_that_is_none_is_refused() {
        for url in [
            "",
            "graph",
            "ftp://x.example",
            "https://",
            "https://u:p@x.example",
            "https://x.example/?a=1",
            "https://x.example/#a",
        ] {
            assert!(matches!(endpoints(Some(url), None), Err(NetworkProblem::Microsoft365Url)), "{url}");
        }
    }
}
