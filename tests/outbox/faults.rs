use std::time::Duration;

use posthorn::outbox::{self, Announcement};

use crate::support::sink::{Does, Moment, Sink};
use crate::support::{Outbox, PATIENCE, actor, repeats};

/// A server that does that at the first so many moments of a kind, and well afterwards.
async fn failing(times: usize, is_it: fn(&Moment) -> bool, does: Does) -> Sink {
    let mut left = times;
    Sink::playing(move |moment| {
        if is_it(moment) && left > 0 {
            left -= 1;
            return does.clone();
        }
        Does::Well
    })
    .await
}

#[tokio::test]
async fn a_connection_cut_before_the_final_dot_is_tried_again_without_doubt() {
    let outbox = Outbox::start().await;
    let sink = failing(2, |moment| *moment == Moment::Contents, Does::Cuts).await;
    outbox.use_server(outbox.acme, sink.port).await;
    // more than the system takes off our hands before the server reads it
    let large = Announcement {
        subject: "Large".to_owned(),
        text: "a line of some length, over and over again\n".repeat(400_000),
        html: String::new(),
    };
    outbox.enqueue_content(outbox.acme, large, "anna@example.org").await;
    outbox.deliver().await;
    assert_eq!((outbox.state_of_the_only_one().await.as_str(), sink.len()), ("due", 0));
    outbox.deliver_minute_by_minute(5).await;
    assert_eq!((outbox.state_of_the_only_one().await.as_str(), sink.len()), ("accepted", 1));
    assert_eq!(outbox.count("outbox_messages WHERE may_have_arrived_twice").await, 0);
    outbox.done().await;
}

#[tokio::test]
async fn a_connection_cut_after_the_final_dot_is_repeated_once_under_the_same_id() {
    let outbox = Outbox::start().await;
    let sink = failing(1, |moment| matches!(moment, Moment::Dot(_)), Does::Cuts).await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver_minute_by_minute(3).await;
    let ids = sink.message_ids();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(outbox.state_of_the_only_one().await, "accepted");
    assert_eq!(outbox.count("outbox_messages WHERE may_have_arrived_twice").await, 1);
    assert_eq!(outbox.count("outbox_attempts WHERE verdict = 'unknown'").await, 1);
    outbox.done().await;
}

#[tokio::test]
async fn after_two_unknown_outcomes_a_person_decides() {
    let mut outbox = Outbox::start().await;
    outbox.answer_within(Duration::from_secs(2));
    let sink = failing(2, |moment| matches!(moment, Moment::Dot(_)), Does::Hangs).await;
    outbox.use_server(outbox.acme, sink.port).await;
    let id = outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver_minute_by_minute(5).await;
    assert_eq!((outbox.state_of_the_only_one().await.as_str(), sink.len()), ("unknown", 2));
    outbox.answer_within(PATIENCE);
    outbox.wind(Duration::from_secs(3600));
    outbox.deliver().await;
    assert_eq!(sink.len(), 2, "nobody tries it by himself");
    outbox::try_again(&outbox.state, &actor(outbox.acme), id).await.unwrap();
    outbox.deliver().await;
    assert_eq!((outbox.state_of_the_only_one().await.as_str(), sink.len()), ("accepted", 3));
    outbox.done().await;
}

#[tokio::test]
async fn a_message_that_breaks_the_connection_does_not_block_the_others() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(to) if to == "poison@example.org" => Does::Cuts,
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "poison@example.org").await;
    outbox.enqueue_many(outbox.acme, 20).await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.due), (20, 1));
    outbox.done().await;
}

#[tokio::test]
async fn a_server_that_is_too_busy_is_left_alone() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Mail => Does::Says("421 4.3.2 too many connections"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 100).await;
    outbox.deliver().await;
    assert!(sink.connections() <= 6, "{} connections", sink.connections());
    let hold = outbox::hold(outbox.state.db.read(), outbox.acme).await.unwrap().unwrap();
    assert_eq!(hold.kind, outbox::HoldKind::Paused);
    sink.play(|_| Does::Well);
    outbox.deliver_minute_by_minute(3).await;
    assert_eq!((sink.len(), repeats(&sink)), (100, 0));
    outbox.done().await;
}

#[tokio::test]
async fn a_server_that_closes_what_is_idle_costs_no_attempt() {
    let outbox = Outbox::start().await;
    // takes one message a connection, and hangs up at the next MAIL
    let mut mails = 0;
    let sink = Sink::playing(move |moment| match moment {
        Moment::Connected => {
            mails = 0;
            Does::Well
        }
        Moment::Mail => {
            mails += 1;
            if mails > 1 { Does::Cuts } else { Does::Well }
        }
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.enqueue(outbox.acme, "ben@example.org").await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.retried), (2, 0));
    outbox.done().await;
}

#[tokio::test]
async fn an_answer_to_the_whole_message_that_is_none_is_an_unknown_outcome() {
    for nonsense in ["yes\r\nno", "354 go on"] {
        let outbox = Outbox::start().await;
        let sink = Sink::playing(move |moment| match moment {
            Moment::Dot(_) => Does::Says(nonsense),
            _ => Does::Well,
        })
        .await;
        outbox.use_server(outbox.acme, sink.port).await;
        outbox.enqueue(outbox.acme, "anna@example.org").await;
        outbox.deliver_minute_by_minute(10).await;
        assert_eq!(outbox.state_of_the_only_one().await, "unknown", "{nonsense}");
        assert_eq!(sink.count(|moment| matches!(moment, Moment::Dot(_))), 2, "repeated once");
        outbox.done().await;
    }
}
