use std::fmt::Write as _;

use super::{CheckState, ProviderCheck};
use crate::clock::Timestamp;
use crate::email_provider::Settings;
use crate::i18n::{self, Language, Text};
use crate::mail::{CheckOutcome, CheckedStep};

/// For whom a report is, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Reporting<'a> {
    pub language: Language,
    /// What the product is called.
    pub product: &'a str,
    pub tenant: &'a str,
    pub now: Timestamp,
}

/// The check as a text for a ticket: versions, settings without the secret, each step with its time, what was
/// seen and what was said. Times are UTC, which both sides of a ticket can read.
pub fn report(check: &ProviderCheck, reporting: Reporting<'_>) -> String {
    let language = reporting.language;
    let words = |key| i18n::words(language, key);
    let mut lines = vec![
        format!("{}: {} ({})", words("provider-report"), reporting.product, program()),
        format!(
            "{}: {} ({})",
            words("provider-report-check"),
            check.requested_at.utc().to_rfc3339(),
            check.id
        ),
        format!("{}: {}", words("provider-report-tenant"), reporting.tenant),
        format!("{}: {}", words("provider-check-of"), words(of(check))),
    ];
    lines
        .extend(settings(&check.settings).into_iter().map(|(key, value)| format!("{}: {value}", words(key))));
    lines.push(format!("{}: {}", words("provider-test-recipient"), check.recipient));
    lines.push(format!("{}: {}", words("provider-report-result"), words(result(check, reporting.now))));
    if let Some(failure) = check.failure() {
        lines.push(failure.what().say(language));
        let details = failure.details().into_iter();
        lines.extend(details.map(|(name, value)| format!("{}: {value}", name.say(language))));
    }
    lines.push(String::new());
    for (number, step) in check.planned().iter().enumerate() {
        let taken = check.taken(*step);
        let mut line = format!("{}. {}: {}", number + 1, step.name().say(language), words(outcome(taken)));
        if let Some(taken) = taken {
            let _ = write!(line, ", {} ms", taken.took_ms);
        }
        lines.push(line);
        let seen = taken.into_iter().flat_map(|taken| &taken.seen);
        lines.extend(seen.map(|seen| format!("   {}", seen.said(language))));
    }
    if let Some(trial) = &check.ports {
        let tried: Vec<String> = trial.tried.iter().map(ToString::to_string).collect();
        let open = trial.open.iter().flatten();
        let open: Vec<String> =
            open.map(|open| format!("{} ({})", open.port, open.security.as_str())).collect();
        lines.push(String::new());
        let text = Text::new("provider-report-ports").with("tried", tried.join(", "));
        let none = words("provider-report-no-port");
        lines.push(text.with("open", if open.is_empty() { none } else { open.join(", ") }).say(language));
    }
    lines.push(String::new());
    lines.push(format!("{}:", words("provider-result-conversation")));
    let mut text = lines.join("\n");
    text.push('\n');
    for step in &check.steps {
        text.push_str(&step.transcript.to_text());
    }
    text
}

fn program() -> &'static str {
    concat!("Posthorn ", env!("CARGO_PKG_VERSION"))
}

pub(in crate::email_provider) fn of(check: &ProviderCheck) -> &'static str {
    if check.of_form { "provider-check-of-form" } else { "provider-check-of-stored" }
}

/// What came of it.
pub(in crate::email_provider) fn result(check: &ProviderCheck, now: Timestamp) -> &'static str {
    match check.state(now) {
        CheckState::Running => "provider-check-running",
        CheckState::Passed => "provider-check-passed",
        CheckState::Unproven => "provider-check-unproven",
        CheckState::Failed => "provider-check-failed",
        CheckState::BrokenOff => "provider-check-broken-off",
    }
}

/// What came of a step.
pub(in crate::email_provider) fn outcome(taken: Option<&CheckedStep>) -> &'static str {
    match taken.map(|taken| &taken.outcome) {
        None => "provider-step-not-reached",
        Some(CheckOutcome::Passed) => "provider-step-passed",
        Some(CheckOutcome::Unproven) => "provider-step-unproven",
        Some(CheckOutcome::NotNeeded) => "provider-step-not-needed",
        Some(CheckOutcome::Failed(_)) => "provider-step-failed",
    }
}

/// The settings as the form names them, without the secret.
fn settings(settings: &Settings) -> Vec<(&'static str, String)> {
    match settings {
        Settings::Smtp(smtp) => vec![
            ("provider-server-address", smtp.server_address.clone()),
            ("provider-port", smtp.server_port.to_string()),
            ("provider-security", smtp.security.as_str().to_owned()),
            ("provider-username", smtp.username().unwrap_or_default()),
            ("provider-sender-address", smtp.sender_address.clone()),
        ],
        Settings::Microsoft365(microsoft) => vec![
            ("provider-cloud", microsoft.cloud.as_str().to_owned()),
            ("provider-tenant-id", microsoft.tenant_id.clone()),
            ("provider-client-id", microsoft.client_id.clone()),
            ("provider-sender-address", microsoft.sender_address.clone()),
        ],
    }
}
