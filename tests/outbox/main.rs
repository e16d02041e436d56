//! The room `outbox` from outside: the delivery engine, stepped by hand with a clock of its own, against
//! servers that misbehave; and as processes that are killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[cfg(test)]
mod delivery;
#[cfg(test)]
mod enqueue;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod mail_types;
#[cfg(test)]
mod microsoft365;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod own_limits;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod support;
#[cfg(test)]
mod time;
#[cfg(test)]
mod workers;
