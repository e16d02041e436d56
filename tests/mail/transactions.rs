//! Handing over messages: one, several on the same connection, and with PIPELINING.

use std::sync::Arc;
use std::time::Duration;

use posthorn::mail::{Cause, Conversation, Message, Recovery, Security, Step, Verdict};

use crate::support::server::{FakeServer, Talk};
use crate::support::{SEND, mailer, message, message_with, network, said, smtp_server};

async fn open(server: &FakeServer) -> Conversation {
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mut conversation = mailer(settings, network(Duration::from_secs(3), None)).conversation(SEND);
    conversation.open().await.unwrap();
    conversation
}

fn to(recipient: &str) -> Message {
    message("a@acme.example", recipient)
}

async fn take(talk: &mut Talk, replies: &[(&str, &str)]) {
    for (prefix, reply) in replies {
        talk.hear(prefix).await;
        talk.say(reply).await;
    }
}

#[tokio::test]
async fn a_message_arrives_byte_for_byte() {
    let message = message_with("a@acme.example", "b@acme.example", "dots", ".\n..\n...x\nend\n.");
    let expected = String::from_utf8(message.bytes().to_vec()).unwrap();
    let server = FakeServer::start(move |mut talk| async move {
        talk.greet(&["SIZE 0"]).await;
        take(
            &mut talk,
            &[("MAIL FROM:<a@acme.example> SIZE=", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")],
        )
        .await;
        let stuffed = talk.hear_message().await;
        assert!(stuffed.contains("\r\n..\r\n...\r\n....x\r\n"), "{stuffed}");
        assert_eq!(stuffed.replace("\r\n..", "\r\n."), expected);
        talk.say("250 2.0.0 Ok: queued as ABC").await;
    })
    .await;
    let reply = open(&server).await.transmit(&message).await.unwrap();
    assert_eq!(reply.shown(), "250 2.0.0 Ok: queued as ABC");
    server.done().await;
}

#[tokio::test]
async fn with_pipelining_the_envelope_travels_in_one_piece() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        assert_eq!(talk.piece().await, "MAIL FROM:<a@acme.example>\r\nRCPT TO:<b@acme.example>\r\nDATA\r\n");
        talk.say("250 sender\r\n250 recipient\r\n354 go on").await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    open(&server).await.transmit(&to("b@acme.example")).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn the_next_envelope_travels_with_the_final_dot() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT TO:<one@", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        // all of it is here before the dot is answered
        for line in ["MAIL", "RCPT TO:<two@", "DATA"] {
            talk.hear(line).await;
        }
        talk.say("451 4.3.0 not this one\r\n250 ok\r\n250 ok\r\n354 go").await;
        talk.hear_message().await;
        talk.hear("MAIL").await;
        talk.hear("RCPT TO:<three@").await;
        talk.hear("DATA").await;
        talk.say("250 second\r\n250 ok\r\n550 5.1.1 unknown\r\n554 no valid recipients").await;
        take(
            &mut talk,
            &[("RSET", "250 ok"), ("MAIL", "250 ok"), ("RCPT TO:<four@", "250 ok"), ("DATA", "354 go")],
        )
        .await;
        talk.hear_message().await;
        talk.say("250 fourth").await;
    })
    .await;
    let mut conversation = open(&server).await;
    let messages: Vec<_> =
        ["one", "two", "three", "four"].map(|name| to(&format!("{name}@acme.example"))).into();
    let first = conversation.transmit_then(&messages[0], Some(&messages[1])).await.unwrap_err();
    assert_eq!((first.step, &first.cause), (Step::Message, &Cause::TemporaryRefusal));
    assert_eq!(first.recipient.as_deref(), Some("one@acme.example"));
    let second = conversation.transmit_then(&messages[1], Some(&messages[2])).await.unwrap();
    assert_eq!(second.shown(), "250 second");
    let third = conversation.transmit_then(&messages[2], Some(&messages[3])).await.unwrap_err();
    assert_eq!((third.step, &third.cause), (Step::Recipient, &Cause::RecipientRefused));
    assert_eq!(conversation.transmit(&messages[3]).await.unwrap().shown(), "250 fourth");
    server.done().await;
}

