//! The part of a conversation that hands over a mail: MAIL, RCPT, DATA (RFC 5321, section 3.3).

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::MAX_BYTES;
use super::lines::Line;
use super::session::{Next, Session};
use crate::demo::catcher::mailbox::{Envelope, Way};

/// The longest line of a mail (RFC 5321, section 4.5.3.1.6), without its end and a stuffed dot.
const MAX_LINE: usize = 998;
const MAX_RECIPIENTS: usize = 100;

/// A mail that is being handed over.
pub(super) struct Transaction {
    from: String,
    recipients: Vec<String>,
    smtputf8: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn mail(&mut self, from: String, parameters: &[String]) -> io::Result<Next> {
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
                    Ok(size) if size <= MAX_BYTES as u64 => {}
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

    pub(super) async fn recipient(&mut self, to: String, parameters: &[String]) -> io::Result<Next> {
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
        } else if transaction.recipients.len() >= MAX_RECIPIENTS {
            "452 4.5.3 Too many recipients"
        } else {
            transaction.recipients.push(to);
            "250 2.1.5 Ok"
        };
        self.say(reply).await
    }

    pub(super) async fn data(&mut self) -> io::Result<Next> {
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
        let envelope = Envelope {
            way: Way::Smtp,
            from: transaction.from,
            recipients: transaction.recipients,
            signed_in_as: name,
        };
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
            let Some(Line { too_long, crlf }) = self.listen(MAX_LINE + 1, &mut line).await? else {
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
            if bytes > MAX_BYTES {
                refusal = Some("552 5.3.4 The message is larger than SIZE allows");
            } else if !crlf || (!too_long && text.contains(&b'\r')) {
                refusal = Some("550 5.6.11 The message has a bare CR or LF");
            } else if too_long || text.len() > MAX_LINE {
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
}
