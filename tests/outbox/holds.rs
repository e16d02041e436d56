use std::time::Duration;

use posthorn::email_provider::{self, Health};
use posthorn::outbox::worker;
use posthorn::outbox::{self, HoldKind};
use posthorn::tenants;
use posthorn::values::TenantId;

use crate::support::sink::{Does, Moment, Sink};
use crate::support::{Outbox, actor};

async fn kind(outbox: &Outbox) -> Option<HoldKind> {
    outbox::hold(outbox.state.db.read(), outbox.acme).await.unwrap().map(|hold| hold.kind)
}

#[tokio::test]
async fn the_mail_of_a_suspended_tenant_waits_until_it_is_in_service_again() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.use_server(outbox.globex, sink.port).await;
    suspend(&outbox, outbox.acme, true).await;
    outbox.enqueue_many(outbox.acme, 3).await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    outbox.deliver().await;
    outbox.wind_minutes(2);
    let counts = outbox.deliver().await;
    assert_eq!((sink.len(), counts.held, counts.accepted), (1, 3, 1));
    suspend(&outbox, outbox.acme, false).await;
    outbox.wind_minutes(2);
    assert_eq!(outbox.deliver().await.accepted, 4);
    outbox.done().await;
}

async fn suspend(outbox: &Outbox, tenant: TenantId, suspended: bool) {
    let tx = outbox.state.db.write().await.unwrap();
    tenants::set_suspended(&*tx, tenant, suspended).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn without_a_provider_mail_is_held_until_one_is_saved() {
    let outbox = Outbox::start().await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.held, counts.due), (1, 0));
    assert_eq!(kind(&outbox).await, Some(HoldKind::NoProvider));
    outbox.wind(Duration::from_secs(24 * 3600));
    outbox.enqueue(outbox.acme, "ben@example.org").await;
    assert_eq!(outbox.deliver().await.held, 2);
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.held), (2, 0));
    assert_eq!(kind(&outbox).await, None);
    outbox.done().await;
}

#[tokio::test]
async fn a_refused_sign_in_is_tried_three_times_and_then_waits_for_a_person() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::SignIn => Does::Says("535 5.7.8 wrong password"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server_with_login(outbox.acme, sink.port, "wrong").await;
    outbox.enqueue_many(outbox.acme, 50).await;
    let sign_ins = || sink.count(|moment| *moment == Moment::SignIn);
    outbox.deliver().await;
    assert_eq!(sign_ins(), 1, "one message is enough to learn it");
    outbox.wind(Duration::from_secs(59));
    outbox.deliver().await;
    assert_eq!(sign_ins(), 1, "at least a minute apart");
    outbox.deliver_minute_by_minute(10).await;
    assert_eq!(sign_ins(), 3);
    outbox.wind(Duration::from_secs(24 * 3600));
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver().await;
    assert_eq!((sign_ins(), kind(&outbox).await), (3, Some(HoldKind::ByPerson)));
    assert_eq!(outbox.counts(outbox.acme).await.held, 51);

    // *Try again now*, while it is still wrong: one more series
    outbox::release(&outbox.state, &actor(outbox.acme)).await.unwrap();
    outbox.deliver().await;
    assert_eq!(sign_ins(), 4);
    sink.play(|_| Does::Well);
    outbox.use_server_with_login(outbox.acme, sink.port, "right").await;
    assert_eq!(outbox.deliver().await.accepted, 51, "the new password releases everything at once");
    outbox.done().await;
}

#[tokio::test]
async fn a_refused_sender_holds_everything_too() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Mail => Does::Says("553 5.7.1 sender address rejected: not owned by user"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 20).await;
    outbox.deliver_minute_by_minute(10).await;
    assert_eq!(sink.count(|moment| *moment == Moment::Mail), 3);
    assert_eq!((kind(&outbox).await, outbox.counts(outbox.acme).await.held), (Some(HoldKind::ByPerson), 20));
    outbox.done().await;
}

#[tokio::test]
async fn a_provider_that_may_come_back_by_itself_is_probed() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Connected => Does::Says("554 5.7.1 go away"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 20).await;
    outbox.deliver().await;
    assert_eq!((kind(&outbox).await, sink.connections()), (Some(HoldKind::ByItself), 1));
    outbox.wind_minutes(29);
    outbox.deliver().await;
    assert_eq!(sink.connections(), 1);
    outbox.wind_minutes(1);
    outbox.deliver().await;
    assert_eq!(sink.connections(), 2);
    sink.play(|_| Does::Well);
    outbox.wind_minutes(30);
    assert_eq!(outbox.deliver().await.accepted, 20, "a success releases it");
    assert_eq!((sink.len(), kind(&outbox).await), (20, None));
    outbox.done().await;
}

#[tokio::test]
async fn a_server_that_is_down_costs_one_message_a_try() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let port = sink.port;
    drop(sink);
    outbox.use_server(outbox.acme, port).await;
    outbox.enqueue_many(outbox.acme, 100).await;
    outbox.deliver_minute_by_minute(10).await;
    assert_eq!(kind(&outbox).await, Some(HoldKind::Paused));
    let attempts = outbox.count("outbox_attempts").await;
    assert!((3..=5).contains(&attempts), "{attempts} attempts in ten minutes");
    assert_eq!(outbox.counts(outbox.acme).await.due, 100, "paused is not held");
    outbox.done().await;
}

