use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::answer::Redactor;
use super::gateway::Gateway;
use super::http::{self, Answer, Silence, Why};
use super::limits::{MailboxKey, Reason, TooLong};
use super::refusal::{self, Wait};
use super::sign_in::Wiped;
use super::token::{Source, Token, seconds};
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
    gateway: &'a Gateway,
    account: &'a Microsoft365Account,
    message: &'a Message,
    until: Instant,
    mailbox: MailboxKey,
    said: Recorder,
    signed_in: bool,
}

type Failed = Box<Microsoft365Failure>;

impl<'a> Delivery<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        account: &'a Microsoft365Account,
        message: &'a Message,
        until: Instant,
    ) -> Self {
        let mailbox = MailboxKey::new(account);
        Self { gateway, account, message, until, mailbox, said: Recorder::new(), signed_in: false }
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
            let limit = u64::try_from(LARGEST_MESSAGE).unwrap_or(u64::MAX);
            return Err(self.failed(Microsoft365Cause::TooLarge { limit }));
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
    fn heed(&self) -> Result<(), Failed> {
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
        let place = self.gateway.limiter.turn(&self.mailbox, latest).await;
        let place = place.map_err(|wait| self.own_limit(&wait))?;
        let waited = now.elapsed();
        if waited > Duration::from_millis(50) {
            self.said.add(Direction::Event, &format!("waited {} ms for our own limits", waited.as_millis()));
        }
        self.heed()?; // somebody may have been refused meanwhile
        let outcome = self.send().await;
        drop(place);
        outcome
    }

    async fn send(&mut self) -> Result<Reply, Failed> {
        let token = self.token().await?; // again, since it may have been renewed meanwhile
        let body: Bytes = BASE64_STANDARD.encode(self.message.bytes()).into();
        let began = Instant::now();
        let answer = self.post(body.clone(), &token).await?;
        if !refusal::is_of_token(&answer) {
            return self.judge(&answer, &token, began);
        }
        self.say_answer(&answer, &token);
        self.gateway.token_refused(self.account, &token);
        self.signed_in = false;
        let renewed = self.token().await?;
        let began = Instant::now();
        let answer = self.post(body, &renewed).await?;
        self.judge(&answer, &renewed, began)
    }

    async fn token(&mut self) -> Result<Arc<Token>, Failed> {
        let (asked, source) = self.gateway.token(self.account, self.until).await;
        if source == Source::Microsoft {
            let url = self.gateway.endpoints.token(self.account.cloud, &self.account.tenant_id);
            self.said.add(Direction::Sent, &format!("POST {}", url.map(String::from).unwrap_or_default()));
        }
        match asked {
            Ok(token) => {
                let life = token.lifetime.as_secs();
                match source {
                    Source::Cache if self.signed_in => {}
                    Source::Cache => self.said.add(Direction::Event, "signed in before"),
                    _ => self.said.add(Direction::Received, &format!("200, a token for {life} s")),
                }
                self.signed_in = true;
                Ok(token)
            }
            Err(none) => {
                if let Some(answer) = &none.answer {
                    self.said.add(Direction::Received, &answer.in_one_line());
                }
                Err(self.failure(none.step, none.cause, none.answer))
            }
        }
    }

    async fn post(&mut self, body: Bytes, token: &Token) -> Result<Answer, Failed> {
        let url = self.gateway.endpoints.send_mail(self.account.cloud, &self.account.mailbox.to_string());
        let url = url.ok_or_else(|| self.failed(Microsoft365Cause::MailboxUnknown))?;
        let id = Uuid::now_v7();
        let headers =
            request_headers(token, &id).ok_or_else(|| self.failed(Microsoft365Cause::TokenRefused))?;
        let words = format!("POST {url}, {} bytes, client-request-id {id}", body.len());
        self.said.add(Direction::Sent, &words);
        let patience = self.gateway.connecting() + self.gateway.deadlines.data;
        let until = self.until.min(Instant::now() + patience);
        match self.gateway.http.post(url, headers, body, until).await {
            Ok(answer) => Ok(answer),
            Err(silence) => {
                self.said.add(Direction::Event, silence.in_words());
                Err(self.failed(silence.cause()))
            }
        }
    }

    fn judge(&mut self, answer: &Answer, token: &Token, began: Instant) -> Result<Reply, Failed> {
        let said = self.say_answer(answer, token);
        if answer.status == 202 {
            self.gateway.limiter.taken(&self.mailbox);
            let id = said.trace_id.map(|id| format!(", request-id {id}")).unwrap_or_default();
            return Ok(Reply::new(202, vec![format!("Accepted{id}")]));
        }
        let (mut cause, wait) = refusal::of(answer);
        if let Some(Wait { reason, asked }) = wait {
            let left = self.gateway.limiter.refused(&self.mailbox, reason, began, asked);
            let after_seconds = Some(seconds(left));
            cause = match reason {
                Reason::Throttled => Microsoft365Cause::Throttled { after_seconds },
                Reason::Unavailable => Microsoft365Cause::Unavailable { after_seconds },
            };
        }
        Err(self.failure(Microsoft365Step::Send, cause, Some(said)))
    }

    fn say_answer(&mut self, answer: &Answer, token: &Token) -> Microsoft365Answer {
        let redactor = Redactor::new([token.secret.expose(), self.account.client_secret.expose()]);
        let (_, said) = super::answer::of_graph(answer, &redactor);
        self.said.add(Direction::Received, &said.in_one_line());
        said
    }

    fn own_limit(&self, wait: &TooLong) -> Failed {
        self.failed(Microsoft365Cause::OwnLimit { after_seconds: seconds(wait.0).max(1) })
    }

    fn failed(&self, cause: Microsoft365Cause) -> Failed {
        self.failure(Microsoft365Step::Send, cause, None)
    }

    fn failure(
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

impl Silence {
    /// Before the whole request was on its way Graph cannot have taken the message; afterwards it may.
    fn cause(self) -> Microsoft365Cause {
        match self.why {
            Why::NotTrusted => Microsoft365Cause::NotTrusted,
            _ if self.request_sent => Microsoft365Cause::OutcomeUnknown,
            Why::Timeout => Microsoft365Cause::Timeout,
            Why::NotReachable => Microsoft365Cause::NotReachable,
        }
    }

    fn in_words(self) -> &'static str {
        match (self.why, self.request_sent) {
            (Why::NotTrusted, _) => "no encrypted connection that can be trusted",
            (Why::Timeout, true) => "no answer in time",
            (Why::Timeout, false) => "no connection in time",
            (Why::NotReachable, true) => "the connection broke before the answer",
            (Why::NotReachable, false) => "no connection",
        }
    }
}

/// With the token, which is wiped after use as far as it is ours, and never shown by the HTTP library.
fn request_headers(token: &Token, id: &Uuid) -> Option<HeaderMap> {
    let bearer = Zeroizing::new(format!("Bearer {}", token.secret.expose()));
    let mut bearer = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(bearer))).ok()?;
    bearer.set_sensitive(true);
    let mut headers = http::headers("text/plain");
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let id = HeaderValue::from_str(&id.to_string()).ok()?;
    headers.insert(HeaderName::from_static("client-request-id"), id);
    Some(headers)
}
