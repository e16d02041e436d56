use std::fmt;

use super::Reply;
use crate::mail::{Security, Verdict};

/// A step on a message's way into the provider's hands, in their usual order (with
/// [`Security::Tls`] encryption comes before the greeting). A diagnosis runs them one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Looking up the host's addresses.
    Resolve,
    /// Connecting to one of them.
    Connect,
    /// The server's greeting and the answer to ours (EHLO).
    Greeting,
    /// STARTTLS if need be, the handshake, the server's certificate.
    Encrypt,
    SignIn,
    /// MAIL: the server accepts the sender.
    Sender,
    /// RCPT: the server accepts the recipient.
    Recipient,
    /// DATA up to the reply to the final dot: the server accepts the message.
    Message,
}

impl Step {
    /// The steps in the order in which a connection of that security takes them.
    pub fn in_order(security: Security) -> &'static [Step] {
        match security {
            Security::StartTls => &[
                Step::Resolve,
                Step::Connect,
                Step::Greeting,
                Step::Encrypt,
                Step::SignIn,
                Step::Sender,
                Step::Recipient,
                Step::Message,
            ],
            Security::Tls => &[
                Step::Resolve,
                Step::Connect,
                Step::Encrypt,
                Step::Greeting,
                Step::SignIn,
                Step::Sender,
                Step::Recipient,
                Step::Message,
            ],
            Security::None => &[
                Step::Resolve,
                Step::Connect,
                Step::Greeting,
                Step::SignIn,
                Step::Sender,
                Step::Recipient,
                Step::Message,
            ],
        }
    }
}

/// What went wrong, closed and fine enough for a sentence each.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// The name cannot be found, or has no address that may be used. One cause for both on purpose:
    /// otherwise the form would tell strangers which internal names exist.
    NotReachable,
    /// The time of the whole ran out while the server was still talking: a delivery waits longer.
    Slow,
    /// Sender and recipient travelled together (RFC 2920), and neither was answered.
    EnvelopeUnanswered,
    /// An address that was typed as such, in a network that the operator has not allowed. It tells nothing that was not
    /// known to whoever typed it.
    InternalAddress,
    ConnectRefused,
    /// No answer to the attempt to connect.
    ConnectTimeout,
    /// No way there: the network says so.
    NoRoute,
    /// We could not even try: no file descriptor, memory or thread was to be had.
    OwnLimit,
    /// Connected, and then no greeting.
    SilentGreeting,
    /// Something else than a mail server answers.
    NotSmtp,
    /// The server does not want to talk to us (554 in place of a greeting, EHLO refused).
    ServiceRefused,
    /// StartTLS was chosen, the server does not offer it.
    StartTlsNotOffered,
    /// It offers STARTTLS and then refuses it.
    StartTlsRefused,
    /// Bytes came behind the reply to STARTTLS, before encryption: somebody puts words into the
    /// server's mouth, or the server is broken. Neither is believed.
    InjectedAfterStartTls,
    /// SSL/TLS was chosen and the port answers in something else.
    NotTls,
    /// The server's certificate has expired.
    CertificateExpired,
    /// Its time has not come yet.
    CertificateNotYetValid,
    /// It is for other names.
    CertificateWrongName {
        names: Vec<String>,
    },
    /// It is self-signed, or its authority is not among those trusted, or an intermediate is missing.
    CertificateUnknownIssuer,
    /// Anything else about it.
    CertificateOther {
        /// In the TLS library's words.
        detail: String,
    },
    /// TLS 1.0 or 1.1 only, or no cipher in common.
    TlsTooOld,
    /// The handshake failed otherwise.
    TlsHandshake {
        /// In the TLS library's words.
        detail: String,
    },
    /// A login is configured, the server offers no AUTH.
    AuthNotOffered,
    /// It offers no mechanism that we have.
    NoCommonMechanism {
        offered: Vec<String>,
    },
    /// User name or password refused.
    AuthRefused,
    /// A temporary failure while checking them (454).
    AuthUnavailable,
    /// Microsoft 365: sign-in by password is switched off for mailbox or tenant.
    AuthDisabledByMicrosoft,
    /// Microsoft 365: refused, for one of several reasons that it does not tell apart.
    AuthRefusedByMicrosoft,
    /// Google and others: an app password is needed.
    AppPasswordNeeded,
    /// The server wants encryption first (530, 538).
    EncryptionRequired,
    /// The server wants a sign-in first (530).
    AuthRequired,
    /// This login, or anybody here, may not send as that sender.
    SenderRefused,
    /// The sender or its domain is not confirmed at the mail service.
    SenderUnverified,
    /// The account by which we send is locked, suspended or unpaid.
    AccountLocked,
    /// The account has sent as much as it may for now.
    SendingLimit,
    /// The name by which we introduce ourselves is not accepted.
    HeloRefused {
        name: String,
    },
    /// Our address has no name in the DNS that leads back to it.
    ReverseNameMissing,
    /// Our address is on a block list.
    BlockListed,
    /// The receiving side distrusts the sending address, by its reputation or for what comes from it.
    Distrusted,
    /// Somebody's rule keeps mail from this recipient; the address is as good as before.
    RecipientDeclined,
    /// The domain of the recipient's address does not exist, or takes no mail.
    RecipientDomainUnknown,
    /// The message was taken for spam, or for harmful.
    TakenForSpam,
    /// The receiving side takes mail in the name of its own domain for forged.
    TakenForForgery,
    /// The mail service has blocked that sender for spam.
    SenderBlocked,
    /// Amazon SES: the sender or its domain is not verified.
    SenderNotVerified,
    /// The server does not forward mail for us.
    RelayDenied,
    /// There is no such mailbox, or it is disabled.
    RecipientRefused,
    /// The recipient's mailbox is full.
    MailboxFull,
    /// The receiving server puts first-time senders off. Normal, not an error.
    Greylisted {
        /// After how many seconds it wants to be asked again, if it said so.
        after_seconds: Option<u64>,
    },
    /// The sender's domain does not authorise this server (SPF, DKIM, DMARC).
    DomainNotAuthorised,
    /// Put off for another reason (4yz).
    TemporaryRefusal,
    /// The message itself was refused.
    MessageRefused,
    /// The message is larger than the server takes.
    TooLarge {
        /// The server's limit in bytes, if it said so.
        limit: Option<u64>,
    },
    /// An address beyond ASCII and a server without SMTPUTF8.
    Smtputf8NotOffered,
    /// Too many connections, or too fast (421 and the like).
    TooBusy,
    /// A reply beyond 64 KiB or 100 lines.
    ReplyTooLong,
    /// A reply that is none by RFC 5321.
    ReplyMalformed,
    /// A reply that makes no sense at its place.
    UnexpectedReply,
    ConnectionLost,
    /// The connection broke, or time ran out, after the whole message was sent: the server may have
    /// accepted it or not.
    OutcomeUnknown,
    /// No answer in time.
    Timeout,
}