#[tokio::test]
async fn mail_that_waits_leaves_by_the_new_provider_only() {
    let outbox = Outbox::start().await;
    let busy = |moment: &Moment| match moment {
        Moment::Rcpt(_) => Does::Says("450 4.2.0 try later"),
        _ => Does::Well,
    };
    let (former, new) = (Sink::playing(busy).await, Sink::start().await);
    outbox.use_server_with_login(outbox.acme, former.port, "former").await;
    outbox.enqueue_many(outbox.acme, 10).await;
    outbox.deliver().await;
    let sign_ins = former.count(|moment| *moment == Moment::SignIn);
    assert!(sign_ins > 0);
    former.play(|_| Does::Well);
    outbox.use_server(outbox.acme, new.port).await;
    outbox.wind_minutes(2);
    outbox.deliver().await;
    assert_eq!((former.len(), new.len()), (0, 10));

    outbox.enqueue_many(outbox.acme, 5).await;
    outbox.remove_provider(outbox.acme).await;
    assert_eq!(outbox.deliver().await.held, 5);
    assert_eq!(
        former.count(|moment| *moment == Moment::SignIn),
        sign_ins,
        "deleted credentials are not used"
    );
    assert_eq!(new.len(), 10);
    outbox.done().await;
}

#[tokio::test]
async fn a_provider_removed_while_a_lane_is_served_is_not_used_again() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server_with_login(outbox.acme, sink.port, "former").await;
    outbox.enqueue_many(outbox.acme, 3000).await;
    let deliver = outbox.deliver();
    let remove = async {
        while sink.len() < 200 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        outbox.remove_provider(outbox.acme).await;
        sink.count(|moment| *moment == Moment::SignIn)
    };
    let (counts, sign_ins) = tokio::join!(deliver, remove);
    assert_eq!(counts.accepted + counts.held, 3000);
    assert!(counts.held > 0, "{counts:?}");
    assert_eq!(sink.len(), usize::try_from(counts.accepted).unwrap());
    assert_eq!(sink.count(|moment| *moment == Moment::SignIn), sign_ins, "nobody signs in any more");
    outbox.done().await;
}

#[tokio::test]
async fn a_lane_that_is_paused_and_empty_wakes_for_new_mail() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let port = sink.port;
    drop(sink);
    outbox.use_server(outbox.acme, port).await;
    let id = outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver().await;
    outbox::cancel(&outbox.state, &actor(outbox.acme), id).await.unwrap();
    outbox.deliver_minute_by_minute(3).await;
    assert_eq!(kind(&outbox).await, Some(HoldKind::Paused));
    outbox.enqueue(outbox.acme, "ben@example.org").await;
    outbox.deliver().await;
    assert_eq!(outbox.count("outbox_attempts").await, 2, "it is tried");
    outbox.done().await;
}

#[tokio::test]
async fn a_provider_whose_secret_does_not_open_holds_the_lane_until_another_is_saved() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server_with_login(outbox.acme, sink.port, "right").await;
    let nonsense = if outbox.is_sqlite() { "x'00'" } else { "'\\x00'" };
    outbox.sql(&format!("UPDATE email_providers SET sealed_secret = {nonsense}")).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    assert_eq!(outbox.deliver().await.held, 1);
    assert_eq!(kind(&outbox).await, Some(HoldKind::Unusable));
    outbox.use_server_with_login(outbox.acme, sink.port, "right").await;
    assert_eq!(outbox.deliver().await.accepted, 1);
    outbox.done().await;
}

#[tokio::test]
async fn a_lane_whose_broken_provider_is_removed_says_that_there_is_none() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::SignIn => Does::Says("535 5.7.8 wrong password"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server_with_login(outbox.acme, sink.port, "wrong").await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver_minute_by_minute(8).await;
    assert_eq!(kind(&outbox).await, Some(HoldKind::ByPerson));
    outbox.remove_provider(outbox.acme).await;
    outbox.deliver().await;
    assert_eq!(kind(&outbox).await, Some(HoldKind::NoProvider));
    outbox.done().await;
}

async fn health(outbox: &Outbox) -> Health {
    email_provider::find(outbox.state.db.read(), outbox.acme).await.unwrap().unwrap().health
}

