use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::check::Progress;
use super::{
    Conversation, Failure, Message, Microsoft365Account, Network, Reply, Security, SendError, SmtpFailure,
    SmtpServer, Transcript,
};

/// The one way out for a tenant's mail.
#[derive(Clone, Debug)]
pub enum Mailer {
    Smtp(SmtpMailer),
    Microsoft365(Microsoft365Mailer),
}

/// A tenant's SMTP server and the network that it is reached through.
#[derive(Clone, Debug)]
pub struct SmtpMailer {
    server: Arc<SmtpServer>,
    network: Arc<Network>,
}

/// A tenant's application at Microsoft and the network that it is reached through.
#[derive(Clone, Debug)]
pub struct Microsoft365Mailer {
    account: Arc<Microsoft365Account>,
    network: Arc<Network>,
}

/// A provider has taken a message over. Not "delivered": what becomes of it behind the provider, the
/// provider alone knows.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// By which server, as "host:port".
    pub server: String,
    /// Its words, often with the number under which it queued the message.
    pub reply: Reply,
    pub transcript: Transcript,
}

impl Mailer {
    /// A mailer through that server.
    pub fn smtp(server: SmtpServer, network: Arc<Network>) -> Self {
        Mailer::Smtp(SmtpMailer { server: Arc::new(server), network })
    }

    /// A mailer through that application.
    pub fn microsoft365(account: Microsoft365Account, network: Arc<Network>) -> Self {
        Mailer::Microsoft365(Microsoft365Mailer { account: Arc::new(account), network })
    }

    /// Hands one message to the provider. Whatever the provider does, it is over after `deadline`.
    ///
    /// Whoever drops the future on the way breaks the conversation off and will not learn whether the
    /// message was accepted; a handler that a browser may abandon runs it in a task of its own.
    ///
    /// # Errors
    /// What happened at which step, and what was said until then.
    pub async fn send(&self, message: &Message, deadline: Duration) -> Result<Acceptance, SendError> {
        match self {
            Mailer::Smtp(mailer) => mailer.send(message, deadline).await,
            Mailer::Microsoft365(mailer) => mailer.send(message, deadline).await,
        }
    }
}

impl SmtpMailer {
    /// A conversation with the server that has not begun, for whoever takes the steps by itself or
    /// sends many messages. It ends by `deadline` from now unless given another.
    pub fn conversation(&self, deadline: Duration) -> Conversation {
        Conversation::new(self.server.clone(), self.network.clone(), Instant::now() + deadline)
    }

    /// The server, as "host:port".
    pub(super) fn address(&self) -> String {
        self.server.address()
    }

    pub(super) fn security(&self) -> Security {
        self.server.security
    }

    pub(super) fn username(&self) -> Option<&str> {
        self.server.login.as_ref().map(|login| login.username.as_str())
    }

    /// The same host at another port, where nobody signs in.
    pub(super) fn at(&self, port: u16, security: Security) -> Self {
        let server = SmtpServer { host: self.server.host.clone(), port, security, login: None };
        Self { server: Arc::new(server), network: self.network.clone() }
    }

    async fn send(&self, message: &Message, deadline: Duration) -> Result<Acceptance, SendError> {
        let mut conversation = self.conversation(deadline);
        conversation.about(message);
        let outcome = hand_over(&mut conversation, message).await;
        let transcript = conversation.take_transcript();
        if conversation.is_open() {
            // the outcome is known; nobody needs to wait for the goodbye
            tokio::spawn(conversation.quit());
        }
        match outcome {
            Ok(reply) => Ok(Acceptance { server: self.server.address(), reply, transcript }),
            Err(failure) => Err(SendError { failure: Box::new((*failure).into()), transcript }),
        }
    }
}

async fn hand_over(conversation: &mut Conversation, message: &Message) -> Result<Reply, Box<SmtpFailure>> {
    conversation.open().await?;
    conversation.transmit(message).await
}

impl Microsoft365Mailer {
    async fn send(&self, message: &Message, deadline: Duration) -> Result<Acceptance, SendError> {
        self.network.microsoft365.send(&self.account, message, deadline).await
    }

    pub(super) async fn check(
        &self,
        message: &Message,
        until: Instant,
        told: &Progress,
    ) -> Result<(), Box<Failure>> {
        self.network.microsoft365.check(&self.account, message, until, told).await
    }

    /// As [`Mailer::send`]; when it is the message's turn, and before anything of it leaves, `gate` is
    /// awaited, and with `false` it calls the message back.
    pub(super) async fn send_when(
        &self,
        message: &Message,
        deadline: Duration,
        gate: Pin<&mut (dyn Future<Output = bool> + Send)>,
    ) -> Result<Acceptance, SendError> {
        self.network.microsoft365.send_when(&self.account, message, deadline, gate).await
    }
}
