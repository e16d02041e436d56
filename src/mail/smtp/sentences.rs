//! A failure in words: what happened, what to do about it, and whose job that is. The two halves are
//! messages `mail-<cause>` and `mail-<cause>-do`; every key stands here in full, so that a search for
//! it finds both places.

use super::{Cause, SmtpFailure, Step, shown};
use crate::i18n::Text;
use crate::mail::{Security, Verdict};

/// At most that many characters of the server's words stand in a sentence; the rest is in the reply.
const WORDS: usize = 200;

impl SmtpFailure {
    /// One plain sentence of what happened at which step.
    pub fn what(&self) -> Text {
        let host = |key| Text::new(key).with("host", &self.host);
        let port = |key| host(key).with("port", self.port);
        let words = |key| host(key).with("words", self.words());
        let sender = |key| host(key).with("sender", self.sender.as_deref().unwrap_or_default());
        let recipient = |key| words(key).with("recipient", self.recipient.as_deref().unwrap_or_default());
        match &self.cause {
            Cause::NotReachable => host("mail-not-reachable"),
            Cause::InternalAddress => host("mail-internal-address"),
            Cause::ConnectRefused => port("mail-connect-refused"),
            Cause::ConnectTimeout => port("mail-connect-timeout"),
            Cause::NoRoute => port("mail-no-route"),
            Cause::OwnLimit => Text::new("mail-own-limit"),
            Cause::SilentGreeting => port("mail-silent-greeting"),
            Cause::NotSmtp => port("mail-not-smtp"),
            Cause::ServiceRefused => words("mail-service-refused"),
            Cause::StartTlsNotOffered => port("mail-starttls-not-offered"),
            Cause::StartTlsRefused => words("mail-starttls-refused"),
            Cause::InjectedAfterStartTls => host("mail-injected-after-starttls"),
            Cause::NotTls => port("mail-not-tls"),
            Cause::CertificateExpired => host("mail-certificate-expired"),
            Cause::CertificateNotYetValid => host("mail-certificate-not-yet-valid"),
            Cause::CertificateWrongName { names } if names.is_empty() => host("mail-certificate-other-name"),
            Cause::CertificateWrongName { names } => {
                host("mail-certificate-wrong-name").with("names", names.join(", "))
            }
            Cause::CertificateUnknownIssuer => host("mail-certificate-unknown-issuer"),
            Cause::CertificateOther { detail } => host("mail-certificate-unusable").with("detail", detail),
            Cause::TlsTooOld => host("mail-tls-too-old"),
            Cause::TlsHandshake { detail } => host("mail-tls-handshake").with("detail", detail),
            Cause::AuthNotOffered => port("mail-auth-not-offered"),
            Cause::NoCommonMechanism { offered } => {
                host("mail-no-common-mechanism").with("offered", offered.join(", "))
            }
            Cause::AuthRefused => host("mail-auth-refused"),
            Cause::AuthUnavailable => host("mail-auth-unavailable"),
            Cause::AuthDisabledByMicrosoft => Text::new("mail-auth-disabled-by-microsoft"),
            Cause::AuthRefusedByMicrosoft => Text::new("mail-auth-refused-by-microsoft"),
            Cause::AppPasswordNeeded => host("mail-app-password-needed"),
            Cause::EncryptionRequired => host("mail-encryption-required"),
            Cause::AuthRequired => host("mail-auth-required"),
            Cause::SenderRefused if self.signs_in_as_sender() => sender("mail-sender-not-released"),
            Cause::SenderRefused => match &self.username {
                Some(username) => sender("mail-sender-refused").with("username", username),
                None => sender("mail-sender-refused-without-login"),
            },
            Cause::SenderUnverified => sender("mail-sender-unverified"),
            Cause::AccountLocked => words("mail-account-locked"),
            Cause::SendingLimit => words("mail-sending-limit"),
            Cause::HeloRefused { name } => words("mail-helo-refused").with("name", name),
            Cause::ReverseNameMissing => words("mail-reverse-name-missing"),
            Cause::BlockListed => words("mail-block-listed"),
            Cause::Distrusted => words("mail-distrusted"),
            Cause::RecipientDeclined => recipient("mail-recipient-declined"),
            Cause::RecipientDomainUnknown => recipient("mail-recipient-domain-unknown"),
            Cause::TakenForSpam => words("mail-taken-for-spam"),
            Cause::TakenForForgery => {
                words("mail-taken-for-forgery").with("sender", self.sender.as_deref().unwrap_or_default())
            }
            Cause::SenderBlocked => sender("mail-sender-blocked"),
            Cause::SenderNotVerified => sender("mail-sender-not-verified"),
            Cause::RelayDenied => recipient("mail-relay-denied"),
            Cause::RecipientRefused => recipient("mail-recipient-refused"),
            Cause::MailboxFull => Text::new("mail-mailbox-full")
                .with("recipient", self.recipient.as_deref().unwrap_or_default()),
            Cause::Greylisted { .. } => host("mail-greylisted"),
            Cause::DomainNotAuthorised => sender("mail-domain-not-authorised").with("words", self.words()),
            Cause::TemporaryRefusal => words("mail-temporary-refusal"),
            Cause::MessageRefused => words("mail-message-refused"),
            Cause::TooLarge { limit: Some(limit) } => host("mail-too-large").with("limit", size(*limit)),
            Cause::TooLarge { limit: None } => host("mail-too-large-without-limit"),
            Cause::Smtputf8NotOffered => {
                let local = if self.step == Step::Sender { &self.sender } else { &self.recipient };
                host("mail-smtputf8-not-offered").with("address", local.as_deref().unwrap_or_default())
            }
            Cause::TooBusy => host("mail-too-busy"),
            Cause::ReplyTooLong => port("mail-reply-too-long"),
            Cause::ReplyMalformed => port("mail-reply-malformed"),
            Cause::UnexpectedReply => words("mail-unexpected-reply"),
            Cause::ConnectionLost => host("mail-connection-lost").with_text("step", self.step.name()),
            Cause::OutcomeUnknown => host("mail-outcome-unknown"),
            Cause::Timeout => host("mail-timeout").with_text("step", self.step.name()),
            Cause::Slow => host("mail-slow").with_text("step", self.step.name()),
            Cause::EnvelopeUnanswered => host("mail-envelope-unanswered"),
        }
    }

