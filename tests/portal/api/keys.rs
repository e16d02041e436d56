//! Who may call: every call with no key, with a session, and with keys that do not count; and what every answer has.

use std::collections::BTreeSet;
use std::time::Duration;

use posthorn::portal;
use posthorn::values::Scope;
use serde_json::Value;

use crate::support::{ALICE, BEN, GRETA, Page, Program, Request, TestPortal};

/// Every call, and the scope that it needs; `-`: none.
pub(crate) const CALLS: [(&str, &str, &str); 25] = [
    ("GET", "/api/v1/transports/email-config", "email-config:read"),
    ("PUT", "/api/v1/transports/email-config", "email-config:write"),
    ("PATCH", "/api/v1/transports/email-config", "email-config:write"),
    ("DELETE", "/api/v1/transports/email-config", "email-config:write"),
    ("POST", "/api/v1/transports/email-config/actions/validate", "email-config:read"),
    ("POST", "/api/v1/transports/email-config/actions/send-test-email", "email-config:write"),
    ("POST", "/api/v1/transports/email-config/actions/verify-connection", "email-config:write"),
    ("GET", "/api/v1/users/me", "-"),
    ("GET", "/api/v1/tenants/me", "-"),
    ("GET", "/api/v1/api-keys", "api-keys:read"),
    ("GET", "/api/v1/api-keys/{id}", "api-keys:read"),
    ("POST", "/api/v1/api-keys", "api-keys:write"),
    ("PATCH", "/api/v1/api-keys/{id}", "api-keys:write"),
    ("DELETE", "/api/v1/api-keys/{id}", "api-keys:write"),
    ("GET", "/api/v1/users", "users:read"),
    ("GET", "/api/v1/users/{id}", "users:read"),
    ("GET", "/api/v1/audits", "audits:read"),
    ("GET", "/api/v1/audits/types", "audits:read"),
    ("GET", "/api/v1/audits/{id}", "audits:read"),
    ("GET", "/api/v1/deliveries", "deliveries:read"),
    ("GET", "/api/v1/deliveries/{id}", "deliveries:read"),
    ("POST", "/api/v1/deliveries/{id}/actions/retry", "deliveries:write"),
    ("POST", "/api/v1/deliveries/{id}/actions/cancel", "deliveries:write"),
    ("POST", "/api/v1/messages", "messages:send"),
    ("POST", "/api/v1/messages/batch", "messages:send"),
];

fn concrete(pattern: &str) -> String {
    pattern.replace("{id}", "018f0000-0000-7000-8000-000000000000")
}

fn request(method: &str, pattern: &str) -> Request {
    let body = ["POST", "PUT", "PATCH"].contains(&method);
    Request {
        method: method.parse().unwrap(),
        path: concrete(pattern),
        headers: Vec::new(),
        body: body.then(|| ("application/json".to_owned(), b"{}".to_vec())),
    }
}

fn without_trace(page: &Page) -> Value {
    let mut json = page.json();
    json["traceId"].take();
    json
}

#[test]
fn every_call_is_listed_with_its_scope() {
    let calls: BTreeSet<(String, String, String)> = portal::routes()
        .into_iter()
        .filter_map(|route| {
            let posthorn::web::Access::Program(scope, _) = route.access else { return None };
            let scope = scope.map_or("-", Scope::as_str).to_owned();
            Some((route.method.to_string(), route.path.into_owned(), scope))
        })
        .collect();
    let listed: BTreeSet<(String, String, String)> = CALLS
        .into_iter()
        .map(|(method, path, scope)| (method.to_owned(), path.to_owned(), scope.to_owned()))
        .collect();
    assert_eq!(calls, listed);
    assert_eq!(listed.len(), CALLS.len());
}

