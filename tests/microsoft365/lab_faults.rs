//! Faults: of Microsoft, and of the way there.

use std::time::{Duration, Instant};

use posthorn::mail::{Mailer, Microsoft365Cause as Cause, Microsoft365Step as Step, Recovery, Verdict};
use serde_json::json;

use crate::support::lab::{Lab, fresh, portal};
use crate::support::{UNHURRIED, cause, message, network, of_microsoft, said, send};

#[tokio::test]
async fn a_fault_at_microsoft_is_told_and_tried_again() {
    let Some(lab) = Lab::find().await else { return };
    let network = lab.network();
    let (_, to) = fresh();
    for (mailbox, expected, verdict, words) in [
        (
            "fault-500",
            Cause::Unavailable { after_seconds: None },
            Verdict::Retry,
            "temporary fault at Microsoft",
        ),
        (
            "fault-502",
            Cause::Unavailable { after_seconds: None },
            Verdict::Retry,
            "temporary fault at Microsoft",
        ),
        (
            "fault-503",
            Cause::Unavailable { after_seconds: Some(1) },
            Verdict::RetryAfter(Duration::from_secs(1)),
            "temporary fault at Microsoft",
        ),
        ("fault-504", Cause::OutcomeUnknown, Verdict::Retry, "may have been accepted or not"),
    ] {
        let error = send(portal(mailbox), &network, &to).await.unwrap_err();
        assert_eq!((cause(&error), error.verdict()), (&expected, verdict), "{mailbox}");
        assert!(said(&error.failure).contains(words), "{}", said(&error.failure));
        assert_eq!(error.failure.outcome_unknown(), mailbox == "fault-504");
        let shown = format!("{:?} {:?}", error.failure, error.transcript);
        assert!(!shown.contains("<html") && !shown.contains("Bad Gateway"), "a page is quoted: {shown}");
    }
}

#[tokio::test]
async fn whether_a_message_was_accepted_is_unknown_once_it_is_on_its_way() {
    let Some(lab) = Lab::find().await else { return };
    let network = lab.network();
    let (_, to) = fresh();
    let error = send(portal("drop"), &network, &to).await.unwrap_err();
    assert_eq!((cause(&error), error.verdict()), (&Cause::OutcomeUnknown, Verdict::Retry));
    assert!(error.failure.outcome_unknown());
    assert!(
        said(&error.failure).contains("Sent Items\" of drop@contoso.example"),
        "{}",
        said(&error.failure)
    );
    assert_eq!(lab.inbox(&to).len(), 1, "the stand-in sends it before it drops the connection");

    let mailer = Mailer::microsoft365(portal("hang"), network);
    let began = Instant::now();
    let message = message("hang@contoso.example", &to);
    let error = mailer.send(&message, Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::OutcomeUnknown);
    assert!(error.transcript.to_text().contains("no answer in time"));
    assert!(began.elapsed() < Duration::from_secs(10), "the deadline did not hold");
}

#[tokio::test]
async fn a_fault_of_the_sign_in_is_told_and_it_is_left_alone_for_as_long_as_it_says() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let network = lab.network();
    lab.fault(json!({ "target": "token", "status": 503, "retry_after": 2 })).await;
    let error = send(portal(&mailbox), &network, &to).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::SignInBusy { after_seconds: Some(2) });
    assert_eq!(error.verdict(), Verdict::RetryAfter(Duration::from_secs(2)));
    assert!(said(&error.failure).contains("Microsoft's sign-in is busy"));
    let before = lab.requests("token").await;
    let error = send(portal(&mailbox), &network, &to).await.unwrap_err();
    assert!(matches!(cause(&error), Cause::SignInBusy { after_seconds: Some(1..=2) }));
    assert_eq!(lab.requests("token").await, before, "Microsoft was asked all the same");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    send(portal(&mailbox), &network, &to).await.unwrap();
    assert_eq!(lab.inbox(&to).len(), 1);
}

#[tokio::test]
async fn a_sign_in_that_hangs_breaks_or_is_no_microsoft_is_told_and_nothing_is_sent() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    for (fault, expected, step, verdict) in [
        (json!({ "mode": "hang", "seconds": 5 }), Cause::Timeout, Step::SignIn, Verdict::Retry),
        (json!({ "mode": "drop" }), Cause::NotReachable, Step::AddressPolicy, Verdict::Retry),
        (
            json!({ "mode": "html", "status": 200 }),
            Cause::NotMicrosoft,
            Step::AddressPolicy,
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
        (
            json!({ "mode": "html", "status": 403 }),
            Cause::NotMicrosoft,
            Step::AddressPolicy,
            Verdict::ProviderBroken(Recovery::ByItself),
        ),
    ] {
        let mut fault = fault;
        fault["target"] = json!("token");
        lab.fault(fault).await;
        let account = portal(&mailbox);
        let message = message(&account.mailbox.to_string(), &to);
        let mailer = Mailer::microsoft365(account, lab.network());
        let error = mailer.send(&message, Duration::from_secs(2)).await.unwrap_err();
        assert_eq!((cause(&error), of_microsoft(&error).step), (&expected, step));
        assert_eq!(error.verdict(), verdict);
        assert!(!error.failure.outcome_unknown());
    }
    assert!(lab.inbox(&to).is_empty());
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_connection() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{free}");
    let error =
        send(portal("sender"), &network(&nowhere, &nowhere, UNHURRIED, None), "bob@contoso.example").await;
    let error = error.unwrap_err();
    assert_eq!((cause(&error), of_microsoft(&error).step), (&Cause::NotReachable, Step::AddressPolicy));
    assert!(said(&error.failure).contains("There is no connection to login.microsoftonline.com"));

    let Some(lab) = Lab::find().await else { return };
    let half = network(lab.value("MAILLAB_LOGIN_URL"), &nowhere, UNHURRIED, None);
    let error = send(portal("sender"), &half, "bob@contoso.example").await.unwrap_err();
    assert_eq!((cause(&error), of_microsoft(&error).step), (&Cause::NotReachable, Step::Send));
    assert!(said(&error.failure).contains("There is no connection to graph.microsoft.com"));
    assert!(!error.failure.outcome_unknown());
}
