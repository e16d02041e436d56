use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use tokio::time::Instant;

use super::draft::Parts;
use super::exchange::Request;
use super::gateway::Gateway;
use super::limits::{MailboxKey, Place, Rank, Reason, TooLong};
use super::stage::Stage;
use super::token::seconds;
use super::{
    Microsoft365Account, Microsoft365Answer, Microsoft365Cause, Microsoft365Failure, Microsoft365Step,
};
use crate::mail::transcript::Recorder;
use crate::mail::{Acceptance, Direction, Message, Reply, SendError};

/// Graph takes requests of 4 MiB ("Use the Microsoft Graph API", size limits), which base64 fills with
/// three quarters of it.
pub(super) const LARGEST_REQUEST: usize = 4 * 1024 * 1024;
/// So large a message fits into a request.
pub(super) const LARGEST_MESSAGE: usize = LARGEST_REQUEST / 4 * 3;
/// Whoever waits for our limits leaves that much of the deadline for the request itself: one that is cut
/// short leaves its outcome unknown.
const FOR_THE_REQUEST: Duration = Duration::from_secs(10);
/// A message has one recipient.
const RECIPIENTS: u32 = 1;

/// One message on its way.
pub(super) struct Delivery<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) account: &'a Microsoft365Account,
    pub(super) message: &'a Message,
    pub(super) until: Instant,
    pub(super) mailbox: MailboxKey,
    pub(super) said: Recorder,
    pub(super) signed_in: bool,
    gate: Option<Gate<'a>>,
    /// Only of a message that does not fit into a request.
    draft: Option<Parts>,
}

/// What is awaited before a message leaves; with `false` it calls the message back.
pub(in crate::mail) type Gate<'a> = Pin<&'a mut (dyn Future<Output = bool> + Send)>;

pub(super) type Failed = Box<Microsoft365Failure>;

impl<'a> Delivery<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        account: &'a Microsoft365Account,
        message: &'a Message,
        until: Instant,
    ) -> Self {
        let mailbox = MailboxKey::new(account);
        Self {
            gateway,
            account,
            message,
            until,
            mailbox,
            said: Recorder::new(),
            signed_in: false,
            gate: None,
            draft: None,
        }
    }

    /// Awaits that when it is the message's turn, before anything of it leaves.
    pub(super) fn when(mut self, gate: Gate<'a>) -> Self {
        self.gate = Some(gate);
        self
    }

    pub(super) async fn run(mut self) -> Result<Acceptance, SendError> {
        let outcome = self.hand_over().await;
        let transcript = self.said.take();
        match outcome {
            Ok(reply) => {
                let server = self.account.cloud.graph_host().to_owned();
                Ok(Acceptance { server, reply, transcript })
            }
            Err(failure) => Err(SendError { failure: Box::new((*failure).into()), transcript }),
        }
    }

    async fn hand_over(&mut self) -> Result<Reply, Failed> {
        if self.message.bytes().len() > LARGEST_MESSAGE {
            // a draft would lose what the message has beside its words
            if !self.account.large_messages || self.message.content().only_as_mime {
                let limit = u64::try_from(LARGEST_MESSAGE).unwrap_or(u64::MAX);
                return Err(self.failed(Microsoft365Cause::TooLarge { limit }));
            }
            self.draft = Some(Parts::of(self.message).map_err(|cause| self.failed(cause))?);
        }
        self.heed()?;
        self.token().await?; // first, since a refused sign-in is no matter of waiting for one's turn
        let count = self.gateway.limiter.count(&self.mailbox, RECIPIENTS);
        count.map_err(|wait| self.own_limit(&wait))?;
        let outcome = self.take_turn().await;
        if outcome.as_ref().is_err_and(|failure| !failure.outcome_unknown()) {
            self.gateway.limiter.count_back(&self.mailbox, RECIPIENTS);
        }
        outcome
    }

    /// Sends nothing while Microsoft wants to be left alone.
    pub(super) fn heed(&self) -> Result<(), Failed> {
        let Some((reason, left)) = self.gateway.limiter.left_alone(&self.mailbox) else { return Ok(()) };
        let after_seconds = Some(seconds(left));
        Err(self.failed(match reason {
            Reason::Throttled => Microsoft365Cause::Throttled { after_seconds },
            Reason::Unavailable => Microsoft365Cause::Unavailable { after_seconds },
        }))
    }

    async fn take_turn(&mut self) -> Result<Reply, Failed> {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        let latest = self.until - FOR_THE_REQUEST.min(left / 2);
        // what has a gate comes from the outbox
        let rank = if self.gate.is_some() { Rank::Usual } else { Rank::First };
        let place = self.gateway.limiter.turn(&self.mailbox, rank, latest).await;
        let place = Arc::new(place.map_err(|wait| self.own_limit(&wait))?);
        let waited = now.elapsed();
        if waited > Duration::from_millis(50) {
            self.said.add(Direction::Event, &format!("waited {} ms for our own limits", waited.as_millis()));
        }
        if let Some(gate) = self.gate.take() {
            // as with the turn: what is begun too late is cut short, and then nobody knows what became of it
            match tokio::time::timeout_at(latest, gate).await {
                Ok(true) => {}
                Ok(false) => return Err(self.failed(Microsoft365Cause::Timeout)),
                Err(_) => return Err(self.own_limit(&TooLong(Duration::ZERO))),
            }
        }
        self.heed()?; // somebody may have been refused meanwhile
        let outcome = self.send(&place).await;
        drop(place);
        outcome
    }

    async fn send(&mut self, place: &Arc<Place>) -> Result<Reply, Failed> {
        let said = match self.draft.take() {
            Some(parts) => self.send_draft(parts, place).await?,
            None => self.send_whole().await?,
        };
        self.gateway.limiter.taken(&self.mailbox);
        let id = said.trace_id.map(|id| format!(", request-id {id}")).unwrap_or_default();
        Ok(Reply::new(202, vec![format!("Accepted{id}")]))
    }

    async fn send_whole(&mut self) -> Result<Microsoft365Answer, Failed> {
        let url = self.gateway.endpoints.send_mail(self.account.cloud, &self.account.mailbox.to_string());
        let call = Request {
            stage: Stage::Message,
            method: Method::POST,
            url: url.ok_or_else(|| self.failed(Microsoft365Cause::MailboxUnknown))?,
            content_type: Some("text/plain"),
            body: BASE64_STANDARD.encode(self.message.bytes()).into(),
            success: 202,
        };
        Ok(self.ask(call).await?.said)
    }

    fn own_limit(&self, wait: &TooLong) -> Failed {
        self.failed(Microsoft365Cause::OwnLimit { after_seconds: seconds(wait.0).max(1) })
    }

    pub(super) fn failed(&self, cause: Microsoft365Cause) -> Failed {
        self.failure(Microsoft365Step::Send, cause, None)
    }

    pub(super) fn failure(
        &self,
        step: Microsoft365Step,
        cause: Microsoft365Cause,
        answer: Option<Microsoft365Answer>,
    ) -> Failed {
        Box::new(Microsoft365Failure {
            step,
            cause,
            cloud: self.account.cloud,
            mailbox: self.account.mailbox.to_string(),
            tenant_id: self.account.tenant_id.clone(),
            client_id: self.account.client_id.clone(),
            recipient: Some(self.message.to().to_string()),
            answer,
        })
    }
}
