use std::time::Duration;

use crate::clock::Timestamp;
use crate::mail::Failure;

/// What is known of whether a provider works.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// Saved, and nothing was sent since.
    Untested,
    /// The last message was accepted.
    Accepted {
        /// When, to the ten minutes.
        at: Timestamp,
    },
    /// Nothing gets through.
    Failing {
        /// Since when, without a success between.
        since: Timestamp,
        /// Why, as of the last try.
        failure: Box<Failure>,
        /// How often in a row the sign-in was refused, this time included: accounts are locked by it.
        #[serde(default)]
        refused_sign_ins: u32,
    },
}

/// A delivery's acceptance is noted anew after so long: each would be a write for every turn.
const FRESH: Duration = Duration::from_mins(10);

impl Health {
    /// What an outcome says about the provider; nothing if it speaks of the recipient or the message only.
    pub(super) fn after(&self, outcome: Result<(), &Failure>, now: Timestamp) -> Option<Health> {
        let Err(failure) = outcome else { return Some(Health::Accepted { at: now }) };
        let (since, refused) = match self {
            Health::Failing { since, refused_sign_ins, .. } => (*since, *refused_sign_ins),
            Health::Untested | Health::Accepted { .. } => (now, 0),
        };
        failure.speaks_of_provider().then(|| Health::Failing {
            since,
            failure: Box::new(failure.clone()),
            refused_sign_ins: if failure.refuses_sign_in() { refused.saturating_add(1) } else { 0 },
        })
    }

    /// Whether a delivery with that outcome would tell nothing new.
    pub(super) fn knows(&self, outcome: Result<(), &Failure>, now: Timestamp) -> bool {
        let is_fresh = |at: Timestamp| at <= now && now.since(at) < FRESH;
        match outcome {
            Ok(()) => matches!(self, Health::Accepted { at } if is_fresh(*at)),
            Err(failure) => !failure.speaks_of_provider(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Cause, Reply, Security, SmtpFailure, Step};

    fn failed(cause: Cause, step: Step) -> Failure {
        let reply =
            (cause == Cause::AuthRefused).then(|| Reply { code: 535, enhanced: None, lines: Vec::new() });
        Failure::Smtp(SmtpFailure {
            step,
            cause,
            host: "smtp.acme.example".to_owned(),
            port: 587,
            security: Security::StartTls,
            username: Some("anna".to_owned()),
            sender: None,
            recipient: None,
            reply,
        })
    }

    #[test]
    fn a_failure_counts_since_its_first_time() {
        let refused = failed(Cause::AuthRefused, Step::SignIn);
        let first = Health::Untested.after(Err(&refused), Timestamp(1)).unwrap();
        let second = first.after(Err(&refused), Timestamp(2)).unwrap();
        assert!(
            matches!(second, Health::Failing { since: Timestamp(1), refused_sign_ins: 2, .. }),
            "{second:?}"
        );
        let lost = failed(Cause::ConnectionLost, Step::Greeting);
        let third = second.after(Err(&lost), Timestamp(3)).unwrap();
        assert!(
            matches!(third, Health::Failing { since: Timestamp(1), refused_sign_ins: 0, .. }),
            "{third:?}"
        );
    }

    #[test]
    fn what_is_known_is_not_written_again() {
        let accepted = Health::Accepted { at: Timestamp(1) };
        assert!(accepted.knows(Ok(()), Timestamp(2)));
        assert!(!accepted.knows(Ok(()), Timestamp(1).plus(FRESH)));
        assert!(!Health::Accepted { at: Timestamp(3) }.knows(Ok(()), Timestamp(2)), "the clock was set back");
        assert!(!Health::Untested.knows(Ok(()), Timestamp(2)));
        assert!(accepted.knows(Err(&failed(Cause::MailboxFull, Step::Recipient)), Timestamp(2)));
        assert!(!accepted.knows(Err(&failed(Cause::AuthRefused, Step::SignIn)), Timestamp(2)));
    }

    #[test]
    fn what_was_stored_before_sign_ins_were_counted_is_read() {
        let failing = Health::Untested.after(Err(&failed(Cause::Timeout, Step::Connect)), Timestamp(1));
        let mut json = serde_json::to_value(failing.clone().unwrap()).unwrap();
        json.as_object_mut().unwrap().remove("refused_sign_ins").unwrap();
        assert_eq!(serde_json::from_value::<Health>(json).unwrap(), failing.unwrap());
    }

    #[test]
    fn a_recipient_says_nothing_about_the_provider() {
        let accepted = Health::Accepted { at: Timestamp(1) };
        for cause in [Cause::RecipientRefused, Cause::MailboxFull, Cause::Greylisted { after_seconds: None }]
        {
            assert_eq!(accepted.after(Err(&failed(cause, Step::Recipient)), Timestamp(2)), None);
        }
    }
}
