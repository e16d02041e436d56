use super::Certificate;
use crate::mail::{Failure, Security, Transcript};

/// A step of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStep {
    /// Looking up the host's addresses, and which of them may be connected to.
    Resolve,
    /// Connecting to one of them.
    Connect,
    /// The server's greeting and the answer to ours.
    Greeting,
    /// STARTTLS if need be, the handshake, the server's certificate.
    Encrypt,
    /// What the server says that it can do (EHLO, RFC 5321, section 4.1.1.1).
    Abilities,
    SignIn,
    /// MAIL: the server accepts the sender.
    Sender,
    /// RCPT: the server accepts the recipient.
    Recipient,
    Cloud,
    /// The Microsoft Entra tenant exists there.
    Directory,
    /// It knows the application.
    Client,
    /// The client secret is accepted.
    Secret,
    /// The permissions that the token names.
    Roles,
    /// The mailbox is there.
    Mailbox,
    /// The application may send from it.
    MaySend,
}

impl CheckStep {
    /// The steps with Microsoft 365, in order.
    pub const BY_MICROSOFT365: &'static [CheckStep] = &[
        CheckStep::Cloud,
        CheckStep::Directory,
        CheckStep::Client,
        CheckStep::Secret,
        CheckStep::Roles,
        CheckStep::Mailbox,
        CheckStep::MaySend,
    ];

    /// The steps by SMTP, in the order in which a connection of that security takes them.
    pub fn by_smtp(security: Security) -> &'static [CheckStep] {
        match security {
            Security::StartTls | Security::None => &[
                CheckStep::Resolve,
                CheckStep::Connect,
                CheckStep::Greeting,
                CheckStep::Encrypt,
                CheckStep::Abilities,
                CheckStep::SignIn,
                CheckStep::Sender,
                CheckStep::Recipient,
            ],
            Security::Tls => &[
                CheckStep::Resolve,
                CheckStep::Connect,
                CheckStep::Encrypt,
                CheckStep::Greeting,
                CheckStep::Abilities,
                CheckStep::SignIn,
                CheckStep::Sender,
                CheckStep::Recipient,
            ],
        }
    }
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "failure")]
pub enum CheckOutcome {
    Passed,
    /// Nothing speaks against it, and nothing but a message proves it.
    Unproven,
    /// This way does without it.
    NotNeeded,
    Failed(Box<Failure>),
}

/// A step that was taken. It holds no secret and can be stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CheckedStep {
    pub step: CheckStep,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    pub seen: Vec<Seen>,
    /// What was said meanwhile.
    pub transcript: Transcript,
}

/// Something that was seen at a step; `said` puts it into words. What strangers wrote is bounded and fit to be
/// shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Seen {
    /// The addresses that may be connected to.
    Addresses {
        addresses: Vec<String>,
    },
    /// How the server calls itself.
    Greeting {
        words: String,
    },
    /// The connection stays unencrypted, as was chosen.
    InClear,
    Encryption {
        /// Such as `TLSv1_3, TLS13_AES_256_GCM_SHA384`.
        protocol: String,
    },
    /// A certificate that the server showed: its own first, then those that vouch for it.
    Certificate {
        certificate: Certificate,
        /// Whether it is the server's own.
        own: bool,
    },
    /// The sign-in methods on offer; none if the list is empty.
    SignInMethods {
        /// Their names in capitals.
        methods: Vec<String>,
    },
    SizeLimit {
        /// In bytes; `None` if no limit is named.
        bytes: Option<u64>,
    },
    /// Extensions of SMTP that matter here and are offered.
    Extensions {
        offered: Vec<String>,
        /// Those that are not.
        missing: Vec<String>,
    },
    /// As whom we signed in.
    SignedInAs {
        username: String,
    },
    NobodySignsIn,
    /// The address that was accepted.
    Accepted {
        address: String,
    },
    /// The host at Microsoft that answered.
    Answered {
        host: String,
    },
    /// The tenant or the application that Microsoft knows.
    Known {
        id: String,
    },
    /// The secret was accepted, and a token handed out.
    Token {
        /// For so many seconds.
        seconds: u64,
    },
    /// The permissions in the token.
    Roles {
        /// As Microsoft names them.
        roles: Vec<String>,
    },
    /// The token names no `Mail.Send`, which Exchange may grant all the same (RBAC for Applications).
    NoMailSend,
    /// The token names no `Mail.ReadWrite`, which large messages need; Exchange may grant it.
    NoMailReadWrite,
    /// The token cannot be read.
    RolesUnreadable,
    /// Microsoft took a message that is none far enough to see that it is none: it objected neither to the
    /// mailbox nor to sending.
    NoObjection,
    /// Microsoft refused before it looked at this.
    NotLookedAt,
}