#[tokio::test]
async fn another_message_than_the_one_asked_ahead_is_not_sent_in_its_name() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 ok\r\n250 ok\r\n250 ok\r\n354 go").await;
        talk.hear_the_rest().await;
    })
    .await;
    let mut conversation = open(&server).await;
    let [one, two, three] = ["one", "two", "three"].map(|name| to(&format!("{name}@acme.example")));
    conversation.transmit_then(&one, Some(&two)).await.unwrap();
    assert!(conversation.transmit(&three).await.is_err());
    assert!(!conversation.is_open());
    let heard = server.done().await.join("\n");
    assert!(!heard.contains("three") && !heard.contains("Subject"));
}

#[tokio::test]
async fn data_without_a_recipient_is_ended_by_a_lone_dot() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        for line in ["MAIL", "RCPT", "DATA"] {
            talk.hear(line).await;
        }
        talk.say("250 ok\r\n550 5.1.1 unknown\r\n354 go on").await;
        assert_eq!(talk.hear_message().await, "");
        talk.say("554 no valid recipients").await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT TO:<c@", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    let mut conversation = open(&server).await;
    let failure = conversation.transmit(&to("b@acme.example")).await.unwrap_err();
    assert_eq!((failure.step, &failure.cause), (Step::Recipient, &Cause::RecipientRefused));
    assert_eq!(failure.verdict(), Verdict::GiveUp);
    conversation.transmit(&to("c@acme.example")).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn a_refused_sender_is_the_senders_failure_whatever_else_was_answered() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        for line in ["MAIL", "RCPT", "DATA"] {
            talk.hear(line).await;
        }
        talk.say("553 5.7.1 not you\r\n503 need MAIL\r\n503 need RCPT").await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    let mut conversation = open(&server).await;
    let failure = conversation.transmit(&to("b@acme.example")).await.unwrap_err();
    assert_eq!((failure.step, &failure.cause), (Step::Sender, &Cause::SenderRefused));
    assert_eq!(failure.verdict(), Verdict::ProviderBroken(Recovery::ByPerson));
    assert!(said(&failure).contains("does not accept a@acme.example as the sender"));
    conversation.transmit(&to("b@acme.example")).await.unwrap();
    server.done().await;
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_refusal() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&[]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "452 4.2.2 full"), ("RSET", "250 ok")]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 taken").await;
        take(&mut talk, &[("RSET", "250 ok"), ("QUIT", "221 bye")]).await;
    })
    .await;
    let mut conversation = open(&server).await;
    let failure = conversation.transmit(&to("b@acme.example")).await.unwrap_err();
    assert_eq!((failure.step, &failure.cause), (Step::Recipient, &Cause::MailboxFull));
    assert!(said(&failure).contains("The mailbox of b@acme.example is full"));
    conversation.transmit(&to("b@acme.example")).await.unwrap();
    conversation.reset().await.unwrap();
    conversation.quit().await;
    server.done().await;
}

#[tokio::test]
async fn the_steps_can_be_taken_one_by_one() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["PIPELINING"]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "251 will forward"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mut conversation = mailer(settings, network(Duration::from_secs(3), None)).conversation(SEND);
    let message = to("b@acme.example");
    for step in Step::in_order(Security::None) {
        match step {
            Step::Resolve => conversation.resolve().await.unwrap(),
            Step::Connect => conversation.connect().await.unwrap(),
            Step::Greeting => conversation.greet().await.unwrap(),
            Step::Encrypt => conversation.encrypt().await.unwrap(),
            Step::SignIn => conversation.sign_in().await.unwrap(),
            Step::Sender => conversation.sender(&message).await.unwrap(),
            Step::Recipient => conversation.recipient(&message).await.unwrap(),
            Step::Message => drop(conversation.contents(&message).await.unwrap()),
        }
    }
    server.done().await;
}

