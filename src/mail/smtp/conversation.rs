use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsConnector;

use super::wire::{HandshakeProblem, Wire, WireProblem};
use super::{Capabilities, Reply};
use crate::mail::transcript::{Direction, Recorder, Transcript};
use crate::mail::{Cause, Failure, Message, Network, Security, SmtpServer, Step, reading, tls};
use crate::values::Secret;

/// RFC 8305, section 5: so long one address is given before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// A server that we leave gets that long to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

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
    addresses: Vec<SocketAddr>,
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
        }
    }

    /// Takes every step up to and including the sign-in.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn open(&mut self) -> Result<(), Box<Failure>> {
        self.resolve().await?;
        self.connect().await?;
        if self.server.security == Security::Tls {
            self.encrypt().await?;
        }
        self.greet().await?;
        if self.server.security == Security::StartTls {
            self.encrypt().await?;
        }
        self.sign_in().await
    }

    /// [`Step::Resolve`]: looks up where to connect to and keeps what the reach policy allows.
    ///
    /// # Errors
    /// [`Cause::NotReachable`], whatever the reason.
    pub async fn resolve(&mut self) -> Result<(), Box<Failure>> {
        let until = self.by(self.network.deadlines.look_up);
        match self.network.reach.resolve(&self.server.host, self.server.port, until).await {
            Ok(addresses) => {
                self.addresses = addresses;
                Ok(())
            }
            Err(_) => Err(self.fail(Step::Resolve, Cause::NotReachable, None)),
        }
    }

    /// [`Step::Connect`]: connects to the first of those addresses that answers (RFC 8305).
    ///
    /// # Errors
    /// When none answers.
    pub async fn connect(&mut self) -> Result<(), Box<Failure>> {
        let until = self.by(self.network.deadlines.connect);
        match connect(&self.addresses, until).await {
            Ok((stream, address)) => {
                self.note(&format!("connected to {address}"));
                self.wire = Some(Wire::new(stream));
                Ok(())
            }
            Err(cause) => Err(self.fail(Step::Connect, cause, None)),
        }
    }

    /// [`Step::Greeting`]: hears the server's greeting and introduces us with EHLO.
    ///
    /// # Errors
    /// When the server is silent, is no mail server, or does not want to talk to us.
    pub async fn greet(&mut self) -> Result<(), Box<Failure>> {
        let until = self.by(self.network.deadlines.greeting);
        let heard = self.hear(until).await;
        let greeting = match heard {
            Ok(reply) => reply,
            Err(problem) => {
                let said_something = self.wire.as_ref().is_some_and(Wire::has_unread);
                let cause = match problem {
                    WireProblem::Timeout if !said_something => Cause::SilentGreeting,
                    WireProblem::ReplyMalformed => Cause::NotSmtp,
                    problem => problem.into(),
                };
                return Err(self.fail(Step::Greeting, cause, None));
            }
        };
        if greeting.code != 220 {
            return Err(self.refused(Step::Greeting, greeting));
        }
        self.introduce(Step::Greeting).await
    }

    /// [`Step::Encrypt`]: STARTTLS with [`Security::StartTls`], then the handshake. It never goes on
    /// in clear: without encryption there is a failure.
    ///
    /// # Errors
    /// When the server offers no encryption, or none that we trust.
    pub async fn encrypt(&mut self) -> Result<(), Box<Failure>> {
        let starts_in_clear = self.server.security == Security::StartTls;
        if starts_in_clear {
            self.start_tls().await?;
        }
        let (Some(wire), Some(name)) = (self.wire.take(), tls::server_name(&self.server.host)) else {
            return Err(self.fail(Step::Encrypt, Cause::ConnectionLost, None));
        };
        let until = self.by(self.network.deadlines.encrypt);
        let connector = TlsConnector::from(self.network.tls.clone());
        let wire = match wire.encrypt(&connector, name, until).await {
            Ok(wire) => wire,
            Err(HandshakeProblem::Timeout) => return Err(self.fail(Step::Encrypt, Cause::Timeout, None)),
            Err(HandshakeProblem::Failed(error)) => {
                self.note(&format!("no encryption: {error}"));
                let cause = match tls::cause_of(&error) {
                    // the injected bytes came late, and the handshake stumbled over them
                    Cause::NotTls if starts_in_clear => Cause::InjectedAfterStartTls,
                    cause => cause,
                };
                return Err(self.fail(Step::Encrypt, cause, None));
            }
        };
        self.note(&format!("encrypted: {}", wire.encryption().unwrap_or_default()));
        self.wire = Some(wire);
        if starts_in_clear {
            // RFC 3207, section 4.2: whatever was said before counts for nothing
            self.introduce(Step::Encrypt).await?;
        }
        Ok(())
    }

    async fn start_tls(&mut self) -> Result<(), Box<Failure>> {
        if !self.offers.starttls {
            return Err(self.fail(Step::Encrypt, Cause::StartTlsNotOffered, None));
        }
        let reply = self.command(Step::Encrypt, "STARTTLS").await?;
        if reply.code != 220 {
            return Err(self.refused(Step::Encrypt, reply));
        }
        // CVE-2011-0411: what was sent in clear behind the reply would be taken for words of the
        // encrypted conversation
        if self.wire.as_ref().is_some_and(Wire::has_unread) {
            return Err(self.fail(Step::Encrypt, Cause::InjectedAfterStartTls, None));
        }
        Ok(())
    }

    /// EHLO, or HELO for a server that does not know it (RFC 5321, section 3.2).
    async fn introduce(&mut self, step: Step) -> Result<(), Box<Failure>> {
        self.offers = Capabilities::default();
        let ehlo = format!("EHLO {}", self.network.ehlo_name);
        let reply = self.command(step, &ehlo).await?;
        if reply.code == 250 {
            self.offers = Capabilities::parse(&reply);
            return Ok(());
        }
        if !reply.is_permanent() {
            return Err(self.refused(step, reply));
        }
        let helo = format!("HELO {}", self.network.ehlo_name);
        let reply = self.command(step, &helo).await?;
        if reply.code == 250 { Ok(()) } else { Err(self.refused(step, reply)) }
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
    pub async fn reset(&mut self) -> Result<(), Box<Failure>> {
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
    pub(super) async fn command(&mut self, step: Step, line: &str) -> Result<Reply, Box<Failure>> {
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
        let reply = wire.reply(until).await?.without(self.secrets.iter().map(Secret::expose));
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
    pub(super) fn refused(&mut self, step: Step, reply: Reply) -> Box<Failure> {
        let cause = reading::cause_of(step, &reply, &self.offers);
        self.fail(step, cause, Some(reply))
    }

    /// A failure. Unless it is the server's orderly answer, the two sides may be out of step and the
    /// connection is dropped; so it is after 421, whose sender closes it (RFC 5321, section 3.8).
    pub(super) fn fail(&mut self, step: Step, cause: Cause, reply: Option<Reply>) -> Box<Failure> {
        if reply.as_ref().is_none_or(|reply| reply.code == 421) {
            self.wire = None;
        }
        self.note(&format!("failed: {cause:?}"));
        Box::new(self.failure(step, cause, reply))
    }

    /// A failure that leaves the connection as it is.
    pub(super) fn failure(&self, step: Step, cause: Cause, reply: Option<Reply>) -> Failure {
        Failure {
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

/// Connects to the first address that answers; the next one is tried when the one before has failed
/// or has had its head start.
async fn connect(addresses: &[SocketAddr], until: Instant) -> Result<(TcpStream, SocketAddr), Cause> {
    let mut waiting = addresses.iter().copied();
    let mut attempts = FuturesUnordered::new();
    let mut cause = Cause::ConnectTimeout;
    loop {
        let more = waiting.next().map(|address| {
            attempts.push(async move { (TcpStream::connect(address).await, address) });
        });
        if attempts.is_empty() {
            return Err(cause);
        }
        let patience = if more.is_some() { Instant::now() + HEAD_START } else { until };
        tokio::select! {
            Some((attempt, address)) = attempts.next() => match attempt {
                Ok(stream) => {
                    // without it a small last packet waits 40 ms for an acknowledgement
                    let _ = stream.set_nodelay(true);
                    return Ok((stream, address));
                }
                Err(error) => cause = match error.kind() {
                    std::io::ErrorKind::ConnectionRefused => Cause::ConnectRefused,
                    std::io::ErrorKind::TimedOut => Cause::ConnectTimeout,
                    _ => Cause::NoRoute,
                },
            },
            () = sleep_until(patience.min(until)) => {
                if Instant::now() >= until {
                    return Err(Cause::ConnectTimeout);
                }
            }
        }
    }
}
