//! What a type of mail may say of itself beyond its words, and what becomes of types that a process does not know.

use std::time::Duration;

use futures_util::future::BoxFuture;
use posthorn::db::Connection;
use posthorn::mail::{Attachment, Extras, Header, Inline, Sender};
use posthorn::mail_types::{
    MailAddressee, MailBody, MailContext, MailKind, MailType, MailTypes, RenderError, Visibility,
};
use posthorn::outbox::deliveries::{self, Match};
use posthorn::outbox::{self, Error, MAIL_TYPES, NewMail, Recipient, SendOptions};
use posthorn::state::Tables;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use serde::{Deserialize, Serialize};

use crate::support::sink::Sink;
use crate::support::{Outbox, address, content, recipient};

/// What has changed of a space: only its recipient reads it, answers go to its owner, and whoever left is not written
/// to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Changes {
    space: String,
}

impl MailType for Changes {
    const NAME: &'static str = "changes";
    const LABEL: &'static str = "outbox-kind-announcement";
    const VISIBILITY: Visibility = Visibility::Recipient;

    fn render(&self, context: &MailContext<'_>) -> Result<MailBody, RenderError> {
        let (host, to) = (&context.base_url.host, context.to.recipient);
        let header = |name, value| Header { name, value };
        let logo = Attachment {
            name: "logo.png".to_owned(),
            content_type: "image/png".to_owned(),
            bytes: b"\x89PNG".as_slice().into(),
        };
        Ok(MailBody {
            subject: format!("Changes in {}", self.space),
            text: format!("Hello {to}\n"),
            html: "<p><img src=\"cid:logo\" alt=\"\"></p>".to_owned(),
            extras: Extras {
                reply_to: Some(Sender { address: address("owner@acme.example"), name: None }),
                headers: vec![
                    header("List-Id", format!("<{}.{host}>", self.space)),
                    header("References", format!("<{}@{host}>", self.space)),
                ],
                inline: vec![Inline { id: "logo".to_owned(), file: logo }],
            },
        })
    }

    fn still_wanted<'a>(
        &'a self,
        db: &'a Connection,
        to: &'a MailAddressee<'a>,
    ) -> BoxFuture<'a, Result<bool, DbErr>> {
        let sql = format!("SELECT 1 FROM leavers WHERE address = '{}'", to.recipient);
        let query = Statement::from_string(db.get_database_backend(), sql);
        Box::pin(async move { Ok(db.query_one_raw(query).await?.is_none()) })
    }
}

/// The tables of a version that has this type.
static NEWER: Tables =
    Tables { mail_types: MailTypes(&[MAIL_TYPES, &[MailKind::of::<Changes>()]]), ..posthorn::portal::TABLES };

fn changes(terms: SendOptions, to: &[&str]) -> NewMail {
    NewMail::new(Changes { space: "sales".to_owned() }, terms, to.iter().map(|to| recipient(to)).collect())
}

async fn start() -> (Outbox, Sink) {
    let mut outbox = Outbox::start().await;
    outbox.state.tables = &NEWER;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.sql("CREATE TABLE leavers (address TEXT)").await;
    (outbox, sink)
}

#[tokio::test]
async fn headers_and_pictures_of_a_type_are_sent_and_made_again() {
    let (outbox, sink) = start().await;
    let id = outbox.enqueue_mail(outbox.acme, changes(SendOptions::BULK, &["anna@example.org"])).await[0];
    assert_eq!(outbox.deliver().await.accepted, 1);
    let sent = sink.mails()[0].contents.clone();
    for header in [
        "Reply-To: owner@acme.example\r\n",
        "List-Id: <sales.localhost>\r\n",
        "References: <sales@localhost>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-ID: <logo>\r\n",
    ] {
        assert!(sent.contains(header), "{header}: {sent}");
    }
    let mail = deliveries::mail(&outbox.state, outbox.acme, id, "Anna@Example.org").await.unwrap().unwrap();
    let (again, same) = mail.sent.unwrap();
    assert_eq!((String::from_utf8_lossy(again.bytes()).as_ref(), same), (sent.as_str(), Match::Same));
    outbox.done().await;
}

#[tokio::test]
async fn what_is_its_recipients_is_nobody_elses_to_read() {
    let (outbox, _sink) = start().await;
    let id = outbox.enqueue_mail(outbox.acme, changes(SendOptions::BULK, &["anna@example.org"])).await[0];
    let read = async |reader| deliveries::mail(&outbox.state, outbox.acme, id, reader).await.unwrap();
    for reader in ["ben@example.org", "", "anna@example.org.evil.example", "anna"] {
        assert!(read(reader).await.is_none(), "{reader:?}");
    }
    assert!(read("ANNA@example.org").await.is_some());
    let open = outbox.enqueue(outbox.acme, "anna@example.org").await;
    let mail = deliveries::mail(&outbox.state, outbox.acme, open, "ben@example.org").await.unwrap();
    assert!(mail.is_some(), "an announcement is for administrators to read");
    outbox.done().await;
}

#[tokio::test]
async fn what_nobody_wants_any_more_does_not_leave() {
    let (outbox, sink) = start().await;
    let to = ["anna@example.org", "ben@example.org", "carl@example.org"];
    outbox.enqueue_mail(outbox.acme, changes(SendOptions::BULK, &to)).await;
    outbox.sql("INSERT INTO leavers VALUES ('ben@example.org')").await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.accepted, counts.cancelled, sink.len()), (2, 1, 2));
    assert_eq!(outbox.count("outbox_messages WHERE state = 'cancelled' AND recipient LIKE 'ben@%'").await, 1);
    assert_eq!(outbox.count("outbox_attempts").await, 0, "nobody was asked to take it");
    outbox.done().await;
}

