//! A failure in words: what happened, and who must do what on which screen. Every key stands here in full,
//! so that a search for it finds both places.

use super::delivery::LARGEST_MESSAGE;
use super::{Cloud, Microsoft365Cause as Cause, Microsoft365Failure, Microsoft365Step};
use crate::i18n::Text;
use crate::mail::smtp::{shown, size};

/// At most that many characters of Microsoft's words stand in a sentence; the rest is in the answer.
const WORDS: usize = 200;

impl Microsoft365Failure {
    /// One plain sentence of what happened.
    pub fn what(&self) -> Text {
        let host = |key| Text::new(key).with("host", self.host());
        let client = |key| Text::new(key).with("client", &self.client_id);
        let tenant = |key| Text::new(key).with("tenant", &self.tenant_id);
        let mailbox = |key| Text::new(key).with("mailbox", &self.mailbox);
        let words = |key| Text::new(key).with("words", self.words());
        match &self.cause {
            Cause::NotReachable => host("mail-microsoft365-not-reachable"),
            Cause::NotTrusted => host("mail-microsoft365-not-trusted"),
            Cause::Timeout => host("mail-microsoft365-timeout"),
            Cause::NotMicrosoft => host("mail-microsoft365-not-microsoft"),
            Cause::SecretRefused => Text::new("mail-microsoft365-secret-refused"),
            Cause::SecretExpired => Text::new("mail-microsoft365-secret-expired"),
            Cause::SecretMissing => Text::new("mail-microsoft365-secret-missing"),
            Cause::ClientUnknown => {
                client("mail-microsoft365-client-unknown").with("tenant", &self.tenant_id)
            }
            Cause::TenantUnknown => tenant("mail-microsoft365-tenant-unknown"),
            Cause::OtherCloud => tenant("mail-microsoft365-other-cloud"),
            Cause::ClientDisabled => client("mail-microsoft365-client-disabled"),
            Cause::ResourceUnknown => tenant("mail-microsoft365-resource-unknown"),
            Cause::PolicyBlocks => client("mail-microsoft365-policy-blocks"),
            Cause::SignInRefused => words("mail-microsoft365-sign-in-refused"),
            Cause::SignInBusy { .. } => Text::new("mail-microsoft365-sign-in-busy"),
            Cause::TokenRefused => Text::new("mail-microsoft365-token-refused"),
            Cause::MayNotSend => client("mail-microsoft365-may-not-send"),
            Cause::MailboxExcluded => {
                client("mail-microsoft365-mailbox-excluded").with("mailbox", &self.mailbox)
            }
            Cause::MailboxSuspended => mailbox("mail-microsoft365-mailbox-suspended"),
            Cause::SendingRefused => {
                words("mail-microsoft365-sending-refused").with("mailbox", &self.mailbox)
            }
            Cause::SendAsDenied => mailbox("mail-microsoft365-send-as-denied"),
            Cause::MailboxUnknown => mailbox("mail-microsoft365-mailbox-unknown"),
            Cause::MailboxMissing => mailbox("mail-microsoft365-mailbox-missing"),
            Cause::MailboxFull => mailbox("mail-microsoft365-mailbox-full"),
            Cause::RecipientRefused => words("mail-microsoft365-recipient-refused")
                .with("recipient", self.recipient.as_deref().unwrap_or_default()),
            Cause::TooLarge { limit } if self.wants_large_messages() => {
                Text::new("mail-microsoft365-large-messages-off").with("limit", size(*limit))
            }
            Cause::TooLarge { limit } => Text::new("mail-microsoft365-too-large").with("limit", size(*limit)),
            Cause::LargerThanMailboxAllows => mailbox("mail-microsoft365-larger-than-mailbox-allows"),
            Cause::MayNotWriteDrafts => {
                client("mail-microsoft365-may-not-write-drafts").with("mailbox", &self.mailbox)
            }
            Cause::UploadFailed => Text::new("mail-microsoft365-upload-failed"),
            Cause::MessageRefused => words("mail-microsoft365-message-refused"),
            Cause::Throttled { .. } => mailbox("mail-microsoft365-throttled"),
            Cause::OwnLimit { .. } => mailbox("mail-microsoft365-own-limit"),
            Cause::OutOfResources => Text::new("mail-own-limit"),
            Cause::Unavailable { .. } => Text::new("mail-microsoft365-unavailable"),
            Cause::OutcomeUnknown => Text::new("mail-microsoft365-outcome-unknown"),
            Cause::UnexpectedAnswer => words("mail-microsoft365-unexpected-answer"),
        }
    }