#[tokio::test]
async fn deliveries_tell_whether_the_provider_works() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::SignIn => Does::Says("535 5.7.8 no"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server_with_login(outbox.acme, sink.port, "secret-one").await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    let first = outbox.state.clock.now();
    outbox.deliver_minute_by_minute(8).await;
    let failing = health(&outbox).await;
    let Health::Failing { since, failure, refused_sign_ins } = failing else { panic!("{failing:?}") };
    assert_eq!((since, refused_sign_ins), (first, 3));
    assert!(failure.refuses_sign_in());

    sink.play(|moment| match moment {
        Moment::Rcpt(to) if to.starts_with("nobody") => Does::Says("550 5.1.1 no such user"),
        _ => Does::Well,
    });
    outbox::release(&outbox.state, &actor(outbox.acme)).await.unwrap();
    outbox.deliver().await;
    let accepted = Health::Accepted { at: outbox.state.clock.now() };
    assert_eq!(health(&outbox).await, accepted);
    outbox.enqueue(outbox.acme, "nobody@example.org").await;
    outbox.deliver().await;
    assert_eq!(health(&outbox).await, accepted, "one recipient says nothing about the provider");
    outbox.done().await;
}

/// What becomes of a slow server's queue when its provider changes under way: how many messages more it begins to get,
/// and how many go to the new one.
async fn after_the_change(answers_after: Duration, change: impl AsyncFn(&Outbox, &Sink)) -> (usize, usize) {
    let outbox = Outbox::start().await;
    let slow = move |moment: &Moment| match moment {
        Moment::Dot(_) => Does::Slowly(answers_after),
        _ => Does::Well,
    };
    let (former, new) = (Sink::playing(slow).await, Sink::start().await);
    outbox.use_server(outbox.acme, former.port).await;
    outbox.enqueue_many(outbox.acme, 60).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async move { drop(stopped.await) };
    let worker = tokio::spawn(worker::run(outbox.state.clone(), outbox.limits(), stopped));
    // its connections are all at work
    crate::support::eventually("some mail", async || former.len() >= 6).await;
    change(&outbox, &new).await;
    let begun = former.count(|moment| *moment == Moment::Contents);
    tokio::time::sleep(answers_after * 4).await;
    let more = former.count(|moment| *moment == Moment::Contents) - begun;
    drop(stop);
    worker.await.unwrap();
    let (sent, waiting) = (former.len() + new.len(), outbox.counts(outbox.acme).await);
    assert_eq!(sent, usize::try_from(waiting.accepted).unwrap());
    let new = new.len();
    outbox.done().await;
    (more, new)
}

#[tokio::test]
async fn an_open_session_gets_nothing_more_when_the_provider_is_replaced() {
    for answers_after in [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)] {
        let replace = async |outbox: &Outbox, new: &Sink| outbox.use_server(outbox.acme, new.port).await;
        let (more, new) = after_the_change(answers_after, replace).await;
        println!("replaced, answers after {answers_after:?}: {more} more, {new} by the new one");
        assert!(more <= 4, "{more} more than what was under way on four connections");
        assert!(new > 0, "the new one is used");
    }
}

#[tokio::test]
async fn an_open_session_gets_nothing_more_when_the_provider_is_removed() {
    for answers_after in [Duration::from_millis(300), Duration::from_secs(1)] {
        let remove = async |outbox: &Outbox, _: &Sink| outbox.remove_provider(outbox.acme).await;
        let (more, _) = after_the_change(answers_after, remove).await;
        println!("removed, answers after {answers_after:?}: {more} more");
        assert!(more <= 4, "{more} more than what was under way on four connections");
    }
}

/// Field cases 2.1: what is said at RCPT of this installation, the sender or the message is not booked on the address.
#[tokio::test]
async fn trouble_that_is_not_the_recipients_leaves_the_address_alone() {
    for (reply, held) in [
        (
            "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org",
            Some(HoldKind::ByItself),
        ),
        (
            "554 5.7.1 <unknown[192.0.2.9]>: Client host rejected: cannot find your reverse hostname",
            Some(HoldKind::ByItself),
        ),
        (
            "504 5.5.2 <portal>: Helo command rejected: need fully-qualified hostname",
            Some(HoldKind::ByItself),
        ),
        (
            "550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 See the limits",
            Some(HoldKind::ByItself),
        ),
        ("553 Relaying disallowed. Invalid Domain - acme.example", Some(HoldKind::ByPerson)),
        ("550 5.7.1 Message content rejected by policy", None),
        ("550 5.7.1 blocked by administrator", None),
    ] {
        let outbox = Outbox::start().await;
        let sink = Sink::playing(move |moment| match moment {
            Moment::Rcpt(_) => Does::Says(reply),
            _ => Does::Well,
        })
        .await;
        outbox.use_server(outbox.acme, sink.port).await;
        for _ in 0..3 {
            outbox.enqueue(outbox.acme, "ben@example.org").await;
        }
        outbox.deliver_minute_by_minute(4).await;
        assert_eq!(kind(&outbox).await, held, "{reply}");
        assert_eq!(outbox.count("outbox_suppressions").await, 0, "{reply}");
        let counts = outbox.counts(outbox.acme).await;
        assert_eq!((counts.held, counts.failed), if held.is_some() { (3, 0) } else { (0, 3) }, "{reply}");
        if held == Some(HoldKind::ByItself) {
            sink.play(|_| Does::Well);
            outbox.wind_minutes(30);
            assert_eq!(outbox.deliver().await.accepted, 3, "{reply}: goes on by itself");
        }
        outbox.done().await;
    }
}
