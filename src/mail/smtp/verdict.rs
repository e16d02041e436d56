use std::time::Duration;

use super::{Cause, Reply, SmtpFailure, Step};
use crate::mail::{Recovery, Verdict, own_limit};

impl SmtpFailure {
    /// What to do with the message and the others.
    ///
    /// A lost connection and a silent server are [`Verdict::Retry`], also before sign-in: networks
    /// recover by themselves. So is an unknown outcome, since RFC 5321, section 4.2.5, holds a message
    /// as not accepted until the reply has come; whoever fears a duplicate looks at the cause.
    pub fn verdict(&self) -> Verdict {
        let permanent = self.reply.as_ref().is_some_and(Reply::is_permanent);
        match &self.cause {
            Cause::Greylisted { after_seconds } => {
                // ten minutes fit the usual five, and whoever demands less or more says so
                Verdict::RetryAfter(Duration::from_secs(after_seconds.unwrap_or(600).clamp(30, 7200)))
            }
            Cause::OwnLimit => Verdict::RetryAfter(own_limit::PAUSE),
            Cause::NotReachable
            | Cause::InternalAddress
            | Cause::ConnectRefused
            | Cause::ConnectTimeout
            | Cause::NoRoute
            | Cause::SilentGreeting
            | Cause::AuthUnavailable
            | Cause::TemporaryRefusal
            | Cause::TooBusy
            | Cause::ConnectionLost
            | Cause::OutcomeUnknown
            | Cause::Slow
            | Cause::EnvelopeUnanswered
            | Cause::Timeout => Verdict::Retry,
            Cause::ServiceRefused
            | Cause::StartTlsRefused
            | Cause::MailboxFull
            | Cause::HeloRefused { .. }
            | Cause::ReverseNameMissing
            | Cause::BlockListed
            | Cause::Distrusted
            | Cause::RecipientDeclined
            | Cause::RecipientDomainUnknown
            | Cause::DomainNotAuthorised
            | Cause::SenderRefused
                if !permanent =>
            {
                Verdict::Retry
            }
            Cause::AccountLocked if !permanent => Verdict::ProviderBroken(Recovery::ByItself),
            Cause::RecipientRefused
            | Cause::RecipientDeclined
            | Cause::RecipientDomainUnknown
            | Cause::TakenForSpam
            | Cause::TakenForForgery
            | Cause::MailboxFull
            | Cause::DomainNotAuthorised
            | Cause::MessageRefused
            | Cause::TooLarge { .. } => Verdict::GiveUp,
            Cause::Smtputf8NotOffered if self.step != Step::Sender => Verdict::GiveUp,
            // a relay that serves some domains only refuses this recipient; one that we never signed
            // in to refuses everybody
            Cause::RelayDenied if self.username.is_some() => Verdict::GiveUp,
            // a probe would be one more guess at a password, or one more mail that nobody wants
            Cause::AuthRefused
            | Cause::AuthDisabledByMicrosoft
            | Cause::AuthRefusedByMicrosoft
            | Cause::AppPasswordNeeded
            | Cause::AccountLocked
            | Cause::SenderRefused
            | Cause::SenderUnverified
            | Cause::SenderBlocked
            | Cause::SenderNotVerified => Verdict::ProviderBroken(Recovery::ByPerson),
            _ => Verdict::ProviderBroken(Recovery::ByItself),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Enhanced, Security};

    fn verdict(step: Step, cause: Cause, code: Option<u16>, username: Option<&str>) -> Verdict {
        SmtpFailure {
            step,
            cause,
            host: "smtp.acme.example".to_owned(),
            port: 587,
            security: Security::StartTls,
            username: username.map(str::to_owned),
            sender: None,
            recipient: None,
            reply: code.map(|code| Reply { code, enhanced: Some(Enhanced(5, 0, 0)), lines: Vec::new() }),
        }
        .verdict()
    }

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        for cause in [Cause::NotReachable, Cause::ConnectTimeout, Cause::TooBusy, Cause::AuthUnavailable] {
            assert_eq!(verdict(Step::SignIn, cause, None, None), Verdict::Retry);
        }
        assert_eq!(verdict(Step::Recipient, Cause::MailboxFull, Some(452), None), Verdict::Retry);
        assert_eq!(verdict(Step::Encrypt, Cause::StartTlsRefused, Some(454), None), Verdict::Retry);
        assert_eq!(verdict(Step::Message, Cause::OutcomeUnknown, None, None), Verdict::Retry);
    }

    #[test]
    fn greylisting_is_obeyed_within_reason() {
        for (asked, seconds) in [(None, 600), (Some(300), 300), (Some(0), 30), (Some(99_999), 7200)] {
            let verdict =
                verdict(Step::Recipient, Cause::Greylisted { after_seconds: asked }, Some(451), None);
            assert_eq!(verdict, Verdict::RetryAfter(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn what_is_about_one_message_gives_up_that_message_only() {
        for cause in
            [Cause::RecipientRefused, Cause::MessageRefused, Cause::MailboxFull, Cause::Smtputf8NotOffered]
        {
            assert_eq!(verdict(Step::Recipient, cause, Some(550), Some("svc")), Verdict::GiveUp);
        }
        assert_eq!(verdict(Step::Recipient, Cause::RelayDenied, Some(554), Some("svc")), Verdict::GiveUp);
    }

    #[test]
    fn what_is_about_the_provider_holds_everything() {
        for (cause, recovery) in [
            (Cause::AuthRefused, Recovery::ByPerson),
            (Cause::SenderRefused, Recovery::ByPerson),
            (Cause::AuthRequired, Recovery::ByItself),
            (Cause::EncryptionRequired, Recovery::ByItself),
            (Cause::CertificateExpired, Recovery::ByItself),
            (Cause::StartTlsNotOffered, Recovery::ByItself),
            (Cause::RelayDenied, Recovery::ByItself),
        ] {
            assert_eq!(verdict(Step::Message, cause, Some(554), None), Verdict::ProviderBroken(recovery));
        }
        let local = verdict(Step::Sender, Cause::Smtputf8NotOffered, None, None);
        assert_eq!(local, Verdict::ProviderBroken(Recovery::ByItself));
    }
}
