//! Handing over messages. A transaction is MAIL, RCPT, DATA, the contents and a final dot (RFC 5321,
//! section 3.3); with PIPELINING (RFC 2920) the three commands travel together, and those of the next
//! message travel with this one's final dot.

use std::fmt::Write as _;
use std::future::ready;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::Instant;

use super::wire::WireProblem;
use super::{Cause, Conversation, Enhanced, Reply, SmtpFailure, Step};
use crate::mail::Message;

/// A server that broke off while the contents were written may have left its reason behind.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// So long a server that has answered a final dot may take for each reply to what came with it; asking anew costs
/// nothing but a connection.
const AHEAD: Duration = Duration::from_secs(10);

impl Conversation {
    /// [`Step::Sender`] by itself: MAIL.
    ///
    /// # Errors
    /// When the server refuses the sender, or cannot carry the message at all.
    pub async fn sender(&mut self, message: &Message) -> Result<(), Box<SmtpFailure>> {
        self.about(message);
        self.must_be_protected(Step::Sender)?;
        self.check(message)?;
        if self.in_transaction {
            self.reset().await?;
        }
        let reply = self.command(Step::Sender, &self.mail_command(message)).await?;
        if !is_done(&reply) {
            return Err(self.refused(Step::Sender, reply));
        }
        self.in_transaction = true;
        Ok(())
    }

    /// [`Step::Recipient`] by itself: RCPT.
    ///
    /// # Errors
    /// When the server refuses the recipient.
    pub async fn recipient(&mut self, message: &Message) -> Result<(), Box<SmtpFailure>> {
        let reply = self.command(Step::Recipient, &rcpt_command(message)).await?;
        if is_done(&reply) { Ok(()) } else { Err(self.refused(Step::Recipient, reply)) }
    }

    /// [`Step::Message`] by itself: DATA, the contents, the final dot.
    ///
    /// # Errors
    /// When the server refuses the message, or breaks off.
    pub async fn contents(&mut self, message: &Message) -> Result<Reply, Box<SmtpFailure>> {
        self.data().await?;
        self.deliver(message, None).await
    }

    async fn data(&mut self) -> Result<(), Box<SmtpFailure>> {
        let reply = self.command(Step::Message, "DATA").await?;
        if reply.code == 354 { Ok(()) } else { Err(self.refused(Step::Message, reply)) }
    }

    /// Hands one message over and returns the server's reply to the final dot.
    ///
    /// # Errors
    /// What the server has against the sender, the recipient or the message, or how it broke off.
    pub async fn transmit(&mut self, message: &Message) -> Result<Reply, Box<SmtpFailure>> {
        self.transmit_then(message, None).await
    }

    /// Hands one message over; the envelope of `next` travels with its final dot if the server lets
    /// us, which saves one more round trip a message. If so, `next` must be the next to be
    /// transmitted, and until then the conversation is good for nothing else.
    ///
    /// # Errors
    /// As [`Conversation::transmit`].
    pub async fn transmit_then(
        &mut self,
        message: &Message,
        next: Option<&Message>,
    ) -> Result<Reply, Box<SmtpFailure>> {
        self.transmit_when(message, next, pin!(ready(true))).await
    }

    /// As [`Conversation::transmit_then`]. When the server is ready for the contents, and before the first
    /// byte of them leaves, `gate` is awaited: it may take its time, and with `false` it calls the message
    /// back. Then the connection is cut, and nothing was sent. If another thing ends it before, `gate` was
    /// not awaited to its end and can be used again.
    ///
    /// # Errors
    /// As [`Conversation::transmit`]; [`Cause::ConnectionLost`] when it was called back.
    pub async fn transmit_when<G: Future<Output = bool>>(
        &mut self,
        message: &Message,
        next: Option<&Message>,
        mut gate: Pin<&mut G>,
    ) -> Result<Reply, Box<SmtpFailure>> {
        self.about(message);
        self.must_be_protected(Step::Sender)?;
        match self.asked_ahead.take() {
            Some(asked) if asked == message.message_id() => {
                self.hear_envelope_ahead().await?;
                self.pass(gate).await?;
                return self.deliver(message, next).await;
            }
            // an envelope once sent can only be taken back by hanging up: DATA is under way already
            Some(_) => return Err(self.fail(Step::Sender, Cause::ConnectionLost, None)),
            None => {
                self.check(message)?;
                if !self.offers.pipelining {
                    self.sender(message).await?;
                    self.recipient(message).await?;
                    self.data().await?;
                    self.pass(gate.as_mut()).await?;
                    return self.deliver(message, None).await;
                }
                self.queue_envelope(message);
                let until = self.by(self.network.deadlines.command);
                if let Err(problem) = self.flush(until).await {
                    return Err(self.fail(Step::Sender, problem.into(), None));
                }
            }
        }
        self.hear_envelope(self.network.deadlines.command).await?;
        self.pass(gate).await?;
        self.deliver(message, next).await
    }

