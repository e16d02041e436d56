use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::time::Instant;

use super::blame::Context;
use super::wire::{Wire, WireProblem};
use super::{Capabilities, Cause, Reply, SmtpFailure, Step, reading};
use crate::mail::check::CertificateRecorder;
use crate::mail::transcript::{Direction, Recorder, Transcript};
use crate::mail::{Message, Network, Security, SmtpServer};
use crate::values::Secret;

/// A server that we leave gets that long to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// A server that said something so short ago is slow, and not silent.
const STILL_TALKING: Duration = Duration::from_secs(4);

/// One conversation with a server: each step by itself, so that a diagnosis can watch them, or all
/// of them by [`Conversation::open`] and then any number of messages by [`Conversation::transmit`].
///
/// The steps up to sign-in are taken once and in the order of [`Step::in_order`]. After a failure
/// that leaves the two sides in step, like a refused recipient, the conversation can go on; see
/// [`Conversation::is_open`].
pub struct Conversation {
    pub(super) server: Arc<SmtpServer>,
    pub(super) network: Arc<Network>,
    until: Instant,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) wire: Option<Wire>,
    pub(super) offers: Capabilities,
    recorder: Recorder,
    /// What must not be repeated from a server's mouth.
    pub(super) secrets: Vec<Secret>,
    pub(super) sender: Option<String>,
    pub(super) recipient: Option<String>,
    /// Whether a transaction was begun and neither finished nor reset.
    pub(super) in_transaction: bool,
    /// The message whose envelope was sent along with the one before it.
    pub(super) asked_ahead: Option<String>,
    /// What notes which certificates the server showed; only a check wants to know.
    pub(super) witness: Option<Arc<CertificateRecorder>>,
}

impl Conversation {
    /// A conversation that has not begun. However its steps are spread over time, all of them end by
    /// `until`.
    pub fn new(server: Arc<SmtpServer>, network: Arc<Network>, until: Instant) -> Self {
        Self {
            server,
            network,
            until,
            addresses: Vec::new(),
            wire: None,
            offers: Capabilities::default(),
            recorder: Recorder::new(),
            secrets: Vec::new(),
            sender: None,
            recipient: None,
            in_transaction: false,
            asked_ahead: None,
            witness: None,
        }
    }

    /// Has the server's certificates noted, which makes no difference to whether they are accepted.
    pub(in crate::mail) fn witnessed(&mut self) {
        self.witness = self.network.verifier.clone().map(CertificateRecorder::new);
    }