#[tokio::test]
async fn the_documentation_has_every_call_and_nothing_else() {
    let portal = TestPortal::start().await;
    let document = portal.visitor("acme").get("/api/openapi.json").await.expect(200).json();
    let calls: BTreeSet<(String, String)> = portal::routes()
        .into_iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| (route.method.to_string(), route.path.into_owned()))
        .collect();
    let mut documented = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            documented.insert((method.to_uppercase(), path.clone()));
            assert!(
                operation["summary"].as_str().is_some_and(|text| text.ends_with('.')),
                "{what}: no summary"
            );
            assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{what}: no tag");
            assert!(
                names.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{what}: its name is taken"
            );
            for body in ["application/json", "multipart/form-data"] {
                let content = &operation["requestBody"]["content"][body];
                assert!(
                    content.is_null() || content.get("example").is_some(),
                    "{what}: no example of {body}"
                );
            }
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("500") && answers.contains_key("400"), "{what}: no errors");
            for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
                let content = &answer["content"]["application/json"];
                assert!(
                    content.is_null() || content.get("example").is_some(),
                    "{what}: no example of {status}"
                );
            }
        }
    }
    assert_eq!(documented, calls);
}

#[tokio::test]
async fn nothing_but_a_key_of_the_tenant_opens_a_call() {
    let portal = TestPortal::start().await;
    let good = portal.able_program(&ALICE).await;
    let (mut alice, greta) = (portal.signed_in(&ALICE).await, portal.able_program(&GRETA).await);
    let short = portal.api_key(&ALICE, &Scope::ALL, Duration::from_secs(60)).await;
    let revoked = portal.api_key(&ALICE, &Scope::ALL, Duration::from_secs(3600)).await;
    portal.sql(&format!("UPDATE api_keys SET revoked_at = 1 WHERE prefix = '{}'", &revoked[..15])).await;
    portal.wind(Duration::from_secs(61));

    let mut known = good.clone();
    known.get("/api/v1/transports/email-config").await.expect(200);
    let unknown = format!("posthorn_{}", "x".repeat(43));
    for (method, pattern, _) in CALLS {
        let mut answers = Vec::new();
        // no key, a session, and keys that do not count
        answers.push(portal.visitor("acme").send(request(method, pattern)).await);
        let origin = alice.origin();
        let by_session = request(method, pattern).header("origin", origin);
        answers.push(alice.send(by_session.header("sec-fetch-site", "same-origin")).await);
        for header in [
            format!("Bearer {unknown}"),
            format!("Bearer {}", &good.key[..good.key.len() - 1]),
            format!("Bearer {}x", good.key),
            format!("Bearer {}", greta.key),
            format!("Bearer {short}"),
            format!("Bearer {revoked}"),
            format!("Basic {}", good.key),
            good.key.clone(),
            "Bearer".to_owned(),
            String::new(),
        ] {
            let request = request(method, pattern).header("authorization", header);
            answers.push(portal.visitor("acme").send(request).await);
        }
        // a good key at another tenant's host, and at one that is nobody's
        for host in ["globex", "no-such-tenant"] {
            let mut elsewhere = Program { visitor: portal.visitor(host), key: good.key.clone() };
            answers.push(elsewhere.send(request(method, pattern)).await);
        }
        let first = without_trace(&answers[0]);
        for answer in answers {
            assert_eq!(answer.status, 401, "{method} {pattern}: {}", answer.html);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert_eq!(without_trace(&answer), first, "all are answered alike");
            assert!(answer.set_cookies().is_empty(), "{:?}", answer.set_cookies());
        }
    }
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let portal = TestPortal::start().await;
    for scope in Scope::ALL {
        let mut program = portal.program(&ALICE, &[scope]).await;
        for (method, pattern, needed) in CALLS {
            let answer = program.send(request(method, pattern)).await;
            let is_open = needed == "-" || needed == scope.as_str();
            assert_eq!(answer.status == 403, !is_open, "{method} {pattern} with {scope:?}: {}", answer.html);
            if !is_open {
                assert_eq!(answer.code(), "SCOPECHECK-1");
                assert!(answer.told().1.contains(needed), "{}", answer.html);
            }
            assert!(![401, 500].contains(&answer.status), "{method} {pattern}: {}", answer.html);
        }
    }
}

#[tokio::test]
async fn a_key_ends_with_the_role_and_the_account_of_whoever_made_it() {
    let portal = TestPortal::start().await;
    let path = "/api/v1/transports/email-config";
    for sql in [
        "UPDATE users SET role = 'member' WHERE email = 'alice@acme.example'",
        "UPDATE users SET role = 'tenant-admin', active = FALSE WHERE email = 'alice@acme.example'",
        "UPDATE users SET active = TRUE WHERE email = 'alice@acme.example'",
        "UPDATE tenants SET suspended = TRUE WHERE slug = 'acme'",
    ] {
        let is_well = sql.starts_with("UPDATE users SET active = TRUE");
        portal.sql("UPDATE users SET role = 'tenant-admin', active = TRUE").await;
        let mut program = portal.able_program(&ALICE).await;
        program.get(path).await.expect(200);
        portal.sql(sql).await;
        program.get(path).await.expect(if is_well { 200 } else { 401 });
    }
    portal.sql("UPDATE tenants SET suspended = FALSE").await;
    let _ = BEN;
}

