//! What an answer of Graph other than 202 means. The status and the error's code decide; Microsoft's
//! words only tell two cases apart that end alike.

use std::time::Duration;

use super::Microsoft365Cause as Cause;
use super::answer::{self, Redactor};
use super::delivery::LARGEST_MESSAGE;
use super::http::Answer;
use super::limits::Reason;

/// Microsoft wants to be left alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) reason: Reason,
    /// For so long, if it said so.
    pub(super) asked: Option<Duration>,
}

/// Whether it is the token that Graph refuses: it may have ended sooner than it said.
pub(super) fn is_of_token(answer: &Answer) -> bool {
    answer.status == 401 && code(answer).is_none_or(|code| of_code(&code, "").is_none())
}

/// The cause, and whether to leave the mailbox alone.
pub(super) fn of(answer: &Answer) -> (Cause, Option<Wait>) {
    let asked = answer.retry_after;
    let wait = |reason| Some(Wait { reason, asked });
    match answer.status {
        429 => (Cause::Throttled { after_seconds: None }, wait(Reason::Throttled)),
        // a gateway gave up waiting for what it had passed on
        504 => (Cause::OutcomeUnknown, None),
        503 => (Cause::Unavailable { after_seconds: None }, wait(Reason::Unavailable)),
        400..=599 => {
            let (code, said) = answer::of_graph(answer, &Redactor::new([]));
            let words = said.words.unwrap_or_default();
            match code.as_deref().and_then(|code| of_code(code, &words)) {
                Some(Cause::Throttled { .. }) => {
                    (Cause::Throttled { after_seconds: None }, wait(Reason::Throttled))
                }
                Some(cause) => (cause, None),
                None if answer.status >= 500 => {
                    let wait = asked.is_some().then(|| wait(Reason::Unavailable)).flatten();
                    (Cause::Unavailable { after_seconds: None }, wait)
                }
                None => (of_status(answer.status, code.is_some() || answer::is_empty(answer)), None),
            }
        }
        // a 200 was seen although nothing was sent (microsoftgraph/microsoft-graph-docs-contrib#3079)
        200..=299 => (Cause::UnexpectedAnswer, None),
        _ => (Cause::NotMicrosoft, None),
    }
}

fn code(answer: &Answer) -> Option<String> {
    answer::of_graph(answer, &Redactor::new([])).0
}

/// Codes that say what it is whatever the status, which for some of them is not documented.
fn of_code(code: &str, words: &str) -> Option<Cause> {
    Some(match code {
        "ErrorAccessDenied" if is_policy(words) => Cause::MailboxExcluded,
        "ErrorAccessDenied" | "NoPermissionsInAccessToken" | "Authorization_RequestDenied" => {
            Cause::MayNotSend
        }
        "ErrorAccountSuspend" | "ErrorAccountSuspendShowTierUpgrade" => Cause::MailboxSuspended,
        "ErrorSendAsDenied" => Cause::SendAsDenied,
        "ErrorInvalidUser" | "Request_ResourceNotFound" => Cause::MailboxUnknown,
        "MailboxNotEnabledForRESTAPI"
        | "MailboxNotSupportedForRESTAPI"
        | "ErrorNonExistentMailbox"
        | "ResourceNotFound"
        | "OrganizationFromTenantGuidNotFound" => Cause::MailboxMissing,
        "ErrorQuotaExceeded" => Cause::MailboxFull,
        "ErrorInvalidRecipients" => Cause::RecipientRefused,
        "ErrorMessageSizeExceeded" => Cause::TooLarge { limit: limit() },
        "ApplicationThrottled" | "TooManyRequests" => Cause::Throttled { after_seconds: None },
        _ => return None,
    })
}

/// An application access policy, or RBAC for Applications, leaves the mailbox out.
fn is_policy(words: &str) -> bool {
    words.contains("Access to OData is disabled") || words.contains("[RAOP]")
}

fn of_status(status: u16, is_graphs: bool) -> Cause {
    match status {
        413 => Cause::TooLarge { limit: limit() },
        401 => Cause::TokenRefused,
        _ if !is_graphs => Cause::NotMicrosoft,
        403 => Cause::SendingRefused,
        404 => Cause::MailboxUnknown,
        400 | 422 => Cause::MessageRefused,
        _ => Cause::UnexpectedAnswer,
    }
}

