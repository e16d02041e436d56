//! What the tests share: a portal of one's own, people, and a browser without JavaScript.

mod database;
mod dns;
mod form;
mod issuer;
mod log;
mod page;
mod people;
mod portal;
mod program;
mod visitor;
mod web_server;

pub(crate) use database::{Database, admin_url};
pub(crate) use form::Form;
pub(crate) use issuer::{CLIENT, CLIENT_SECRET, Issuer, Script, Signing, UserInfo};
pub(crate) use log::collect_log;
pub(crate) use page::Page;
pub(crate) use people::{ALICE, Account, BEN, GRETA, HANS, OLGA, SAM, StaffAccount};
pub(crate) use portal::{CATCHER_PASSWORD, LOOK_UP, ODD_PASSWORD, SENDER, TestPortal};
pub(crate) use program::Program;
pub(crate) use visitor::{Request, Visitor};
