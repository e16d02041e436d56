//! Mail through Microsoft Graph, signed in as an application (OAuth 2.0 client credentials).
//!
//! # Rules
//! - **The same bytes as by SMTP**, but for large messages (below). A message is handed over in Graph's
//!   MIME form (base64 in `text/plain`): `List-Unsubscribe` and `Auto-Submitted` cannot travel in the JSON
//!   form. In this form, and of a draft, Microsoft keeps a copy in the mailbox's *Sent Items*, always; only
//!   the JSON form of `sendMail` can do without (reference "user: sendMail";
//!   microsoftgraph/microsoft-graph-docs#18698). So the mailbox fills, and a full one sends nothing more:
//!   the sentence about it says so.
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
//! - **Large messages as drafts, and only where the administrator says so.** Beyond 4 MiB of request Graph
//!   takes a message only as a draft in parts, which needs `Mail.ReadWrite`: that is reading every mail of
//!   the mailbox. Without it a message that is too large is a failure before anything is sent. The draft is
//!   made in JSON, since one from MIME has the same limit; then come its HTML text and `Message-ID`, each
//!   file (as a whole below 3 MiB, otherwise by an upload session) and *send*. It has one recipient and one
//!   place among the concurrent requests all the way. What cannot travel like this: `List-Unsubscribe` and
//!   `Auto-Submitted` (names of headers begin with `x-`; `X-Auto-Response-Suppress` takes the latter's
//!   place), the plain text (Exchange makes one of the HTML), `Date` and the sender's name (Exchange sets
//!   both). HTML text beyond 4 MiB of JSON remains too large; files may have 150 MiB, within what the
//!   mailbox may send.
//! - **Trouble with a draft is about one message**: refused, it never stops the tenant's other mail. A draft
//!   that is not sent is deleted, as well as that can be done; one that may be sent is left alone.
//! - **The address of an upload is a secret**, since it grants access by itself. It must be at a host of
//!   Microsoft's, or where the operator says that Graph is.
//! - **HTTP/1.1 only.** At three requests at once there is nothing to multiplex.

mod account;
mod answer;
mod backoff;
mod check;
mod day;
mod delivery;
mod draft;
mod draft_json;
mod exchange;
mod failure;
mod gateway;
mod http;
mod limits;
mod refusal;
mod retry_after;
mod sentences;
mod settings;
mod sign_in;
mod stage;
mod token;
mod verdict;

pub use account::{Cloud, Microsoft365Account};
pub use failure::{Microsoft365Answer, Microsoft365Cause, Microsoft365Failure, Microsoft365Step};
pub(super) use gateway::Gateway;
use settings::percent_encoded;
pub use settings::{Microsoft365Limits, Microsoft365Settings};

#[cfg(test)]
mod facts_tests;
