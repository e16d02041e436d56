//! `posthorn demo`: everything that a newcomer needs to try Posthorn on one machine.

pub mod catcher;
