//! What answers need not be a mail server, nor a friendly one.

use std::time::{Duration, Instant};

use posthorn::mail::{Cause, Mailer, Security, SendError, Step};

use crate::support::server::FakeServer;
use crate::support::{OfSmtp as _, SEND, message, message_with, network, said, smtp_server};

async fn send_to(server: &FakeServer) -> SendError {
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), None));
    mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.unwrap_err()
}

fn assert_failed(error: &SendError, step: Step, cause: &Cause, sentence: &str) {
    assert_eq!((error.smtp().step, &error.smtp().cause), (step, cause), "{}", error.transcript.to_text());
    assert!(said(error.smtp()).contains(sentence), "{}", said(error.smtp()));
}

#[tokio::test]
async fn endless_lines_are_cut_off() {
    let server =
        FakeServer::start(|mut talk| async move { while talk.say_bytes(b"220-more\r\n").await {} }).await;
    let error = send_to(&server).await;
    assert_failed(&error, Step::Greeting, &Cause::ReplyTooLong, "answers endlessly on port");
}

#[tokio::test]
async fn an_endless_line_is_cut_off() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say_bytes(b"220 ").await;
        while talk.say_bytes(&[b'x'; 4096]).await {}
    })
    .await;
    let error = send_to(&server).await;
    assert_failed(&error, Step::Greeting, &Cause::ReplyTooLong, "answers endlessly on port");
}

#[tokio::test]
async fn a_hundred_lines_are_taken_and_one_more_is_not() {
    for (lines, cause) in [(100, Cause::TemporaryRefusal), (101, Cause::ReplyTooLong)] {
        let server = FakeServer::start(move |mut talk| async move {
            for _ in 1..lines {
                talk.say("450-wait").await;
            }
            talk.say("450 wait").await;
            talk.hear_the_rest().await;
        })
        .await;
        assert_eq!(send_to(&server).await.smtp().cause, cause);
    }
}

#[tokio::test]
async fn something_else_than_a_mail_server_is_said_to_be_none() {
    for greeting in [
        "HTTP/1.1 400 Bad Request",
        "SSH-2.0-OpenSSH_9.2",
        "+OK POP3 ready",
        "2x0 hello",
        "",
        "\u{15}\u{3}\u{1}",
    ] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.say(greeting).await;
            talk.hear_the_rest().await;
        })
        .await;
        let error = send_to(&server).await;
        assert_failed(&error, Step::Greeting, &Cause::NotSmtp, "is not a mail server");
        assert!(server.done().await.is_empty(), "it was talked to all the same");
    }
}

#[tokio::test]
async fn replies_that_are_none_are_not_believed() {
    for reply in ["OK", "25 OK", "2500 OK", "250-a\r\n251 b", "250_a", "700 OK"] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.say("220 fake.test").await;
            talk.hear("EHLO").await;
            talk.say(reply).await;
            talk.hear_the_rest().await;
        })
        .await;
        let error = send_to(&server).await;
        assert_failed(&error, Step::Greeting, &Cause::ReplyMalformed, "in a way that mail servers do not");
    }
}

#[tokio::test]
async fn control_characters_in_a_reply_are_not_shown() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say_bytes(b"554 \x1b[31mred\x07\xff\xe2\x80\xaeevil \x00<b>\r\n").await;
        talk.hear_the_rest().await;
    })
    .await;
    let error = send_to(&server).await;
    assert_failed(&error, Step::Greeting, &Cause::ServiceRefused, "554 [31mred");
    let stored =
        serde_json::to_string(&error.failure).unwrap() + &error.transcript.to_text().replace('\n', "");
    assert!(!stored.contains(|c: char| c.is_control() || c == '\u{202e}'), "{stored:?}");
    assert!(!stored.contains("\\u00"), "{stored:?}");
}

#[tokio::test]
async fn a_server_may_be_busy_at_any_time() {
    let conversation = ["220 fake.test", "250 hello", "250 sender", "250 recipient", "354 go on", "250 done"];
    let steps = [Step::Greeting, Step::Greeting, Step::Sender, Step::Recipient, Step::Message, Step::Message];
    for (at, step) in steps.into_iter().enumerate() {
        let server = FakeServer::start(move |mut talk| async move {
            for (number, reply) in conversation.into_iter().enumerate() {
                match number {
                    0 => {}
                    5 => drop(talk.hear_message().await),
                    _ => drop(talk.hear("").await),
                }
                if number == at {
                    talk.say("421 4.3.2 shutting down").await;
                    return;
                }
                talk.say(reply).await;
            }
        })
        .await;
        let error = send_to(&server).await;
        assert_failed(&error, step, &Cause::TooBusy, "is overloaded at the moment");
    }
}