#[tokio::test]
async fn use_is_noted_to_the_minute_and_told_once_a_day_and_address() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let path = "/api/v1/transports/email-config";
    let used = "audit_entries WHERE event = 'api_keys.used'";
    for _ in 0..3 {
        program.get(path).await.expect(200);
    }
    assert_eq!(portal.count(used).await, 1);
    let first: i64 = portal.one("SELECT last_used_at FROM api_keys").await;
    portal.wind(Duration::from_secs(61));
    program.get(path).await.expect(200);
    let second: i64 = portal.one("SELECT last_used_at FROM api_keys").await;
    assert_eq!(second - first, 61_000_000);
    assert_eq!(portal.count(used).await, 1, "the same day, from the same address");
    portal.wind(Duration::from_secs(24 * 3600 - 120));
    let mut program = portal.able_program(&ALICE).await;
    program.get(path).await.expect(200);
    assert_eq!(portal.count(used).await, 2);
    let details: String = portal
        .one("SELECT details FROM audit_entries WHERE event = 'api_keys.used' ORDER BY seq DESC LIMIT 1")
        .await;
    assert!(details.contains(&program.key[..15]) && !details.contains(&program.key), "{details}");
}

#[tokio::test]
async fn whoever_is_too_fast_is_told_when_to_come_again() {
    let settings = [("POSTHORN_API_READS_A_MINUTE", "2"), ("POSTHORN_API_WRITES_A_MINUTE", "1")];
    let portal = TestPortal::start_with(&settings).await;
    let mut program = portal.able_program(&ALICE).await;
    let path = "/api/v1/transports/email-config";
    for left in (0..10).rev() {
        let answer = program.get(path).await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"key\";q=10;w=300"));
        assert_eq!(answer.header("ratelimit"), Some(format!("\"key\";r={left};t=300").as_str()));
    }
    let answer = program.get(path).await.expect(429);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert_eq!(answer.code(), "HTTP-429");
    assert_eq!(answer.header("ratelimit"), Some("\"key\";r=0;t=300"));
    assert_eq!(answer.header("ratelimit-policy"), Some("\"key\";q=10;w=300"));
    assert!(answer.told().1.contains(&seconds.to_string()));
    let body = Some(serde_json::json!({}));
    program.call("DELETE", path, body).await.expect(404);
}

#[tokio::test]
async fn what_is_no_call_is_answered_as_to_a_program() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/transports/email-config/"] {
        let answer = program.get(path).await.expect(404);
        assert_eq!(answer.code(), "HTTP-404", "{path}");
    }
    let path = "/api/v1/transports/email-config";
    let answer = program.call("POST", path, None).await.expect(405);
    assert_eq!(answer.header("allow"), Some("DELETE, GET, PATCH, PUT"));
    assert_eq!(program.call("HEAD", path, None).await.expect(200).body.len(), 0);

    // in the language that is asked for, and of the media type that is needed
    program.visitor.language = "de";
    let answer = program.get("/api/v1/nothing").await.expect(404);
    assert_eq!(answer.json()["errors"][0]["title"], "Das gibt es nicht");
    program.visitor.language = "en";
    let typed = |kind: &str, body: Vec<u8>| Request {
        method: "PUT".parse().unwrap(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: Some((kind.to_owned(), body)),
    };
    let answer = program.send(typed("text/plain", b"{}".to_vec())).await.expect(415);
    assert!(answer.told().1.contains("application/json"));
    let answer = program.send(typed("application/json", vec![b' '; 1024 * 1024 + 1])).await.expect(413);
    assert_eq!(answer.code(), "HTTP-413");

    // a page of another site cannot send it either, key or not
    let foreign = typed("application/json", b"{}".to_vec()).header("origin", "https://evil.example");
    let answer = program.send(foreign).await.expect(403);
    assert_eq!(answer.code(), "HTTP-403");
}
