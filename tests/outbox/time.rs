use std::time::Duration;

use posthorn::clock::{Clock, Timestamp};
use posthorn::outbox::{self, SendOptions};
use std::sync::atomic::Ordering;

use crate::support::sink::{Does, Moment, Sink};
use crate::support::{Outbox, actor, content, recipient};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn set_back(outbox: &Outbox, span: Duration) {
    let Clock::Wound(micros) = &outbox.state.clock else { panic!("a test's clock is wound") };
    let now = Timestamp(micros.load(Ordering::SeqCst));
    micros.store(now.minus(span).0, Ordering::SeqCst);
}

#[tokio::test]
async fn what_nobody_takes_expires_visibly() {
    let outbox = Outbox::start().await;
    let id = outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(_) => Does::Says("450 4.2.0 try later"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.globex, sink.port).await;
    for _ in 0..12 {
        outbox.deliver().await;
        outbox.wind(DAY / 4);
    }
    let counts = outbox.deliver().await;
    assert_eq!((counts.expired, counts.due, counts.held), (2, 0, 0), "with and without a provider");
    assert!(sink.count(|moment| matches!(moment, Moment::Rcpt(_))) >= 10);
    let acme = Sink::start().await;
    outbox.use_server(outbox.acme, acme.port).await;
    outbox.deliver().await;
    assert_eq!(acme.len(), 0);
    outbox::try_again(&outbox.state, &actor(outbox.acme), id).await.unwrap();
    outbox.deliver().await;
    assert_eq!(acme.len(), 1, "a person gives it a new life");
    outbox.done().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_delays_nothing() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(_) => Does::Says("450 4.2.0 try later"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    // a worker that runs all the time sees the clock jump
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(outbox::worker::run(outbox.state.clone(), outbox.limits(), async {
        drop(stopped.await);
    }));
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    crate::support::eventually("the first try", async || outbox.count("outbox_attempts").await == 1).await;
    sink.play(|_| Does::Well);
    set_back(&outbox, DAY);
    crate::support::eventually("the second try", async || sink.len() == 1).await;
    outbox.enqueue(outbox.acme, "ben@example.org").await;
    crate::support::eventually("what is new after the jump", async || sink.len() == 2).await;
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}

#[tokio::test]
async fn a_clock_that_is_set_forward_loses_nothing() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 10).await;
    outbox.wind(DAY);
    assert_eq!(outbox.deliver().await.accepted, 10);
    outbox.enqueue_many(outbox.acme, 10).await;
    set_back(&outbox, DAY);
    // a worker that has not seen it: what is due later waits, and is not lost
    outbox.wind(DAY);
    assert_eq!(outbox.deliver().await.accepted, 20);
    outbox.done().await;
}

#[tokio::test]
async fn the_tallies_of_former_days_are_summed_up_and_say_the_same() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    for tenant in [outbox.acme, outbox.globex] {
        outbox.use_server(tenant, sink.port).await;
    }
    for _ in 0..5 {
        for tenant in [outbox.acme, outbox.globex] {
            outbox.enqueue_many(tenant, 3).await;
        }
        outbox.deliver().await;
        outbox.wind(DAY);
    }
    let before = (outbox.counts(outbox.acme).await, outbox.counts(outbox.globex).await);
    assert_eq!(outbox.count("outbox_tallies").await, 10);
    outbox::sweep(&outbox.state).await.unwrap();
    outbox::sweep(&outbox.state).await.unwrap();
    assert_eq!(outbox.count("outbox_tallies WHERE hour = 0").await, 2);
    assert_eq!(outbox.count("outbox_tallies WHERE hour > 0").await, 2, "the last two days are kept apart");
    assert_eq!((outbox.counts(outbox.acme).await, outbox.counts(outbox.globex).await), before);
    assert_eq!((before.0.accepted, before.1.enqueued), (15, 15));
    outbox.done().await;
}

#[tokio::test]
async fn what_is_through_is_deleted_after_its_time_and_still_counted() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(to) if to.starts_with("nobody") => Does::Says("550 5.1.1 no such user"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 450).await;
    outbox.enqueue(outbox.acme, "nobody@example.org").await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    outbox.deliver().await;
    outbox.wind(DAY * 89);
    outbox.enqueue_many(outbox.acme, 5).await;
    outbox.deliver().await;
    outbox::sweep(&outbox.state).await.unwrap();
    assert_eq!(outbox.count("outbox_messages").await, 457, "not before its time");
    outbox.wind(DAY * 2);
    outbox::sweep(&outbox.state).await.unwrap();
    assert_eq!(outbox.count("outbox_messages").await, 5);
    assert_eq!(outbox.count("outbox_contents").await, 1);
    assert_eq!(outbox.count("outbox_attempts").await, 0);
    let counts = outbox::totals(outbox.state.db.read()).await.unwrap();
    assert_eq!((counts.enqueued, counts.accepted, counts.deleted), (457, 5, 452));
    outbox.done().await;
}

#[tokio::test]
async fn what_a_process_with_a_fast_clock_hands_in_leaves_at_once() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let mut fast = outbox.another_process().await;
    fast.clock = posthorn::clock::Clock::wound_to_now();
    fast.clock.advance(Duration::from_secs(3600));
    let many: Vec<_> = (0..20).map(|n| recipient(&format!("user-{n}@example.org"))).collect();
    let tx = fast.db.write().await.unwrap();
    let mail = outbox::NewMail::new(content(), SendOptions::BULK, many);
    outbox::enqueue(&*tx, &fast, outbox.acme, &[mail]).await.unwrap();
    tx.commit().await.unwrap();
    // what somebody puts off is not its business
    let later = outbox.enqueue(outbox.globex, "anna@example.org").await;
    outbox
        .sql("UPDATE outbox_messages SET due_at = due_at + 60000000 WHERE recipient = 'anna@example.org'")
        .await;
    assert_eq!(outbox.deliver().await.accepted, 20, "{later} waits");
    assert_eq!(sink.len(), 20);
    outbox.done().await;
}
