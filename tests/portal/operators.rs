//! What operators ask the portal: its figures, and whether it can do its work.

use std::net::TcpListener;

use posthorn::metrics;

use crate::support::{ALICE, TestPortal};

async fn figures(portal: &TestPortal) -> (u16, String, String) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let server = metrics::serve(portal.state.clone(), socket).unwrap();
    let handle = server.handle();
    let server = tokio::spawn(server);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("http://127.0.0.1:{port}/metrics")).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    handle.stop(false).await;
    server.await.unwrap().unwrap();
    (status, kind, text)
}

#[track_caller]
fn assert_line(text: &str, line: &str) {
    assert!(text.lines().any(|one| one == line), "{line} is not in:\n{text}");
}

#[tokio::test]
async fn the_figures_tell_how_the_outbox_stands_and_name_no_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    for _ in 0..3 {
        portal.enqueue("acme", "ben@example.org", "<p>x</p>").await;
    }
    for _ in 0..2 {
        portal.enqueue("globex", "hans@example.org", "<p>x</p>").await;
    }
    let (status, kind, text) = figures(&portal).await;
    assert_eq!((status, kind.as_str()), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert_line(&text, "posthorn_outbox_messages{state=\"accepted\"} 1");
    assert_line(&text, "posthorn_outbox_messages{state=\"due\"} 5");
    assert_line(&text, "posthorn_outbox_messages{state=\"held\"} 0");
    assert_line(&text, "posthorn_outbox_enqueued 6");
    // globex has no provider
    portal.deliver().await;
    let (_, _, text) = figures(&portal).await;
    assert_line(&text, "posthorn_outbox_messages{state=\"accepted\"} 4");
    assert_line(&text, "posthorn_outbox_messages{state=\"held\"} 2");
    assert_line(&text, "posthorn_outbox_messages{state=\"due\"} 0");
    assert_line(&text, "posthorn_outbox_held_lanes{hold=\"no_provider\"} 1");
    // counted by the process, whose other tests count along
    assert!(text.contains("\nposthorn_outbox_attempts_total{verdict=\"accepted\"} "), "{text}");
    assert!(
        text.contains("posthorn_outbox_settled_outcomes_count ")
            && text.contains("posthorn_outbox_lane_wait_seconds_count ")
    );
    assert!(text.ends_with("# EOF\n"));
    for secret in ["acme", "globex", "example", "Alice"] {
        assert!(!text.contains(secret), "{secret} stands in the figures");
    }

    // not on the portal's own address
    assert_eq!(alice.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn without_a_database_the_portal_says_that_it_is_not_ready() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    assert_eq!(visitor.get("/readyz").await.expect(200).html, "ready\n");
    portal.state.db.read().close_by_ref().await.unwrap();
    assert_eq!(visitor.get("/readyz").await.expect(503).html, "not ready: the database does not answer\n");
    assert_eq!(visitor.get("/healthz").await.expect(200).html, "ok\n");
    // what the process counts itself is told all the same
    let (status, _, text) = figures(&portal).await;
    assert_eq!(status, 200);
    assert_line(&text, "posthorn_outbox_database_up 0");
    assert_line(&text, "posthorn_outbox_stalled_loops{name=\"settle\"} 0");
}
