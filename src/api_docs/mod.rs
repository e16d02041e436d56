//! The documentation of the API: an `OpenAPI` document made from the calls themselves, and a viewer for it.
//!
//! The document has a path for each call in the table of routes, and no other: path, method, scope and answers are
//! those of the route. What every call has in common (the key, the limits, the form of problems) is added here.

mod document;
mod pages;

pub use document::Document;
pub use pages::routes;
