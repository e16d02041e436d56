//! The front door for pages: what every request passes, and what every page is made of.
//!
//! A request goes through [`front::door`] (request id, site, language, cross-site check, headers,
//! error pages), the session, and [`gate::gate`] (the table of routes: who may), then to its handler,
//! whose argument types ([`Member`], [`TenantAdmin`]) say the same again. What is not in the table is
//! denied.
//!
//! - Forms are decoded only after their CSRF token was checked ([`Form`]); a refusal is a 422 with
//!   the same page and what was typed, a success a 303.
//! - Programs come through [`api`].
//! - [`Error`] is one opaque type; it becomes a page in the visitor's language at the front door.

pub mod api;
pub mod assets;
mod banner;
mod context;
mod cookie;
mod error;
mod extract;
mod flash;
mod form;
pub mod front;
pub mod gate;
mod mask;
mod page;
mod read;
mod route;
mod section;
mod session;
mod surfaces;

pub use banner::{AskForBanner, Banner, Tone};
pub use context::{Context, SignedIn, Site, StaffSignedIn};
pub use cookie::{read_cookie, with_cookie, without_cookie};
pub use error::Error;
pub use extract::{Member, Staff, TenantAdmin, Visitor};
pub use flash::Flash;
pub use form::{Form, FormErrors, Problems};
pub use page::{
    Page, around_frame, mail_in_frame, masked, render, scripted, see_other, see_other_with, viewer,
};
pub use route::{Access, Place, Route, SupportAccess, get, post};
pub use section::Section;
pub use session::{
    Store, begin_diagnosis, begin_session, begin_staff_session, end_session, renew_session,
    session_middleware,
};
pub use surfaces::Surfaces;