fn limit() -> u64 {
    u64::try_from(LARGEST_MESSAGE).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn answer(status: u16, body: &str, retry_after: Option<u64>) -> Answer {
        Answer {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            request_id: None,
            client_request_id: None,
            date: None,
            body: Zeroizing::new(body.as_bytes().to_vec()),
            cut: false,
        }
    }

    fn graph(status: u16, code: &str, message: &str) -> Cause {
        let body = serde_json::json!({ "error": { "code": code, "message": message } }).to_string();
        let (cause, wait) = of(&answer(status, &body, None));
        assert_eq!(wait, None);
        cause
    }

    #[test]
    fn every_refusal_of_graph_is_told_apart() {
        let denied = "Access is denied. Check credentials and try again.";
        let excluded = "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.";
        for (status, code, message, cause) in [
            (403, "ErrorAccessDenied", denied, Cause::MayNotSend),
            (403, "ErrorAccessDenied", excluded, Cause::MailboxExcluded),
            (403, "NoPermissionsInAccessToken", "", Cause::MayNotSend),
            (403, "Authorization_RequestDenied", "", Cause::MayNotSend),
            (403, "SomethingNew", "", Cause::SendingRefused),
            (403, "ErrorAccountSuspend", "", Cause::MailboxSuspended),
            (400, "ErrorAccountSuspend", "", Cause::MailboxSuspended),
            (403, "ErrorSendAsDenied", "", Cause::SendAsDenied),
            (404, "ErrorInvalidUser", "The requested user 'x' is invalid.", Cause::MailboxUnknown),
            (400, "ErrorInvalidUser", "", Cause::MailboxUnknown),
            (404, "MailboxNotEnabledForRESTAPI", "", Cause::MailboxMissing),
            (401, "OrganizationFromTenantGuidNotFound", "", Cause::MailboxMissing),
            (400, "ErrorInvalidRecipients", "", Cause::RecipientRefused),
            (413, "BadRequest", "", Cause::TooLarge { limit: limit() }),
            (400, "ErrorMessageSizeExceeded", "", Cause::TooLarge { limit: limit() }),
            (500, "ErrorQuotaExceeded", "", Cause::MailboxFull),
            (507, "ErrorQuotaExceeded", "", Cause::MailboxFull),
            (400, "ErrorMimeContentInvalidBase64String", "", Cause::MessageRefused),
            (401, "InvalidAuthenticationToken", "", Cause::TokenRefused),
            (405, "Request_BadRequest", "", Cause::UnexpectedAnswer),
            (500, "ErrorInternalServerTransientError", "", Cause::Unavailable { after_seconds: None }),
            (504, "UnknownError", "", Cause::OutcomeUnknown),
        ] {
            assert_eq!(graph(status, code, message), cause, "{status} {code}");
        }
    }

    #[test]
    fn only_202_is_a_success_and_what_a_proxy_says_is_not_believed() {
        let html = "<html><body>Please sign in</body></html>";
        for (status, body, cause) in [
            (200, "", Cause::UnexpectedAnswer),
            (204, "", Cause::UnexpectedAnswer),
            (301, "", Cause::NotMicrosoft),
            (302, html, Cause::NotMicrosoft),
            (400, html, Cause::NotMicrosoft),
            (403, html, Cause::NotMicrosoft),
            (404, html, Cause::NotMicrosoft),
            (407, html, Cause::NotMicrosoft),
            (403, "", Cause::SendingRefused),
            (502, html, Cause::Unavailable { after_seconds: None }),
        ] {
            assert_eq!(of(&answer(status, body, None)), (cause, None), "{status} {body}");
        }
    }

    #[test]
    fn who_wants_to_be_left_alone_is() {
        for (status, reason) in
            [(429, Reason::Throttled), (503, Reason::Unavailable), (500, Reason::Unavailable)]
        {
            let (_, wait) = of(&answer(status, "", Some(9)));
            assert_eq!(wait, Some(Wait { reason, asked: Some(Duration::from_secs(9)) }));
        }
        assert!(of(&answer(503, "", None)).1.is_some() && of(&answer(429, "<html>", None)).1.is_some());
        assert!(of(&answer(500, "", None)).1.is_none());
    }

    #[test]
    fn a_token_is_renewed_only_if_it_is_the_token() {
        let body = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":""}}}}"#);
        assert!(is_of_token(&answer(401, &body("InvalidAuthenticationToken"), None)));
        assert!(is_of_token(&answer(401, "", None)));
        assert!(!is_of_token(&answer(401, &body("OrganizationFromTenantGuidNotFound"), None)));
        assert!(!is_of_token(&answer(403, &body("InvalidAuthenticationToken"), None)));
    }
}