#[tokio::test]
async fn what_cannot_be_asked_about_waits() {
    let (outbox, sink) = start().await;
    outbox.sql("DROP TABLE leavers").await;
    outbox.enqueue_mail(outbox.acme, changes(SendOptions::BULK, &["anna@example.org"])).await;
    assert_eq!((outbox.deliver().await.due, sink.len()), (1, 0));
    outbox.sql("CREATE TABLE leavers (address TEXT)").await;
    outbox.wind(Duration::from_secs(10));
    assert_eq!((outbox.deliver().await.accepted, sink.len()), (1, 1));
    outbox.done().await;
}

#[tokio::test]
async fn mail_of_a_type_that_a_process_does_not_know_waits_for_one_that_does() {
    let (mut outbox, sink) = start().await;
    outbox.enqueue_mail(outbox.acme, changes(SendOptions::BULK, &["anna@example.org"])).await;
    let plain = NewMail::new(content(), SendOptions::BULK, vec![recipient("ben@example.org")]);
    outbox.enqueue_mail(outbox.acme, plain).await;
    // a process of the version before, which shall send what it knows
    outbox.state.tables = &posthorn::portal::TABLES;
    for _ in 0..3 {
        let counts = outbox.deliver().await;
        assert_eq!((counts.accepted, counts.due, counts.failed, sink.len()), (1, 1, 0, 1));
        outbox.wind_minutes(6);
    }
    assert_eq!(outbox.count("outbox_attempts").await, 0, "that it waits is no attempt");
    assert_eq!(outbox.count("outbox_messages WHERE state = 'due' AND attempts = 0").await, 1);
    outbox.state.tables = &NEWER;
    assert_eq!((outbox.deliver().await.accepted, sink.len()), (2, 2));
    outbox.done().await;
}

#[tokio::test]
async fn a_process_enqueues_nothing_of_a_type_that_is_in_no_table() {
    let (mut outbox, _sink) = start().await;
    outbox.state.tables = &posthorn::portal::TABLES;
    let tx = outbox.state.db.write().await.unwrap();
    let mail = changes(SendOptions::BULK, &["anna@example.org"]);
    let refused = outbox::enqueue(&*tx, &outbox.state, outbox.acme, &[mail]).await;
    assert!(matches!(refused, Err(Error::Content(_))), "{refused:?}");
    drop(tx);
    outbox.done().await;
}

#[tokio::test]
async fn a_mail_leaves_not_before_its_time_and_lives_from_then_on() {
    let (outbox, sink) = start().await;
    let at = outbox.state.clock.now().plus(Duration::from_hours(100));
    let terms = SendOptions { not_before: Some(at), lifetime: Duration::from_hours(1), ..SendOptions::BULK };
    let ids =
        outbox.enqueue_mail(outbox.acme, changes(terms, &["anna@example.org", "ben@example.org"])).await;
    outbox.enqueue(outbox.acme, "carl@example.org").await;
    assert_eq!((outbox.deliver().await.due, sink.len()), (2, 1));
    outbox.wind(Duration::from_hours(99));
    assert_eq!((outbox.deliver().await.due, sink.len()), (2, 1));
    outbox.wind_minutes(61);
    assert_eq!((outbox.deliver().await.accepted, sink.len()), (3, 3));
    let late = SendOptions {
        not_before: Some(outbox.state.clock.now()),
        lifetime: Duration::from_hours(1),
        ..terms
    };
    outbox.remove_provider(outbox.acme).await;
    outbox.enqueue_mail(outbox.acme, changes(late, &["anna@example.org"])).await;
    outbox.wind(Duration::from_hours(2));
    outbox.use_server(outbox.acme, sink.port).await;
    let counts = outbox.deliver().await;
    assert_eq!((counts.expired, sink.len(), ids.len()), (1, 3, 2));
    outbox.done().await;
}

#[tokio::test]
async fn mails_that_are_enqueued_together_keep_their_order_and_lose_none_but_repeats() {
    let (outbox, sink) = start().await;
    let keyed = |to: &str, key: &str| Recipient { key: Some(key.to_owned()), ..recipient(to) };
    let tx = outbox.state.db.write().await.unwrap();
    let first =
        NewMail { recipients: vec![keyed("anna@example.org", "a")], ..changes(SendOptions::BULK, &[]) };
    let repeat =
        NewMail { recipients: vec![keyed("anna@example.org", "a")], ..changes(SendOptions::BULK, &[]) };
    let nobody = changes(SendOptions::BULK, &[]);
    let last = changes(SendOptions::BULK, &["ben@example.org"]);
    let mails = [first, repeat, nobody, last];
    let enqueued = outbox::enqueue(&*tx, &outbox.state, outbox.acme, &mails).await.unwrap();
    tx.commit().await.unwrap();
    let each: Vec<usize> = enqueued.ids.iter().map(Vec::len).collect();
    assert_eq!((enqueued.added, each), (2, vec![1, 1, 0, 1]));
    assert_eq!(outbox.count("outbox_contents").await, 2, "what nobody refers to is not kept");
    outbox.deliver().await;
    let mut sent = sink.message_ids();
    sent.sort();
    let wanted = [enqueued.ids[0][0], enqueued.ids[3][0]].map(|id| outbox::message_id(&outbox.state, id));
    assert_eq!(sent, wanted);
    outbox.done().await;
}