    /// Leaves a server that has the contents, or a part of them, without waiting for its answer any longer.
    pub(in crate::mail) fn give_up(&mut self) -> Box<SmtpFailure> {
        self.fail(Step::Message, Cause::OutcomeUnknown, None)
    }

    async fn pass<G: Future<Output = bool>>(&mut self, gate: Pin<&mut G>) -> Result<(), Box<SmtpFailure>> {
        if gate.await { Ok(()) } else { Err(self.fail(Step::Message, Cause::ConnectionLost, None)) }
    }

    /// What can be known before a word is said: neither an address beyond ASCII nor the size gets
    /// better by asking. The connection stays as it is.
    fn check(&mut self, message: &Message) -> Result<(), Box<SmtpFailure>> {
        if message.needs_smtputf8() && !self.offers.smtputf8 {
            let step = if message.from().needs_smtputf8() { Step::Sender } else { Step::Recipient };
            return Err(Box::new(self.failure(step, Cause::Smtputf8NotOffered, None)));
        }
        let size = message.bytes().len() as u64;
        match self.offers.size_limit {
            Some(limit) if size > limit => {
                Err(Box::new(self.failure(Step::Sender, Cause::TooLarge { limit: Some(limit) }, None)))
            }
            _ => Ok(()),
        }
    }

    fn queue_envelope(&mut self, message: &Message) {
        if self.in_transaction {
            self.queue("RSET");
        }
        let mail = self.mail_command(message);
        self.queue(&mail);
        self.queue(&rcpt_command(message));
        self.queue("DATA");
    }

    /// MAIL with the parameters that are needed and offered: SIZE (RFC 1870, section 6.1),
    /// BODY=8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531, section 3.4).
    fn mail_command(&self, message: &Message) -> String {
        let mut line = format!("MAIL FROM:<{}>", message.from());
        if self.offers.size {
            let _ = write!(line, " SIZE={}", message.bytes().len());
        }
        if message.is_8bit() && self.offers.eight_bit {
            line.push_str(" BODY=8BITMIME");
        }
        if message.needs_smtputf8() {
            line.push_str(" SMTPUTF8");
        }
        line
    }

    /// Hears the replies to an envelope that travelled with the former message's final dot. Some servers throw away
    /// what stands behind the dot, and some do not know it for commands: then the connection is given up, nothing
    /// was sent, and this server gets no more behind a dot.
    async fn hear_envelope_ahead(&mut self) -> Result<(), Box<SmtpFailure>> {
        let patience = self.network.deadlines.command.min(AHEAD);
        let Err(failure) = self.hear_envelope(patience).await else { return Ok(()) };
        let is_lost = match &failure.reply {
            Some(reply) => matches!(reply.code, 500..=503) && !is_about_address(reply),
            None => matches!(failure.cause, Cause::Timeout | Cause::EnvelopeUnanswered),
        };
        if !is_lost {
            return Err(failure);
        }
        self.network.quirks.note_stop_at_the_dot(&self.server);
        self.hang_up();
        Err(self.fail(Step::Sender, Cause::ConnectionLost, None))
    }

    /// Hears the replies to an envelope that was sent in one go: all of them, whatever the first ones
    /// say (RFC 2920, section 3.1).
    async fn hear_envelope(&mut self, patience: Duration) -> Result<(), Box<SmtpFailure>> {
        let was_in_transaction = self.in_transaction;
        if was_in_transaction {
            self.expect(Step::Sender, patience).await?;
            self.in_transaction = false;
        }
        let mail = self.expect(Step::Sender, patience).await.map_err(|mut failure| {
            if failure.cause == Cause::Timeout {
                failure.cause = Cause::EnvelopeUnanswered;
            }
            failure
        })?;
        let rcpt = self.expect(Step::Recipient, patience).await;
        let rcpt = self.unless_refused(Step::Sender, &mail, rcpt)?;
        let data = self.expect(Step::Message, patience).await;
        let data = self.unless_refused(Step::Sender, &mail, data);
        let data = match data {
            Err(_) if !is_done(&rcpt) && is_done(&mail) => return Err(self.refused(Step::Recipient, rcpt)),
            data => data?,
        };
        self.in_transaction = is_done(&mail);
        let refusal = if !is_done(&mail) {
            Some((Step::Sender, mail))
        } else if !is_done(&rcpt) {
            Some((Step::Recipient, rcpt))
        } else if data.code != 354 {
            return Err(self.refused(Step::Message, data));
        } else {
            None
        };
        let Some((step, reply)) = refusal else { return Ok(()) };
        // what was heard counts, also if the server leaves while the lone dot is said
        if data.code == 354 && self.end_empty_data().await.is_err() {
            self.hang_up();
        }
        Err(self.refused(step, reply))
    }

