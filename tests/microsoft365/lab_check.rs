//! The staged check against the laboratory's stand-in: what each refusal stops, and that no mail comes of it.

use std::time::Duration;

use posthorn::mail::{
    CheckOutcome, CheckStep, CheckedStep, Failure, Mailer, Microsoft365Account, Microsoft365Cause as Cause,
    Seen,
};
use tokio::sync::mpsc;

use crate::support::lab::{CONTOSO, Lab, PORTAL, PORTAL_SECRET, fresh, portal};
use crate::support::{account, message};

async fn check(lab: &Lab, account: Microsoft365Account) -> (Option<Cause>, Vec<CheckedStep>) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let from = account.mailbox.to_string();
    let mailer = Mailer::microsoft365(account, lab.network());
    let result = mailer.check(&message(&from, "bob@mail.test"), Duration::from_secs(20), tell).await;
    let mut steps = Vec::new();
    while let Some(step) = told.recv().await {
        steps.push(step);
    }
    let cause = result.err().map(|failure| match *failure {
        Failure::Microsoft365(failure) => failure.cause,
        Failure::Smtp(failure) => panic!("by SMTP: {failure}"),
    });
    (cause, steps)
}

#[tokio::test]
async fn a_good_application_passes_as_far_as_can_be_known_and_sends_nothing() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, _) = fresh();
    let before = lab.answered("sendMail", "202").await;
    let (cause, steps) = check(&lab, portal(&mailbox)).await;
    assert_eq!(cause, None);
    let taken: Vec<_> = steps.iter().map(|step| step.step).collect();
    assert_eq!(taken, CheckStep::BY_MICROSOFT365);
    for step in &steps {
        let unproven = matches!(step.step, CheckStep::Mailbox | CheckStep::MaySend);
        let expected = if unproven { CheckOutcome::Unproven } else { CheckOutcome::Passed };
        assert_eq!(step.outcome, expected, "{:?}", step.step);
    }
    assert_eq!(steps[4].seen, [Seen::Roles { roles: vec!["Mail.Send".to_owned()] }]);
    assert_eq!(lab.answered("sendMail", "202").await, before, "nothing was accepted");
    assert!(lab.mail(&format!("{mailbox}@contoso.example"), "new").is_empty());
    let all = serde_json::to_string(&steps).unwrap();
    assert!(!all.contains(PORTAL_SECRET) && !all.contains("eyJ"), "{all}");
}

#[tokio::test]
async fn each_refusal_stops_the_check_at_its_step() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, _) = fresh();
    let mailbox = format!("{mailbox}@contoso.example");
    for (tenant, client, secret, mailbox, step, expected) in [
        (
            "no-such-tenant.example",
            PORTAL,
            PORTAL_SECRET,
            &*mailbox,
            CheckStep::Directory,
            Cause::TenantUnknown,
        ),
        (
            CONTOSO,
            "00000000-7e52-4a98-b0d4-2c8e9f1a7b63",
            PORTAL_SECRET,
            &mailbox,
            CheckStep::Client,
            Cause::ClientUnknown,
        ),
        (
            CONTOSO,
            "9e4f7a5b-2c86-4d13-b7a1-5f6b8d0c2e14",
            "lab~Q8disabled.Contoso-Off_0004xyzD",
            &mailbox,
            CheckStep::Client,
            Cause::ClientDisabled,
        ),
        (CONTOSO, PORTAL, "wrong", &mailbox, CheckStep::Secret, Cause::SecretRefused),
        (
            CONTOSO,
            "7d3e8b4f-6a15-4c2d-8f90-3e5a7c1b9d02",
            "lab~Q8expired.Contoso-Expired_0003xyzC",
            &mailbox,
            CheckStep::Secret,
            Cause::SecretExpired,
        ),
        (
            CONTOSO,
            PORTAL,
            PORTAL_SECRET,
            "nobody-knows@contoso.example",
            CheckStep::Mailbox,
            Cause::MailboxUnknown,
        ),
        (
            CONTOSO,
            PORTAL,
            PORTAL_SECRET,
            "nomailbox@contoso.example",
            CheckStep::Mailbox,
            Cause::MailboxMissing,
        ),
        (
            CONTOSO,
            PORTAL,
            PORTAL_SECRET,
            "blocked@contoso.example",
            CheckStep::MaySend,
            Cause::MailboxExcluded,
        ),
    ] {
        let (cause, steps) = check(&lab, account(tenant, client, secret, mailbox)).await;
        assert_eq!(cause, Some(expected), "{step:?}");
        let last = steps.last().unwrap();
        assert_eq!(last.step, step);
        let before = CheckStep::BY_MICROSOFT365.iter().take_while(|one| **one != step).count();
        assert_eq!(steps.len(), before + 1, "each step before was told, and none after");
        assert!(!last.transcript.lines().is_empty(), "{step:?} has its conversation");
    }
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_not_passed_from_the_cache() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, _) = fresh();
    let before = lab.requests("token").await;
    for _ in 0..2 {
        assert_eq!(check(&lab, portal(&mailbox)).await.0, None);
    }
    assert_eq!(lab.requests("token").await - before, 2, "each check asks Microsoft");
}
