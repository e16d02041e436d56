use std::time::Duration;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Active, Error, store};
use crate::clock::Timestamp;
use crate::mail::{Failure, Microsoft365Step, Step};
use crate::values::TenantId;

/// What is known of whether a provider works.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// Saved, and nothing was sent since.
    Untested,
    /// A check passed; nothing was sent since.
    Checked { at: Timestamp },
    /// The last message was accepted.
    Accepted {
        /// When, to the ten minutes.
        at: Timestamp,
    },
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

/// What is learnt of a provider.
#[derive(Clone, Copy, Debug)]
pub enum HealthEvent<'a> {
    /// A message was accepted.
    Accepted,
    /// Every step of a check was taken; no message was sent.
    Passed,
    /// This came of trying to send, or of a check.
    Failed(&'a Failure),
}

/// A delivery's acceptance is noted anew after so long: each would be a write for every turn.
const FRESH: Duration = Duration::from_mins(10);

impl Health {
    /// The health after that; nothing if it says nothing about the provider.
    fn after(&self, news: HealthEvent<'_>, now: Timestamp) -> Option<Health> {
        let failure = match news {
            HealthEvent::Accepted => return Some(Health::Accepted { at: now }),
            // a message that was accepted says more
            HealthEvent::Passed => {
                return self.is_refuted_by_a_check().then_some(Health::Checked { at: now });
            }
            HealthEvent::Failed(failure) => failure,
        };
        let (since, refused) = match self {
            Health::Failing { since, refused_sign_ins, .. } => (*since, *refused_sign_ins),
            Health::Untested | Health::Checked { .. } | Health::Accepted { .. } => (now, 0),
        };
        failure.speaks_of_provider().then(|| Health::Failing {
            since,
            failure: Box::new(failure.clone()),
            refused_sign_ins: if failure.refuses_sign_in() { refused.saturating_add(1) } else { 0 },
        })
    }

    /// Whether a check that passes says more: it goes as far as a message's contents, and not into them.
    fn is_refuted_by_a_check(&self) -> bool {
        match self {
            Health::Accepted { .. } => false,
            Health::Untested | Health::Checked { .. } => true,
            Health::Failing { failure, .. } => match &**failure {
                Failure::Smtp(failure) => failure.step != Step::Message,
                Failure::Microsoft365(failure) => failure.step != Microsoft365Step::Send,
            },
        }
    }

    /// Whether that is no news from a delivery.
    fn knows(&self, news: HealthEvent<'_>, now: Timestamp) -> bool {
        let is_fresh = |at: Timestamp| at <= now && now.since(at) < FRESH;
        match (news, self) {
            (HealthEvent::Accepted, Health::Accepted { at }) => is_fresh(*at),
            _ => self.after(news, now).is_none(),
        }
    }
}

/// Whether that is worth a write, as far as was known when the provider was loaded.
pub fn is_news(active: &Active, news: HealthEvent<'_>, now: Timestamp) -> bool {
    !active.health.knows(news, now)
}

/// Notes news of a provider in a transaction; nothing if another one is stored by now.
///
/// # Errors
/// When the database fails, or when what is known cannot be read.
pub async fn note(
    tx: &impl ConnectionTrait,
    tenant: TenantId,
    revision: Uuid,
    news: HealthEvent<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    if matches!(news, HealthEvent::Accepted) {
        // whatever was known before
        return store::set_health(tx, tenant, revision, &Health::Accepted { at: now }).await;
    }
    let present = store::find_for_update(tx, tenant).await?;
    let Some(present) = present.filter(|row| row.stored.revision == revision) else { return Ok(()) };
    match present.stored.health.after(news, now) {
        Some(health) => store::set_health(tx, tenant, revision, &health).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Cause, Reply, Security, SmtpFailure};

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
        let first = Health::Untested.after(HealthEvent::Failed(&refused), Timestamp(1)).unwrap();
        let second = first.after(HealthEvent::Failed(&refused), Timestamp(2)).unwrap();
        assert!(
            matches!(second, Health::Failing { since: Timestamp(1), refused_sign_ins: 2, .. }),
            "{second:?}"
        );
        let lost = failed(Cause::ConnectionLost, Step::Greeting);
        let third = second.after(HealthEvent::Failed(&lost), Timestamp(3)).unwrap();
        assert!(
            matches!(third, Health::Failing { since: Timestamp(1), refused_sign_ins: 0, .. }),
            "{third:?}"
        );
    }

    #[test]
    fn a_check_that_passes_ends_a_failure_and_proves_no_more() {
        let now = Timestamp(2);
        let failing =
            Health::Untested.after(HealthEvent::Failed(&failed(Cause::Timeout, Step::Connect)), Timestamp(1));
        assert_eq!(failing.unwrap().after(HealthEvent::Passed, now), Some(Health::Checked { at: now }));
        assert_eq!(Health::Untested.after(HealthEvent::Passed, now), Some(Health::Checked { at: now }));
        assert_eq!(Health::Accepted { at: Timestamp(1) }.after(HealthEvent::Passed, now), None);
        let sender = failed(Cause::SenderRefused, Step::Message);
        let failing = Health::Untested.after(HealthEvent::Failed(&sender), Timestamp(1)).unwrap();
        assert_eq!(failing.after(HealthEvent::Passed, now), None, "a check does not come so far");
    }

    #[test]
    fn what_is_known_is_not_written_again() {
        let accepted = Health::Accepted { at: Timestamp(1) };
        assert!(accepted.knows(HealthEvent::Accepted, Timestamp(2)));
        assert!(!accepted.knows(HealthEvent::Accepted, Timestamp(1).plus(FRESH)));
        assert!(
            !Health::Accepted { at: Timestamp(3) }.knows(HealthEvent::Accepted, Timestamp(2)),
            "the clock was set back"
        );
        assert!(!Health::Untested.knows(HealthEvent::Accepted, Timestamp(2)));
        assert!(
            accepted.knows(HealthEvent::Failed(&failed(Cause::MailboxFull, Step::Recipient)), Timestamp(2))
        );
        assert!(
            !accepted.knows(HealthEvent::Failed(&failed(Cause::AuthRefused, Step::SignIn)), Timestamp(2))
        );
    }

    #[test]
    fn what_was_stored_before_sign_ins_were_counted_is_read() {
        let failing =
            Health::Untested.after(HealthEvent::Failed(&failed(Cause::Timeout, Step::Connect)), Timestamp(1));
        let mut json = serde_json::to_value(failing.clone().unwrap()).unwrap();
        json.as_object_mut().unwrap().remove("refused_sign_ins").unwrap();
        assert_eq!(serde_json::from_value::<Health>(json).unwrap(), failing.unwrap());
    }

    #[test]
    fn a_recipient_says_nothing_about_the_provider() {
        let accepted = Health::Accepted { at: Timestamp(1) };
        for cause in [Cause::RecipientRefused, Cause::MailboxFull, Cause::Greylisted { after_seconds: None }]
        {
            assert_eq!(
                accepted.after(HealthEvent::Failed(&failed(cause, Step::Recipient)), Timestamp(2)),
                None
            );
        }
    }
}