    /// One plain sentence of what to do about it, and whose job it is.
    pub fn what_to_do(&self) -> Text {
        let mailbox = |key| Text::new(key).with("mailbox", &self.mailbox);
        match &self.cause {
            Cause::NotReachable => Text::new("mail-microsoft365-not-reachable-do").with("host", self.host()),
            Cause::NotTrusted => Text::new("mail-microsoft365-not-trusted-do"),
            Cause::NotMicrosoft => Text::new("mail-microsoft365-not-microsoft-do").with("host", self.host()),
            Cause::SecretRefused => Text::new("mail-microsoft365-secret-refused-do"),
            Cause::SecretExpired => Text::new("mail-microsoft365-secret-expired-do"),
            Cause::SecretMissing => Text::new("mail-microsoft365-secret-missing-do"),
            Cause::ClientUnknown => Text::new("mail-microsoft365-client-unknown-do"),
            Cause::TenantUnknown => Text::new("mail-microsoft365-tenant-unknown-do"),
            Cause::OtherCloud => Text::new("mail-microsoft365-other-cloud-do"),
            Cause::ClientDisabled => Text::new("mail-microsoft365-client-disabled-do"),
            Cause::ResourceUnknown => Text::new("mail-microsoft365-resource-unknown-do"),
            Cause::PolicyBlocks => Text::new("mail-microsoft365-policy-blocks-do"),
            Cause::SignInRefused => Text::new("mail-microsoft365-sign-in-refused-do"),
            Cause::TokenRefused => Text::new("mail-microsoft365-token-refused-do"),
            Cause::MayNotSend => mailbox("mail-microsoft365-may-not-send-do"),
            Cause::MailboxExcluded => mailbox("mail-microsoft365-mailbox-excluded-do"),
            Cause::MailboxSuspended => mailbox("mail-microsoft365-mailbox-suspended-do"),
            Cause::SendAsDenied => Text::new("mail-microsoft365-send-as-denied-do"),
            Cause::MailboxUnknown => Text::new("mail-microsoft365-mailbox-unknown-do"),
            Cause::MailboxMissing => Text::new("mail-microsoft365-mailbox-missing-do"),
            Cause::MailboxFull => Text::new("mail-microsoft365-mailbox-full-do"),
            Cause::RecipientRefused => Text::new("mail-recipient-refused-do"),
            Cause::TooLarge { .. } if self.wants_large_messages() => {
                mailbox("mail-microsoft365-large-messages-off-do")
            }
            Cause::TooLarge { .. } => Text::new("mail-microsoft365-too-large-do"),
            Cause::LargerThanMailboxAllows => mailbox("mail-microsoft365-larger-than-mailbox-allows-do"),
            Cause::MayNotWriteDrafts => mailbox("mail-microsoft365-may-not-write-drafts-do"),
            Cause::UploadFailed => {
                let host = self.cloud.outlook_hosts().first().copied().unwrap_or_default();
                Text::new("mail-microsoft365-upload-failed-do").with("host", host)
            }
            Cause::MessageRefused | Cause::SendingRefused => {
                Text::new("mail-microsoft365-message-refused-do")
            }
            Cause::Throttled { after_seconds: Some(seconds) } => {
                wait(Text::new("mail-microsoft365-throttled-do"), *seconds)
            }
            Cause::OutOfResources => Text::new("mail-own-limit-do"),
            Cause::OwnLimit { after_seconds } => {
                wait(Text::new("mail-microsoft365-own-limit-do"), *after_seconds)
            }
            Cause::SignInBusy { after_seconds: Some(seconds) }
            | Cause::Unavailable { after_seconds: Some(seconds) } => {
                wait(Text::new("mail-microsoft365-fault-until-do"), *seconds)
            }
            Cause::SignInBusy { after_seconds: None }
            | Cause::Throttled { after_seconds: None }
            | Cause::Unavailable { after_seconds: None }
            | Cause::Timeout
            | Cause::UnexpectedAnswer => Text::new("mail-microsoft365-fault-do"),
            Cause::OutcomeUnknown => mailbox("mail-microsoft365-outcome-unknown-do"),
        }
    }

