//! Mail on its way out: what a message is, how it is handed to a tenant's provider, and how what
//! went wrong is told.
//!
//! The front door is [`Mailer::send`], to an SMTP server or to Microsoft Graph (see `microsoft365/mod.rs`
//! for what holds there). A test message, a diagnosis and real mail all go through it, and by SMTP through
//! the same [`Conversation`] beneath it, so what the test shows is what real mail meets.
//!
//! # Rules
//! - **Strangers type the host names.** Names are resolved here, every address is checked against
//!   the [`Network`]'s policy, and the connection goes to the checked address: a second resolution
//!   could answer differently (DNS rebinding). "No such name" and "not allowed" are one and the same
//!   failure, so that a form is neither a port scanner nor an oracle for internal names.
//! - **Whatever a server does, it costs little and ends.** Every phase has a deadline and the whole
//!   has one on top; a reply has at most 100 lines and 64 KiB. The failure says at which step it hung.
//! - **No fall-back to clear text, ever.** StartTLS means offered and done, or failure; bytes behind
//!   the `220` to STARTTLS are refused (CVE-2011-0411), not believed. A password crosses an
//!   unencrypted connection only when the administrator chose [`Security::None`].
//! - **Microsoft is asked at fixed hosts only**, never at one that a stranger types, and by the same rule
//!   about addresses. Only the operator can name others.
//! - **No secret leaves.** Transcripts, failures, replies and `Debug` hold none, not even when a
//!   server echoes one.
//! - **One message, one recipient.** Each person has a message of their own: nobody sees who else got
//!   it, and a refusal is about exactly one person.
//!
//! # Decisions
//! - lettre *builds* messages and is imported in `message.rs` only. Its transport is not used: its
//!   timeout covers the connect alone, it keeps plain-text bytes that were buffered before STARTTLS,
//!   and it reads reply lines without a bound.
//! - A [`Failure`] is a value that can be stored as JSON and be said later in any language; the
//!   words are in `sentences.rs` and `mail.ftl`, never in the conversation.
//! - PIPELINING (RFC 2920) from the start: over a real network the round trips are everything.

mod call;
mod check;
mod connection;
mod content;
mod extras;
mod failure;
mod header;
mod https;
mod mailer;
mod message;
mod microsoft365;
mod network;
mod own_limit;
mod reach;
mod server;
mod smtp;
mod tls;
mod transcript;
mod verdict;

pub use call::CallProblem;
pub use check::{Certificate, CheckOutcome, CheckStep, CheckedStep, OpenPort, Seen};
pub use connection::{Connection, SendOutcome};
pub use content::Attachment;
pub use extras::{Extras, Header, Inline};
pub use failure::{Failure, SendError, StepOutcome};
pub use https::{Https, NotFetched};
pub use mailer::{Acceptance, Mailer, Microsoft365Mailer, SmtpMailer};
pub use message::{Compose, ComposeProblem, Message, Sender};
pub use microsoft365::{
    Cloud, Microsoft365Account, Microsoft365Answer, Microsoft365Cause, Microsoft365Failure,
    Microsoft365Limits, Microsoft365Settings, Microsoft365Step,
};
pub use network::{Deadlines, Network, NetworkProblem, NetworkSettings};
pub use reach::special_networks;
pub use server::{Login, Security, SmtpServer};
pub use smtp::{Cause, Conversation, Enhanced, Reply, SmtpFailure, Step};
pub use transcript::{Direction, Line, Transcript};
pub use verdict::{Recovery, Verdict};