    /// What came after a reply, unless that reply was a refusal and nothing came: then it is the refusal that counts.
    fn unless_refused(
        &mut self,
        step: Step,
        before: &Reply,
        after: Result<Reply, Box<SmtpFailure>>,
    ) -> Result<Reply, Box<SmtpFailure>> {
        match after {
            Err(_) if !is_done(before) => Err(self.refused(step, before.clone())),
            after => after,
        }
    }

    /// The next reply of several; 421 means that no further one will come.
    async fn expect(&mut self, step: Step, patience: Duration) -> Result<Reply, Box<SmtpFailure>> {
        let until = self.by(patience);
        match self.hear(until).await {
            Ok(reply) if reply.code == 421 => Err(self.refused(step, reply)),
            Ok(reply) => Ok(reply),
            Err(problem) => Err(self.fail(step, problem.into(), None)),
        }
    }

    /// RFC 2920, section 3.1: a server may say 354 although every recipient was refused; then there
    /// is no message, and a lone dot ends it.
    async fn end_empty_data(&mut self) -> Result<(), Box<SmtpFailure>> {
        let until = self.by(self.network.deadlines.command);
        self.record_sent(".");
        if let Some(wire) = &mut self.wire {
            wire.queue_contents(&[]);
        }
        if let Err(problem) = self.flush(until).await {
            return Err(self.fail(Step::Recipient, problem.into(), None));
        }
        self.expect(Step::Recipient, self.network.deadlines.command).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// The contents with the final dot, and with it the envelope of the next message, in one write.
    async fn deliver(
        &mut self,
        message: &Message,
        next: Option<&Message>,
    ) -> Result<Reply, Box<SmtpFailure>> {
        let size = message.bytes().len();
        self.record_sent(&format!("(the message, {size} bytes, and the final dot)"));
        if let Some(wire) = &mut self.wire {
            wire.queue_contents(message.bytes());
        }
        self.in_transaction = false;
        let may_follow = self.offers.pipelining && !self.network.quirks.stops_at_the_dot(&self.server);
        let next = next.filter(|next| may_follow && self.check(next).is_ok());
        if let Some(next) = next {
            self.queue_envelope(next);
            self.asked_ahead = Some(next.message_id().to_owned());
        }
        if let Err(problem) = self.flush(self.by(self.network.deadlines.data)).await {
            return Err(self.broken_off(problem, next.is_some()).await);
        }
        let until = self.by(self.network.deadlines.final_dot);
        match self.hear(until).await {
            Ok(reply) if is_done(&reply) => Ok(reply),
            Ok(reply) if !reply.is_positive() => Err(self.refused(Step::Message, reply)),
            // RFC 1047: the server has everything and we do not know what it made of it. An answer that is
            // none (3yz, nonsense, endless) tells no more than silence.
            answer => {
                let reply = answer.ok();
                self.hang_up();
                Err(self.fail(Step::Message, Cause::OutcomeUnknown, reply))
            }
        }
    }

    /// The contents could not be written. The final dot is their end, so the message is not accepted;
    /// unless something followed the dot, when it may have got through.
    async fn broken_off(&mut self, problem: WireProblem, dot_may_be_out: bool) -> Box<SmtpFailure> {
        if problem == WireProblem::Lost {
            let until = self.by(LAST_WORDS).min(Instant::now() + LAST_WORDS);
            if let Ok(reply) = self.hear(until).await
                && !reply.is_positive()
            {
                let failure = self.refused(Step::Message, reply);
                self.hang_up();
                return failure;
            }
        }
        let cause = if dot_may_be_out { Cause::OutcomeUnknown } else { problem.into() };
        self.fail(Step::Message, cause, None)
    }
}

fn rcpt_command(message: &Message) -> String {
    format!("RCPT TO:<{}>", message.to())
}

/// Whether a 501 or 503 is meant for an address (RFC 3463, section 3.2), and not for a command out of place.
fn is_about_address(reply: &Reply) -> bool {
    matches!(reply.enhanced, Some(Enhanced(5, 1 | 7, _)))
}

/// The first digit counts (RFC 5321, section 4.3.2); 251 and 252 at RCPT are yes as well.
fn is_done(reply: &Reply) -> bool {
    reply.code < 300
}
