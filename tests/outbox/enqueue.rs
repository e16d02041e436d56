use posthorn::outbox::{self, Counters, Enqueued, Error, KEY_BYTES, NewMail, Recipient, SendOptions};
use posthorn::values::TenantId;
use sea_orm::ConnectionTrait;

use crate::support::sink::Sink;
use crate::support::{Outbox, content, recipient};

fn with_key(to: &str, key: &str) -> Recipient {
    Recipient { key: Some(key.to_owned()), ..recipient(to) }
}

async fn enqueue(
    tx: &impl ConnectionTrait,
    outbox: &Outbox,
    tenant: TenantId,
    to: &[Recipient],
) -> Result<Enqueued, Error> {
    let mail = NewMail::new(content(), SendOptions::BULK, to.to_vec());
    outbox::enqueue(tx, &outbox.state, tenant, &[mail]).await
}

#[tokio::test]
async fn a_mail_exists_exactly_when_the_thing_it_tells_of_exists() {
    let outbox = Outbox::start().await;
    let tx = outbox.state.db.write().await.unwrap();
    let to = recipient("anna@example.org");
    assert_eq!(enqueue(&*tx, &outbox, outbox.acme, &[to]).await.unwrap().added, 1);
    drop(tx);
    for table in ["outbox_messages", "outbox_contents", "outbox_arrivals"] {
        assert_eq!(outbox.count(table).await, 0, "{table}");
    }
    assert_eq!(outbox.deliver().await, Counters::default());
    outbox.done().await;
}

#[tokio::test]
async fn a_repeat_of_the_same_event_is_harmless() {
    let outbox = Outbox::start().await;
    for (tenant, added) in [(outbox.acme, 2), (outbox.acme, 0), (outbox.globex, 2)] {
        let tx = outbox.state.db.write().await.unwrap();
        let to = [with_key("anna@example.org", "event-1/anna"), with_key("ben@example.org", "event-1/ben")];
        let new = enqueue(&*tx, &outbox, tenant, &to).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(new.added, added);
    }
    assert_eq!(outbox.count("outbox_contents").await, 2, "what nobody refers to is not kept");
    let tx = outbox.state.db.write().await.unwrap();
    let to = [with_key("anna@example.org", "event-1/anna"), with_key("carl@example.org", "event-1/carl")];
    assert_eq!(enqueue(&*tx, &outbox, outbox.acme, &to).await.unwrap().added, 1);
    let again = with_key("anna@example.org", "event-1/anna");
    assert_eq!(enqueue(&*tx, &outbox, outbox.acme, &[again]).await.unwrap().added, 0);
    let long = with_key("anna@example.org", &"x".repeat(KEY_BYTES + 1));
    let refused = enqueue(&*tx, &outbox, outbox.acme, &[long]).await;
    assert!(matches!(refused, Err(Error::KeyTooLong)));
    tx.commit().await.unwrap();
    assert_eq!(outbox.deliver().await.held, 5, "there is no provider");
    outbox.done().await;
}

#[tokio::test]
async fn ten_thousand_recipients_have_one_content() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let ids = outbox.enqueue_many(outbox.acme, 10_000).await;
    assert_eq!(outbox.count("outbox_contents").await, 1);
    assert_eq!(outbox.counts(outbox.acme).await.due, 10_000, "also before a worker has seen them");
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.due), (10_000, 0));
    let mut arrived = sink.message_ids();
    arrived.sort();
    assert_eq!(arrived, ids, "each once, and the identifiers are in the order of the recipients");
    assert!(sink.connections() <= 50, "{} connections", sink.connections());
    outbox.done().await;
}

#[tokio::test]
async fn whom_a_person_waits_for_goes_first() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 50).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    outbox.deliver().await;
    assert_eq!(sink.mails()[0].to, "anna@example.org");
    outbox.done().await;
}
