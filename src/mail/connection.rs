use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{
    Acceptance, Conversation, Failure, Mailer, Message, Microsoft365Mailer, SendError, SmtpFailure,
    SmtpMailer, Step, Transcript,
};

/// A way to a provider for many messages, one after the other: by SMTP one conversation that is opened
/// when it is needed and used again and again, with Microsoft 365 a request each.
pub struct Connection {
    way: Channel,
    /// Whether the last failure came before any message was at hand.
    failed_to_open: bool,
}

enum Channel {
    Smtp { mailer: SmtpMailer, conversation: Option<Box<Conversation>> },
    Microsoft365(Microsoft365Mailer),
}

impl Mailer {
    /// A way for many messages; nothing is opened yet.
    pub fn connect(&self) -> Connection {
        let way = match self {
            Mailer::Smtp(mailer) => Channel::Smtp { mailer: mailer.clone(), conversation: None },
            Mailer::Microsoft365(mailer) => Channel::Microsoft365(mailer.clone()),
        };
        Connection { way, failed_to_open: false }
    }
}

impl Connection {
    /// Hands one message over. No transcript is kept.
    ///
    /// Before the first byte of the contents leaves, `gate` is awaited; with `false` it calls the message
    /// back. The envelope of `next` travels along if the server lets us; then it must be the next one.
    /// Whatever the provider does, it is over after `deadline`, the gate's time included. Once the gate is
    /// passed, the end of `enough` ends the wait for an SMTP server's answer: the outcome is unknown then.
    pub async fn send(
        &mut self,
        message: &Message,
        next: Option<&Message>,
        deadline: Duration,
        gate: impl Future<Output = bool> + Send,
        enough: impl Future<Output = ()> + Send,
    ) -> SendOutcome {
        self.failed_to_open = false;
        let called_back = AtomicBool::new(false);
        let mut gate = pin!(async {
            let passed = gate.await;
            called_back.store(!passed, Ordering::Relaxed);
            passed
        });
        let mut enough = pin!(enough);
        let until = Instant::now() + deadline;
        let result = match &mut self.way {
            Channel::Smtp { mailer, conversation } => {
                let mut way = Attempt { mailer, slot: conversation, message, next, until };
                let mut result = way.smtp(gate.as_mut(), enough.as_mut()).await;
                // A server closes what was idle for long, and says so or not, when we speak next. That is no
                // answer to this message.
                if matches!(result, Err(AttemptError { stale: true, .. })) {
                    result = way.smtp(gate.as_mut(), enough.as_mut()).await;
                }
                result.map_err(|trouble| {
                    self.failed_to_open = trouble.opening;
                    let failure = Box::new(Failure::from(*trouble.failure));
                    SendError { failure, transcript: Transcript::default() }
                })
            }
            Channel::Microsoft365(mailer) => mailer.send_when(message, deadline, gate).await,
        };
        match result {
            Ok(acceptance) => SendOutcome::Accepted(acceptance),
            Err(_) if called_back.load(Ordering::Relaxed) => SendOutcome::CalledBack,
            Err(error) => SendOutcome::Failed(error.failure),
        }
    }

    /// Whether a conversation is open, so that the next message needs no sign-in.
    pub fn is_open(&self) -> bool {
        match &self.way {
            Channel::Smtp { conversation, .. } => {
                conversation.as_ref().is_some_and(|conversation| conversation.is_open())
            }
            Channel::Microsoft365(_) => false,
        }
    }

    /// Whether the last failure was one to open the conversation.
    pub fn failed_to_open(&self) -> bool {
        self.failed_to_open
    }

    /// Takes leave. It may take two seconds.
    pub async fn close(self) {
        if let Channel::Smtp { conversation: Some(conversation), .. } = self.way
            && conversation.is_open()
        {
            conversation.quit().await;
        }
    }
}

/// What became of a message.
#[derive(Debug)]
pub enum SendOutcome {
    /// The provider has taken it over.
    Accepted(Acceptance),
    /// It was not handed over, or nobody knows.
    Failed(Box<Failure>),
    /// The gate called it back: nothing was sent.
    CalledBack,
}

struct AttemptError {
    failure: Box<SmtpFailure>,
    opening: bool,
    /// The conversation had been used before and was closed meanwhile.
    stale: bool,
}

/// One message on its way by SMTP.
struct Attempt<'a> {
    mailer: &'a SmtpMailer,
    slot: &'a mut Option<Box<Conversation>>,
    message: &'a Message,
    next: Option<&'a Message>,
    until: Instant,
}

impl Attempt<'_> {
    async fn smtp<G, E>(&mut self, gate: Pin<&mut G>, enough: Pin<&mut E>) -> Result<Acceptance, AttemptError>
    where
        G: Future<Output = bool>,
        E: Future<Output = ()>,
    {
        let Self { mailer, slot, message, next, until } = self;
        let used = slot.as_ref().is_some_and(|conversation| conversation.is_open());
        let conversation = match &mut **slot {
            Some(conversation) if used => conversation,
            slot => {
                let mut fresh = mailer.conversation(until.saturating_duration_since(Instant::now()));
                fresh.keep_transcript(false);
                fresh.about(message);
                fresh.open().await.map_err(|failure| AttemptError {
                    failure,
                    opening: true,
                    stale: false,
                })?;
                slot.insert(Box::new(fresh))
            }
        };
        conversation.set_deadline(*until);
        let transmitted = tokio::select! {
            transmitted = conversation.transmit_when(message, *next, gate) => transmitted,
            () = enough => Err(conversation.give_up()),
        };
        match transmitted {
            Ok(reply) => {
                Ok(Acceptance { server: mailer.address(), reply, transcript: Transcript::default() })
            }
            Err(failure) => {
                let stale = used && !conversation.is_open() && failure.step == Step::Sender;
                Err(AttemptError { failure, opening: false, stale })
            }
        }
    }
}
