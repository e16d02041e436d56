//! One conversation, from the greeting (or from StartTLS) to its end.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

use super::auth::{self, Claim};
use super::command::{Command, Fault};
use super::lines::{Line, read_line};
use super::transaction::Transaction;
use super::{MAX_BYTES, Rules};
use crate::values::Secret;

/// The longest command: an AUTH response may have 12288 bytes (RFC 4954, section 4).
const MAX_COMMAND: usize = 12_288;
const MAX_FAULTS: u32 = 20;
const MAX_SIGN_INS: u32 = 5;

/// How a conversation ended.
pub(super) enum End<S> {
    Quit,
    /// The client was told to begin TLS.
    StartTls(S),
}

pub(super) struct Session<S> {
    stream: BufReader<S>,
    pub(super) encrypted: bool,
    pub(super) rules: Arc<Rules>,
    pub(super) greeted: bool,
    pub(super) signed_in_as: Option<String>,
    pub(super) transaction: Option<Transaction>,
    faults: u32,
    sign_ins: u32,
}

/// How a conversation goes on.
pub(super) enum Next {
    Go,
    Close,
    StartTls,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(stream: S, encrypted: bool, rules: Arc<Rules>) -> Self {
        Self {
            stream: BufReader::new(stream),
            encrypted,
            rules,
            greeted: false,
            signed_in_as: None,
            transaction: None,
            faults: 0,
            sign_ins: 0,
        }
    }

    pub(super) async fn greet_and_run(mut self) -> io::Result<End<S>> {
        self.say("220 localhost ESMTP Posthorn demo mail catcher").await?;
        self.run().await
    }

    pub(super) async fn run(mut self) -> io::Result<End<S>> {
        let mut line = Vec::new();
        loop {
            let Some(read) = self.listen(MAX_COMMAND, &mut line).await? else { return Ok(End::Quit) };
            let next = match std::str::from_utf8(&line) {
                _ if read.too_long => self.fault("500 5.5.6 Line too long").await?,
                Ok(text) => match Command::parse(text) {
                    Ok(command) => self.obey(command).await?,
                    Err(Fault::Unknown) => self.fault("500 5.5.1 Command unrecognized").await?,
                    Err(Fault::Arguments(hint)) => self.fault(&format!("501 5.5.4 Syntax: {hint}")).await?,
                },
                Err(_) => self.fault("500 5.5.2 Not UTF-8").await?,
            };
            match next {
                Next::Go => {}
                Next::Close => {
                    self.stream.shutdown().await?;
                    return Ok(End::Quit);
                }
                Next::StartTls => return Ok(End::StartTls(self.stream.into_inner())),
            }
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        match command {
            Command::Ehlo => {
                self.reset_by_hello();
                let encryption = if self.encrypted { "AUTH PLAIN LOGIN" } else { "STARTTLS" };
                self.say(&format!(
                    "250-localhost\r\n250-PIPELINING\r\n250-SIZE {MAX_BYTES}\r\n250-{encryption}\r\n\
                     250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SMTPUTF8"
                ))
                .await
            }
            Command::Helo => {
                self.reset_by_hello();
                self.say("250 localhost").await
            }
            Command::StartTls => self.start_tls().await,
            Command::Auth { mechanism, initial } => self.authenticate(&mechanism, initial).await,
            Command::Mail { from, parameters } => self.mail(from, &parameters).await,
            Command::Rcpt { to, parameters } => self.recipient(to, &parameters).await,
            Command::Data => self.data().await,
            Command::Rset => {
                self.transaction = None;
                self.say("250 2.0.0 Ok").await
            }
            Command::Noop => self.say("250 2.0.0 Ok").await,
            Command::Vrfy => self.say("252 2.1.5 Cannot verify, but will take the message").await,
            Command::Help => self.say("214 2.0.0 This is a demo: no mail leaves it").await,
            Command::Quit => {
                self.say("221 2.0.0 Bye").await?;
                Ok(Next::Close)
            }
        }
    }

    fn reset_by_hello(&mut self) {
        self.greeted = true;
        self.transaction = None;
    }

    async fn start_tls(&mut self) -> io::Result<Next> {
        if self.encrypted {
            return self.fault("503 5.5.1 TLS is active already").await;
        }
        if !self.greeted {
            return self.fault("503 5.5.1 Send EHLO first").await;
        }
        if !self.stream.buffer().is_empty() {
            // Commands sent in clear behind STARTTLS would be obeyed as if they came through TLS
            // (CVE-2011-0411). No honest client sends any: end it here.
            self.say("554 5.7.0 Commands after STARTTLS are refused").await?;
            return Ok(Next::Close);
        }
        self.say("220 2.0.0 Ready to start TLS").await?;
        Ok(Next::StartTls)
    }

    async fn authenticate(&mut self, mechanism: &str, initial: Option<String>) -> io::Result<Next> {
        if !self.encrypted {
            return self.fault("530 5.7.0 Must issue a STARTTLS command first").await;
        }
        if !self.greeted || self.signed_in_as.is_some() || self.transaction.is_some() {
            return self.fault("503 5.5.1 AUTH is not possible now").await;
        }
        let claim = match mechanism {
            "PLAIN" => self.response(initial, "").await?.and_then(|message| Claim::of_plain(&message)),
            "LOGIN" => match self.response(initial, "VXNlcm5hbWU6").await? {
                Some(name) => {
                    let password = self.response(None, "UGFzc3dvcmQ6").await?;
                    password.map(|password| Claim::of_login(&name, password))
                }
                None => None,
            },
            _ => return self.fault("504 5.5.4 This mechanism is not offered").await,
        };
        let Some(claim) = claim else {
            return self.fault("501 5.5.2 The response cannot be understood").await;
        };
        if claim.is_true(&self.rules.logins) {
            self.signed_in_as = Some(claim.name);
            return self.say("235 2.7.0 Authentication successful").await;
        }
        self.sign_ins += 1;
        if self.sign_ins >= MAX_SIGN_INS {
            self.say("421 4.7.0 Too many failed sign-ins").await?;
            return Ok(Next::Close);
        }
        self.say("535 5.7.8 Authentication credentials invalid").await
    }

    /// The initial response, or the answer to a challenge; `None` if it was cancelled or is not base64.
    async fn response(&mut self, initial: Option<String>, challenge: &str) -> io::Result<Option<Secret>> {
        if let Some(initial) = initial {
            return Ok(auth::decode(&initial));
        }
        self.say(&format!("334 {challenge}")).await?;
        let mut line = zeroize::Zeroizing::new(Vec::new());
        match self.listen(MAX_COMMAND, &mut line).await? {
            None => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(read) if read.too_long => Ok(None),
            Some(_) => Ok(std::str::from_utf8(&line).ok().and_then(auth::decode)),
        }
    }

    pub(super) async fn listen(&mut self, most: usize, into: &mut Vec<u8>) -> io::Result<Option<Line>> {
        let line = tokio::time::timeout(self.rules.patience, read_line(&mut self.stream, most, into)).await;
        if line.is_err() {
            self.say("421 4.4.2 Nothing heard for too long").await?;
        }
        line?
    }

    /// A client that makes only mistakes is sent away.
    pub(super) async fn fault(&mut self, reply: &str) -> io::Result<Next> {
        self.faults += 1;
        if self.faults >= MAX_FAULTS {
            self.say("421 4.7.0 Too many errors").await?;
            return Ok(Next::Close);
        }
        self.say(reply).await
    }

    pub(super) async fn say(&mut self, reply: &str) -> io::Result<Next> {
        let write = async {
            self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(self.rules.patience, write).await??;
        Ok(Next::Go)
    }
}
