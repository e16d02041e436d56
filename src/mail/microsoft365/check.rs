//! The steps of a check with Microsoft 365.
//!
//! **One request for a token answers four questions.** Microsoft looks for the tenant, then for the
//! application in it, then at the secret; its refusal says where it stopped. The token comes from no cache:
//! a secret that was deleted meanwhile must not pass.
//!
//! **There is no permission that tells whether one may send**: what Entra grants stands in the token, what
//! Exchange grants stands nowhere, and reading a mailbox needs another permission. So Graph is given a message
//! that is none, a character that is no base64. It must look at token, permission and mailbox first to be of
//! use; whether it always does is not documented, so that its complaint about the base64
//! (`ErrorMimeContentInvalidBase64String`, reference "user: sendMail") is no proof, only no objection.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;
use tokio::time::Instant;

use super::answer::Redactor;
use super::delivery::Delivery;
use super::exchange::Request;
use super::gateway::Gateway;
use super::sign_in;
use super::stage::Stage;
use super::token::{Asked, NoToken, Token, roles};
use super::{
    Microsoft365Account, Microsoft365Cause as Cause, Microsoft365Failure, Microsoft365Step, refusal,
};
use crate::mail::check::{Progress, took_ms};
use crate::mail::{CheckOutcome, CheckStep, CheckedStep, Direction, Failure, Message, Seen};

/// No base64, and nothing that a lenient reader could make a mail of.
const NO_MESSAGE: &[u8] = b"!";
const NO_BASE64: &str = "ErrorMimeContentInvalidBase64String";
/// At most that many permissions are named.
const ROLES: usize = 20;

impl Gateway {
    /// Takes the steps; see [`crate::mail::Mailer::check`].
    pub(in crate::mail) async fn check(
        &self,
        account: &Microsoft365Account,
        message: &Message,
        until: Instant,
        told: &Progress,
    ) -> Result<(), Box<Failure>> {
        let mut check =
            Check { delivery: Delivery::new(self, account, message, until), told, began: Instant::now() };
        let token = check.sign_in().await?;
        check.roles(&token);
        check.probe(&token).await
    }
}

struct Check<'a> {
    delivery: Delivery<'a>,
    told: &'a Progress,
    /// When the present step began.
    began: Instant,
}

impl Check<'_> {
    /// The first four steps.
    async fn sign_in(&mut self) -> Result<Arc<Token>, Box<Failure>> {
        let token = match self.ask().await {
            Ok(token) => token,
            Err(none) => {
                if let Some(answer) = &none.answer {
                    self.delivery.said.add(Direction::Received, &answer.in_one_line());
                }
                let failed_at = step_of(&none);
                let failure = self.delivery.failure(none.step, none.cause, none.answer);
                // what was said belongs to where it stopped
                let said = self.delivery.said.take();
                for step in CheckStep::BY_MICROSOFT365.iter().take_while(|step| **step != failed_at) {
                    self.passed(*step);
                }
                self.delivery.said.put_back(said);
                return Err(self.failed(failed_at, failure));
            }
        };
        let life = token.lifetime.as_secs();
        self.delivery.said.add(Direction::Received, &format!("200, a token for {life} s"));
        for step in [CheckStep::Cloud, CheckStep::Directory, CheckStep::Client] {
            self.passed(step);
        }
        self.tell(CheckStep::Secret, CheckOutcome::Passed, vec![Seen::Token { seconds: life }]);
        Ok(token)
    }

    async fn ask(&mut self) -> Asked {
        let Delivery { gateway, account, until, .. } = self.delivery;
        let Some(url) = gateway.endpoints.token(account.cloud, &account.tenant_id) else {
            return Err(NoToken::new(Microsoft365Step::SignIn, Cause::TenantUnknown));
        };
        self.delivery.said.add(Direction::Sent, &format!("POST {url}"));
        let redactor = Redactor::new([account.client_secret.expose()]);
        sign_in::ask(&gateway.http, url, sign_in::body(account), &redactor, until).await
    }

    /// What the token names is a hint and no more, either way.
    fn roles(&mut self, token: &Token) {
        let Some(mut roles) = roles(&token.secret) else {
            return self.tell(CheckStep::Roles, CheckOutcome::Unproven, vec![Seen::RolesUnreadable]);
        };
        let names = |wanted: &str| roles.iter().any(|role| role == wanted);
        let may_send = names("Mail.Send");
        let may_write = names("Mail.ReadWrite") || !self.delivery.account.large_messages;
        let redactor = self.delivery.redactor(token);
        roles.truncate(ROLES);
        let shown: Vec<_> = roles.iter().map(|role| redactor.clean(role, 100)).collect();
        let mut seen = Vec::new();
        if !shown.is_empty() {
            seen.push(Seen::Roles { roles: shown });
        }
        if !may_send {
            seen.push(Seen::NoMailSend);
        }
        if !may_write {
            seen.push(Seen::NoMailReadWrite);
        }
        let outcome = if may_send && may_write { CheckOutcome::Passed } else { CheckOutcome::Unproven };
        self.tell(CheckStep::Roles, outcome, seen);
    }

    /// The last two steps.
    async fn probe(&mut self, token: &Arc<Token>) -> Result<(), Box<Failure>> {
        match self.hand_over_nothing(token).await {
            Ok(()) => {
                self.tell(CheckStep::Mailbox, CheckOutcome::Unproven, vec![Seen::NoObjection]);
                self.tell(CheckStep::MaySend, CheckOutcome::Unproven, vec![Seen::NoObjection]);
                Ok(())
            }
            Err(failure) if is_about_sending(&failure.cause) => {
                // it is refused before anybody looks at the mailbox, as likely as not
                let transcript = self.delivery.said.take();
                self.tell(CheckStep::Mailbox, CheckOutcome::Unproven, vec![Seen::NotLookedAt]);
                self.delivery.said.put_back(transcript);
                Err(self.failed(CheckStep::MaySend, failure))
            }
            Err(failure) => Err(self.failed(CheckStep::Mailbox, failure)),
        }
    }

    async fn hand_over_nothing(&mut self, token: &Arc<Token>) -> Result<(), Box<Microsoft365Failure>> {
        self.delivery.heed()?;
        let Delivery { gateway, account, .. } = self.delivery;
        let url = gateway.endpoints.send_mail(account.cloud, &account.mailbox.to_string());
        let call = Request {
            stage: Stage::Probe,
            method: Method::POST,
            url: url.ok_or_else(|| self.delivery.failed(Cause::MailboxUnknown))?,
            content_type: Some("text/plain"),
            body: Bytes::from_static(NO_MESSAGE),
            success: 400,
        };
        let (mut token, mut began) = (token.clone(), Instant::now());
        let mut answer = self.delivery.request(&call, &token).await?;
        if refusal::is_of_token(&answer) {
            // as a delivery does: Graph may not know a key or a token yet that was made a moment ago
            self.delivery.say_answer(&answer, &self.delivery.redactor(&token));
            token =
                self.ask().await.map_err(|none| self.delivery.failure(none.step, none.cause, none.answer))?;
            began = Instant::now();
            answer = self.delivery.request(&call, &token).await?;
        }
        let redactor = self.delivery.redactor(&token);
        let (code, _) = super::answer::of_graph(&answer, &redactor);
        // 400 has other reasons, too
        let success = if code.as_deref() == Some(NO_BASE64) { answer.status } else { 0 };
        self.delivery.judge(call.stage, success, &answer, &redactor, began).map(|_| ())
    }

    fn passed(&mut self, step: CheckStep) {
        let account = self.delivery.account;
        let seen = match step {
            CheckStep::Cloud => Seen::Answered { host: account.cloud.login_host().to_owned() },
            CheckStep::Directory => Seen::Known { id: account.tenant_id.clone() },
            _ => Seen::Known { id: account.client_id.clone() },
        };
        self.tell(step, CheckOutcome::Passed, vec![seen]);
    }

    fn failed(&mut self, step: CheckStep, failure: Box<Microsoft365Failure>) -> Box<Failure> {
        let failure = Box::new(Failure::from(*failure));
        self.tell(step, CheckOutcome::Failed(failure.clone()), Vec::new());
        failure
    }

    fn tell(&mut self, step: CheckStep, outcome: CheckOutcome, seen: Vec<Seen>) {
        let (took_ms, transcript) = (took_ms(self.began), self.delivery.said.take());
        self.began = Instant::now();
        self.told.send(CheckedStep { step, outcome, took_ms, seen, transcript }).ok();
    }
}