#[tokio::test]
async fn a_connection_may_break_at_any_time() {
    let replies = ["220 fake.test", "250 hello", "250 sender", "250 recipient", "354 go on"];
    let steps = [Step::Greeting, Step::Greeting, Step::Sender, Step::Recipient, Step::Message];
    for (at, step) in steps.into_iter().enumerate() {
        let server = FakeServer::start(move |mut talk| async move {
            for (number, reply) in replies.into_iter().take(at).enumerate() {
                if number > 0 {
                    talk.hear("").await;
                }
                talk.say(reply).await;
            }
            if at > 0 {
                talk.hear("").await;
            }
        })
        .await;
        let error = send_to(&server).await;
        assert_failed(&error, step, &Cause::ConnectionLost, "was lost (step: ");
    }
}

#[tokio::test]
async fn broken_off_within_the_message_is_not_accepted() {
    for last_words in [None, Some("552 5.3.4 too large")] {
        let server = FakeServer::start(move |mut talk| async move {
            talk.greet(&[]).await;
            for reply in ["250 sender", "250 recipient", "354 go on"] {
                talk.hear("").await;
                talk.say(reply).await;
            }
            talk.hear_bytes(10_000).await;
            if let Some(words) = last_words {
                talk.say(words).await;
                // the words are read before the line is cut
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        })
        .await;
        let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
        let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), None));
        let text = "a long line of text\n".repeat(500_000);
        let error = mailer
            .send(&message_with("a@acme.example", "b@acme.example", "x", &text), SEND)
            .await
            .unwrap_err();
        let expected = [Cause::ConnectionLost, Cause::TooLarge { limit: None }];
        assert!(expected.contains(&error.smtp().cause), "{:?}", error.smtp().cause);
        if last_words.is_none() {
            assert_failed(&error, Step::Message, &Cause::ConnectionLost, "was lost (step: message)");
        }
    }
}

#[tokio::test]
async fn lost_after_the_final_dot_is_an_unknown_outcome() {
    let server = FakeServer::start(|mut talk| async move {
        talk.greet(&[]).await;
        for reply in ["250 sender", "250 recipient", "354 go on"] {
            talk.hear("").await;
            talk.say(reply).await;
        }
        talk.hear_message().await;
    })
    .await;
    let error = send_to(&server).await;
    assert_failed(&error, Step::Message, &Cause::OutcomeUnknown, "Look whether it has arrived");
}

#[tokio::test]
async fn an_old_server_that_knows_only_helo_is_served() {
    let server = FakeServer::start(|mut talk| async move {
        talk.say("220 fake.test").await;
        talk.hear("EHLO").await;
        talk.say("502 not implemented").await;
        talk.hear("HELO portal.acme.example").await;
        talk.say("250 fake.test").await;
        for reply in ["250 sender", "250 recipient", "354 go on"] {
            talk.hear("").await;
            talk.say(reply).await;
        }
        talk.hear_message().await;
        talk.say("250 taken").await;
        talk.hear("QUIT").await;
        talk.say("221 bye").await;
    })
    .await;
    let settings = smtp_server("127.0.0.1", server.port, Security::None, None);
    let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), None));
    let acceptance = mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.unwrap();
    assert_eq!(acceptance.reply.shown(), "250 taken");
    assert_eq!(acceptance.server, format!("127.0.0.1:{}", server.port));
    let heard = server.done().await;
    assert_eq!(heard[2..], ["MAIL FROM:<a@acme.example>", "RCPT TO:<b@acme.example>", "DATA", "QUIT"]);
}

