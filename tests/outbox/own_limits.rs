//! What this process lacks is not the providers' fault: no attempt is counted, nothing is held.

use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::support::processes::{Running, arrived, load, posthorn};
use crate::support::sink::Sink;
use crate::support::{Outbox, eventually};

/// Lets a process have no more than so many files open.
fn limit_files(worker: &Running, soft: u32) {
    let limit = format!("--nofile={soft}:");
    let id = worker.id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

/// How many files a process has open.
fn open_files(worker: &Running) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", worker.id())).unwrap().count()
}

#[tokio::test]
async fn a_worker_without_files_counts_no_attempt_and_holds_nothing() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: there is no prlimit here");
        return;
    }
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    // its connections to the database are open then
    outbox.use_server(outbox.globex, sink.port).await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    let worker = Running::spawn(posthorn(&outbox, &["worker"]));
    eventually("the first mail", async || sink.len() == 1).await;
    // its conversation ends as well
    tokio::time::sleep(Duration::from_secs(1)).await;
    limit_files(&worker, u32::try_from(open_files(&worker)).unwrap());
    let ids = load(&outbox, &sink, 300).await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let sent = sink.len();
    assert!(sent < 1 + ids.len(), "there were files to be had");
    assert_eq!(outbox.count("outbox_attempts").await, 0, "nobody was asked");
    assert_eq!(outbox.count("outbox_lanes WHERE hold IS NOT NULL").await, 0);
    limit_files(&worker, 1024);
    eventually("all mail", async || arrived(&sink).len() == 1 + ids.len()).await;
    worker.end().await;
    assert_eq!(outbox.count("outbox_attempts").await, 0);
    outbox.done().await;
}

#[tokio::test]
async fn visitors_leave_files_for_mail_and_for_the_database() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = posthorn(&outbox, &["serve"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 160 && exec \"$0\" serve"]).arg(program.get_program());
    command.env_clear().envs(&outbox.environment).current_dir(outbox.folder.path());
    command.env("POSTHORN_LOG", "warn").env("POSTHORN_LISTEN", format!("127.0.0.1:{port}"));
    let portal = Running::spawn(command);
    let ready = async || TcpStream::connect(("127.0.0.1", port)).is_ok();
    eventually("the portal", ready).await;
    let visitors: Vec<TcpStream> =
        (0..300).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    assert!(visitors.len() > 200, "{}", visitors.len());
    let ids = load(&outbox, &sink, 300).await;
    eventually("all mail", async || arrived(&sink).len() == ids.len()).await;
    assert!(open_files(&portal) < 150, "{} of 160 files", open_files(&portal));
    assert_eq!(outbox.count("outbox_attempts").await, 0);
    assert_eq!(outbox.count("outbox_lanes WHERE hold IS NOT NULL").await, 0);
    drop(visitors);
    portal.end().await;
    outbox.done().await;
}
