//! The staged check against the laboratory: its real servers, and its broken listeners, each at its step.

use std::time::Duration;

use posthorn::mail::{
    CheckOutcome, CheckStep, CheckedStep, Failure, Login, Mailer, OpenPort, Security, Seen,
};
use tokio::sync::mpsc;

use crate::support::lab::{Lab, fresh_address};
use crate::support::{login, message};

async fn check(
    lab: &Lab,
    listener: &str,
    security: Security,
    login: Option<Login>,
    to: &str,
) -> (Option<Failure>, Vec<CheckedStep>) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let mailer = Mailer::smtp(lab.server(listener, security, login), lab.impatient_network());
    let message = message("alice@mail.test", to);
    let failure = mailer.check(&message, Duration::from_secs(10), tell).await.err().map(|failure| *failure);
    let mut steps = Vec::new();
    while let Some(step) = told.recv().await {
        steps.push(step);
    }
    (failure, steps)
}

#[tokio::test]
async fn lab_real_servers_pass_the_check_and_get_no_mail() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security, login) in [
        ("submission", Security::StartTls, Some(lab.alice())),
        ("smtps", Security::Tls, Some(lab.alice())),
        ("plain-auth", Security::None, Some(lab.alice())),
        ("relay-tls", Security::StartTls, None),
    ] {
        let to = fresh_address();
        let (failure, steps) = check(&lab, listener, security, login, &to).await;
        assert_eq!(failure, None, "{listener}");
        assert_eq!(steps.len(), CheckStep::by_smtp(security).len(), "{listener}");
        let all = serde_json::to_string(&steps).unwrap();
        assert!(!all.contains("DATA") && !all.contains(lab.value("MAILLAB_PASSWORD")), "{listener}");
        assert!(lab.is_empty(&to), "{listener}");
    }
}

#[tokio::test]
async fn lab_every_broken_listener_fails_at_its_step() {
    let Some(lab) = Lab::find() else { return };
    for (listener, security, with_login, step) in [
        ("closed", Security::StartTls, false, CheckStep::Connect),
        ("blackhole", Security::StartTls, false, CheckStep::Connect),
        ("silent", Security::StartTls, false, CheckStep::Greeting),
        ("hang-ehlo", Security::None, false, CheckStep::Greeting),
        ("busy", Security::StartTls, false, CheckStep::Greeting),
        ("not-smtp", Security::StartTls, false, CheckStep::Greeting),
        ("flood", Security::StartTls, false, CheckStep::Greeting),
        ("no-starttls", Security::StartTls, true, CheckStep::Encrypt),
        ("starttls-refused", Security::StartTls, true, CheckStep::Encrypt),
        ("starttls-drop", Security::StartTls, true, CheckStep::Encrypt),
        ("starttls-inject", Security::StartTls, true, CheckStep::Encrypt),
        ("submission-expired", Security::StartTls, true, CheckStep::Encrypt),
        ("smtps-wronghost", Security::Tls, true, CheckStep::Encrypt),
        ("smtps-selfsigned", Security::Tls, true, CheckStep::Encrypt),
        ("tls-garbage", Security::Tls, false, CheckStep::Encrypt),
        ("tls-hang", Security::Tls, false, CheckStep::Encrypt),
        ("hang-auth", Security::None, true, CheckStep::SignIn),
        ("auth-tempfail", Security::None, true, CheckStep::SignIn),
        ("auth-disabled", Security::None, true, CheckStep::SignIn),
    ] {
        let login = with_login.then(|| lab.alice());
        let (failure, steps) = check(&lab, listener, security, login, "bob@mail.test").await;
        let last = steps.last().unwrap();
        assert!(failure.is_some(), "{listener} passed");
        assert_eq!(last.step, step, "{listener}: {:?}", last.outcome);
        assert!(matches!(last.outcome, CheckOutcome::Failed(_)));
        // what is refused is shown all the same
        if listener.starts_with("smtps-") || listener == "submission-expired" {
            assert!(last.seen.iter().any(|seen| matches!(seen, Seen::Certificate { .. })), "{listener}");
        }
    }
    let wrong = Some(login(lab.value("MAILLAB_USER"), "not the password"));
    let (_, steps) = check(&lab, "submission", Security::StartTls, wrong, "bob@mail.test").await;
    assert_eq!(steps.last().unwrap().step, CheckStep::SignIn);
}

#[tokio::test]
async fn lab_other_ports_are_found_with_their_security() {
    let Some(lab) = Lab::find() else { return };
    let ports = ["closed", "not-smtp", "smtps", "submission"].map(|listener| lab.port(listener));
    let mailer = Mailer::smtp(lab.server("closed", Security::StartTls, None), lab.network());
    let open = mailer.try_ports(&ports, Duration::from_secs(20)).await;
    assert_eq!(
        open,
        [
            OpenPort { port: lab.port("smtps"), security: Security::Tls },
            OpenPort { port: lab.port("submission"), security: Security::StartTls },
        ]
    );
}