/// Where the sign-in stopped. What came after it in Microsoft's own order was not looked at.
fn step_of(none: &NoToken) -> CheckStep {
    match (none.step, &none.cause) {
        (Microsoft365Step::AddressPolicy, _)
        | (_, Cause::SignInBusy { .. } | Cause::Timeout | Cause::UnexpectedAnswer) => CheckStep::Cloud,
        (_, Cause::TenantUnknown | Cause::OtherCloud | Cause::ResourceUnknown) => CheckStep::Directory,
        (_, Cause::SecretRefused | Cause::SecretExpired | Cause::SecretMissing) => CheckStep::Secret,
        // whatever else Microsoft has against the application, it is not its secret
        _ => CheckStep::Client,
    }
}

/// Whether it is the right to send that is missing, and not the mailbox.
fn is_about_sending(cause: &Cause) -> bool {
    matches!(cause, Cause::MayNotSend | Cause::MailboxExcluded | Cause::SendAsDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_sign_in_stops_where_microsoft_stopped() {
        let at = |step, cause| step_of(&NoToken::new(step, cause));
        let sign_in = Microsoft365Step::SignIn;
        for (cause, step) in [
            (Cause::TenantUnknown, CheckStep::Directory),
            (Cause::OtherCloud, CheckStep::Directory),
            (Cause::ClientUnknown, CheckStep::Client),
            (Cause::ClientDisabled, CheckStep::Client),
            (Cause::SecretRefused, CheckStep::Secret),
            (Cause::SecretExpired, CheckStep::Secret),
            (Cause::SecretMissing, CheckStep::Secret),
            (Cause::ResourceUnknown, CheckStep::Directory),
            (Cause::PolicyBlocks, CheckStep::Client),
            (Cause::SignInRefused, CheckStep::Client),
            (Cause::SignInBusy { after_seconds: None }, CheckStep::Cloud),
            (Cause::Timeout, CheckStep::Cloud),
        ] {
            assert_eq!(at(sign_in, cause.clone()), step, "{cause:?}");
        }
        for cause in [Cause::NotReachable, Cause::NotTrusted, Cause::NotMicrosoft] {
            assert_eq!(at(Microsoft365Step::AddressPolicy, cause), CheckStep::Cloud);
        }
    }
}
