//! `POST /v1.0/users/{id | userPrincipalName}/sendMail` in the MIME form
//! (<https://learn.microsoft.com/graph/api/user-sendmail>).

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;

use super::Setting;
use super::answer::{GraphError, accepted};
use super::directory::{App, AppState, Sender};
use super::grants::BadToken;
use super::mime::{BadMime, Mime};
use crate::demo::catcher::{Envelope, Way};

/// The largest request: <https://learn.microsoft.com/graph/outlook-large-attachments>.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// What is more than that is read and thrown away, so that the client is there to hear why; but not for ever.
const MAX_THROWN_AWAY: usize = 64 * 1024 * 1024;

pub(super) async fn send_mail(
    request: HttpRequest,
    setting: web::Data<Setting>,
    user: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let body = read(payload).await;
    match answer(&request, &setting, &user, body).await {
        Ok(()) => accepted(&request),
        Err(refusal) => refusal.response(&request, setting.clock.now()),
    }
}

/// Whatever else of Graph is asked for: the apps have no permission but Mail.Send.
pub(super) async fn anything_else(request: HttpRequest, setting: web::Data<Setting>) -> HttpResponse {
    let refusal = match allowed_app(&request, &setting) {
        Ok(_) => {
            let words = "Insufficient privileges to complete the operation.";
            GraphError::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", words)
        }
        Err(refusal) => refusal,
    };
    refusal.response(&request, setting.clock.now())
}

/// The body, or `None` if it is too large or ends too soon.
async fn read(mut payload: web::Payload) -> Option<Vec<u8>> {
    let (mut body, mut read) = (Vec::new(), 0_usize);
    while let Some(piece) = payload.next().await {
        let piece = piece.ok()?;
        read = read.saturating_add(piece.len());
        if read <= MAX_BYTES {
            body.extend_from_slice(&piece);
        } else if read > MAX_THROWN_AWAY {
            break;
        }
    }
    (read <= MAX_BYTES).then_some(body)
}

async fn answer(
    request: &HttpRequest,
    setting: &web::Data<Setting>,
    user: &str,
    body: Option<Vec<u8>>,
) -> Result<(), GraphError> {
    let app = allowed_app(request, setting)?;
    let body = body.ok_or_else(|| {
        let words = "The maximum request length supported is 4MB.";
        GraphError::new(StatusCode::PAYLOAD_TOO_LARGE, "BadRequest", words)
    })?;
    check_sender(app, user)?;
    let place = setting.places.get(app.client_id).map(|places| Arc::clone(places).try_acquire_owned());
    let Some(Ok(_place)) = place else { return Err(throttled("MailboxConcurrency", 1)) };
    tokio::time::sleep(setting.latency).await;

    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/plain")) {
        let words = "This stand-in takes the MIME form only: base64 as text/plain.";
        return Err(GraphError::new(StatusCode::BAD_REQUEST, "BadRequest", words));
    }
    let mime = Mime::parse(&body).map_err(unreadable)?;
    if !mime.authors.iter().all(|author| author.eq_ignore_ascii_case(user)) {
        let words = "The user account which was used to submit this request does not have the right to send mail \
                     on behalf of the specified sending account., Cannot submit message.";
        return Err(GraphError::new(StatusCode::FORBIDDEN, "ErrorSendAsDenied", words));
    }
    keep(setting, app, user, mime).await
}

fn allowed_app(request: &HttpRequest, setting: &Setting) -> Result<&'static App, GraphError> {
    let refused =
        |words: &str| GraphError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", words);
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.split_once(' '));
    let token =
        token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.filter(|token| !token.is_empty()).ok_or_else(|| refused("Access token is empty."))?;
    setting.grants.of(token).map_err(|bad| match bad {
        BadToken::Unknown => refused("CompactToken parsing failed with error code: 80049217"),
        BadToken::Expired => refused("Lifetime validation failed, the token is expired."),
    })
}

fn check_sender(app: &App, user: &str) -> Result<(), GraphError> {
    let refused = |status, code, words: &str| Err(GraphError::new(status, code, words));
    if app.state == AppState::WithoutConsent {
        let words = "Access is denied. Check credentials and try again.";
        return refused(StatusCode::FORBIDDEN, "ErrorAccessDenied", words);
    }
    match app.tenant.sender(user) {
        Sender::Good => Ok(()),
        Sender::Unknown => {
            let words = format!("The requested user '{user}' is invalid.");
            refused(StatusCode::NOT_FOUND, "ErrorInvalidUser", &words)
        }
        Sender::WithoutMailbox => {
            let words = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
            refused(StatusCode::NOT_FOUND, "MailboxNotEnabledForRESTAPI", words)
        }
        Sender::Blocked => {
            let words = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy \
                         settings.";
            refused(StatusCode::FORBIDDEN, "ErrorAccessDenied", words)
        }
        Sender::Busy => Err(throttled("MailboxConcurrency", 5)),
    }
}

fn throttled(limit: &str, retry_after: u32) -> GraphError {
    let words = format!("Application is over its {limit} limit.");
    let refusal = GraphError::new(StatusCode::TOO_MANY_REQUESTS, "ApplicationThrottled", words);
    GraphError { retry_after: Some(retry_after), ..refusal }
}

fn unreadable(bad: BadMime) -> GraphError {
    let refused = |code, words: String| GraphError::new(StatusCode::BAD_REQUEST, code, words);
    match bad {
        BadMime::Base64 => refused(
            "ErrorMimeContentInvalidBase64String",
            "Invalid base64 string for MIME content.".to_owned(),
        ),
        BadMime::NoRecipients => refused(
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid., A message can't be sent because it contains no recipients."
                .to_owned(),
        ),
        BadMime::Recipient(address) => refused(
            "ErrorInvalidRecipients",
            format!(
                "At least one recipient isn't valid., Recipient '{address}' isn't resolved. All recipients must \
                 be resolved before a message can be submitted."
            ),
        ),
    }
}

async fn keep(
    setting: &web::Data<Setting>,
    app: &'static App,
    user: &str,
    mime: Mime,
) -> Result<(), GraphError> {
    let envelope = Envelope {
        way: Way::Microsoft365,
        from: user.to_owned(),
        recipients: mime.recipients,
        signed_in_as: app.client_id.to_owned(),
    };
    let (mailbox, at) = (Arc::clone(&setting.mailbox), setting.clock.now());
    let kept = web::block(move || mailbox.keep(envelope, &mime.raw, at)).await;
    match kept.map_err(std::io::Error::other).flatten() {
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::error!(%error, "the stand-in for Microsoft 365 cannot keep a mail");
            let words = "An internal server error occurred. The operation failed.";
            Err(GraphError::new(StatusCode::INTERNAL_SERVER_ERROR, "ErrorInternalServerError", words))
        }
    }
}
