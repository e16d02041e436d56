//! One conversation, from the greeting (or from StartTLS) to its end.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

use super::auth::{self, Claim};
use super::command::{Command, Fault};
use super::lines::{Line, read_line};
use super::{MOST_BYTES, Rules};
use crate::demo::catcher::mailbox::Envelope;

/// The longest command: an AUTH response may have 12288 bytes (RFC 4954, section 4).
const LONGEST_COMMAND: usize = 12_288;
/// The longest line of a mail (RFC 5321, section 4.5.3.1.6), without its end and a stuffed dot.
const LONGEST_LINE: usize = 998;
const MOST_RECIPIENTS: usize = 100;
const MOST_FAULTS: u32 = 20;
const MOST_SIGN_INS: u32 = 5;

/// How a conversation ended.
pub(super) enum End<S> {
    Quit,
    /// The client was told to begin TLS.
    StartTls(S),
}

pub(super) struct Session<S> {
    stream: BufReader<S>,
    encrypted: bool,
    rules: Arc<Rules>,
    greeted: bool,
    signed_in_as: Option<String>,
    transaction: Option<Transaction>,
    faults: u32,
    sign_ins: u32,
}

struct Transaction {
    from: String,
    recipients: Vec<String>,
    smtputf8: bool,
}

enum Next {
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
            let Some(read) = self.listen(LONGEST_COMMAND, &mut line).await? else { return Ok(End::Quit) };
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
                    "250-localhost\r\n250-PIPELINING\r\n250-SIZE {MOST_BYTES}\r\n250-{encryption}\r\n\
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
        if self.sign_ins >= MOST_SIGN_INS {
            self.say("421 4.7.0 Too many failed sign-ins").await?;
            return Ok(Next::Close);
        }
        self.say("535 5.7.8 Authentication credentials invalid").await
    }

    /// The initial response, or the answer to a challenge; `None` if it was cancelled or is not base64.
    async fn response(
        &mut self,
        initial: Option<String>,
        challenge: &str,
    ) -> io::Result<Option<crate::values::Secret>> {
        if let Some(initial) = initial {
            return Ok(auth::decode(&initial));
        }
        self.say(&format!("334 {challenge}")).await?;
        let mut line = zeroize::Zeroizing::new(Vec::new());
        match self.listen(LONGEST_COMMAND, &mut line).await? {
            None => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(read) if read.too_long => Ok(None),
            Some(_) => Ok(std::str::from_utf8(&line).ok().and_then(auth::decode)),
        }
    }

    async fn mail(&mut self, from: String, parameters: &[String]) -> io::Result<Next> {
        if let Some(refusal) = self.not_ready() {
            return self.fault(refusal).await;
        }
        if self.transaction.is_some() {
            return self.fault("503 5.5.1 One sender is enough").await;
        }
        let mut smtputf8 = false;
        for parameter in parameters {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (key.to_ascii_uppercase().as_str(), value) {
                ("SIZE", size) => match size.parse::<u64>() {
                    Ok(size) if size <= MOST_BYTES as u64 => {}
                    Ok(_) => return self.say("552 5.3.4 The message is larger than SIZE allows").await,
                    Err(_) => return self.fault("501 5.5.4 SIZE needs a number").await,
                },
                ("BODY", kind) if ["7BIT", "8BITMIME"].iter().any(|k| k.eq_ignore_ascii_case(kind)) => {}
                ("AUTH", identity) if !identity.is_empty() => {}
                ("SMTPUTF8", "") => smtputf8 = true,
                _ => return self.fault("555 5.5.4 Unknown parameter of MAIL").await,
            }
        }
        if !smtputf8 && !from.is_ascii() {
            return self.say("553 5.6.7 This address needs SMTPUTF8").await;
        }
        self.transaction = Some(Transaction { from, recipients: Vec::new(), smtputf8 });
        self.say("250 2.1.0 Ok").await
    }

    async fn recipient(&mut self, to: String, parameters: &[String]) -> io::Result<Next> {
        if let Some(refusal) = self.not_ready() {
            return self.fault(refusal).await;
        }
        let Some(transaction) = &mut self.transaction else {
            return self.fault("503 5.5.1 Send MAIL first").await;
        };
        let local_part = to.rsplit_once('@').map_or(to.as_str(), |(local, _)| local);
        let reply = if !parameters.is_empty() {
            "555 5.5.4 Unknown parameter of RCPT"
        } else if !transaction.smtputf8 && !to.is_ascii() {
            "553 5.6.7 This address needs SMTPUTF8"
        } else if local_part.eq_ignore_ascii_case("unknown") {
            "550 5.1.1 User unknown in this demo"
        } else if local_part.eq_ignore_ascii_case("greylist") {
            "451 4.7.1 Greylisted in this demo, try again later"
        } else if transaction.recipients.len() >= MOST_RECIPIENTS {
            "452 4.5.3 Too many recipients"
        } else {
            transaction.recipients.push(to);
            "250 2.1.5 Ok"
        };
        self.say(reply).await
    }

    async fn data(&mut self) -> io::Result<Next> {
        if let Some(refusal) = self.not_ready() {
            return self.fault(refusal).await;
        }
        if self.transaction.as_ref().is_none_or(|transaction| transaction.recipients.is_empty()) {
            return self.fault("503 5.5.1 No valid recipients").await;
        }
        self.say("354 End data with <CR><LF>.<CR><LF>").await?;
        let message = self.message().await?;
        let (Some(transaction), Some(name)) = (self.transaction.take(), self.signed_in_as.clone()) else {
            return self.fault("503 5.5.1 Send MAIL first").await;
        };
        let raw = match message {
            Ok(raw) => raw,
            Err(refusal) => return self.say(refusal).await,
        };
        let envelope =
            Envelope { from: transaction.from, recipients: transaction.recipients, signed_in_as: name };
        let rules = Arc::clone(&self.rules);
        let kept = tokio::task::spawn_blocking(move || rules.mailbox.keep(envelope, &raw, rules.clock.now()));
        match kept.await.map_err(io::Error::other).flatten() {
            Ok(mail) => self.say(&format!("250 2.0.0 Ok: queued as {}", mail.id)).await,
            Err(error) => {
                tracing::error!(%error, "the mail catcher cannot keep a mail");
                self.say("451 4.3.0 The mail cannot be stored now").await
            }
        }
    }

    /// The mail up to its final dot, or why it is refused.
    ///
    /// A mail ends at CR LF dot CR LF and nowhere else, and bare CR or LF within it are refused: what
    /// two servers could read differently is how mail is smuggled past the first (CVE-2023-51764).
    async fn message(&mut self) -> io::Result<Result<Vec<u8>, &'static str>> {
        let mut raw = Vec::new();
        let mut line = Vec::new();
        let mut refusal = None;
        let mut after_crlf = true;
        let mut bytes: usize = 0;
        loop {
            let Some(Line { too_long, crlf }) = self.listen(LONGEST_LINE + 1, &mut line).await? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            let mut text = line.as_slice();
            if after_crlf && let Some(unstuffed) = text.strip_prefix(b".") {
                if crlf && unstuffed.is_empty() && !too_long {
                    return Ok(refusal.map_or(Ok(raw), Err));
                }
                text = unstuffed;
            }
            bytes = bytes.saturating_add(text.len() + 2);
            if bytes > MOST_BYTES {
                refusal = Some("552 5.3.4 The message is larger than SIZE allows");
            } else if !crlf || (!too_long && text.contains(&b'\r')) {
                refusal = Some("550 5.6.11 The message has a bare CR or LF");
            } else if too_long || text.len() > LONGEST_LINE {
                refusal = Some("554 5.6.0 The message has a line of more than 998 bytes");
            }
            after_crlf = crlf;
            if refusal.is_some() {
                raw = Vec::new();
            } else {
                raw.extend_from_slice(text);
                raw.extend_from_slice(b"\r\n");
            }
        }
    }

    /// Why no mail can be taken yet.
    fn not_ready(&self) -> Option<&'static str> {
        match (self.greeted, self.encrypted, &self.signed_in_as) {
            (_, false, _) => Some("530 5.7.0 Must issue a STARTTLS command first"),
            (false, ..) => Some("503 5.5.1 Send EHLO first"),
            (.., None) => Some("530 5.7.0 Authentication required"),
            _ => None,
        }
    }

    async fn listen(&mut self, most: usize, into: &mut Vec<u8>) -> io::Result<Option<Line>> {
        let line = tokio::time::timeout(self.rules.patience, read_line(&mut self.stream, most, into)).await;
        if line.is_err() {
            self.say("421 4.4.2 Nothing heard for too long").await?;
        }
        line?
    }

    async fn fault(&mut self, reply: &str) -> io::Result<Next> {
        self.faults += 1;
        if self.faults >= MOST_FAULTS {
            self.say("421 4.7.0 Too many errors").await?;
            return Ok(Next::Close);
        }
        self.say(reply).await
    }

    async fn say(&mut self, reply: &str) -> io::Result<Next> {
        let write = async {
            self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(self.rules.patience, write).await??;
        Ok(Next::Go)
    }
}
