use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::answer::Redactor;
use super::delivery::{Delivery, Gate};
use super::http::Http;
use super::limits::Limiter;
use super::settings::Endpoints;
use super::token::{Asked, NoToken, Source, TokenKey, Tokens};
use super::{Microsoft365Account, Microsoft365Cause, Microsoft365Settings, Microsoft365Step, sign_in};
use crate::mail::reach::AddressPolicy;
use crate::mail::{Acceptance, Deadlines, Message, NetworkProblem, SendError};

/// The way to Microsoft 365 for everybody in this process: one HTTP client, one cache of tokens, one
/// keeper of limits.
pub(in crate::mail) struct Gateway {
    pub(super) http: Arc<Http>,
    pub(super) endpoints: Endpoints,
    pub(super) limiter: Limiter,
    pub(super) deadlines: Deadlines,
    tokens: Tokens,
}

impl Gateway {
    pub(in crate::mail) fn new(
        settings: &Microsoft365Settings,
        tls: &rustls::ClientConfig,
        reach: &AddressPolicy,
        deadlines: Deadlines,
    ) -> Result<Self, NetworkProblem> {
        let endpoints = Endpoints::new(settings)?;
        let http = Http::new(tls, reach, endpoints.named_by_operator(), &deadlines)?;
        let (limiter, tokens) = (Limiter::new(settings.limits), Tokens::default());
        Ok(Self { http: Arc::new(http), endpoints, limiter, deadlines, tokens })
    }

    /// Hands one message over; it is over after `deadline`.
    pub(in crate::mail) async fn send(
        &self,
        account: &Microsoft365Account,
        message: &Message,
        deadline: Duration,
    ) -> Result<Acceptance, SendError> {
        Delivery::new(self, account, message, Instant::now() + deadline).run().await
    }

    /// As [`Gateway::send`]; when it is the message's turn, and before anything of it leaves, `gate` is
    /// awaited.
    pub(in crate::mail) async fn send_when(
        &self,
        account: &Microsoft365Account,
        message: &Message,
        deadline: Duration,
        gate: Gate<'_>,
    ) -> Result<Acceptance, SendError> {
        Delivery::new(self, account, message, Instant::now() + deadline).when(gate).run().await
    }

    /// Forgets the tokens of an application, since somebody changed its settings.
    pub(in crate::mail) fn forget_tokens(&self, client_id: &str) {
        self.tokens.forget(client_id);
    }

    /// The account's token, at most until then.
    pub(super) async fn token(&self, account: &Microsoft365Account, until: Instant) -> (Asked, Source) {
        let Some(url) = self.endpoints.token(account.cloud, &account.tenant_id) else {
            let none = NoToken::new(Microsoft365Step::SignIn, Microsoft365Cause::TenantUnknown);
            return (Err(none), Source::Nowhere);
        };
        let asking = || {
            let (http, body) = (self.http.clone(), sign_in::body(account));
            let redactor = Redactor::new([account.client_secret.expose()]);
            let until = Instant::now() + self.connecting() + self.deadlines.command;
            async move { sign_in::ask(&http, url, body, &redactor, until).await }
        };
        self.tokens.get(&TokenKey::new(account), until, asking).await
    }

    /// Graph refused that token.
    pub(super) fn token_refused(&self, account: &Microsoft365Account, token: &Arc<super::token::Token>) {
        self.tokens.refused(&TokenKey::new(account), token);
    }

    /// How long it may take until a request can be written.
    pub(super) fn connecting(&self) -> Duration {
        self.deadlines.look_up + self.deadlines.connect + self.deadlines.encrypt
    }
}
