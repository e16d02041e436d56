//! Microsoft's limits and ours.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use posthorn::mail::{Microsoft365Cause as Cause, Microsoft365Limits, Verdict};

use crate::support::lab::{Lab, fresh, portal};
use crate::support::{UNHURRIED, cause, detail, said, send};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn graph_never_sees_more_requests_at_once_than_it_takes() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let network = lab.network();
    let before = lab.answered("sendMail", "429").await;
    lab.set("latency", 0.3).await;
    let sends = (0..15).map(|_| {
        let (account, network, to) = (portal(&mailbox), network.clone(), to.clone());
        tokio::spawn(async move { send(account, &network, &to).await })
    });
    let began = Instant::now();
    let sent = join_all(sends).await;
    let took = began.elapsed();
    lab.set("latency", 0.1).await;
    for one in sent {
        one.unwrap().unwrap();
    }
    assert_eq!(lab.answered("sendMail", "429").await, before);
    assert_eq!(lab.inbox(&to).len(), 15);
    // three at a time: five rounds of 0.3 s
    assert!(took >= Duration::from_millis(1500), "{took:?}: more than three at a time");
}

#[tokio::test]
async fn after_a_429_the_mailbox_is_left_alone_for_as_long_as_microsoft_says() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let network = lab.network();
    let error = send(portal("busy"), &network, &to).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::Throttled { after_seconds: Some(5) });
    assert_eq!(error.verdict(), Verdict::RetryAfter(Duration::from_secs(5)));
    assert!(!error.failure.speaks_of_provider());
    assert!(said(&error.failure).contains("Microsoft is limiting the mailbox busy@contoso.example"));
    assert_eq!(detail(&error.failure, "Error code").as_deref(), Some("ApplicationThrottled"));

    let before = lab.requests("sendMail").await;
    let began = Instant::now();
    let error = send(portal("busy"), &network, &to).await.unwrap_err();
    assert!(matches!(cause(&error), Cause::Throttled { after_seconds: Some(1..=5) }), "{:?}", cause(&error));
    assert!(began.elapsed() < Duration::from_secs(4), "it waited");
    assert_eq!(lab.requests("sendMail").await, before, "Microsoft was asked all the same");
    send(portal(&mailbox), &network, &to).await.unwrap();

    tokio::time::sleep(Duration::from_millis(5100)).await;
    let error = send(portal("busy"), &network, &to).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::Throttled { after_seconds: Some(5) });
    assert_eq!(lab.requests("sendMail").await, before + 2);
}

#[tokio::test]
async fn a_503_passes_by_itself() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let mailbox = mailbox.replace("user-", "fail-2-");
    let network = lab.network();
    for _ in 0..2 {
        let error = send(portal(&mailbox), &network, &to).await.unwrap_err();
        let Cause::Unavailable { after_seconds: Some(seconds @ 1..=3) } = *cause(&error) else {
            panic!("{:?}", cause(&error))
        };
        assert_eq!(error.verdict(), Verdict::RetryAfter(Duration::from_secs(seconds)));
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    send(portal(&mailbox), &network, &to).await.unwrap();
    assert_eq!(lab.inbox(&to).len(), 1);
}

#[tokio::test]
async fn microsofts_limit_for_a_minute_is_never_met_with_ours() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    // above 600 messages a minute it would refuse; ours is one in 100 ms
    lab.set("per_minute", 600).await;
    let network = lab.network_with(Microsoft365Limits { messages_a_minute: 600, ..UNHURRIED });
    let began = Instant::now();
    let sends = (0..8).map(|_| send(portal(&mailbox), &network, &to));
    let sent = join_all(sends).await;
    lab.set("per_minute", 0).await;
    for one in sent {
        one.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
    assert_eq!(lab.inbox(&to).len(), 8);
}

#[tokio::test]
async fn who_would_have_to_wait_for_our_own_limits_is_told_for_how_long() {
    let Some(lab) = Lab::find().await else { return };
    for (limits, least, most) in [
        (Microsoft365Limits { messages_a_minute: 1, ..UNHURRIED }, 50, 60),
        (Microsoft365Limits { recipients_a_day: 1, ..UNHURRIED }, 86_000, 86_700),
    ] {
        let (mailbox, to) = fresh();
        let network = lab.network_with(limits);
        send(portal(&mailbox), &network, &to).await.unwrap();
        let before = lab.requests("sendMail").await;
        let error = send(portal(&mailbox), &network, &to).await.unwrap_err();
        let Cause::OwnLimit { after_seconds } = *cause(&error) else { panic!("{:?}", cause(&error)) };
        assert!((least..=most).contains(&after_seconds), "{after_seconds}");
        assert_eq!(error.verdict(), Verdict::RetryAfter(Duration::from_secs(after_seconds)));
        assert!(said(&error.failure).contains("as much as Microsoft allows for now"));
        assert_eq!(lab.requests("sendMail").await, before);
        assert_eq!(lab.inbox(&to).len(), 1);
        let (neighbour, _) = fresh();
        send(portal(&neighbour), &network, &to).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_message_does_not_count_among_the_recipients_of_the_day() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let network = lab.network_with(Microsoft365Limits { recipients_a_day: 1, ..UNHURRIED });
    let upn = format!("{mailbox}@contoso.example");
    lab.fault(serde_json::json!({ "target": "sendMail", "status": 500, "mailbox": upn })).await;
    assert!(send(portal(&mailbox), &network, &to).await.is_err());
    send(portal(&mailbox), &network, &to).await.unwrap();
    assert_eq!(lab.inbox(&to).len(), 1);
}
