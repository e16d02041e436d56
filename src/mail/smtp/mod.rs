//! Our side of an SMTP conversation (RFC 5321) over tokio and rustls.
//!
//! `wire.rs` moves bytes by a deadline and cuts them into replies; `reply.rs` knows what a reply is;
//! `capabilities.rs` what a server offers. `conversation.rs` asks and listens, `opening.rs` and
//! `sign_in.rs` take the steps until we are let in, and `transaction.rs` hands over messages.

mod capabilities;
mod conversation;
mod opening;
mod reply;
mod sign_in;
mod transaction;
mod wire;

pub(super) use capabilities::Capabilities;
pub use conversation::Conversation;
pub(super) use reply::shown;
pub use reply::{Enhanced, Reply};