/// A failure to hand over a message by SMTP: what happened at which step. It holds no secret, can be stored
/// as JSON, and says itself in any language (see [`SmtpFailure::what`]).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SmtpFailure {
    pub step: Step,
    pub cause: Cause,
    /// The server's host as configured.
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// The user name, if one is configured.
    pub username: Option<String>,
    /// The envelope's sender, once a message was at hand.
    pub sender: Option<String>,
    /// The envelope's recipient, likewise.
    pub recipient: Option<String>,
    /// What the server said, if it did; shortened.
    pub reply: Option<Reply>,
}

impl SmtpFailure {
    /// Whether the server may have accepted the message all the same.
    pub fn outcome_unknown(&self) -> bool {
        self.cause == Cause::OutcomeUnknown
    }

    /// Whether it says something about the provider. A server that is asked later may take the very
    /// message that it puts off now; a provider that refuses one recipient works.
    pub fn speaks_of_provider(&self) -> bool {
        match self.verdict() {
            Verdict::GiveUp | Verdict::RetryAfter(_) => false,
            Verdict::Retry => !matches!(
                self.cause,
                Cause::TemporaryRefusal
                    | Cause::Slow
                    | Cause::MailboxFull
                    | Cause::RecipientDeclined
                    | Cause::RecipientDomainUnknown
                    | Cause::Distrusted
                    | Cause::DomainNotAuthorised
            ),
            Verdict::ProviderBroken(_) => true,
        }
    }

    /// The steps that this way has: without sign-in where nobody signs in.
    pub fn steps(&self) -> Vec<Step> {
        let signs_in = self.username.is_some() || self.step == Step::SignIn;
        let mut steps = Step::in_order(self.security).to_vec();
        steps.retain(|step| *step != Step::SignIn || signs_in);
        steps
    }
}

impl fmt::Display for SmtpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at step {:?} with {}:{}", self.cause, self.step, self.host, self.port)?;
        match &self.reply {
            Some(reply) => write!(f, ": {}", reply.shown()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SmtpFailure {}
