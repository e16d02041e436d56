//! The program as a process: killed, ended, started more than once.

use posthorn::outbox::IN_FLIGHT;

use crate::support::processes::{Running, arrived, load, posthorn, until_empty};
use crate::support::sink::Sink;
use crate::support::{Outbox, eventually, repeats, short_or_long};

/// Enqueues more when what waits might not last for another round.
async fn top_up(outbox: &Outbox, sink: &Sink, ids: &mut Vec<String>) {
    if ids.len() < arrived(sink).len() + 1500 {
        ids.extend(load(outbox, sink, 3000).await);
        ids.sort();
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_repeats_at_most_what_was_in_flight() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let mut ids = Vec::new();
    let rounds = short_or_long(4, 100);
    for _ in 0..rounds {
        top_up(&outbox, &sink, &mut ids).await;
        let before = sink.len();
        let worker = Running::spawn(posthorn(&outbox, &["worker"]));
        eventually("some mail", async || sink.len() > before + 100).await;
        worker.kill();
        assert!(arrived(&sink).len() < ids.len(), "it was killed under way");
    }
    let counts = until_empty(&outbox).await;
    assert_eq!(counts["accepted"], ids.len(), "{counts}");
    assert_eq!(counts["waiting"], 0, "the dead one's queues are taken over at once");
    assert_eq!(arrived(&sink), ids, "nothing is lost");
    assert!(repeats(&sink) <= rounds * IN_FLIGHT, "{} repeats", repeats(&sink));
    outbox.done().await;
}

#[tokio::test]
async fn a_process_that_is_told_to_end_repeats_nothing() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let mut ids = Vec::new();
    for _ in 0..short_or_long(1, 20) {
        for arguments in [&["worker"][..], &["serve"]] {
            top_up(&outbox, &sink, &mut ids).await;
            let before = sink.len();
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = posthorn(&outbox, arguments);
            command.env("POSTHORN_LISTEN", format!("127.0.0.1:{port}"));
            let worker = Running::spawn(command);
            eventually("some mail", async || sink.len() > before + 100).await;
            worker.end().await;
            assert_eq!(outbox.count("outbox_lanes WHERE lease_owner IS NOT NULL").await, 0);
            assert!(sink.len() < ids.len(), "it was ended under way");
        }
    }
    until_empty(&outbox).await;
    assert_eq!((arrived(&sink), repeats(&sink)), (ids, 0));
    outbox.done().await;
}

#[tokio::test]
async fn two_and_four_processes_at_once_send_everything_once() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let (messages, mut all) = (short_or_long(1500, 10_000), Vec::new());
    for processes in [2, 4] {
        all.extend(load(&outbox, &sink, messages).await);
        let counts = futures_util::future::join_all((0..processes).map(|_| until_empty(&outbox))).await;
        // whoever ends first leaves what lies in the queues of the others
        assert!(counts.iter().any(|counts| counts["accepted"] == all.len()), "{counts:?}");
        all.sort();
        assert_eq!((arrived(&sink).len(), repeats(&sink)), (all.len(), 0));
        assert_eq!(arrived(&sink), all);
    }
    outbox.done().await;
}

#[tokio::test]
async fn the_outbox_is_filled_in_development_only() {
    let outbox = Outbox::start().await;
    for url in ["https://localhost", "http://portal.example", "http://localhost.example"] {
        let arguments = ["outbox", "load", "--messages", "1", "--tenants", "1", "--smtp", "127.0.0.1:25"];
        let output = posthorn(&outbox, &arguments).env("POSTHORN_BASE_URL", url).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{url}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("for development only"), "{url}: {said}");
    }
    assert_eq!(outbox.count("outbox_messages").await, 0);
    outbox.done().await;
}