#[tokio::test]
async fn nothing_is_sent_to_a_host_outside_the_reach_and_both_reasons_sound_alike() {
    let server = FakeServer::start(|mut talk| async move { talk.hear_the_rest().await }).await;
    let settings = posthorn::mail::NetworkSettings {
        allowed_private_networks: Vec::new(),
        extra_roots_pem: None,
        ehlo_name: posthorn::values::Host::parse("portal.acme.example").unwrap(),
        deadlines: posthorn::mail::Deadlines::default(),
        microsoft365: posthorn::mail::Microsoft365Settings::default(),
    };
    let closed = std::sync::Arc::new(posthorn::mail::Network::new(settings).unwrap());
    let mut said_so = Vec::new();
    for host in ["localhost", "no-such-name.invalid", "127.0.0.1", "2130706433", "::ffff:127.0.0.1"] {
        let settings = smtp_server(host, server.port, Security::None, None);
        let shown = settings.host.to_string();
        let began = Instant::now();
        let error = Mailer::smtp(settings, closed.clone())
            .send(&message("a@acme.example", "b@acme.example"), SEND)
            .await
            .unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(6));
        let is_name = said_so.len() < 2;
        let cause = if is_name { Cause::NotReachable } else { Cause::InternalAddress };
        assert_eq!((error.smtp().step, &error.smtp().cause), (Step::Resolve, &cause));
        // whoever types an address knows that it is internal, and need not wait
        assert!(is_name || began.elapsed() < Duration::from_secs(4));
        assert!(error.smtp().reply.is_none());
        let transcript: Vec<_> = error.transcript.lines().iter().map(|line| line.text.clone()).collect();
        said_so.push((said(error.smtp()).replace(&shown, "HOST"), transcript));
    }
    let (names, addresses) = said_so.split_at(2);
    for alike in [names, addresses] {
        assert!(alike.windows(2).all(|pair| pair[0] == pair[1]), "{said_so:#?}");
    }
    assert!(addresses[0].0.contains("is not a public address"), "{}", addresses[0].0);
    assert!(
        said_so[0].0.contains("cannot be found, or lies in a network that this installation does not allow")
    );
    assert!(!server.is_done(), "somebody connected");
}

#[tokio::test]
async fn nobody_listening_is_said_so() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let settings = smtp_server("localhost", free, Security::StartTls, None);
    let mailer = Mailer::smtp(settings, network(Duration::from_secs(3), None));
    let error = mailer.send(&message("a@acme.example", "b@acme.example"), SEND).await.unwrap_err();
    let sentence = format!("localhost refuses connections on port {free}. Check the port");
    assert_failed(&error, Step::Connect, &Cause::ConnectRefused, &sentence);
}

/// Field case 2.2: whatever follows a refusal, it is the refusal that counts, and its words are kept.
#[tokio::test]
async fn a_refusal_that_was_heard_counts_whatever_follows() {
    let refused = "550 5.7.1 <a@acme.example>: Sender address rejected: not verified";
    let unknown = "550 5.1.1 <b@acme.example>: User unknown";
    let all = [
        (vec![refused], Step::Sender, Cause::SenderUnverified),
        (vec!["250 ok", unknown], Step::Recipient, Cause::RecipientRefused),
        (vec![refused, "503 5.5.1 no sender"], Step::Sender, Cause::SenderUnverified),
        (vec!["250 ok", unknown, "554 5.5.1 no valid recipients"], Step::Recipient, Cause::RecipientRefused),
        (vec!["250 ok", unknown, "354 go on"], Step::Recipient, Cause::RecipientRefused),
        (vec!["250 ok", unknown, "half a rep"], Step::Recipient, Cause::RecipientRefused),
    ];
    for (replies, step, cause) in all {
        for pipelining in [true, false] {
            let (replies, refusals) = (replies.clone(), replies.clone());
            let server = FakeServer::start(move |mut talk| async move {
                talk.greet(if pipelining { &["PIPELINING"] } else { &[] }).await;
                if pipelining {
                    for _ in 0..3 {
                        talk.hear("").await;
                    }
                }
                for reply in replies {
                    if !pipelining {
                        talk.hear("").await;
                    }
                    talk.say(reply).await;
                    if !pipelining && reply.starts_with('5') {
                        return;
                    }
                }
            })
            .await;
            let error = send_to(&server).await;
            let failure = error.smtp();
            let expected =
                if cause == Cause::SenderUnverified { Cause::SenderUnverified } else { cause.clone() };
            assert_eq!((failure.step, &failure.cause), (step, &expected), "{refusals:?} {pipelining}");
            let heard = failure.reply.as_ref().unwrap().shown();
            assert!(refusals.contains(&heard.as_str()), "{heard}");
        }
    }
}
