use std::time::Duration;

use posthorn::i18n::Language;
use posthorn::mail::{Compose, Message, Sender};
use posthorn::mail_types::{MailAddressee, MailContext};
use posthorn::outbox;
use sha2::{Digest as _, Sha256};

use crate::support::sink::{Does, Moment, Sink};
use crate::support::{Outbox, actor, address};

#[tokio::test]
async fn what_was_sent_can_be_made_again() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let id = outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.wind_minutes(3);
    assert_eq!(outbox.deliver().await.accepted, 1);
    let row = outbox
        .rows(
            "SELECT state, attempts, answer, server, queue_id, sent_date, sent_from, sent_sha256, message_id, m.kind, data \
             FROM outbox_messages m JOIN outbox_contents c ON c.id = m.content_id AND c.tenant_id = m.tenant_id",
        )
        .await
        .remove(0);
    let text = |column: &str| row.try_get::<String>("", column).unwrap();
    assert_eq!((text("state").as_str(), row.try_get::<i32>("", "attempts").unwrap()), ("accepted", 1));
    assert!(text("answer").starts_with("250 2.0.0 Ok: queued as "), "{}", text("answer"));
    assert!(text("answer").ends_with(&text("queue_id")));
    assert_eq!(text("server"), format!("127.0.0.1:{}", sink.port));
    assert_eq!(text("message_id"), format!("<{id}@localhost>"));

    let mail = outbox.state.tables.mail_types.read(&text("kind"), &text("data")).unwrap();
    let recipient = address("anna@example.org");
    let context = MailContext {
        to: MailAddressee { tenant: outbox.acme, message: id, recipient: &recipient },
        language: Language::English,
        vault: &outbox.state.vault,
        base_url: &outbox.state.config.base_url,
    };
    let words = mail.render(&context).unwrap();
    let from: serde_json::Value = serde_json::from_str(&text("sent_from")).unwrap();
    let parts = Compose {
        id: id.uuid(),
        from: Sender {
            address: address(from["address"].as_str().unwrap()),
            name: from["name"].as_str().map(str::to_owned),
        },
        to: address("anna@example.org"),
        subject: words.subject,
        text: words.text,
        html: words.html,
        date: posthorn::clock::Timestamp(row.try_get("", "sent_date").unwrap()),
        auto_submitted: true,
        attachments: Vec::new(),
    };
    let again = Message::compose_as(text("message_id"), parts).unwrap();
    assert_eq!(String::from_utf8_lossy(again.bytes()), sink.mails()[0].contents);
    assert_eq!(Sha256::digest(again.bytes()).to_vec(), row.try_get::<Vec<u8>>("", "sent_sha256").unwrap());
    outbox.done().await;
}

#[tokio::test]
async fn a_lane_is_due_when_its_first_message_is() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(_) => Does::Says("451 4.7.1 Later"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.enqueue_many(outbox.acme, 3).await;
    assert_eq!(outbox.deliver().await.due, 4);
    let first = "outbox_lanes WHERE due_at = (SELECT MIN(due_at) FROM outbox_messages WHERE state = 'due')";
    assert_eq!(outbox.count(first).await, 1);
    assert_eq!(outbox.count("outbox_messages WHERE priority = 0").await, 1);
    // whichever priority it has
    for priority in [0, 1] {
        let later =
            format!("UPDATE outbox_messages SET due_at = due_at + 36000000000 WHERE priority = {priority}");
        outbox.sql(&later).await;
        outbox.wind_minutes(60);
        outbox.deliver().await;
        assert_eq!(outbox.count(first).await, 1);
    }
    outbox.done().await;
}