    /// One plain sentence of what to do about it, and whose job it is.
    pub fn what_to_do(&self) -> Text {
        match &self.cause {
            Cause::NotReachable => Text::new("mail-not-reachable-do"),
            Cause::InternalAddress => Text::new("mail-internal-address-do"),
            Cause::ConnectRefused => Text::new("mail-connect-refused-do"),
            Cause::ConnectTimeout => Text::new("mail-connect-timeout-do"),
            Cause::NoRoute => Text::new("mail-no-route-do"),
            Cause::OwnLimit => Text::new("mail-own-limit-do"),
            Cause::SilentGreeting if self.security == Security::Tls => Text::new("mail-try-later-do"),
            Cause::SilentGreeting => Text::new("mail-silent-greeting-do"),
            Cause::ServiceRefused => Text::new("mail-service-refused-do"),
            Cause::StartTlsNotOffered => Text::new("mail-starttls-not-offered-do"),
            Cause::InjectedAfterStartTls => Text::new("mail-injected-after-starttls-do"),
            Cause::NotTls if self.reply.is_some() => Text::new("mail-not-tls-do"),
            // neither TLS nor a greeting
            Cause::NotSmtp | Cause::NotTls => Text::new("mail-not-smtp-do"),
            Cause::CertificateExpired => Text::new("mail-certificate-expired-do"),
            Cause::CertificateNotYetValid => Text::new("mail-certificate-not-yet-valid-do"),
            Cause::CertificateWrongName { names } if names.is_empty() => {
                Text::new("mail-certificate-other-name-do").with("host", &self.host)
            }
            Cause::CertificateWrongName { .. } => {
                Text::new("mail-certificate-wrong-name-do").with("host", &self.host)
            }
            Cause::CertificateUnknownIssuer => Text::new("mail-certificate-unknown-issuer-do"),
            Cause::CertificateOther { .. } => Text::new("mail-certificate-unusable-do"),
            Cause::TlsTooOld => Text::new("mail-tls-too-old-do"),
            Cause::TlsHandshake { .. } => Text::new("mail-tls-handshake-do"),
            Cause::AuthNotOffered => Text::new("mail-auth-not-offered-do"),
            Cause::NoCommonMechanism { .. } => Text::new("mail-no-common-mechanism-do"),
            Cause::AuthRefused => Text::new("mail-auth-refused-do"),
            Cause::AuthUnavailable => Text::new("mail-auth-unavailable-do"),
            Cause::AuthDisabledByMicrosoft => Text::new("mail-auth-disabled-by-microsoft-do"),
            Cause::AuthRefusedByMicrosoft => Text::new("mail-auth-refused-by-microsoft-do"),
            Cause::AppPasswordNeeded => Text::new("mail-app-password-needed-do"),
            Cause::EncryptionRequired => Text::new("mail-encryption-required-do"),
            Cause::AuthRequired => Text::new("mail-auth-required-do"),
            Cause::SenderRefused if self.signs_in_as_sender() => Text::new("mail-sender-not-released-do"),
            Cause::SenderRefused if self.username.is_some() => Text::new("mail-sender-refused-do"),
            Cause::SenderRefused => Text::new("mail-sender-refused-without-login-do"),
            Cause::SenderUnverified => Text::new("mail-sender-unverified-do"),
            Cause::AccountLocked => Text::new("mail-account-locked-do"),
            Cause::SendingLimit => Text::new("mail-sending-limit-do"),
            Cause::HeloRefused { .. } => Text::new("mail-helo-refused-do"),
            Cause::ReverseNameMissing => Text::new("mail-reverse-name-missing-do"),
            Cause::BlockListed => Text::new("mail-block-listed-do"),
            Cause::Distrusted => Text::new("mail-distrusted-do"),
            Cause::RecipientDeclined => Text::new("mail-recipient-declined-do"),
            Cause::RecipientDomainUnknown => Text::new("mail-recipient-domain-unknown-do"),
            Cause::TakenForSpam => Text::new("mail-taken-for-spam-do"),
            Cause::TakenForForgery => Text::new("mail-taken-for-forgery-do"),
            Cause::SenderBlocked => Text::new("mail-sender-blocked-do"),
            Cause::SenderNotVerified => Text::new("mail-sender-not-verified-do"),
            Cause::RelayDenied if self.username.is_some() => Text::new("mail-relay-denied-do"),
            Cause::RelayDenied => Text::new("mail-relay-denied-without-login-do"),
            Cause::RecipientRefused => Text::new("mail-recipient-refused-do"),
            Cause::MailboxFull => Text::new("mail-mailbox-full-do"),
            Cause::Greylisted { .. } => {
                let seconds = match self.verdict() {
                    Verdict::RetryAfter(delay) => delay.as_secs(),
                    _ => 0,
                };
                let minutes = i64::try_from(seconds.div_ceil(60)).unwrap_or(i64::MAX);
                Text::new("mail-greylisted-do").with_number("minutes", minutes)
            }
            Cause::DomainNotAuthorised => Text::new("mail-domain-not-authorised-do"),
            Cause::TooBusy => Text::new("mail-too-busy-do"),
            Cause::MessageRefused => Text::new("mail-message-refused-do"),
            Cause::TooLarge { .. } => Text::new("mail-too-large-do"),
            Cause::Smtputf8NotOffered => Text::new("mail-smtputf8-not-offered-do"),
            Cause::ReplyTooLong | Cause::ReplyMalformed | Cause::UnexpectedReply => {
                Text::new("mail-strange-server-do")
            }
            Cause::OutcomeUnknown => Text::new("mail-outcome-unknown-do"),
            Cause::Slow => Text::new("mail-slow-do"),
            Cause::StartTlsRefused
            | Cause::TemporaryRefusal
            | Cause::ConnectionLost
            | Cause::EnvelopeUnanswered
            | Cause::Timeout => Text::new("mail-try-later-do"),
        }
    }