#[tokio::test]
async fn greylisting_is_said_to_be_normal() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&[]).await;
        take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "451 4.7.1 Greylisted, try again in 300 seconds")])
            .await;
        talk.hear_the_rest().await;
    })
    .await;
    let failure = open(&server).await.transmit(&to("b@acme.example")).await.unwrap_err();
    assert_eq!(failure.verdict(), Verdict::RetryAfter(Duration::from_mins(5)));
    assert!(said(&failure).ends_with("This is normal. Try again in 5 minutes."), "{}", said(&failure));
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_smtputf8() {
    let jörg = to("jörg@acme.example");
    let with = FakeServer::start(|mut talk| async move {
        talk.greet(&["8BITMIME", "SMTPUTF8"]).await;
        assert_eq!(talk.hear("MAIL").await, "MAIL FROM:<a@acme.example> BODY=8BITMIME SMTPUTF8");
        talk.say("250 ok").await;
        take(&mut talk, &[("RCPT TO:<jörg@acme.example>", "250 ok"), ("DATA", "354 go")]).await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    open(&with).await.transmit(&jörg).await.unwrap();
    with.done().await;

    let without = FakeServer::start(|mut talk| async move {
        talk.greet(&["8BITMIME", "PIPELINING"]).await;
        take(
            &mut talk,
            &[("MAIL FROM:<a@acme.example>", "250 ok"), ("RCPT TO:<b@", "250 ok"), ("DATA", "354 go")],
        )
        .await;
        talk.hear_message().await;
        talk.say("250 taken").await;
    })
    .await;
    let mut conversation = open(&without).await;
    let failure = conversation.transmit(&jörg).await.unwrap_err();
    assert_eq!((failure.step, &failure.cause), (Step::Recipient, &Cause::Smtputf8NotOffered));
    assert_eq!(failure.verdict(), Verdict::GiveUp);
    assert!(said(&failure).contains("cannot carry the address jörg@acme.example"));
    conversation.transmit(&to("b@acme.example")).await.unwrap();
    without.done().await;
}

#[tokio::test]
async fn a_message_larger_than_offered_is_not_even_announced() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&["SIZE 65536", "PIPELINING"]).await;
        talk.hear_the_rest().await;
    })
    .await;
    let large = message_with("a@acme.example", "b@acme.example", "large", &"a line\n".repeat(20_000));
    let mut conversation = open(&server).await;
    let failure = conversation.transmit(&large).await.unwrap_err();
    assert_eq!(failure.cause, Cause::TooLarge { limit: Some(65536) });
    assert_eq!(failure.verdict(), Verdict::GiveUp);
    assert!(said(&failure).contains("larger than 127.0.0.1 takes (64 KiB at most)"), "{}", said(&failure));
    conversation.quit().await;
    assert_eq!(server.done().await[1..], ["QUIT"]);
}

#[tokio::test]
async fn many_conversations_share_one_network() {
    let network = network(Duration::from_secs(3), None);
    let mut tasks = Vec::new();
    for number in 0..50 {
        let server = FakeServer::start(|mut talk| async move {
            talk.greet(&["PIPELINING"]).await;
            take(&mut talk, &[("MAIL", "250 ok"), ("RCPT", "250 ok"), ("DATA", "354 go")]).await;
            talk.hear_message().await;
            talk.say("250 taken").await;
        })
        .await;
        let settings = smtp_server("localhost", server.port, Security::None, None);
        let mut conversation = mailer(settings, Arc::clone(&network)).conversation(SEND);
        tasks.push(tokio::spawn(async move {
            conversation.open().await.unwrap();
            conversation.transmit(&to(&format!("b{number}@acme.example"))).await.unwrap();
            server.done().await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}
