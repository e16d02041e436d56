//! What a program asks about itself, its tenant and the keys, and the keys that it makes.

use std::time::Duration;

use posthorn::values::Scope;
use serde_json::{Value, json};

use crate::support::{ALICE, GRETA, Page, Program, TestPortal};

const KEYS: &str = "/api/v1/api-keys";
const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

async fn create(program: &mut Program, body: Value) -> Page {
    program.call("POST", KEYS, Some(body)).await
}

/// The path of an address of the portal.
pub(super) fn path_of(program: &Program, url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix(&program.visitor.origin()).unwrap_or_else(|| panic!("elsewhere: {url}")).to_owned()
}

/// Everything that a list gives, by its pages.
pub(super) async fn all_pages(program: &mut Program, path: &str) -> Vec<Value> {
    let (mut all, mut path) = (Vec::new(), path.to_owned());
    for _ in 0..50 {
        let page = program.get(&path).await.expect(200).json();
        let here = path_of(program, &page["links"]["self"]["href"]);
        let (place, asked) = (here.split('?').next(), path.split('?').next());
        assert_eq!((place, here.len()), (asked, path.len()), "{here}");
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["links"].get("next").is_none() {
            return all;
        }
        path = path_of(program, &page["links"]["next"]["href"]);
    }
    panic!("the pages never end");
}

#[tokio::test]
async fn any_key_learns_as_whom_and_where_it_acts() {
    let portal = TestPortal::start().await;
    let mut program = portal.program(&GRETA, &[Scope::MessagesSend]).await;
    let me = program.get("/api/v1/users/me").await.expect(200).json();
    let tenant = portal.tenant("globex").await.to_string();
    for (field, value) in [
        ("id", json!(portal.user(&GRETA).await.to_string())),
        ("subject", json!(portal.user(&GRETA).await.to_string())),
        ("tenantId", json!(tenant)),
        ("name", json!("Greta Gärtner")),
        ("email", json!(GRETA.email)),
        ("status", json!("active")),
        (
            "assignedRoles",
            json!([{ "id": "tenant-admin", "name": "TenantAdmin", "type": "default", "level": "admin" }]),
        ),
    ] {
        assert_eq!(me[field], value, "{field}");
    }
    let here = program.get("/api/v1/tenants/me").await.expect(200).json();
    assert_eq!((&here["id"], &here["name"]), (&json!(tenant), &json!("Globex GmbH")));
    assert_eq!(here["hostnames"], json!(["globex.localhost"]));
    assert_eq!(path_of(&program, &here["links"]["self"]["href"]), "/api/v1/tenants/me");
}

#[tokio::test]
async fn a_program_makes_reads_renames_and_revokes_keys() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let body =
        json!({ "description": " Shop ", "expiry": "PT1H", "scopes": ["users:read", "messages:send"] });
    let made = create(&mut program, body).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!((&made["description"], &made["status"]), (&json!("Shop"), &json!("active")));
    assert_eq!(made["scopes"], json!(["messages:send", "users:read"]));
    assert_eq!(made["createdByUser"], json!(portal.user(&ALICE).await.to_string()));
    assert_eq!(made["prefix"], json!(&token[..15]));
    let one = format!("{KEYS}/{}", made["id"].as_str().unwrap());

    let mut shop = Program { visitor: portal.visitor("acme"), key: token.clone() };
    shop.get("/api/v1/users").await.expect(200);
    shop.get(KEYS).await.expect(403);

    let read = program.get(&one).await.expect(200);
    assert!(!read.html.contains(&token));
    assert!(read.json()["lastUsed"].is_string() && read.json()["lastUsedFrom"] == "127.0.0.1");
    assert!(read.json().get("token").is_none());

    let rename = |name: &str| Some(json!([{ "op": "replace", "path": "/description", "value": name }]));
    program.call("PATCH", &one, rename("Shop 2")).await.expect(204);
    assert_eq!(program.get(&one).await.json()["description"], "Shop 2");
    program.call("PATCH", &one, Some(json!([]))).await.expect(204);
    for (body, place) in [
        (json!([{ "op": "remove", "path": "/description", "value": "x" }]), "/0/op"),
        (json!([{ "op": "replace", "path": "/scopes", "value": "x" }]), "/0/path"),
        (json!([{ "op": "replace", "path": "/description", "value": " " }]), "/0/value"),
        (json!([{ "op": "replace", "path": "/description" }]), "/0/value"),
    ] {
        assert_eq!(program.call("PATCH", &one, Some(body)).await.expect(400).told().0, place);
    }

    program.call("DELETE", &one, None).await.expect(204);
    program.call("DELETE", &one, None).await.expect(204);
    shop.get("/api/v1/users/me").await.expect(401);
    assert_eq!(program.get(&one).await.json()["status"], "revoked");
    for event in ["created", "renamed", "revoked"] {
        let by = format!(
            "audit_entries WHERE event = 'api_keys.{event}' AND details LIKE '%\"api_key\":\"posthorn_%'"
        );
        assert_eq!(portal.count(&by).await, 1, "{event}");
    }
    let details = "audit_entries WHERE details LIKE '%";
    assert_eq!(portal.count(&format!("{details}{token}%'")).await, 0);
}

