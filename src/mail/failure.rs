use std::fmt;

use super::{Microsoft365Failure, Microsoft365Step, Recovery, SmtpFailure, Step, Transcript, Verdict};
use crate::i18n::Text;

/// A failure to hand over a message. It holds no secret, can be stored as JSON, and says itself in any
/// language.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Failure {
    Smtp(SmtpFailure),
    Microsoft365(Microsoft365Failure),
}

/// How far a step of the way came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    Passed,
    Failed,
    /// It was not reached.
    NotReached,
}

impl Failure {
    /// One plain sentence of what happened at which step.
    pub fn what(&self) -> Text {
        match self {
            Failure::Smtp(failure) => failure.what(),
            Failure::Microsoft365(failure) => failure.what(),
        }
    }

    /// One plain sentence of what to do about it, and whose job it is.
    pub fn what_to_do(&self) -> Text {
        match self {
            Failure::Smtp(failure) => failure.what_to_do(),
            Failure::Microsoft365(failure) => failure.what_to_do(),
        }
    }

    /// What to do with the message and the others.
    pub fn verdict(&self) -> Verdict {
        match self {
            Failure::Smtp(failure) => failure.verdict(),
            Failure::Microsoft365(failure) => failure.verdict(),
        }
    }

    /// Whether the message may have been accepted all the same: the answer to the whole message never
    /// came.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Failure::Smtp(failure) => failure.outcome_unknown(),
            Failure::Microsoft365(failure) => failure.outcome_unknown(),
        }
    }

    /// Whether it says something about the provider, rather than about this recipient, this message or
    /// this moment.
    pub fn speaks_of_provider(&self) -> bool {
        match self {
            Failure::Smtp(failure) => failure.speaks_of_provider(),
            Failure::Microsoft365(failure) => failure.speaks_of_provider(),
        }
    }

    /// Whether the recipient's address was refused for good: it is not worth being asked again and again.
    pub fn refuses_recipient(&self) -> bool {
        match self {
            Failure::Smtp(failure) => failure.cause == super::Cause::RecipientRefused,
            Failure::Microsoft365(failure) => failure.cause == super::Microsoft365Cause::RecipientRefused,
        }
    }

    /// Whether a change of the provider's settings can put it right.
    pub fn is_about_settings(&self) -> bool {
        use super::{Cause, Microsoft365Cause as Microsoft};
        match self {
            Failure::Smtp(failure) => matches!(
                failure.cause,
                Cause::NotReachable
                    | Cause::InternalAddress
                    | Cause::ConnectRefused
                    | Cause::ConnectTimeout
                    | Cause::NoRoute
                    | Cause::SilentGreeting
                    | Cause::NotSmtp
                    | Cause::NotTls
                    | Cause::StartTlsNotOffered
                    | Cause::CertificateWrongName { .. }
                    | Cause::AuthNotOffered
                    | Cause::NoCommonMechanism { .. }
                    | Cause::AuthRefused
                    | Cause::AuthDisabledByMicrosoft
                    | Cause::AuthRefusedByMicrosoft
                    | Cause::AppPasswordNeeded
                    | Cause::EncryptionRequired
                    | Cause::AuthRequired
                    | Cause::SenderRefused
                    | Cause::SenderNotVerified
                    | Cause::RelayDenied
                    | Cause::ReplyTooLong
                    | Cause::ReplyMalformed
                    | Cause::UnexpectedReply
            ),
            Failure::Microsoft365(failure) => {
                failure.wants_large_messages()
                    || matches!(
                        failure.cause,
                        Microsoft::SecretRefused
                            | Microsoft::SecretExpired
                            | Microsoft::SecretMissing
                            | Microsoft::ClientUnknown
                            | Microsoft::TenantUnknown
                            | Microsoft::OtherCloud
                            | Microsoft::ResourceUnknown
                            | Microsoft::SignInRefused
                            | Microsoft::TokenRefused
                            | Microsoft::SendAsDenied
                            | Microsoft::MailboxUnknown
                            | Microsoft::MailboxMissing
                            | Microsoft::MayNotWriteDrafts
                    )
            }
        }
    }

    /// Whether the provider refused the sign-in, rather than not getting as far.
    pub fn refuses_sign_in(&self) -> bool {
        let needs_a_person = self.verdict() == Verdict::ProviderBroken(Recovery::ByPerson);
        let at_sign_in = match self {
            Failure::Smtp(failure) => failure.step == Step::SignIn && failure.reply.is_some(),
            Failure::Microsoft365(failure) => failure.step == Microsoft365Step::SignIn,
        };
        needs_a_person && at_sign_in
    }

    /// Whether nobody was asked: we keep within a limit by ourselves, or have reached one of ours.
    pub fn is_own_limit(&self) -> bool {
        match self {
            Failure::Smtp(failure) => failure.cause == super::Cause::OwnLimit,
            Failure::Microsoft365(failure) => matches!(
                failure.cause,
                super::Microsoft365Cause::OwnLimit { .. } | super::Microsoft365Cause::OutOfResources
            ),
        }
    }

    /// Whether a wish to wait is about everything that goes this way. By SMTP it is about one recipient
    /// (greylisting), with Microsoft 365 about the mailbox.
    pub fn wish_is_about_everything(&self) -> bool {
        matches!(self, Failure::Microsoft365(_))
    }

    /// Whether no conversation came about: the server was not found or reached, or the encryption failed.
    pub fn is_about_connection(&self) -> bool {
        match self {
            Failure::Smtp(failure) => {
                matches!(failure.step, Step::Resolve | Step::Connect | Step::Greeting | Step::Encrypt)
            }
            Failure::Microsoft365(failure) => failure.step == Microsoft365Step::AddressPolicy,
        }
    }

    /// The number that the provider answered: an SMTP reply code, or an HTTP status.
    pub fn code(&self) -> Option<u16> {
        match self {
            Failure::Smtp(failure) => failure.reply.as_ref().map(|reply| reply.code),
            Failure::Microsoft365(failure) => failure.answer.as_ref().map(|answer| answer.status),
        }
    }

    /// The name of the step that failed.
    pub fn step_name(&self) -> Text {
        match self {
            Failure::Smtp(failure) => failure.step.name(),
            Failure::Microsoft365(failure) => failure.step.name(),
        }
    }

    /// The steps of the way, in order: passed up to the one that failed, not reached after it.
    pub fn steps(&self) -> Vec<(Text, StepOutcome)> {
        match self {
            Failure::Smtp(failure) => outcomes(&failure.steps(), failure.step, super::Step::name),
            Failure::Microsoft365(failure) => {
                outcomes(&Microsoft365Step::ALL, failure.step, Microsoft365Step::name)
            }
        }
    }

    /// What the provider's own support asks for: names and values, of which an answer may have none.
    pub fn details(&self) -> Vec<(Text, String)> {
        match self {
            Failure::Smtp(_) => Vec::new(),
            Failure::Microsoft365(failure) => failure.details(),
        }
    }

    /// What the provider said, as it said it, in one line fit to be shown.
    pub fn answer(&self) -> Option<String> {
        match self {
            Failure::Smtp(failure) => failure.reply.as_ref().map(super::Reply::shown),
            Failure::Microsoft365(failure) => failure.answer(),
        }
    }
}

