//! Deliveries for programs: lists, a message's story, trying again and cancelling.

use std::time::Duration;

use posthorn::values::{OutboxMessageId, Scope};
use serde_json::{Value, json};

use super::programs::{all_pages, path_of};
use crate::support::{ALICE, GRETA, Program, TestPortal};

const DELIVERIES: &str = "/api/v1/deliveries";
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

fn path(id: OutboxMessageId) -> String {
    format!("{DELIVERIES}/{id}")
}

async fn act(program: &mut Program, id: OutboxMessageId, deed: &str, status: u16) -> Value {
    program.call("POST", &format!("{}/actions/{deed}", path(id)), None).await.expect(status).json()
}

#[tokio::test]
async fn a_message_is_seen_from_its_waiting_to_its_acceptance() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut program = portal.able_program(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    let waiting = program.get(&path(id)).await.expect(200).json();
    for (field, value) in [
        ("id", json!(id.to_string())),
        ("state", json!("due")),
        ("kind", json!("announcement")),
        ("recipient", json!("anna@example.org")),
        ("attemptCount", json!(0)),
        ("mayHaveArrivedTwice", json!(false)),
        ("attempts", json!([])),
        ("messageId", json!(format!("<{id}@localhost>"))),
    ] {
        assert_eq!(waiting[field], value, "{field}");
    }
    assert!(waiting["nextAttemptAt"].is_string() && waiting.get("finishedAt").is_none(), "{waiting}");
    assert_eq!(path_of(&program, &waiting["links"]["self"]["href"]), path(id));

    portal.deliver().await;
    let accepted = program.get(&path(id)).await.expect(200).json();
    assert_eq!(accepted["state"], "accepted");
    assert!(accepted["server"].as_str().unwrap().starts_with("localhost:"), "{accepted}");
    assert!(accepted["answer"].as_str().unwrap().starts_with("250"), "{accepted}");
    assert!(accepted["finishedAt"].is_string() && accepted.get("nextAttemptAt").is_none());
    for deed in ["retry", "cancel"] {
        let problem = act(&mut program, id, deed, 409).await;
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("“accepted”"), "{problem}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_attempts_and_tried_again() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut program = portal.able_program(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let refused = portal.enqueue("acme", "unknown@example.org", "<p>x</p>").await;
    let put_off = portal.enqueue("acme", "greylist@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let told = program.get(&path(refused)).await.expect(200).json();
    assert_eq!(told["state"], "failed", "{told}");
    let attempt = &told["attempts"][0];
    assert_eq!((&attempt["number"], &attempt["verdict"]), (&json!(1), &json!("given_up")));
    assert_eq!(attempt["code"], 550, "{attempt}");
    for field in ["what", "whatToDo", "answer", "at"] {
        assert!(attempt[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {attempt}");
    }
    assert_eq!(told["lastFailure"]["what"], attempt["what"]);
    program.visitor.language = "de";
    let german = program.get(&path(refused)).await.expect(200).json();
    assert_ne!(german["attempts"][0]["what"], attempt["what"]);
    program.visitor.language = "en";

    let again = act(&mut program, refused, "retry", 200).await;
    assert_eq!((&again["state"], again["attempts"].as_array().unwrap().len()), (&json!("due"), 1));
    // what is put off is tried at once
    portal.wind(Duration::from_secs(1));
    let again = act(&mut program, put_off, "retry", 200).await;
    let now = posthorn::clock::Timestamp(portal.state.clock.now().0);
    assert_eq!(again["nextAttemptAt"], now.utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let cancelled = act(&mut program, put_off, "cancel", 200).await;
    assert_eq!(cancelled["state"], "cancelled");
    act(&mut program, put_off, "cancel", 409).await;
    for event in ["outbox.tried_again", "outbox.cancelled"] {
        let by =
            format!("audit_entries WHERE event = '{event}' AND details LIKE '%\"api_key\":\"posthorn_%'");
        assert!(portal.count(&by).await >= 1, "{event}");
    }
}

#[tokio::test]
async fn what_waits_in_a_held_lane_is_held() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let held = program.get(&path(id)).await.expect(200).json();
    assert_eq!(held["state"], "held", "without a provider");
    assert!(held.get("nextAttemptAt").is_none(), "{held}");
    for (state, count) in [("held", 1), ("due", 0)] {
        assert_eq!(all_pages(&mut program, &format!("{DELIVERIES}?state={state}")).await.len(), count);
    }
    let problem = act(&mut program, id, "retry", 409).await;
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("held"), "{problem}");
    assert_eq!(act(&mut program, id, "cancel", 200).await["state"], "cancelled");
}

#[tokio::test]
async fn the_list_goes_by_pages_and_is_narrowed() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let mut program = portal.able_program(&ALICE).await;
    let mut moments = Vec::new();
    for n in 0..5 {
        portal.wind(Duration::from_secs(10));
        let at = portal.state.clock.now().utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        moments.push(at.replace(':', "%3A"));
        portal.enqueue("acme", &format!("p{n}@example.org"), "<p>x</p>").await;
    }
    portal.enqueue("globex", "theirs@example.org", "<p>x</p>").await;
    let recipients = |all: &[Value]| {
        let all = all.iter().map(|one| one["recipient"].as_str().unwrap()[..2].to_owned());
        all.collect::<Vec<String>>().join(" ")
    };
    let all = all_pages(&mut program, &format!("{DELIVERIES}?limit=2")).await;
    assert_eq!(recipients(&all), "p4 p3 p2 p1 p0");
    for (query, found) in [
        ("recipient=P2%40Example.Org".to_owned(), "p2"),
        ("recipient=theirs%40example.org".to_owned(), ""),
        ("kind=announcement&limit=1&state=due".to_owned(), "p4 p3 p2 p1 p0"),
        ("kind=invitation".to_owned(), ""),
        ("state=accepted".to_owned(), ""),
        (format!("from={}", moments[3]), "p4 p3"),
        (format!("until={}", moments[2]), "p1 p0"),
        (format!("from={}&until={}", moments[1], moments[3]), "p2 p1"),
        (format!("from={}&until={}", moments[3], moments[1]), ""),
    ] {
        let all = all_pages(&mut program, &format!("{DELIVERIES}?{query}")).await;
        assert_eq!(recipients(&all), found, "{query}");
    }
    for (query, place) in [
        ("state=delivered", "state"),
        ("state=", "state"),
        ("kind=spam", "kind"),
        ("recipient=anna", "recipient"),
        ("from=yesterday", "from"),
        ("until=2026-11-31T00%3A00%3A00Z", "until"),
        ("limit=0", "limit"),
        ("next=x", "next"),
        ("before=x", "before"),
    ] {
        assert_eq!(
            program.get(&format!("{DELIVERIES}?{query}")).await.expect(400).told().0,
            place,
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_messages_of_another_tenant_are_not_found() {
    let portal = TestPortal::start().await;
    let theirs = portal.enqueue("globex", "hans@example.org", "<p>x</p>").await.to_string();
    let mut program = portal.able_program(&ALICE).await;
    for id in [theirs.as_str(), NOBODY, "x"] {
        for (method, rest) in [("GET", ""), ("POST", "/actions/retry"), ("POST", "/actions/cancel")] {
            let answer = program.call(method, &format!("{DELIVERIES}/{id}{rest}"), None).await.expect(404);
            assert_eq!(answer.told().1, "There is no such message.");
        }
    }
    assert!(all_pages(&mut program, &format!("{DELIVERIES}?next={theirs}")).await.is_empty());
    let state: String = portal.one("SELECT state FROM outbox_messages").await;
    assert_eq!(state, "due");
    let mut greta = portal.program(&GRETA, &[Scope::DeliveriesRead]).await;
    greta.get(&format!("{DELIVERIES}/{theirs}")).await.expect(200);
}
