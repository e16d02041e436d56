//! One request of a delivery, and what its answer means.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::answer::Redactor;
use super::delivery::{Delivery, Failed};
use super::http::{self, Answer, TransportError, Why};
use super::limits::Reason;
use super::refusal::{self, Wait};
use super::sign_in::Wiped;
use super::stage::Stage;
use super::token::{Source, Token, roles, seconds};
use super::{Microsoft365Answer, Microsoft365Cause, Microsoft365Step};
use crate::mail::Direction;

/// A request to Graph.
pub(super) struct Request {
    pub(super) stage: Stage,
    pub(super) method: Method,
    pub(super) url: Url,
    /// The type of the body, if it has one.
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
    /// The one status that is a success.
    pub(super) success: u16,
}

/// What came of it.
pub(super) struct Exchange {
    pub(super) answer: Answer,
    /// What may be shown of it.
    pub(super) said: Microsoft365Answer,
    pub(super) token: Arc<Token>,
}

impl Delivery<'_> {
    /// Asks Graph, and once more with another token if it refuses the one that we have.
    pub(super) async fn ask(&mut self, call: Request) -> Result<Exchange, Failed> {
        let mut token = self.token().await?; // each time, since it may have been renewed meanwhile
        let mut began = Instant::now();
        let mut answer = self.request(&call, &token).await?;
        if refusal::is_of_token(&answer) {
            let redactor = self.redactor(&token);
            self.say_answer(&answer, &redactor);
            self.gateway.token_refused(self.account, &token);
            self.signed_in = false;
            token = self.token().await?;
            began = Instant::now();
            answer = self.request(&call, &token).await?;
        }
        let redactor = self.redactor(&token);
        let said = self.judge(call.stage, call.success, &answer, &redactor, began)?;
        Ok(Exchange { answer, said, token })
    }

    pub(super) async fn token(&mut self) -> Result<Arc<Token>, Failed> {
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
                if self.account.large_messages && !self.signed_in {
                    self.said.add(Direction::Event, permissions(&token));
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

    pub(super) async fn request(&mut self, call: &Request, token: &Token) -> Result<Answer, Failed> {
        let id = Uuid::now_v7();
        let headers = request_headers(token, &id, call.content_type)
            .ok_or_else(|| self.failed(Microsoft365Cause::TokenRefused))?;
        let Request { method, url, body, .. } = call;
        let words = format!("{method} {url}, {} bytes, client-request-id {id}", body.len());
        self.said.add(Direction::Sent, &words);
        self.hear(call.stage, method.clone(), url.clone(), headers, body.clone()).await
    }

    /// The answer, or what its absence means.
    pub(super) async fn hear(
        &mut self,
        stage: Stage,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, Failed> {
        let patience = self.gateway.connecting() + self.gateway.deadlines.data;
        let until = self.until.min(Instant::now() + patience);
        match self.gateway.http.request(method, url, headers, body, until).await {
            Ok(answer) => Ok(answer),
            Err(silence) => {
                self.said.add(Direction::Event, silence.in_words());
                Err(self.failed(stage.silence(silence)))
            }
        }
    }

    pub(super) fn judge(
        &mut self,
        stage: Stage,
        success: u16,
        answer: &Answer,
        redactor: &Redactor,
        began: Instant,
    ) -> Result<Microsoft365Answer, Failed> {
        let said = self.say_answer(answer, redactor);
        if answer.status == success {
            return Ok(said);
        }
        let (cause, wait) = refusal::of(answer);
        let mut cause = stage.means(cause);
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

    pub(super) fn say_answer(&mut self, answer: &Answer, redactor: &Redactor) -> Microsoft365Answer {
        let (_, said) = super::answer::of_graph(answer, redactor);
        self.said.add(Direction::Received, &said.in_one_line());
        said
    }

    pub(super) fn redactor(&self, token: &Token) -> Redactor {
        Redactor::new([token.secret.expose(), self.account.client_secret.expose()])
    }
}

impl TransportError {
    fn in_words(self) -> &'static str {
        match (self.why, self.request_sent) {
            (Why::NotTrusted, _) => "no encrypted connection that can be trusted",
            (Why::Timeout, true) => "no answer in time",
            (Why::Timeout, false) => "no connection in time",
            (Why::NotReachable, true) => "the connection broke before the answer",
            (Why::NotReachable, false) => "no connection",
            (Why::OwnLimit, _) => "nothing was sent: this installation has no file, memory or thread left",
        }
    }
}

/// Which of the permissions that large messages need the token names. A hint: what Exchange grants by RBAC
/// for Applications stands in no token.
fn permissions(token: &Token) -> &'static str {
    let Some(roles) = roles(&token.secret) else {
        return "whether the app has Mail.ReadWrite cannot be known from this token";
    };
    let names = |wanted: &str| roles.iter().any(|role| role == wanted);
    match (names("Mail.ReadWrite"), names("Mail.Send")) {
        (true, true) => "the token carries Mail.ReadWrite and Mail.Send",
        (true, false) => "the token carries Mail.ReadWrite, but not Mail.Send (which Exchange may grant)",
        (false, true) => "the token carries Mail.Send, but not Mail.ReadWrite (which Exchange may grant)",
        (false, false) => {
            "the token carries neither Mail.ReadWrite nor Mail.Send; whether Exchange grants them cannot be known"
        }
    }
}

/// With the token, which is wiped after use as far as it is ours, and never shown by the HTTP library.
pub(super) fn request_headers(
    token: &Token,
    id: &Uuid,
    content_type: Option<&'static str>,
) -> Option<HeaderMap> {
    let bearer = Zeroizing::new(format!("Bearer {}", token.secret.expose()));
    let mut bearer = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(bearer))).ok()?;
    bearer.set_sensitive(true);
    let mut headers = content_type.map(http::headers).unwrap_or_default();
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let id = HeaderValue::from_str(&id.to_string()).ok()?;
    headers.insert(HeaderName::from_static("client-request-id"), id);
    Some(headers)
}
