use std::time::Duration;

use super::{Microsoft365Cause, Microsoft365Failure};
use crate::mail::{Recovery, Verdict, own_limit};

impl Microsoft365Failure {
    /// What to do with the message and the others.
    ///
    /// A refused sign-in is for a person: the same request is refused for ever. What Microsoft needs half
    /// an hour or two for (consent, policies, new mailboxes) is probed now and then. An unknown outcome is
    /// tried again, as with SMTP; whoever fears a duplicate looks at the cause.
    pub fn verdict(&self) -> Verdict {
        match &self.cause {
            Microsoft365Cause::Throttled { after_seconds: Some(seconds) }
            | Microsoft365Cause::Unavailable { after_seconds: Some(seconds) }
            | Microsoft365Cause::SignInBusy { after_seconds: Some(seconds) }
            | Microsoft365Cause::OwnLimit { after_seconds: seconds } => {
                Verdict::RetryAfter(Duration::from_secs(*seconds))
            }
            Microsoft365Cause::OutOfResources => Verdict::RetryAfter(own_limit::PAUSE),
            Microsoft365Cause::NotReachable
            | Microsoft365Cause::Timeout
            | Microsoft365Cause::SignInBusy { after_seconds: None }
            | Microsoft365Cause::Throttled { after_seconds: None }
            | Microsoft365Cause::Unavailable { after_seconds: None }
            | Microsoft365Cause::OutcomeUnknown
            | Microsoft365Cause::UploadFailed
            | Microsoft365Cause::UnexpectedAnswer => Verdict::Retry,
            Microsoft365Cause::RecipientRefused
            | Microsoft365Cause::TooLarge { .. }
            | Microsoft365Cause::LargerThanMailboxAllows
            | Microsoft365Cause::MayNotWriteDrafts
            | Microsoft365Cause::MessageRefused => Verdict::GiveUp,
            cause if cause.is_refused_sign_in() => Verdict::ProviderBroken(Recovery::ByPerson),
            Microsoft365Cause::SendAsDenied | Microsoft365Cause::MailboxUnknown => {
                Verdict::ProviderBroken(Recovery::ByPerson)
            }
            _ => Verdict::ProviderBroken(Recovery::ByItself),
        }
    }

    /// Whether it says something about the provider. One that asks to wait works, and so does one that only
    /// a large file does not reach.
    pub fn speaks_of_provider(&self) -> bool {
        let of_file = self.cause == Microsoft365Cause::UploadFailed;
        !of_file && !matches!(self.verdict(), Verdict::GiveUp | Verdict::RetryAfter(_))
    }
}

impl Microsoft365Cause {
    /// Whether the sign-in refuses the application as it is configured.
    pub(super) fn is_refused_sign_in(&self) -> bool {
        matches!(
            self,
            Microsoft365Cause::SecretRefused
                | Microsoft365Cause::SecretExpired
                | Microsoft365Cause::SecretMissing
                | Microsoft365Cause::ClientUnknown
                | Microsoft365Cause::TenantUnknown
                | Microsoft365Cause::OtherCloud
                | Microsoft365Cause::ClientDisabled
                | Microsoft365Cause::ResourceUnknown
                | Microsoft365Cause::PolicyBlocks
                | Microsoft365Cause::SignInRefused
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Cloud, Microsoft365Step};

    fn failure(cause: Microsoft365Cause) -> Microsoft365Failure {
        Microsoft365Failure {
            step: Microsoft365Step::Send,
            cause,
            cloud: Cloud::Global,
            mailbox: "sender@contoso.example".to_owned(),
            tenant_id: "contoso.example".to_owned(),
            client_id: "client".to_owned(),
            recipient: None,
            answer: None,
        }
    }

    #[test]
    fn every_cause_has_the_verdict_of_the_table() {
        use Microsoft365Cause as Cause;
        let after = |seconds| Verdict::RetryAfter(Duration::from_secs(seconds));
        let person = Verdict::ProviderBroken(Recovery::ByPerson);
        let itself = Verdict::ProviderBroken(Recovery::ByItself);
        for (cause, verdict, speaks) in [
            (Cause::SecretRefused, person, true),
            (Cause::SecretExpired, person, true),
            (Cause::SecretMissing, person, true),
            (Cause::ClientUnknown, person, true),
            (Cause::TenantUnknown, person, true),
            (Cause::OtherCloud, person, true),
            (Cause::ClientDisabled, person, true),
            (Cause::ResourceUnknown, person, true),
            (Cause::PolicyBlocks, person, true),
            (Cause::SignInRefused, person, true),
            (Cause::SendAsDenied, person, true),
            (Cause::MailboxUnknown, person, true),
            (Cause::TokenRefused, itself, true),
            (Cause::MayNotSend, itself, true),
            (Cause::MailboxExcluded, itself, true),
            (Cause::MailboxMissing, itself, true),
            (Cause::MailboxFull, itself, true),
            (Cause::NotTrusted, itself, true),
            (Cause::NotMicrosoft, itself, true),
            (Cause::NotReachable, Verdict::Retry, true),
            (Cause::Timeout, Verdict::Retry, true),
            (Cause::OutcomeUnknown, Verdict::Retry, true),
            (Cause::UnexpectedAnswer, Verdict::Retry, true),
            (Cause::Unavailable { after_seconds: None }, Verdict::Retry, true),
            (Cause::Unavailable { after_seconds: Some(2) }, after(2), false),
            (Cause::SignInBusy { after_seconds: Some(3) }, after(3), false),
            (Cause::Throttled { after_seconds: Some(4) }, after(4), false),
            (Cause::OwnLimit { after_seconds: 5 }, after(5), false),
            (Cause::OutOfResources, after(5), false),
            (Cause::UploadFailed, Verdict::Retry, false),
            (Cause::LargerThanMailboxAllows, Verdict::GiveUp, false),
            (Cause::MayNotWriteDrafts, Verdict::GiveUp, false),
            (Cause::RecipientRefused, Verdict::GiveUp, false),
            (Cause::MessageRefused, Verdict::GiveUp, false),
            (Cause::TooLarge { limit: 1 }, Verdict::GiveUp, false),
        ] {
            let failure = failure(cause);
            assert_eq!(failure.verdict(), verdict, "{:?}", failure.cause);
            assert_eq!(failure.speaks_of_provider(), speaks, "{:?}", failure.cause);
        }
    }

    #[test]
    fn a_failure_survives_as_json() {
        for cause in
            [Microsoft365Cause::SecretExpired, Microsoft365Cause::Throttled { after_seconds: Some(7) }]
        {
            let failure = crate::mail::Failure::from(failure(cause));
            let json = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<crate::mail::Failure>(&json).unwrap(), failure, "{json}");
        }
    }
}