#[tokio::test]
async fn no_key_makes_one_that_may_do_more_or_lasts_longer() {
    let portal = TestPortal::start().await;
    let scopes = [Scope::ApiKeysWrite, Scope::UsersRead];
    let mut program = portal.program(&ALICE, &scopes).await;
    for body in [
        json!({ "description": "x", "expiry": "PT1H", "scopes": ["api-keys:write", "audits:read"] }),
        json!({ "description": "x", "expiry": "PT1H", "scopes": ["email-config:write"] }),
        json!({ "description": "x", "expiry": "PT2H", "scopes": ["users:read"] }),
        json!({ "description": "x", "expiry": "P365D" }),
    ] {
        let answer = create(&mut program, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (403, "SCOPECHECK-1".to_owned()), "{body}");
    }
    assert_eq!(portal.count("api_keys").await, 1);
    // unsaid, it is as its maker
    let made = create(&mut program, json!({ "description": "x" })).await.expect(201).json();
    assert_eq!(made["scopes"], json!(["users:read", "api-keys:write"]));
    let longest: i64 = portal.one("SELECT MAX(expires_at) - MIN(expires_at) FROM api_keys").await;
    assert_eq!(longest, 0);
    // nor through one that it has made
    let key = made["token"].as_str().unwrap().to_owned();
    let mut child = Program { visitor: portal.visitor("acme"), key };
    create(&mut child, json!({ "description": "x", "scopes": ["audits:read"] })).await.expect(403);

    for (body, place) in [
        (json!({}), "/description"),
        (json!({ "description": "" }), "/description"),
        (json!({ "description": "a\nb" }), "/description"),
        (json!({ "description": "x".repeat(101) }), "/description"),
        (json!({ "description": "x", "expiry": "forever" }), "/expiry"),
        (json!({ "description": "x", "expiry": "P366D" }), "/expiry"),
        (json!({ "description": "x", "expiry": null }), "/expiry"),
        (json!({ "description": "x", "scopes": null }), "/scopes"),
        (json!({ "description": "x", "scopes": [] }), "/scopes"),
        (json!({ "description": "x", "scopes": ["users:read", "all"] }), "/scopes/1"),
        (json!({ "description": "x", "sub": NOBODY }), "/sub"),
    ] {
        assert_eq!(create(&mut program, body.clone()).await.expect(400).told().0, place, "{body}");
    }
}

#[tokio::test]
async fn the_list_goes_by_pages_and_is_narrowed() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    for _ in 0..6 {
        portal.wind(Duration::from_millis(2));
        portal.api_key(&ALICE, &[Scope::UsersRead], Duration::from_secs(60)).await;
    }
    portal.wind(Duration::from_secs(61));
    portal.able_program(&GRETA).await;
    let all = all_pages(&mut program, &format!("{KEYS}?limit=3")).await;
    let ids: Vec<&str> = all.iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 7, "those of the other tenant are none of them");
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "the newest first");
    let alice = portal.user(&ALICE).await;
    for (query, count) in [
        ("status=active".to_owned(), 1),
        ("status=expired&limit=4".to_owned(), 6),
        ("status=revoked".to_owned(), 0),
        (format!("createdByUser={alice}&limit=100"), 7),
        (format!("createdByUser={NOBODY}"), 0),
        (format!("startingAfter={}", ids[4]), 2),
    ] {
        assert_eq!(all_pages(&mut program, &format!("{KEYS}?{query}")).await.len(), count, "{query}");
    }
    for (query, place) in [
        ("status=ACTIVE", "status"),
        ("status=", "status"),
        ("createdByUser=alice", "createdByUser"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("startingAfter=x", "startingAfter"),
        ("sort=name", "sort"),
        ("limit=1&limit=2", "limit"),
    ] {
        let answer = program.get(&format!("{KEYS}?{query}")).await.expect(400);
        assert_eq!((answer.told().0.as_str(), answer.code().as_str()), (place, "INPUTCHECK-1"), "{query}");
    }
}

#[tokio::test]
async fn another_tenants_keys_are_as_if_there_were_none() {
    let portal = TestPortal::start().await;
    let mut greta = portal.able_program(&GRETA).await;
    let theirs = portal.key_ids().await.remove(0);
    let mut program = portal.able_program(&ALICE).await;
    let patch = json!([{ "op": "replace", "path": "/description", "value": "mine" }]);
    for id in [theirs.as_str(), NOBODY, "x"] {
        let path = format!("{KEYS}/{id}");
        for (method, body) in
            [("GET", None), ("DELETE", None), ("PATCH", Some(patch.clone())), ("PATCH", Some(json!([])))]
        {
            let answer = program.call(method, &path, body).await.expect(404);
            assert_eq!(answer.told().1, "There is no such key.", "{method} {id}");
        }
    }
    greta.get(&format!("{KEYS}/{theirs}")).await.expect(200);
    assert_eq!(portal.count("api_keys WHERE name = 'mine' OR revoked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn with_a_key_end_those_that_were_made_with_it() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let make = async |program: &mut Program| {
        let made = create(program, json!({ "description": "child" })).await.expect(201).json();
        let key = made["token"].as_str().unwrap().to_owned();
        (made["id"].as_str().unwrap().to_owned(), Program { visitor: program.visitor.clone(), key })
    };
    let (child, mut second) = make(&mut program).await;
    let (_, mut third) = make(&mut second).await;
    let (_, mut fourth) = make(&mut program).await;
    third.get("/api/v1/users/me").await.expect(200);
    program.call("DELETE", &format!("{KEYS}/{child}"), None).await.expect(204);
    for ended in [&mut second, &mut third] {
        ended.get("/api/v1/users/me").await.expect(401);
    }
    fourth.get("/api/v1/users/me").await.expect(200);
    assert_eq!(portal.count("audit_entries WHERE event = 'api_keys.revoked'").await, 2);
}
