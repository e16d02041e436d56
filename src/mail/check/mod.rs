//! A check of a provider: the steps of a real delivery, taken by the code that delivers, up to the point at
//! which a mail would be sent.
//!
//! # Rules
//! - **No mail.** By SMTP the check ends after RCPT, with RSET and QUIT; DATA is never said. Microsoft Graph
//!   has no such point: what stands in for it is a message that is none (see `microsoft365/check.rs`).
//! - **What cannot be known is said so** ([`CheckOutcome::Unproven`]), and not guessed.
//! - **Whether a name exists and whether it may be connected to are one step.** Two steps would tell strangers
//!   which internal names there are.
//! - Each step is told when it ends, so that a page can show how far the check is.

mod certificate;
mod ports;
mod sentences;
mod smtp;
mod step;
mod witness;

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::{Failure, Mailer, Message};

pub use certificate::Certificate;
pub use ports::OpenPort;
pub use step::{CheckOutcome, CheckStep, CheckedStep, Seen};
pub(super) use witness::CertificateRecorder;

/// Who is told of each step. Whoever has gone is told nothing, and the check goes on.
pub(super) type Progress = UnboundedSender<CheckedStep>;

impl Mailer {
    /// The steps that a check takes, in order.
    pub fn check_steps(&self) -> &'static [CheckStep] {
        match self {
            Mailer::Smtp(mailer) => CheckStep::by_smtp(mailer.security()),
            Mailer::Microsoft365(_) => CheckStep::BY_MICROSOFT365,
        }
    }

    /// Takes the steps of a delivery of that message up to the point at which it would be sent, and tells each
    /// as it ends. It stops at the first failure, which it returns. Whatever the provider does, it is over
    /// after `deadline`.
    ///
    /// # Errors
    /// The failure that the last step told of, too.
    pub async fn check(
        &self,
        message: &Message,
        deadline: Duration,
        told: UnboundedSender<CheckedStep>,
    ) -> Result<(), Box<Failure>> {
        let until = Instant::now() + deadline;
        match self {
            Mailer::Smtp(mailer) => smtp::check(mailer, message, until, &told).await,
            Mailer::Microsoft365(mailer) => mailer.check(message, until, &told).await,
        }
    }

    /// On which of these ports the server's host answers as a mail server, and with which security. Nothing
    /// of worth is said to it. With Microsoft 365 there is nothing to try.
    pub async fn try_ports(&self, ports: &[u16], deadline: Duration) -> Vec<OpenPort> {
        match self {
            Mailer::Smtp(mailer) => ports::try_all(mailer, ports, Instant::now() + deadline).await,
            Mailer::Microsoft365(_) => Vec::new(),
        }
    }
}

pub(super) fn took_ms(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
