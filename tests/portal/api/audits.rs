//! The audit log for programs.

use std::time::Duration;

use posthorn::values::Scope;
use serde_json::{Value, json};

use super::programs::{all_pages, path_of};
use crate::support::{ALICE, GRETA, SAM, TestPortal};

const AUDITS: &str = "/api/v1/audits";

#[tokio::test]
async fn the_log_is_read_by_pages_newest_first_and_narrowed() {
    let portal = TestPortal::start().await;
    portal.signed_in(&GRETA).await;
    let begun = portal.state.clock.now();
    portal.signed_in(&ALICE).await;
    portal.wind(Duration::from_secs(60));
    let mut program = portal.able_program(&ALICE).await;
    program.call("DELETE", &format!("{}/x", "/api/v1/api-keys"), None).await.expect(404);
    let all = all_pages(&mut program, &format!("{AUDITS}?limit=1")).await;
    let types: Vec<&str> = all.iter().map(|entry| entry["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["api_keys.used", "api_keys.created", "auth.signed_in"]);
    let (used, created) = (&all[0], &all[1]);
    let (tenant, user) = (portal.tenant("acme").await.to_string(), portal.user(&ALICE).await.to_string());
    for (field, value) in [
        ("tenantId", json!(tenant)),
        ("userId", json!(user)),
        ("source", json!("api_keys")),
        ("contentType", json!("application/json")),
    ] {
        assert_eq!(used[field], value, "{field}");
    }
    assert_eq!(used["extensions"]["actor"], json!({ "sub": &program.key[..15], "subType": "apiKey" }));
    assert_eq!(used["data"]["key"], json!(&program.key[..15]));
    assert!(created["extensions"].get("actor").is_none(), "{created}");
    assert_eq!(created["id"], created["eventId"]);
    let own = path_of(&program, &used["links"]["self"]["href"]);
    assert_eq!(program.get(&own).await.expect(200).json(), *used);

    let at = |micros: i64| {
        let at = chrono::DateTime::from_timestamp_micros(micros).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    };
    let now = portal.state.clock.now();
    for (query, count) in [
        ("eventType=auth.signed_in".to_owned(), 1),
        ("eventType=no.such_event".to_owned(), 0),
        (format!("userId={user}"), 3),
        (format!("userId={}", portal.user(&GRETA).await), 0),
        (format!("eventTime={}/{}", at(begun.0), at(begun.0)), 1),
        (format!("eventTime={}/{}", at(begun.0 + 1), at(now.0)), 2),
        (format!("eventTime={}/{}", at(now.0), at(begun.0)), 0),
        (format!("eventTime={}/{}&limit=2&eventType=api_keys.used", at(begun.0), at(now.0)), 1),
    ] {
        let found =
            all_pages(&mut program, &format!("{AUDITS}?{}", query.replace(':', "%3A").replace('/', "%2F")))
                .await;
        assert_eq!(found.len(), count, "{query}");
    }
    for (query, place) in [
        ("eventTime=yesterday", "eventTime"),
        ("eventTime=2026-11-24T00:00:00Z", "eventTime"),
        ("eventTime=2026-11-31T00:00:00Z/2026-12-01T00:00:00Z", "eventTime"),
        ("userId=alice", "userId"),
        ("eventType=%00", "eventType"),
        ("eventType=", "eventType"),
        ("next=-1", "next"),
        ("next=x", "next"),
        ("limit=1000", "limit"),
        ("sort=-eventTime", "sort"),
    ] {
        assert_eq!(program.get(&format!("{AUDITS}?{query}")).await.expect(400).told().0, place, "{query}");
    }
    let types = program.get(&format!("{AUDITS}/types")).await.expect(200).json();
    let types: Vec<&str> = types["data"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(types.contains(&"api_keys.used") && types.len() > 50, "{types:?}");
}

#[tokio::test]
async fn another_tenants_entries_are_not_found_and_who_stands_behind_is_told() {
    let portal = TestPortal::start().await;
    let mut greta = portal.able_program(&GRETA).await;
    let theirs = all_pages(&mut greta, AUDITS).await;
    let theirs = theirs[0]["id"].as_str().unwrap();
    let mut program = portal.program(&ALICE, &[Scope::AuditsRead]).await;
    for id in [theirs, "018f0000-0000-7000-8000-000000000000", "x"] {
        let answer = program.get(&format!("{AUDITS}/{id}")).await.expect(404);
        assert_eq!(answer.told().1, "There is no such entry.");
    }
    greta.get(&format!("{AUDITS}/{theirs}")).await.expect(200);

    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    looking.open("/administration/deliveries").await.expect(200);
    let looked = all_pages(&mut program, &format!("{AUDITS}?eventType=support.begun")).await;
    let actor = &looked[0]["extensions"]["actor"];
    assert_eq!((&actor["subType"], &actor["name"]), (&json!("support"), &json!(SAM.name)), "{looked:?}");
}
