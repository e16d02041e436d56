//! Mail through Microsoft Graph, signed in as an application (OAuth 2.0 client credentials).

mod account;
mod failure;
mod sentences;

pub use account::{Cloud, Microsoft365Account};
pub use failure::{Microsoft365Answer, Microsoft365Cause, Microsoft365Failure, Microsoft365Step};
