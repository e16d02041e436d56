//! Processes and connections that fall silent without being closed (PostgreSQL): nobody else stands still for it.

use std::time::Duration;

use posthorn::outbox::IN_FLIGHT;
use tokio::time::Instant;

use crate::support::database::admin_url;
use crate::support::processes::{Running, arrived, load, posthorn};
use crate::support::relay::Relay;
use crate::support::sink::Sink;
use crate::support::{Outbox, eventually, is_long, repeats, short_or_long};

/// So soon the others deliver again: the lease is 30 s, and what is silent within a transaction is ended before.
const SOON: Duration = Duration::from_secs(120);

/// A worker that reaches the database by way of the relay.
fn by_relay(outbox: &Outbox, relay: &Relay) -> Running {
    let mut command = posthorn(outbox, &["worker"]);
    command.env("POSTHORN_DATABASE_URL", relay.url(&outbox.environment["POSTHORN_DATABASE_URL"]));
    Running::spawn(command)
}

async fn relay(outbox: &Outbox) -> Relay {
    Relay::to(&outbox.environment["POSTHORN_DATABASE_URL"]).await
}

/// Waits until all are accepted, and for how long.
async fn all_are_noted(outbox: &Outbox, since: Instant) -> Duration {
    while outbox.count("outbox_messages WHERE state <> 'accepted'").await > 0 {
        assert!(since.elapsed() < SOON + Duration::from_secs(30), "it never came to be");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    since.elapsed()
}

#[tokio::test]
async fn a_process_that_falls_silent_within_a_commit_stops_nobody_else() {
    if admin_url().is_none() {
        println!("skipped: it is about PostgreSQL");
        return;
    }
    for is_killed in [true, false] {
        let outbox = Outbox::start().await;
        let sink = Sink::start().await;
        let relay = relay(&outbox).await;
        let ids = load(&outbox, &sink, short_or_long(3000, 20_000)).await;
        let silent = by_relay(&outbox, &relay);
        eventually("some mail", async || sink.len() > 200).await;
        relay.silence_in_a_transaction();
        eventually("the silence", async || relay.fell_silent()).await;
        let since = Instant::now();
        let frozen = if is_killed {
            // as of a machine that vanishes: its connections are never closed
            silent.kill();
            None
        } else {
            silent.freeze();
            Some(silent)
        };
        assert!(sink.len() < ids.len(), "it was stopped under way");
        let other = Running::spawn(posthorn(&outbox, &["worker"]));
        let took = all_are_noted(&outbox, since).await;
        println!("killed: {is_killed}; all is delivered after {took:?}, {} twice", repeats(&sink));
        assert!(took < SOON, "{took:?}");
        assert_eq!(arrived(&sink), ids, "nothing is lost");
        assert!(repeats(&sink) <= IN_FLIGHT, "{} repeats", repeats(&sink));
        other.end().await;
        if let Some(frozen) = frozen {
            frozen.kill();
        }
        outbox.done().await;
    }
}

#[tokio::test]
async fn when_its_connections_fall_silent_a_worker_opens_others() {
    if admin_url().is_none() {
        println!("skipped: it is about PostgreSQL");
        return;
    }
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let relay = relay(&outbox).await;
    let ids = load(&outbox, &sink, short_or_long(2500, 20_000)).await;
    let worker = by_relay(&outbox, &relay);
    eventually("some mail", async || sink.len() > 200).await;
    let before = relay.connections();
    relay.silence();
    assert!(sink.len() < ids.len(), "it was under way");
    let took = all_are_noted(&outbox, Instant::now()).await;
    println!("all is delivered after {took:?}, {} twice", repeats(&sink));
    assert!(took < SOON, "{took:?}");
    assert!(relay.connections() > before, "there are new connections");
    assert_eq!(arrived(&sink), ids, "nothing is lost");
    assert!(repeats(&sink) <= IN_FLIGHT, "{} repeats", repeats(&sink));
    worker.end().await;
    outbox.done().await;
}

fn client(patience: Duration) -> reqwest::Client {
    // an error if there is already one
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(patience).build().unwrap()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn requests_go_on_when_connections_fall_silent() {
    if admin_url().is_none() {
        println!("skipped: it is about PostgreSQL");
        return;
    }
    let outbox = Outbox::start().await;
    let relay = relay(&outbox).await;
    let port = free_port();
    let mut command = posthorn(&outbox, &["serve", "--no-worker"]);
    command.env("POSTHORN_DATABASE_URL", relay.url(&outbox.environment["POSTHORN_DATABASE_URL"]));
    command.env("POSTHORN_LISTEN", format!("127.0.0.1:{port}"));
    let portal = Running::spawn(command);
    let client = client(Duration::from_secs(20));
    let get = async |path: &str| {
        let request =
            client.get(format!("http://127.0.0.1:{port}{path}")).header("host", "acme.localhost:8080");
        request.send().await.map(|answer| answer.status().as_u16()).ok()
    };
    eventually("the portal", async || get("/readyz").await == Some(200)).await;
    // as many connections as it likes
    let many = || futures_util::future::join_all((0..30).map(|_| get("/sign-in")));
    assert_eq!(many().await, [Some(200); 30]);
    relay.silence();
    // those that were used a moment ago are believed to work, and given up when they do not
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let answers = many().await;
    assert!(answers.iter().all(|status| matches!(status, Some(200 | 503))), "{answers:?}");
    eventually("all answers", async || many().await == [Some(200); 30]).await;
    assert_eq!(get("/readyz").await, Some(200));
    portal.end().await;
    outbox.done().await;
}

#[tokio::test]
async fn an_engine_that_does_nothing_for_a_minute_says_so() {
    if admin_url().is_none() || !is_long() {
        println!("skipped: it is about PostgreSQL, and takes two minutes");
        return;
    }
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let relay = relay(&outbox).await;
    let ids = load(&outbox, &sink, 3000).await;
    let (port, figures) = (free_port(), free_port());
    let mut command = posthorn(&outbox, &["serve"]);
    command.env("POSTHORN_DATABASE_URL", relay.url(&outbox.environment["POSTHORN_DATABASE_URL"]));
    command.env("POSTHORN_LISTEN", format!("127.0.0.1:{port}"));
    command.env("POSTHORN_METRICS_LISTEN", format!("127.0.0.1:{figures}"));
    let portal = Running::spawn(command);
    let client = client(Duration::from_secs(60));
    let figures = async || {
        let answer = client.get(format!("http://127.0.0.1:{figures}/metrics")).send().await.unwrap();
        answer.text().await.unwrap()
    };
    eventually("some mail", async || sink.len() > 200).await;
    relay.silence_for_good();
    tokio::time::sleep(Duration::from_secs(70)).await;
    let text = figures().await;
    assert!(text.contains("posthorn_outbox_database_up 0\n"), "{text}");
    assert!(text.contains("posthorn_outbox_stalled_loops{name=\"dispatch\"} 1\n"), "{text}");
    relay.restore();
    let took = all_are_noted(&outbox, Instant::now()).await;
    println!("all is delivered after {took:?}, {} twice", repeats(&sink));
    assert_eq!(arrived(&sink), ids);
    let text = figures().await;
    assert!(text.contains("posthorn_outbox_stalled_loops{name=\"dispatch\"} 0\n"), "{text}");
    portal.end().await;
    outbox.done().await;
}
