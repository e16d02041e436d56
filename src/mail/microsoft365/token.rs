use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::backoff::Backoff;
use super::{Cloud, Microsoft365Account, Microsoft365Answer, Microsoft365Cause, Microsoft365Step};
use crate::values::Secret;

/// A token is renewed so long before its end.
const BEFORE_ITS_END: Duration = Duration::from_mins(5);

/// Which token. The secret stands in it as a hash: whoever has another secret gets another token, and
/// nobody who sees the key learns the secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct TokenKey {
    cloud: Cloud,
    tenant: String,
    client: String,
    secret: [u8; 32],
}

impl TokenKey {
    pub(super) fn new(account: &Microsoft365Account) -> Self {
        Self {
            cloud: account.cloud,
            tenant: account.tenant_id.to_lowercase(),
            client: account.client_id.to_lowercase(),
            secret: Sha256::digest(account.client_secret.expose()).into(),
        }
    }
}

/// A token for Graph. No `Debug`: it is as good as the mailbox until it ends.
pub(super) struct Token {
    pub(super) secret: Secret,
    /// How long it lives, counted from its request.
    pub(super) lifetime: Duration,
    /// From when on a new one is asked for.
    pub(super) renew_at: Instant,
}

impl Token {
    /// A token that was asked for at `asked`.
    pub(super) fn new(secret: Secret, lifetime: Duration, asked: Instant) -> Self {
        let fresh = if lifetime > BEFORE_ITS_END * 2 {
            lifetime.saturating_sub(BEFORE_ITS_END)
        } else {
            lifetime / 2
        };
        Self { secret, lifetime, renew_at: asked + fresh }
    }
}

/// Why there is none.
#[derive(Clone)]
pub(super) struct NoToken {
    pub(super) step: Microsoft365Step,
    pub(super) cause: Microsoft365Cause,
    pub(super) answer: Option<Microsoft365Answer>,
    /// How long the sign-in wants to be left alone, if it is busy and said so.
    pub(super) retry_after: Option<Duration>,
}

impl NoToken {
    pub(super) fn new(step: Microsoft365Step, cause: Microsoft365Cause) -> Box<Self> {
        Box::new(Self { step, cause, answer: None, retry_after: None })
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.cause, Microsoft365Cause::SignInBusy { .. })
    }
}

pub(super) type Asked = Result<Arc<Token>, Box<NoToken>>;

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Cache,
    Microsoft,
    /// It was not even asked for.
    Nowhere,
}

/// The tokens of this process. Each is asked for once, however many want it: the request is a task of
/// its own, so that whoever goes away takes it from nobody.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<HashMap<TokenKey, Slot>>>);

#[derive(Default)]
struct Slot {
    token: Option<Arc<Token>>,
    renewal: Option<(u64, Shared<BoxFuture<'static, Asked>>)>,
    renewals: u64,
    backoff: Backoff,
}

impl Tokens {
    /// The token of the cache, or the one that `ask` gets, at most until then.
    pub(super) async fn get<F>(
        &self,
        key: &TokenKey,
        until: Instant,
        ask: impl FnOnce() -> F,
    ) -> (Asked, Source)
    where
        F: Future<Output = Asked> + Send + 'static,
    {
        let renewal = {
            let mut slots = self.slots();
            let now = Instant::now();
            if !slots.contains_key(key) {
                slots.retain(|_, slot| slot.is_needed(now));
            }
            let slot = slots.entry(key.clone()).or_default();
            if let Some(token) = slot.token.as_ref().filter(|token| now < token.renew_at) {
                return (Ok(token.clone()), Source::Cache);
            }
            if let Some(left) = slot.backoff.left(now) {
                let cause = Microsoft365Cause::SignInBusy { after_seconds: Some(seconds(left)) };
                return (Err(NoToken::new(Microsoft365Step::SignIn, cause)), Source::Nowhere);
            }
            match &slot.renewal {
                Some((_, renewal)) if renewal.peek().is_none() => renewal.clone(),
                _ => {
                    slot.renewals += 1;
                    let renewal = self.renew(key.clone(), slot.renewals, now, ask());
                    slot.renewal = Some((slot.renewals, renewal.clone()));
                    renewal
                }
            }
        };
        let late = NoToken::new(Microsoft365Step::SignIn, Microsoft365Cause::Timeout);
        (timeout_at(until, renewal).await.unwrap_or(Err(late)), Source::Microsoft)
    }

