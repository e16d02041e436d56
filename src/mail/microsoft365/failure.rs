use std::fmt;

use super::Cloud;

/// A step on a message's way to Microsoft 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Microsoft365Step {
    /// Reaching Microsoft at all.
    AddressPolicy,
    /// Signing in: getting a token for the application.
    SignIn,
    /// Handing the message to Microsoft Graph.
    Send,
}

impl Microsoft365Step {
    /// The steps in order.
    pub const ALL: [Microsoft365Step; 3] = [Self::AddressPolicy, Self::SignIn, Self::Send];
}

/// What went wrong, closed and fine enough for a sentence each. The HTTP status and Microsoft's `error`
/// choose what becomes of the message; AADSTS numbers choose only the words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Microsoft365Cause {
    /// No connection to Microsoft.
    NotReachable,
    /// The encrypted connection could not be set up: usually a proxy that opens it.
    NotTrusted,
    /// No answer in time, before the message was on its way.
    Timeout,
    /// Something else than Microsoft answers, like a proxy's page.
    NotMicrosoft,
    /// The client secret is wrong (AADSTS7000215).
    SecretRefused,
    /// It has expired (AADSTS7000222).
    SecretExpired,
    /// None arrived (AADSTS7000216, AADSTS7000218).
    SecretMissing,
    /// The tenant knows no such application (AADSTS700016).
    ClientUnknown,
    /// There is no such tenant (AADSTS90002, AADSTS900023).
    TenantUnknown,
    /// The tenant lives in another cloud (AADSTS90038, AADSTS900382, AADSTS900432).
    OtherCloud,
    /// The application is disabled (AADSTS7000112).
    ClientDisabled,
    /// The cloud does not know Microsoft Graph by this name (AADSTS500011, AADSTS70011).
    ResourceUnknown,
    /// Conditional Access blocks the application (AADSTS53003, AADSTS530032).
    PolicyBlocks,
    /// Refused for another reason.
    SignInRefused,
    /// Microsoft's sign-in is busy (`temporarily_unavailable`, 429, 5xx).
    SignInBusy {
        /// When to come back, in seconds.
        after_seconds: Option<u64>,
    },
    /// Graph refuses a token that was only just issued.
    TokenRefused,
    /// The application may not send mail.
    MayNotSend,
    /// It may send, but not from this mailbox.
    MailboxExcluded,
    /// Microsoft has suspended the sender's account.
    MailboxSuspended,
    /// Sending is refused (403) for a reason that is not known here.
    SendingRefused,
    /// The `From` address is not the mailbox's.
    SendAsDenied,
    /// There is no such user.
    MailboxUnknown,
    /// The user has no mailbox in Exchange Online.
    MailboxMissing,
    /// The sender's mailbox is full.
    MailboxFull,
    /// The recipient's address is refused.
    RecipientRefused,
    /// The message is larger than Microsoft Graph takes.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The message is larger than the mailbox may send.
    LargerThanMailboxAllows,
    /// The application may not write to the mailbox (`Mail.ReadWrite`), which this message needs for its
    /// size.
    MayNotWriteDrafts,
    /// A file of the message could not be uploaded.
    UploadFailed,
    /// The message is refused for another reason.
    MessageRefused,
    /// Microsoft asks us to wait.
    Throttled {
        /// So many seconds, if it said so.
        after_seconds: Option<u64>,
    },
    /// We wait by ourselves, so that Microsoft need not ask.
    OwnLimit { after_seconds: u64 },
    /// We could not even try: no file descriptor, memory or thread was to be had.
    OutOfResources,
    /// A fault at Microsoft (5xx).
    Unavailable {
        /// When to come back, in seconds, if it said so.
        after_seconds: Option<u64>,
    },
    /// The connection broke, time ran out or a gateway gave up (504) after the whole message was on its
    /// way: it may have been accepted or not.
    OutcomeUnknown,
    /// An answer that makes no sense at its place.
    UnexpectedAnswer,
}

/// A failure to hand over a message to Microsoft 365. It holds no secret and no token.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Microsoft365Failure {
    pub step: Microsoft365Step,
    pub cause: Microsoft365Cause,
    pub cloud: Cloud,
    /// The mailbox that mail is sent as.
    pub mailbox: String,
    /// The tenant ID as configured.
    pub tenant_id: String,
    /// The client ID as configured.
    pub client_id: String,
    pub recipient: Option<String>,
    /// What Microsoft said, if it did.
    pub answer: Option<Microsoft365Answer>,
}

/// What Microsoft said: what its support asks for. Bounded, and without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Microsoft365Answer {
    pub status: u16,
    /// `AADSTS7000215`, or Graph's error code.
    pub code: Option<String>,
    pub words: Option<String>,
    /// The trace ID (sign-in) or request ID (Graph).
    pub trace_id: Option<String>,
    /// The correlation ID, or the client request ID.
    pub correlation_id: Option<String>,
    /// The time, as Microsoft wrote it.
    pub at: Option<String>,
}

impl Microsoft365Failure {
    /// Whether Microsoft may have accepted the message all the same.
    pub fn outcome_unknown(&self) -> bool {
        self.cause == Microsoft365Cause::OutcomeUnknown
    }

    /// What Microsoft said, in one line.
    pub fn answer(&self) -> Option<String> {
        self.answer.as_ref().map(Microsoft365Answer::in_one_line)
    }
}

impl Microsoft365Answer {
    /// The status, the code and the words, in one line.
    pub(super) fn in_one_line(&self) -> String {
        let mut line = self.status.to_string();
        let (code, words) = (self.code.as_deref(), self.words.as_deref().unwrap_or_default());
        // the sign-in repeats the number at the head of its words
        for part in code.filter(|code| !words.starts_with(code)).into_iter().chain(Some(words)) {
            if !part.is_empty() {
                line.push(' ');
                line.push_str(part);
            }
        }
        line
    }
}

impl fmt::Display for Microsoft365Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at step {:?} with Microsoft 365", self.cause, self.step)
    }
}

impl std::error::Error for Microsoft365Failure {}
