//! The program as a process: killed, ended, started twice.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use posthorn::outbox::IN_FLIGHT;

use crate::support::sink::Sink;
use crate::support::{Outbox, eventually, repeats};

/// In every run a few; the long tests do a hundred.
const ROUNDS: usize = 4;

fn posthorn(outbox: &Outbox, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posthorn"));
    command.args(arguments).env_clear().envs(&outbox.environment).current_dir(outbox.folder.path());
    command.env("POSTHORN_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn load(outbox: &Outbox, sink: &Sink, messages: usize) -> Vec<String> {
    let (smtp, messages) = (format!("127.0.0.1:{}", sink.port), messages.to_string());
    let arguments =
        ["outbox", "load", "--messages", &messages, "--tenants", "3", "--smtp", &smtp, "--ids", "ids"];
    let mut command = posthorn(outbox, &arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ids = std::fs::read_to_string(outbox.folder.path().join("ids")).unwrap();
    let mut ids: Vec<String> = ids.lines().map(str::to_owned).collect();
    ids.sort();
    ids
}

async fn until_empty(outbox: &Outbox) -> serde_json::Value {
    let mut command = posthorn(outbox, &["worker", "--until-empty"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn arrived(sink: &Sink) -> Vec<String> {
    let mut ids = sink.message_ids();
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_repeats_at_most_what_was_in_flight() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let ids = load(&outbox, &sink, 4000).await;
    let mut killed = 0;
    for _ in 0..ROUNDS {
        let before = sink.len();
        let mut worker = Running(posthorn(&outbox, &["worker"]).spawn().unwrap());
        eventually("some mail", async || sink.len() > before + 100).await;
        worker.0.kill().unwrap();
        worker.0.wait().unwrap();
        killed += 1;
    }
    assert!(arrived(&sink).len() < ids.len(), "it was killed under way");
    let counts = until_empty(&outbox).await;
    assert_eq!(counts["accepted"], 4000, "{counts}");
    assert_eq!(counts["waiting"], 0, "the dead one's lanes are taken over at once");
    assert_eq!(arrived(&sink), ids, "nothing is lost");
    assert!(repeats(&sink) <= killed * IN_FLIGHT, "{} repeats", repeats(&sink));
    outbox.done().await;
}

#[tokio::test]
async fn a_process_that_is_told_to_end_repeats_nothing() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let ids = load(&outbox, &sink, 3000).await;
    for arguments in [&["worker"][..], &["serve"]] {
        let before = sink.len();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = posthorn(&outbox, arguments);
        command.env("POSTHORN_LISTEN", format!("127.0.0.1:{port}"));
        let mut worker = Running(command.spawn().unwrap());
        eventually("some mail", async || sink.len() > before + 100).await;
        let id = worker.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = std::time::Instant::now();
        let status = loop {
            if let Some(status) = worker.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(15), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(status.success(), "{arguments:?}: {status}");
        assert_eq!(outbox.count("outbox_lanes WHERE lease_owner IS NOT NULL").await, 0);
    }
    assert!(sink.len() < ids.len(), "it was ended under way");
    until_empty(&outbox).await;
    assert_eq!((arrived(&sink), repeats(&sink)), (ids, 0));
    outbox.done().await;
}

#[tokio::test]
async fn two_processes_at_once_send_everything_once() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let ids = load(&outbox, &sink, 3000).await;
    let (one, two) = tokio::join!(until_empty(&outbox), until_empty(&outbox));
    assert!(one["accepted"] == 3000 || two["accepted"] == 3000, "{one} {two}");
    assert_eq!((arrived(&sink), repeats(&sink)), (ids, 0));
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
