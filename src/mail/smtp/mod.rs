//! Our side of an SMTP conversation (RFC 5321) over tokio and rustls.
//!
//! `wire.rs` moves bytes by a deadline and cuts them into replies; `reply.rs` knows what a reply is;
//! `capabilities.rs` what a server offers. `conversation.rs` asks and listens, `opening.rs` and
//! `sign_in.rs` take the steps until we are let in, and `transaction.rs` hands over messages.

//! What went wrong is a [`SmtpFailure`]: `reading.rs` tells which cause a refusing reply stands for, by the table of
//! `blame.rs`,
//! `verdict.rs` what to do with the message and the others, `sentences.rs` says it.

mod blame;
mod capabilities;
mod conversation;
mod failure;
mod heard;
mod opening;
mod quirks;
mod reading;
mod reply;
mod sentences;
mod sign_in;
mod transaction;
mod verdict;
mod wire;

pub(super) use capabilities::Capabilities;
pub use conversation::Conversation;
pub use failure::{Cause, SmtpFailure, Step};
pub(super) use quirks::Quirks;
pub use reply::{Enhanced, Reply};
pub(super) use reply::{shown, skeleton};
pub(super) use sentences::size;

#[cfg(test)]
mod facts_tests;
