use std::fmt;

use crate::values::{EmailAddress, Secret};

/// One of Microsoft's clouds. A fixed list: an address that a stranger types is never asked for a token.
/// Source: Microsoft Graph, "National cloud deployments".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// The worldwide service, GCC included.
    Global,
    GccHigh,
    Dod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// Every cloud, in the order in which a form offers them.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::GccHigh, Cloud::Dod, Cloud::China];

    /// The name in forms, in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Cloud::Global => "global",
            Cloud::GccHigh => "gcc_high",
            Cloud::Dod => "dod",
            Cloud::China => "china",
        }
    }

    /// The cloud of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.as_str() == name)
    }

    /// Where tokens come from.
    pub fn login_host(self) -> &'static str {
        match self {
            Cloud::Global => "login.microsoftonline.com",
            Cloud::GccHigh | Cloud::Dod => "login.microsoftonline.us",
            Cloud::China => "login.partner.microsoftonline.cn",
        }
    }

    pub fn graph_host(self) -> &'static str {
        match self {
            Cloud::Global => "graph.microsoft.com",
            Cloud::GccHigh => "graph.microsoft.us",
            Cloud::Dod => "dod-graph.microsoft.us",
            Cloud::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Where the parts of large files go: Exchange Online's own hosts ("Attach large files to Outlook
    /// messages"; "Microsoft 365 URLs and IP address ranges", Exchange Online, of each cloud).
    pub(super) fn outlook_hosts(self) -> &'static [&'static str] {
        match self {
            Cloud::Global => &["outlook.office.com", "outlook.office365.com"],
            Cloud::GccHigh => &["outlook.office365.us"],
            Cloud::Dod => &["outlook-dod.office365.us", "webmail.apps.mil"],
            Cloud::China => &["partner.outlook.cn"],
        }
    }
}

/// An application in a Microsoft Entra tenant that sends as one mailbox.
#[derive(Clone)]
pub struct Microsoft365Account {
    /// Which cloud the tenant lives in.
    pub cloud: Cloud,
    /// The directory (tenant) ID, or one of its verified domains.
    pub tenant_id: String,
    /// The application (client) ID.
    pub client_id: String,
    /// The value of a client secret.
    pub client_secret: Secret,
    /// The mailbox: the user principal name that mail is sent as.
    pub mailbox: EmailAddress,
    /// Whether the administrator says that the application may also write to the mailbox
    /// (`Mail.ReadWrite`), which larger messages need.
    pub large_messages: bool,
}

impl fmt::Debug for Microsoft365Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Microsoft365Account")
            .field("cloud", &self.cloud)
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("mailbox", &self.mailbox)
            .finish_non_exhaustive()
    }
}