#[tokio::test]
async fn a_temporary_refusal_is_tried_again_with_growing_gaps() {
    let outbox = Outbox::start().await;
    let mut left = 3;
    let sink = Sink::playing(move |moment| match moment {
        Moment::Rcpt(_) if left > 0 => {
            left -= 1;
            Does::Says("450 4.2.0 try later")
        }
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    let asked = || sink.count(|moment| matches!(moment, Moment::Rcpt(_)));
    // gaps of 1, 2 and 4 minutes, each with up to a fifth on top; all seconds
    for (first, last) in [(60, 72), (120, 144), (240, 288)] {
        outbox.deliver().await;
        let before = asked();
        outbox.wind(Duration::from_secs(first - 1));
        outbox.deliver().await;
        assert_eq!(asked(), before, "not before {first} seconds");
        outbox.wind(Duration::from_secs(last - first + 2));
        outbox.deliver().await;
        assert_eq!(asked(), before + 1, "{last} seconds at most");
    }
    assert_eq!(asked(), 4);
    let counts = outbox.counts(outbox.acme).await;
    assert_eq!((counts.accepted, counts.retried), (1, 3));
    assert_eq!(outbox.count("outbox_attempts WHERE verdict = 'put_off'").await, 3);
    outbox.done().await;
}

#[tokio::test]
async fn greylisting_is_waited_out_and_costs_nobody_else() {
    let outbox = Outbox::start().await;
    let mut asked = 0;
    let sink = Sink::playing(move |moment| match moment {
        Moment::Rcpt(to) if to == "grey@example.org" => {
            asked += 1;
            if asked == 1 { Does::Says("451 4.7.1 Greylisted, try again in 300 seconds") } else { Does::Well }
        }
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue(outbox.acme, "grey@example.org").await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.due, counts.held), (1, 1, 0));
    outbox.wind(Duration::from_secs(299));
    assert_eq!(outbox.deliver().await.accepted, 1, "the server's wish is obeyed");
    outbox.wind(Duration::from_secs(62));
    assert_eq!(outbox.deliver().await.accepted, 2);
    outbox.done().await;
}

#[tokio::test]
async fn a_refused_address_is_given_up_and_the_third_time_suppressed() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(to) if to.starts_with("nobody") => Does::Says("550 5.1.1 no such user"),
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    let asked = || sink.count(|moment| matches!(moment, Moment::Rcpt(to) if to.starts_with("nobody")));
    for times in [1, 2, 3, 3] {
        // in whichever capitals
        let to = if times == 2 { "nobody@EXAMPLE.org" } else { "nobody@example.org" };
        outbox.enqueue(outbox.acme, to).await;
        outbox.enqueue(outbox.acme, "anna@example.org").await;
        outbox.deliver().await;
        assert_eq!(asked(), times);
    }
    let counts = outbox.counts(outbox.acme).await;
    assert_eq!((counts.accepted, counts.failed, counts.due), (4, 4, 0));
    assert_eq!(outbox.count("outbox_attempts WHERE verdict = 'suppressed'").await, 1);
    outbox.enqueue(outbox.globex, "nobody@example.org").await;
    outbox.use_server(outbox.globex, sink.port).await;
    outbox.deliver().await;
    assert_eq!(asked(), 4, "another tenant has a list of its own");

    let nobody = address("nobody@example.org");
    assert!(outbox::lift_suppression(&outbox.state, &actor(outbox.acme), &nobody).await.unwrap());
    assert!(!outbox::lift_suppression(&outbox.state, &actor(outbox.acme), &nobody).await.unwrap());
    outbox.enqueue(outbox.acme, "nobody@example.org").await;
    outbox.deliver().await;
    assert_eq!(asked(), 5);
    assert_eq!(outbox.count("audit_entries WHERE event = 'outbox.suppression_lifted'").await, 1);
    outbox.done().await;
}

#[tokio::test]
async fn a_yes_wipes_out_former_refusals() {
    let outbox = Outbox::start().await;
    let mut asked = 0;
    let sink = Sink::playing(move |moment| match moment {
        Moment::Rcpt(_) => {
            asked += 1;
            if asked == 3 { Does::Well } else { Does::Says("550 5.1.1 no such user") }
        }
        _ => Does::Well,
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    for _ in 0..5 {
        outbox.enqueue(outbox.acme, "moved@example.org").await;
        outbox.deliver().await;
    }
    let refusals: i32 = outbox.one("SELECT refusals FROM outbox_suppressions").await;
    assert_eq!(refusals, 2);
    assert_eq!(outbox.count("outbox_suppressions WHERE suppressed_at IS NOT NULL").await, 0);
    outbox.done().await;
}

#[tokio::test]
async fn a_person_cancels_and_tries_again() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let alice = actor(outbox.acme);
    let id = outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox::cancel(&outbox.state, &alice, id).await.unwrap();
    assert!(matches!(
        outbox::cancel(&outbox.state, &alice, id).await,
        Err(outbox::Error::WrongState(outbox::MessageStatus::Cancelled))
    ));
    let other = actor(outbox.globex);
    assert!(matches!(outbox::try_again(&outbox.state, &other, id).await, Err(outbox::Error::NoSuchMessage)));
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.deliver().await;
    assert_eq!((sink.len(), outbox.counts(outbox.acme).await.cancelled), (0, 1));
    outbox::try_again(&outbox.state, &alice, id).await.unwrap();
    assert_eq!(outbox.deliver().await.accepted, 1);
    assert!(outbox::try_again(&outbox.state, &alice, id).await.is_err(), "what was accepted is through");
    assert_eq!(outbox.count("audit_entries WHERE event LIKE 'outbox.%'").await, 2);
    outbox.done().await;
}
