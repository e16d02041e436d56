//! Mail through Microsoft Graph, signed in as an application (OAuth 2.0 client credentials).
//!
//! # Rules
//! - **The same bytes as by SMTP.** A message is handed over in Graph's MIME form (base64 in
//!   `text/plain`): `List-Unsubscribe` and `Auto-Submitted` cannot travel in the JSON form. In this form
//!   Microsoft keeps a copy in the mailbox's *Sent Items*, always; only the JSON form can do without
//!   (reference "user: sendMail"; microsoftgraph/microsoft-graph-docs#18698). So the mailbox fills, and a
//!   full one sends nothing more: the sentence about it says so.
//! - **Exactly 202 is a success**, and it means accepted: what becomes of the message later, Microsoft
//!   tells the mailbox, not us.
//! - **Microsoft is asked at fixed hosts** ([`Cloud`]), which may not lead into a private network, unless
//!   the operator names others for the global cloud. No redirect is followed and no proxy is used.
//! - **A token is asked for once, however many want it**, is kept in memory only, and renewed once when
//!   Graph refuses it. Requests for tokens are not counted among the concurrent requests: they go to
//!   another service, one at a time.
//! - **Microsoft is not pressed.** Three requests at once for an application, a message every two seconds
//!   and 10,000 recipients in 24 hours for a mailbox ([`Microsoft365Limits`]); whoever would wait beyond
//!   the deadline is told when to come back. After a 429 or a 503 the mailbox is left alone for as long as
//!   Microsoft says, and longer if that proves of no use.
//! - **Secrets and tokens are nowhere but on the wire**, also when Microsoft or a proxy repeats them. Our
//!   copies are wiped; those in the buffers of the HTTP and TLS libraries cannot be.
//!
//! # Decisions
//! - **No upload sessions.** Beyond 4 MiB of request Graph takes a message only as a draft in parts: the
//!   draft without its files, then each file by an upload session, then *send*; it needs `Mail.ReadWrite`,
//!   that is reading every mail of the mailbox. A draft made from MIME has the same limit of 4 MiB, and
//!   what makes a [`super::Message`] large here is its text, since it carries no files yet; text cannot be
//!   uploaded in parts. So a message that is too large is a failure that says so before anything is sent.
//! - **HTTP/1.1 only.** At three requests at once there is nothing to multiplex.

mod account;
mod answer;
mod backoff;
mod day;
mod delivery;
mod failure;
mod gateway;
mod http;
mod limits;
mod refusal;
mod retry_after;
mod sentences;
mod settings;
mod sign_in;
mod token;
mod verdict;

pub use account::{Cloud, Microsoft365Account};
pub use failure::{Microsoft365Answer, Microsoft365Cause, Microsoft365Failure, Microsoft365Step};
pub(super) use gateway::Gateway;
use settings::percent_encoded;
pub use settings::{Microsoft365Limits, Microsoft365Settings};