    /// Whether the user name is the sender's address: then it is not a matter of the right to send as somebody else.
    fn signs_in_as_sender(&self) -> bool {
        match (&self.username, &self.sender) {
            (Some(username), Some(sender)) => username.eq_ignore_ascii_case(sender),
            _ => false,
        }
    }

    fn words(&self) -> String {
        self.reply.as_ref().map(|reply| shown(&reply.shown(), WORDS)).unwrap_or_default()
    }
}

impl Step {
    /// The step's name, as a list of steps shows it.
    pub fn name(self) -> Text {
        Text::new(match self {
            Step::Resolve => "mail-step-resolve",
            Step::Connect => "mail-step-connect",
            Step::Greeting => "mail-step-greeting",
            Step::Encrypt => "mail-step-encrypt",
            Step::SignIn => "mail-step-sign-in",
            Step::Sender => "mail-step-sender",
            Step::Recipient => "mail-step-recipient",
            Step::Message => "mail-step-message",
        })
    }
}

/// "64 KiB", "10 MiB": rounded down, so that it is never more than the server takes.
pub(in crate::mail) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;
    use crate::mail::Reply;

    fn every_cause() -> Vec<Cause> {
        let detail = || "some detail".to_owned();
        vec![
            Cause::NotReachable,
            Cause::InternalAddress,
            Cause::ConnectRefused,
            Cause::ConnectTimeout,
            Cause::NoRoute,
            Cause::OwnLimit,
            Cause::SilentGreeting,
            Cause::NotSmtp,
            Cause::ServiceRefused,
            Cause::StartTlsNotOffered,
            Cause::StartTlsRefused,
            Cause::InjectedAfterStartTls,
            Cause::NotTls,
            Cause::CertificateExpired,
            Cause::CertificateNotYetValid,
            Cause::CertificateWrongName { names: Vec::new() },
            Cause::CertificateWrongName { names: vec!["mail.provider.example".to_owned()] },
            Cause::CertificateUnknownIssuer,
            Cause::CertificateOther { detail: detail() },
            Cause::TlsTooOld,
            Cause::TlsHandshake { detail: detail() },
            Cause::AuthNotOffered,
            Cause::NoCommonMechanism { offered: vec!["CRAM-MD5".to_owned()] },
            Cause::AuthRefused,
            Cause::AuthUnavailable,
            Cause::AuthDisabledByMicrosoft,
            Cause::AuthRefusedByMicrosoft,
            Cause::AppPasswordNeeded,
            Cause::EncryptionRequired,
            Cause::AuthRequired,
            Cause::SenderRefused,
            Cause::SenderBlocked,
            Cause::SenderUnverified,
            Cause::AccountLocked,
            Cause::SendingLimit,
            Cause::HeloRefused { name: "portal.acme.example".to_owned() },
            Cause::ReverseNameMissing,
            Cause::BlockListed,
            Cause::Distrusted,
            Cause::RecipientDeclined,
            Cause::RecipientDomainUnknown,
            Cause::TakenForSpam,
            Cause::TakenForForgery,
            Cause::SenderNotVerified,
            Cause::RelayDenied,
            Cause::RecipientRefused,
            Cause::MailboxFull,
            Cause::Greylisted { after_seconds: None },
            Cause::DomainNotAuthorised,
            Cause::TemporaryRefusal,
            Cause::MessageRefused,
            Cause::TooLarge { limit: Some(65536) },
            Cause::TooLarge { limit: None },
            Cause::Smtputf8NotOffered,
            Cause::TooBusy,
            Cause::ReplyTooLong,
            Cause::ReplyMalformed,
            Cause::UnexpectedReply,
            Cause::ConnectionLost,
            Cause::OutcomeUnknown,
            Cause::Timeout,
            Cause::Slow,
            Cause::EnvelopeUnanswered,
        ]
    }

    #[test]
    fn every_failure_is_said_in_every_language_and_survives_being_stored() {
        for cause in every_cause() {
            for (username, security) in [(Some("svc".to_owned()), Security::StartTls), (None, Security::Tls)]
            {
                let failure = SmtpFailure {
                    step: Step::Recipient,
                    cause: cause.clone(),
                    host: "smtp.acme.example".to_owned(),
                    port: 587,
                    security,
                    username,
                    sender: Some("reports@acme.example".to_owned()),
                    recipient: Some("anna@acme.example".to_owned()),
                    reply: Some(Reply::new(550, vec!["5.7.1 no".to_owned()])),
                };
                for language in Language::ALL {
                    for text in [failure.what(), failure.what_to_do()] {
                        let words = text.say(language);
                        assert!(
                            words.contains(' ') && words.ends_with(['.', '"', '“', '”']),
                            "{cause:?}: {words}"
                        );
                        assert!(!words.contains(['{', '$']), "{cause:?}: {words}");
                    }
                }
                assert_ne!(failure.what().say(Language::German), failure.what().say(Language::English));
                let stored = serde_json::to_string(&failure).unwrap();
                assert_eq!(serde_json::from_str::<SmtpFailure>(&stored).unwrap(), failure);
            }
        }
    }

    #[test]
    fn a_size_is_never_said_larger_than_it_is() {
        assert_eq!([size(900), size(65_535), size(10_485_760)], ["900 B", "63 KiB", "10 MiB"]);
    }
}
