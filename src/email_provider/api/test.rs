use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{TAG, failed, not_set};
use crate::email_provider::{self, CheckState, Outcome, OwnWords};
use crate::i18n::{Language, Text};
use crate::mail::Failure;
use crate::state::State;
use crate::values::{EmailAddress, EmailAddressProblem};
use crate::web;
use crate::web::api::{ApiClient, Body, Problem, ProblemBody, ValidationErrors, json};

/// The longest subject, in characters: a line of a header has at most 998 (RFC 5322, section 2.1.1).
const MAX_SUBJECT: usize = 255;
/// The longest text, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A test message. With words of its own it goes to whom programs may write to: users of the tenant, and addresses of
/// domains that an administrator has allowed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Email {
    /// The address that the message goes to.
    #[schema(format = Email)]
    recipient: String,
    /// In one line; missing: ours.
    #[serde(default)]
    #[schema(max_length = 255)]
    subject: Option<String>,
    /// A text; missing: ours.
    #[serde(default)]
    #[schema(max_length = 65536)]
    body: Option<String>,
}

impl Email {
    fn parse(self) -> Result<(EmailAddress, OwnWords), Problem> {
        let mut input = ValidationErrors::default();
        let recipient = EmailAddress::parse(&self.recipient).map_err(EmailAddressProblem::text);
        let recipient = input.take("/recipient", recipient);
        let is_line = |subject: &str| {
            !subject.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
                && subject.chars().count() <= MAX_SUBJECT
        };
        if !self.subject.as_deref().is_none_or(is_line) {
            input.at("/subject", Text::new("api-subject").with_number("most", MAX_SUBJECT));
        }
        if self.body.as_deref().is_some_and(|body| body.len() > MAX_BODY || body.contains('\0')) {
            input.at("/body", Text::new("provider-api-test-body"));
        }
        let words = OwnWords { subject: self.subject, body: self.body };
        match recipient {
            Some(recipient) if input.is_empty() => Ok((recipient, words)),
            _ => Err(input.into()),
        }
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SmtpResult {
    success: bool,
    /// Whether no conversation came about: not found, refused, timed out, or the encryption failed.
    connection_failed: bool,
    /// The provider's reply code, or HTTP status with Microsoft 365; missing if it answered nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    smtp_response_code: Option<u16>,
    /// The provider's words, or what happened and what to do about it.
    message: String,
}

impl SmtpResult {
    fn failed(failure: &Failure, language: Language) -> Self {
        Self {
            success: false,
            connection_failed: failure.is_about_connection(),
            smtp_response_code: failure.code(),
            message: format!("{} {}", failure.what().say(language), failure.what_to_do().say(language)),
        }
    }

    fn unknown(language: Language) -> Self {
        let message = Text::new("provider-api-broken-off").say(language);
        Self { success: false, connection_failed: false, smtp_response_code: None, message }
    }
}

/// Send a test message at once through the stored provider.
///
/// The answer is 200 whether it worked or not.
#[utoipa::path(
    post, path = "/api/v1/transports/email-config/actions/send-test-email", tag = TAG,
    operation_id = "sendTestEmail",
    request_body(content = Email, example = json!({
        "recipient": "anna@acme.example", "subject": "Is it working?", "body": "It is."
    })),
    responses(
        (status = 200, description = "What came of it.", body = SmtpResult, example = json!({
            "success": true, "connectionFailed": false, "smtpResponseCode": 250,
            "message": "250 2.0.0 Ok: queued as 4XyZ"
        })),
        (status = 404, description = "No provider is set up.", body = ProblemBody),
    ),
)]
pub(super) async fn send_test_email(
    caller: ApiClient,
    state: Data<State>,
    body: Body<Email>,
) -> Result<HttpResponse, web::Error> {
    let (recipient, words) = body.0.parse()?;
    // a key that went astray must not be able to write to strangers in the tenant's name
    let asks = words != OwnWords::default();
    if asks && !(state.tables.may_write)(state.db.read(), caller.tenant(), &recipient).await? {
        return Err(ValidationErrors::one("/recipient", Text::new("provider-api-test-recipient")).into());
    }
    let (actor, language) = (caller.actor(), caller.language);
    let sent = email_provider::send_test_with(&state, &actor, recipient, language, words).await;
    let id = sent.map_err(failed)?;
    let found = email_provider::find_test(state.db.read(), caller.tenant(), id).await?;
    let result = match found.and_then(|test| test.outcome) {
        Some(Outcome::Accepted { reply, .. }) => SmtpResult {
            success: true,
            connection_failed: false,
            smtp_response_code: Some(reply.code),
            message: reply.shown(),
        },
        Some(Outcome::Failed { failure, .. }) => SmtpResult::failed(&failure, language),
        None => SmtpResult::unknown(language),
    };
    Ok(json(StatusCode::OK, &result))
}

/// Connect to the stored provider and sign in, step by step, and send nothing.
///
/// The answer is 200 whether it worked or not.
#[utoipa::path(
    post, path = "/api/v1/transports/email-config/actions/verify-connection", tag = TAG,
    operation_id = "verifyEmailConfigConnection",
    responses(
        (status = 200, description = "What came of it.", body = SmtpResult, example = json!({
            "success": false, "connectionFailed": true,
            "message": "Nothing answers at smtp.acme.example, port 588. Check the port."
        })),
        (status = 404, description = "No provider is set up.", body = ProblemBody),
    ),
)]
pub(super) async fn verify_connection(
    caller: ApiClient,
    state: Data<State>,
) -> Result<HttpResponse, web::Error> {
    let (actor, language) = (caller.actor(), caller.language);
    if email_provider::find(state.db.read(), caller.tenant()).await?.is_none() {
        return Err(not_set().into());
    }
    // the server is asked whether it would take mail for the one whose key it is
    let own = EmailAddress::parse(&caller.person().email).map_err(EmailAddressProblem::text);
    let own = own.map_err(Problem::conflict)?;
    let check = email_provider::verify_stored(&state, &actor, own, language).await.map_err(failed)?;
    let result = match (check.state(state.clock.now()), check.failure()) {
        (_, Some(failure)) => SmtpResult::failed(failure, language),
        (CheckState::Passed | CheckState::Unproven, None) => SmtpResult {
            success: true,
            connection_failed: false,
            smtp_response_code: None,
            message: Text::new("provider-api-verified").say(language),
        },
        _ => SmtpResult::unknown(language),
    };
    Ok(json(StatusCode::OK, &result))
}
