use std::time::Duration;

use crate::clock::Timestamp;
use crate::email_provider::Settings;
use crate::mail::{Cause, CheckOutcome, CheckStep, CheckedStep, Failure, OpenPort};
use crate::values::ProviderCheckId;

/// Whoever is not through by then has died.
const PATIENCE: Duration = Duration::from_secs(40);

/// A check of a provider and how far it came.
#[derive(Clone, Debug)]
pub struct ProviderCheck {
    pub id: ProviderCheckId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Whether it is of what stood in the form, not of the stored provider.
    pub of_form: bool,
    pub settings: Settings,
    /// Whom the server was asked about.
    pub recipient: String,
    /// The steps that were taken.
    pub steps: Vec<CheckedStep>,
    /// What was found at other ports, if they were tried.
    pub ports: Option<PortTrial>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// A try of other ports.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PortTrial {
    pub began_at: Timestamp,
    pub tried: Vec<u16>,
    /// Where a mail server answers; `None` while it is under way.
    pub open: Option<Vec<OpenPort>>,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    Running,
    /// No step failed, and each was taken.
    Passed,
    /// No step failed, and not all could be proved.
    Unproven,
    Failed,
    /// The process ended before the check did.
    BrokenOff,
}

impl ProviderCheck {
    /// How far it is.
    pub fn state(&self, now: Timestamp) -> CheckState {
        let unproven =
            |step: &CheckedStep| step.outcome == CheckOutcome::Unproven && step.step != CheckStep::Roles;
        match self.finished_at {
            None if is_silent(self.requested_at, now) => CheckState::BrokenOff,
            None => CheckState::Running,
            Some(_) if self.failure().is_some() => CheckState::Failed,
            Some(_) if self.steps.iter().any(unproven) => CheckState::Unproven,
            Some(_) => CheckState::Passed,
        }
    }

    /// The steps that it has, in order, whether they were taken or not.
    pub fn planned(&self) -> &'static [CheckStep] {
        match &self.settings {
            Settings::Smtp(smtp) => CheckStep::by_smtp(smtp.security),
            Settings::Microsoft365(_) => CheckStep::BY_MICROSOFT365,
        }
    }

    /// What came of that step, once it was taken.
    pub fn taken(&self, step: CheckStep) -> Option<&CheckedStep> {
        self.steps.iter().find(|taken| taken.step == step)
    }

    /// The failure, if a step failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.steps.iter().find_map(|step| match &step.outcome {
            CheckOutcome::Failed(failure) => Some(failure.as_ref()),
            _ => None,
        })
    }

    /// Whether other ports are being tried.
    pub fn is_trying_ports(&self, now: Timestamp) -> bool {
        let under_way = |trial: &PortTrial| trial.open.is_none() && !is_silent(trial.began_at, now);
        self.ports.as_ref().is_some_and(under_way)
    }

    /// Whether it is of use to try other ports: the server was found, and did not let us in at this one.
    pub fn wants_ports(&self, now: Timestamp) -> bool {
        let Some(Failure::Smtp(failure)) = self.failure() else { return false };
        let shut = match failure.cause {
            Cause::ConnectRefused | Cause::ConnectTimeout | Cause::NoRoute => true,
            // neither TLS nor a mail server
            Cause::NotTls => failure.reply.is_none(),
            _ => false,
        };
        let tried = self.ports.as_ref().is_some_and(|trial| trial.open.is_some());
        self.finished_at.is_some() && shut && !tried && !self.is_trying_ports(now)
    }

    /// Whether there will be more to see.
    pub fn is_under_way(&self, now: Timestamp) -> bool {
        self.state(now) == CheckState::Running || self.is_trying_ports(now)
    }
}

fn is_silent(since: Timestamp, now: Timestamp) -> bool {
    since < now.minus(PATIENCE)
}
