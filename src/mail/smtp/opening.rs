//! The steps from a name to an encrypted connection with a server that has introduced itself.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsConnector;

use super::wire::{HandshakeProblem, Wire, WireProblem};
use super::{Capabilities, Cause, Conversation, SmtpFailure, Step};
use crate::mail::{Security, own_limit, tls};
use crate::values::Host;

/// RFC 8305, section 5: so long one address is given before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

impl Conversation {
    /// Takes every step up to and including the sign-in.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn open(&mut self) -> Result<(), Box<SmtpFailure>> {
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
    /// [`Cause::NotReachable`] for a name, whatever the reason; [`Cause::InternalAddress`] for an address.
    pub async fn resolve(&mut self) -> Result<(), Box<SmtpFailure>> {
        let until = self.by(self.network.deadlines.look_up);
        match self.network.reach.resolve(&self.server.host, self.server.port, until).await {
            Ok(addresses) => {
                self.addresses = addresses;
                Ok(())
            }
            Err(_) if matches!(self.server.host, Host::Ip(_)) => {
                Err(self.fail(Step::Resolve, Cause::InternalAddress, None))
            }
            // The same time for every refusal of a name, as it is the same sentence: a quick answer would tell an
            // internal name from one that does not exist.
            Err(_) => {
                let cause = if own_limit::is_reached() { Cause::OwnLimit } else { Cause::NotReachable };
                sleep_until(until).await;
                Err(self.fail(Step::Resolve, cause, None))
            }
        }
    }

    /// [`Step::Connect`]: connects to the first of those addresses that answers (RFC 8305).
    ///
    /// # Errors
    /// When none answers.
    pub async fn connect(&mut self) -> Result<(), Box<SmtpFailure>> {
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
    pub async fn greet(&mut self) -> Result<(), Box<SmtpFailure>> {
        let until = self.by(self.network.deadlines.greeting);
        let heard = self.hear(until).await;
        let greeting = match heard {
            Ok(reply) => reply,
            Err(problem) => {
                let said_something = self.wire.as_ref().is_some_and(Wire::has_heard);
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
    pub async fn encrypt(&mut self) -> Result<(), Box<SmtpFailure>> {
        let starts_in_clear = self.server.security == Security::StartTls;
        if starts_in_clear {
            self.start_tls().await?;
        }
        let (Some(wire), Some(name)) = (self.wire.take(), tls::server_name(&self.server.host)) else {
            return Err(self.fail(Step::Encrypt, Cause::ConnectionLost, None));
        };
        let until = self.by(self.network.deadlines.encrypt);
        let tls = match &self.witness {
            Some(witness) => witness.config(&self.network.tls),
            None => self.network.tls.clone(),
        };
        let connector = TlsConnector::from(tls);
        let wire = match wire.encrypt(&connector, name, until).await {
            Ok(wire) => wire,
            Err(HandshakeProblem::Timeout) => return Err(self.fail(Step::Encrypt, Cause::Timeout, None)),
            Err(HandshakeProblem::Greeted(reply, error)) if !starts_in_clear => {
                self.note(&format!("no encryption: {error}"));
                self.hang_up();
                return Err(self.fail(Step::Encrypt, Cause::NotTls, Some(reply)));
            }
            Err(HandshakeProblem::Failed(error) | HandshakeProblem::Greeted(_, error)) => {
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

    async fn start_tls(&mut self) -> Result<(), Box<SmtpFailure>> {
        if !self.offers.starttls {
            return Err(self.fail(Step::Encrypt, Cause::StartTlsNotOffered, None));
        }
        let reply = self.command(Step::Encrypt, "STARTTLS").await?;
        if reply.code != 220 {
            let failure = self.refused(Step::Encrypt, reply);
            self.hang_up();
            return Err(failure);
        }
        // CVE-2011-0411: what was sent in clear behind the reply would be taken for words of the
        // encrypted conversation
        if self.wire.as_ref().is_some_and(Wire::has_unread) {
            return Err(self.fail(Step::Encrypt, Cause::InjectedAfterStartTls, None));
        }
        Ok(())
    }

    /// EHLO, or HELO for a server that does not know it (RFC 5321, section 3.2).
    async fn introduce(&mut self, step: Step) -> Result<(), Box<SmtpFailure>> {
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
                    _ if own_limit::is(&error) => Cause::OwnLimit,
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