fn outcomes<S: Copy + PartialEq>(steps: &[S], failed: S, name: fn(S) -> Text) -> Vec<(Text, StepOutcome)> {
    let mut outcome = StepOutcome::Passed;
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        if *step == failed {
            all.push((name(*step), StepOutcome::Failed));
            outcome = StepOutcome::NotReached;
        } else {
            all.push((name(*step), outcome));
        }
    }
    all
}

/// Why a message was not handed over, and what was said until then.
#[derive(Clone, Debug)]
pub struct SendError {
    pub failure: Box<Failure>,
    pub transcript: Transcript,
}

impl SendError {
    pub fn verdict(&self) -> Verdict {
        self.failure.verdict()
    }
}

impl From<SmtpFailure> for Failure {
    fn from(failure: SmtpFailure) -> Self {
        Failure::Smtp(failure)
    }
}

impl From<Microsoft365Failure> for Failure {
    fn from(failure: Microsoft365Failure) -> Self {
        Failure::Microsoft365(failure)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Smtp(failure) => failure.fmt(f),
            Failure::Microsoft365(failure) => failure.fmt(f),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl std::error::Error for Failure {}
impl std::error::Error for SendError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_when_there_was_only_smtp_is_read_still() {
        let stored = r#"{"step":"sign_in","cause":{"kind":"auth_refused"},"host":"smtp.acme.example","port":587,
            "security":"starttls","username":"anna","sender":null,"recipient":null,
            "reply":{"code":535,"enhanced":[5,7,8],"lines":["5.7.8 no"]}}"#;
        let Failure::Smtp(failure) = serde_json::from_str(stored).unwrap() else { panic!("{stored}") };
        assert_eq!((failure.host.as_str(), failure.port), ("smtp.acme.example", 587));
    }
}