    fn renew(
        &self,
        key: TokenKey,
        number: u64,
        began: Instant,
        asking: impl Future<Output = Asked> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Asked>> {
        let tokens = self.clone();
        let task = tokio::spawn(async move {
            let mut asked = asking.await;
            let mut slots = tokens.slots();
            // a slot that was forgotten meanwhile stays so
            if let Some(slot) = slots.get_mut(&key).filter(|slot| slot.is_renewed_by(number)) {
                slot.renewal = None;
                match &mut asked {
                    Ok(token) => {
                        slot.backoff.taken();
                        slot.token = Some(token.clone());
                    }
                    Err(none) => {
                        slot.token = None;
                        if none.is_busy() {
                            let wait = slot.backoff.refused(Instant::now(), began, none.retry_after);
                            let after_seconds = Some(seconds(wait));
                            none.cause = Microsoft365Cause::SignInBusy { after_seconds };
                        }
                    }
                }
            }
            asked
        });
        let lost = NoToken::new(Microsoft365Step::SignIn, Microsoft365Cause::Timeout);
        async move { task.await.unwrap_or(Err(lost)) }.boxed().shared()
    }

    /// Graph refuses that token: it is not used again. Another, which somebody got meanwhile, stays.
    pub(super) fn refused(&self, key: &TokenKey, refused: &Arc<Token>) {
        if let Some(slot) = self.slots().get_mut(key)
            && slot.token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused))
        {
            slot.token = None;
        }
    }

    /// Forgets the tokens of an application, and what was held against it.
    pub(super) fn forget(&self, client: &str) {
        let client = client.to_lowercase();
        self.slots().retain(|key, _| key.client != client);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<TokenKey, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn is_renewed_by(&self, number: u64) -> bool {
        self.renewal.as_ref().is_some_and(|(own, _)| *own == number)
    }

    fn is_needed(&self, now: Instant) -> bool {
        self.renewal.is_some()
            || self.token.as_ref().is_some_and(|token| now < token.renew_at)
            || !self.backoff.is_idle(now)
    }
}

/// Whole seconds, rounded up: whoever comes back then is not too early.
pub(super) fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The permissions that a token names (claim `roles`, RFC 7519's payload), if it can be read at all. A hint
/// and no more: the signature is not looked at, Microsoft may make its tokens unreadable at any time
/// ("Access tokens"), and what Exchange grants by RBAC for Applications is not among them.
pub(super) fn roles(token: &Secret) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        roles: Vec<String>,
    }
    let parts: Vec<&str> = token.expose().split('.').collect();
    let [_, payload, _] = parts.as_slice() else { return None };
    let claims = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_can_be_read_names_its_permissions() {
        let token = |claims: &str| {
            Secret::new(format!(
                "eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl",
                BASE64_URL_SAFE_NO_PAD.encode(claims)
            ))
        };
        let named = roles(&token(r#"{"roles":["Mail.Send","Mail.ReadWrite"],"aud":"x"}"#));
        assert_eq!(named.unwrap(), ["Mail.Send", "Mail.ReadWrite"]);
        assert_eq!(roles(&token(r#"{"aud":"x"}"#)), Some(Vec::new()));
        for claims in ["", "{", "7", r#"{"roles":"Mail.Send"}"#] {
            assert_eq!(roles(&token(claims)), None, "{claims}");
        }
        for opaque in ["", "opaque", "a.b", "a.b.c", "a.!!.c", "..", "a.e30.c.d.e"] {
            assert_eq!(roles(&Secret::new(opaque)), None, "{opaque}");
        }
    }
}
