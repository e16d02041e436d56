use crate::clock::Timestamp;
use crate::email_provider::{Provider, QuickFix};
use crate::mail::{Failure, Reply};

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// A server has taken it over.
    Accepted {
        at: Timestamp,
        server: String,
        reply: Reply,
        /// The conversation, without secrets.
        transcript: String,
    },
    /// It was not sent.
    Failed {
        at: Timestamp,
        failure: Box<Failure>,
        /// The conversation, without secrets.
        transcript: String,
    },
}

#[derive(Clone, Debug)]
pub struct TestMessage {
    pub recipient: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What became of it; `None` while it is under way, or when the process died over it.
    pub outcome: Option<Outcome>,
}

impl TestMessage {
    /// What would put its failure right, the surest first, if the settings are still those that it was sent with.
    pub(in crate::email_provider) fn mends(&self, stored: Option<&Provider>) -> Vec<QuickFix> {
        match (&self.outcome, stored) {
            (Some(Outcome::Failed { failure, .. }), Some(stored)) => {
                QuickFix::of_failure(&stored.settings, failure)
            }
            _ => Vec::new(),
        }
    }
}
