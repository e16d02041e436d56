use crate::clock::Timestamp;
use crate::mail::{Acceptance, Failure, SendError};

/// What is known of whether a provider works.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// Saved, and nothing was sent since.
    Untested,
    /// The last message was accepted.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Nothing gets through.
    Failing {
        /// Since when, without a success between.
        since: Timestamp,
        /// Why, as of the last try.
        failure: Box<Failure>,
    },
}

impl Health {
    /// What a result says about the provider; nothing if it speaks of the recipient or the message only.
    pub(super) fn after(&self, result: &Result<Acceptance, SendError>, now: Timestamp) -> Option<Health> {
        let Err(error) = result else { return Some(Health::Accepted { at: now }) };
        let since = match self {
            Health::Failing { since, .. } => *since,
            Health::Untested | Health::Accepted { .. } => now,
        };
        error.failure.speaks_of_provider().then(|| Health::Failing { since, failure: error.failure.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Cause, Security, SmtpFailure, Step, Transcript};

    fn failed(cause: Cause, step: Step) -> Result<Acceptance, SendError> {
        let failure = SmtpFailure {
            step,
            cause,
            host: "smtp.acme.example".to_owned(),
            port: 587,
            security: Security::StartTls,
            username: Some("anna".to_owned()),
            sender: None,
            recipient: None,
            reply: None,
        };
        Err(SendError { failure: Box::new(failure.into()), transcript: Transcript::default() })
    }

    #[test]
    fn a_failure_counts_since_its_first_time() {
        let refused = failed(Cause::AuthRefused, Step::SignIn);
        let first = Health::Untested.after(&refused, Timestamp(1)).unwrap();
        let second = first.after(&refused, Timestamp(2)).unwrap();
        assert!(matches!(second, Health::Failing { since: Timestamp(1), .. }), "{second:?}");
    }

    #[test]
    fn a_recipient_says_nothing_about_the_provider() {
        let accepted = Health::Accepted { at: Timestamp(1) };
        for cause in [Cause::RecipientRefused, Cause::MailboxFull, Cause::Greylisted { after_seconds: None }]
        {
            assert_eq!(accepted.after(&failed(cause, Step::Recipient), Timestamp(2)), None);
        }
    }
}
