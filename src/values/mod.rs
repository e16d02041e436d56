//! Small parsed values that every room speaks in.
//!
//! Each is made by one `parse` function that either returns the value or says what is wrong with
//! the input; once made it needs no further check. A problem is a closed enum, so that the form
//! that asked can say it in the visitor's language.

mod actor;
mod email_address;
mod host;
mod ids;
mod role;
mod scope;
mod secret;
mod staff_role;
mod token;
pub mod unicode;

pub use actor::{Actor, Impersonator, Origin, StaffActor};
pub use email_address::{EmailAddress, EmailAddressProblem};
pub use host::{Host, HostProblem};
pub use ids::{
    ApiKeyId, DiagnosisId, OutboxMessageId, ProviderCheckId, SessionId, StaffId, TenantId, TestMessageId,
    UserId,
};
pub use role::Role;
pub use scope::{Scope, Scopes};
pub use secret::Secret;
pub use staff_role::StaffRole;
pub use token::{Token, TokenHash};
