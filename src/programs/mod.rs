//! *Administration > API keys*: making keys for programs, telling each once, revoking them; and what a program can ask
//! about itself, its tenant and the keys.
//!
//! - **The verbs are those of [`crate::api_keys`].** Pages and calls differ in one point: a program makes no key that
//!   may do more than its own, or lasts longer. A person administers, and may give every scope.
//! - **A key is told once**: the page that tells it is the answer to the form itself (200, `no-store`), and has no
//!   address to come back to.
//! - **Revoking is asked about on a page of its own**: a program that stops is not noticed at once.

mod api;
mod form;
pub(crate) mod notices;
mod pages;

pub use api::calls;
pub use pages::routes;