    /// The certificates that the server showed, its own first, each as DER; none unless they were witnessed.
    pub(in crate::mail) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.witness.as_ref().map(|witness| witness.seen()).unwrap_or_default()
    }

    /// The addresses that may be connected to, once they were looked up.
    pub(in crate::mail) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What the server offers, once it has introduced itself.
    pub(in crate::mail) fn offers(&self) -> &Capabilities {
        &self.offers
    }

    /// The version and cipher of the encryption, once there is one.
    pub(in crate::mail) fn encryption(&self) -> Option<String> {
        self.wire.as_ref().and_then(Wire::encryption)
    }

    /// Sets the deadline for what comes next; for a conversation that is used again.
    pub fn set_deadline(&mut self, until: Instant) {
        self.until = until;
    }

    /// Whether the conversation can go on.
    pub fn is_open(&self) -> bool {
        self.wire.is_some()
    }

    /// What was said since the last call. Secrets are not in it.
    pub fn take_transcript(&mut self) -> Transcript {
        self.recorder.take()
    }

    /// Whether a transcript is kept, as it is from the start. For bulk mail nobody reads one.
    pub fn keep_transcript(&mut self, keep: bool) {
        self.recorder.keep(keep);
    }

    /// Ends a transaction without a message, or makes sure that the server still answers.
    ///
    /// # Errors
    /// When it does not, or not with yes.
    pub async fn reset(&mut self) -> Result<(), Box<SmtpFailure>> {
        let reply = self.command(Step::Sender, "RSET").await?;
        if reply.code != 250 {
            return Err(self.refused(Step::Sender, reply));
        }
        self.in_transaction = false;
        Ok(())
    }

    /// Says goodbye, waits two seconds at most for the answer, and closes the connection.
    pub async fn quit(mut self) {
        let until = Instant::now() + FAREWELL;
        self.until = until;
        if self.asked_ahead.is_none() && self.say("QUIT", until).await.is_ok() {
            let _ = self.hear(until).await;
        }
        if let Some(wire) = self.wire.take() {
            wire.close(until).await;
        }
    }

    /// Names whom the coming steps are about, for the failure's words.
    pub fn about(&mut self, message: &Message) {
        self.sender = Some(message.from().to_string());
        self.recipient = Some(message.to().to_string());
    }

    /// When a phase that begins now must end.
    pub(super) fn by(&self, phase: Duration) -> Instant {
        self.until.min(Instant::now() + phase)
    }

    /// One command without secrets, and its reply.
    pub(super) async fn command(&mut self, step: Step, line: &str) -> Result<Reply, Box<SmtpFailure>> {
        let until = self.by(self.network.deadlines.command);
        let reply = match self.say(line, until).await {
            Ok(()) => self.hear(until).await,
            Err(problem) => Err(problem),
        };
        reply.map_err(|problem| self.fail(step, problem.into(), None))
    }

    pub(super) async fn say(&mut self, line: &str, until: Instant) -> Result<(), WireProblem> {
        self.queue(line);
        self.flush(until).await
    }

    /// Queues a command without secrets.
    pub(super) fn queue(&mut self, line: &str) {
        self.recorder.add(Direction::Sent, line);
        if let Some(wire) = &mut self.wire {
            wire.queue(line.as_bytes());
            wire.queue(b"\r\n");
        }
    }

    pub(super) async fn flush(&mut self, until: Instant) -> Result<(), WireProblem> {
        self.wire.as_mut().ok_or(WireProblem::Lost)?.flush(until).await
    }

    pub(super) async fn hear(&mut self, until: Instant) -> Result<Reply, WireProblem> {
        let wire = self.wire.as_mut().ok_or(WireProblem::Lost)?;
        let reply = wire.reply(until).await?.without(&self.secrets.iter().map(Secret::expose));
        if reply.lines.is_empty() {
            self.recorder.add(Direction::Received, &reply.code.to_string());
        }
        for (number, line) in reply.lines.iter().enumerate() {
            let joint = if number + 1 == reply.lines.len() { ' ' } else { '-' };
            self.recorder.add(Direction::Received, &format!("{}{joint}{line}", reply.code));
        }
        Ok(reply)
    }

    pub(super) fn record_sent(&mut self, words: &str) {
        self.recorder.add(Direction::Sent, words);
    }

    pub(super) fn note(&mut self, words: &str) {
        self.recorder.add(Direction::Event, words);
    }

    /// The failure that a reply stands for.
    pub(super) fn refused(&mut self, step: Step, reply: Reply) -> Box<SmtpFailure> {
        let context = Context {
            sender: self.sender.as_deref(),
            recipient: self.recipient.as_deref(),
            ehlo_name: &self.network.ehlo_name,
        };
        let cause = reading::cause_of(step, &reply, &self.offers, &context);
        self.fail(step, cause, Some(reply))
    }

    /// A failure. Unless it is the server's orderly answer, the two sides may be out of step and the
    /// connection is dropped; so it is after 421, whose sender closes it (RFC 5321, section 3.8).
    pub(super) fn fail(&mut self, step: Step, cause: Cause, reply: Option<Reply>) -> Box<SmtpFailure> {
        let still_talks = self.wire.as_ref().is_some_and(|wire| wire.has_heard_within(STILL_TALKING));
        let cause = match cause {
            Cause::Timeout if still_talks && Instant::now() >= self.until => Cause::Slow,
            cause => cause,
        };
        if reply.as_ref().is_none_or(|reply| reply.code == 421) {
            self.hang_up();
        }
        self.note(&format!("failed: {cause:?}"));
        Box::new(self.failure(step, cause, reply))
    }

    pub(super) fn hang_up(&mut self) {
        self.wire = None;
        self.asked_ahead = None;
        self.in_transaction = false;
    }

    /// The last gate before anything of worth is said, whatever steps were taken or skipped before:
    /// unless the administrator chose no security, the connection is encrypted.
    pub(super) fn must_be_protected(&mut self, step: Step) -> Result<(), Box<SmtpFailure>> {
        match &self.wire {
            Some(wire) if wire.is_encrypted() || self.server.security == Security::None => Ok(()),
            Some(_) => Err(self.fail(step, Cause::StartTlsNotOffered, None)),
            None => Err(self.fail(step, Cause::ConnectionLost, None)),
        }
    }

    /// A failure that leaves the connection as it is.
    pub(super) fn failure(&self, step: Step, cause: Cause, reply: Option<Reply>) -> SmtpFailure {
        SmtpFailure {
            step,
            cause,
            host: self.server.host.to_string(),
            port: self.server.port,
            security: self.server.security,
            username: self.server.login.as_ref().map(|login| login.username.clone()),
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            reply: reply.map(Reply::shortened),
        }
    }
}

impl From<WireProblem> for Cause {
    fn from(problem: WireProblem) -> Self {
        match problem {
            WireProblem::Timeout => Cause::Timeout,
            WireProblem::Lost => Cause::ConnectionLost,
            WireProblem::ReplyTooLong => Cause::ReplyTooLong,
            WireProblem::ReplyMalformed => Cause::ReplyMalformed,
        }
    }
}