    /// What Microsoft's support asks for, as far as Microsoft said it.
    pub fn details(&self) -> Vec<(Text, String)> {
        let Some(answer) = &self.answer else { return Vec::new() };
        let of_graph = self.step == Microsoft365Step::Send;
        let (trace, correlation) = if of_graph {
            (Text::new("mail-detail-request-id"), Text::new("mail-detail-client-request-id"))
        } else {
            (Text::new("mail-detail-trace-id"), Text::new("mail-detail-correlation-id"))
        };
        let all = [
            (Text::new("mail-detail-code"), answer.code.clone()),
            (Text::new("mail-detail-status"), Some(answer.status.to_string())),
            (trace, answer.trace_id.clone()),
            (correlation, answer.correlation_id.clone()),
            (Text::new("mail-detail-time"), answer.at.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Whether nobody was asked, since large messages are not switched on in the settings.
    pub(in crate::mail) fn wants_large_messages(&self) -> bool {
        let limit = u64::try_from(LARGEST_MESSAGE).unwrap_or(u64::MAX);
        self.answer.is_none() && self.cause == Cause::TooLarge { limit }
    }

    /// The host that it happened with.
    fn host(&self) -> &'static str {
        let cloud: Cloud = self.cloud;
        if self.step == Microsoft365Step::Send { cloud.graph_host() } else { cloud.login_host() }
    }

    fn words(&self) -> String {
        self.answer().map(|answer| shown(&answer, WORDS)).unwrap_or_default()
    }
}

/// Adds how many minutes to wait.
fn wait(text: Text, seconds: u64) -> Text {
    let minutes = i64::try_from(seconds.div_ceil(60)).unwrap_or(i64::MAX);
    text.with_number("minutes", minutes)
}

impl Microsoft365Step {
    /// The step's name, as a list of steps shows it.
    pub fn name(self) -> Text {
        Text::new(match self {
            Microsoft365Step::AddressPolicy => "mail-step-connect",
            Microsoft365Step::SignIn => "mail-step-sign-in",
            Microsoft365Step::Send => "mail-step-message",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;
    use crate::mail::Microsoft365Answer;

    fn every_cause() -> Vec<Cause> {
        vec![
            Cause::NotReachable,
            Cause::NotTrusted,
            Cause::Timeout,
            Cause::NotMicrosoft,
            Cause::SecretRefused,
            Cause::SecretExpired,
            Cause::SecretMissing,
            Cause::ClientUnknown,
            Cause::TenantUnknown,
            Cause::OtherCloud,
            Cause::ClientDisabled,
            Cause::ResourceUnknown,
            Cause::PolicyBlocks,
            Cause::SignInRefused,
            Cause::SignInBusy { after_seconds: None },
            Cause::SignInBusy { after_seconds: Some(60) },
            Cause::TokenRefused,
            Cause::MayNotSend,
            Cause::MailboxExcluded,
            Cause::MailboxSuspended,
            Cause::SendingRefused,
            Cause::SendAsDenied,
            Cause::MailboxUnknown,
            Cause::MailboxMissing,
            Cause::MailboxFull,
            Cause::RecipientRefused,
            Cause::TooLarge { limit: 3_145_728 },
            Cause::LargerThanMailboxAllows,
            Cause::MayNotWriteDrafts,
            Cause::UploadFailed,
            Cause::MessageRefused,
            Cause::Throttled { after_seconds: None },
            Cause::Throttled { after_seconds: Some(61) },
            Cause::OwnLimit { after_seconds: 1 },
            Cause::OutOfResources,
            Cause::Unavailable { after_seconds: None },
            Cause::Unavailable { after_seconds: Some(5) },
            Cause::OutcomeUnknown,
            Cause::UnexpectedAnswer,
        ]
    }

    fn failure(cause: Cause, step: Microsoft365Step) -> Microsoft365Failure {
        Microsoft365Failure {
            step,
            cause,
            cloud: Cloud::GccHigh,
            mailbox: "sender@contoso.example".to_owned(),
            tenant_id: "8f2b1c6e".to_owned(),
            client_id: "3b6f0c1d".to_owned(),
            recipient: Some("anna@acme.example".to_owned()),
            answer: Some(Microsoft365Answer {
                status: 400,
                code: Some("SomeCode".to_owned()),
                words: Some("Some words.".to_owned()),
                trace_id: Some("trace".to_owned()),
                correlation_id: None,
                at: Some("2026-11-24".to_owned()),
            }),
        }
    }

    #[test]
    fn every_cause_has_its_sentences_in_both_languages() {
        for cause in every_cause() {
            let failure = failure(cause, Microsoft365Step::SignIn);
            for language in Language::ALL {
                for text in [failure.what(), failure.what_to_do()] {
                    let said = text.say(language);
                    assert!(said.ends_with(['.', '"', '“']), "{said}");
                    assert!(!said.contains(['{', '}']) && !said.contains("mail-"), "{said}");
                    assert!(said.split(' ').count() > 4, "{said}");
                }
            }
        }
    }

    #[test]
    fn a_sentence_says_what_it_is_about() {
        let said = |cause, step| {
            let failure = failure(cause, step);
            format!(
                "{} {}",
                failure.what().say(Language::English),
                failure.what_to_do().say(Language::English)
            )
        };
        assert!(
            said(Cause::NotReachable, Microsoft365Step::AddressPolicy).contains("login.microsoftonline.us")
        );
        assert!(said(Cause::NotReachable, Microsoft365Step::Send).contains("graph.microsoft.us"));
        assert!(said(Cause::SignInRefused, Microsoft365Step::SignIn).contains("400 SomeCode Some words."));
        let wait = said(Cause::Throttled { after_seconds: Some(61) }, Microsoft365Step::Send);
        assert!(wait.contains("2 minutes"), "{wait}");
        let large = said(Cause::TooLarge { limit: 3_145_728 }, Microsoft365Step::Send);
        assert!(large.contains("3 MiB"), "{large}");
        let unasked = failure(Cause::TooLarge { limit: 3_145_728 }, Microsoft365Step::Send);
        let unasked = Microsoft365Failure { answer: None, ..unasked };
        assert!(unasked.what().say(Language::English).contains("\"Send large messages\" is not ticked"));
        assert!(unasked.what_to_do().say(Language::German).contains("„Große Nachrichten senden“"));
    }

    #[test]
    fn details_are_named_for_the_side_that_gave_them() {
        let names = |step| {
            let details = failure(Cause::MayNotSend, step).details();
            details
                .into_iter()
                .map(|(name, value)| format!("{} {value}", name.say(Language::English)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(Microsoft365Step::SignIn),
            ["Error code SomeCode", "HTTP status 400", "Trace ID trace", "Time 2026-11-24"]
        );
        assert_eq!(names(Microsoft365Step::Send)[2], "Request ID trace");
        let silent = Microsoft365Failure { answer: None, ..failure(Cause::Timeout, Microsoft365Step::Send) };
        assert!(silent.details().is_empty());
    }
}
