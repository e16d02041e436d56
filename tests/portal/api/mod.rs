//! The API as a program sees it. `keys` has the table of all calls: a new one must be listed there.

mod attachments;
mod audits;
mod deliveries;
mod keys;
mod messages;
mod people;
mod programs;
mod transports;
