//! What every answer has in its headers, and what the portal does with requests that are too large, too
//! slow or of the wrong kind.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{ALICE, BEN, Page, Request, TestPortal, Visitor};

fn assert_dressed(page: &Page) {
    let header =
        |name: &str| page.header(name).unwrap_or_else(|| panic!("{} has no {name}", page.path)).to_owned();
    let policy = header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert!(!header("x-request-id").is_empty());
    assert!(!page.headers.contains_key("server") && !page.headers.contains_key("x-powered-by"));
    // the policy would forbid them, so they must not be there
    assert!(!page.has("script") && !page.has("style") && !page.has("[style]"), "{}", page.path);
    let handlers = page.html.match_indices(" on").any(|(at, _)| {
        page.html[at + 3..]
            .split_once("=\"")
            .is_some_and(|(name, _)| name.len() < 12 && name.chars().all(|c| c.is_ascii_lowercase()))
    });
    assert!(!handlers, "an inline event handler at {}", page.path);
}

#[tokio::test]
async fn every_page_has_the_security_headers_and_is_not_stored() {
    let portal = TestPortal::start().await;
    let (mut visitor, mut ben, mut alice) =
        (portal.visitor("acme"), portal.signed_in(&BEN).await, portal.signed_in(&ALICE).await);
    let mut base = portal.at_host(&format!("localhost:{}", portal.port));
    let mut elsewhere = portal.at_host("127.0.0.1");
    let mut pages = vec![
        visitor.get("/").await,
        visitor.get("/sign-in").await,
        visitor.get("/welcome/x").await,
        visitor.get("/no-such-page").await,
        visitor.get("/home").await,
        visitor.sign_in_with("a", "b").await,
        base.get("/").await,
        base.get("/no-such-page").await,
        elsewhere.get("/").await,
        ben.get("/administration").await,
        visitor.send(Request::post("/sign-in", "")).await,
        visitor.send(Request::post("/sign-in", "").header("origin", "https://evil.example")).await,
        alice.send(Request { method: reqwest::Method::DELETE, ..Request::get("/home") }).await,
    ];
    for path in [
        "/home",
        "/account",
        "/account/sessions",
        "/administration/settings",
        "/administration/settings?provider=none",
        "/administration/settings/email-provider/test-messages",
    ] {
        pages.push(alice.get(path).await.expect(200));
    }
    portal.save_provider(&mut alice).await;
    pages.push(portal.send_test(&mut alice, "anna@example.org").await);
    for page in &pages {
        assert_dressed(page);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.path);
        assert!(!page.headers.contains_key("strict-transport-security"), "not without https");
    }
}

#[tokio::test]
async fn under_https_cookies_are_bound_to_the_host_and_browsers_are_told_to_stay() {
    let portal = TestPortal::start_with(&[("POSTHORN_BASE_URL", "https://localhost:{port}")]).await;
    let mut alice = portal.visitor("acme");
    let page = alice.open("/sign-in").await.expect(200);
    assert_dressed(&page);
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
    let form_cookie = page.set_cookies().pop().unwrap();
    let form = page.form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password);
    let answer = alice.send_form(&form).await;
    let session_cookie = answer.set_cookies().into_iter().find(|cookie| cookie.contains("session")).unwrap();
    for (cookie, name) in
        [(form_cookie, "__Host-posthorn_form="), (session_cookie, "__Host-posthorn_session=")]
    {
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(attribute), "{attribute} is missing: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(alice.is_signed_in().await);
    // a form from the same name without https is a foreign one
    let mut tapped = alice.clone();
    let page = tapped.open("/account").await;
    let body = page.form("/sign-out").body();
    let origin = tapped.origin().replace("https", "http");
    tapped.send(Request::post("/sign-out", body).header("origin", origin)).await.expect(403);
}

#[tokio::test]
async fn static_files_are_named_by_content_kept_for_a_year_and_compressed() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    let page = visitor.open("/sign-in").await;
    for (css, kind) in
        [("link[rel=stylesheet]", "text/css; charset=utf-8"), ("link[rel=icon]", "image/svg+xml")]
    {
        let url = page.attribute(css, "href").unwrap();
        assert!(url.starts_with("/static/") && url.split('.').count() == 3, "{url}");
        let plain = visitor.send(Request::get(&url)).await.expect(200);
        assert_eq!(plain.header("content-type"), Some(kind));
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(plain.header("vary"), Some("accept-encoding"));
        assert!(plain.header("content-encoding").is_none());
        assert!(plain.set_cookies().is_empty());
        let small = visitor.send(Request::get(&url).header("accept-encoding", "br, gzip")).await.expect(200);
        assert_eq!(small.header("content-encoding"), Some("gzip"));
        assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() < plain.body.len());
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(small.body.as_slice()), &mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain.body);
        // on every host, and under its full name only
        portal.at_host("elsewhere.example").get(&url).await.expect(200);
        visitor.get(&url.replace('.', "x")).await.expect(404);
    }
    for path in ["/static/portal.css", "/static/", "/static/..%2fCargo.toml", "/static/../Cargo.toml"] {
        visitor.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn health_is_told_on_every_host() {
    let portal = TestPortal::start().await;
    for host in ["localhost", "acme.localhost", "10.1.2.3:8080"] {
        let mut probe = portal.at_host(host);
        assert_eq!(probe.get("/healthz").await.expect(200).html, "ok\n");
        assert_eq!(probe.get("/readyz").await.expect(200).html, "ready\n");
    }
    // a schema that is behind is alive and not ready
    portal.sql("DELETE FROM seaql_migrations").await;
    let mut probe = portal.at_host("localhost");
    assert_eq!(probe.get("/readyz").await.expect(503).html, "not ready: the schema is to be migrated\n");
    assert_eq!(probe.get("/healthz").await.expect(200).html, "ok\n");
}

async fn sign_out_token(alice: &mut Visitor) -> String {
    alice.open("/account").await.form("/sign-out").value("csrf_token").unwrap().to_owned()
}

#[tokio::test]
async fn a_form_may_have_64_kib_and_must_be_a_form() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let body = format!("csrf_token={}&language=de&time_zone=UTC&filler=", sign_out_token(&mut alice).await);
    let full = format!("{body}{}", "x".repeat(64 * 1024 - body.len()));
    alice
        .send(Request::post("/account", format!("{full}x")))
        .await
        .expect(413)
        .assert_says("The form is too large");
    alice.send(Request::post("/account", full.clone())).await.expect(303);
    assert_eq!(alice.open("/home").await.language(), "de");

    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let request = Request {
            body: Some((kind.to_owned(), full.clone().into_bytes())),
            ..Request::post("/account", "")
        };
        let page = alice.send(request).await;
        assert_eq!(page.status, 400, "{kind}");
        page.assert_says("Die Anfrage war nicht zu verstehen");
    }
    let without = Request { body: None, ..Request::post("/account", "") };
    alice.send(without).await.expect(400);
    // charset parameters are allowed, broken escapes and repeated fields are not fatal
    let kind = "application/x-www-form-urlencoded; charset=UTF-8".to_owned();
    let request = Request { body: Some((kind, full.into_bytes())), ..Request::post("/account", "") };
    alice.send(request).await.expect(303);
    let page =
        alice.send(Request::post("/account", format!("{body}&language=en&language=de&x=%zz%ff"))).await;
    assert!([303, 400, 422].contains(&page.status), "{}", page.status);
}

/// Sends the beginning of a request and never the rest; the answer and how long it took.
async fn dawdle(portal: &TestPortal, beginning: &str) -> (String, Duration) {
    let mut stream = TcpStream::connect(("127.0.0.1", portal.port)).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let started = Instant::now();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let cut = tokio::time::timeout(Duration::from_secs(30), read).await;
    assert!(cut.is_ok(), "a slow request is not cut");
    (String::from_utf8_lossy(&answer).into_owned(), started.elapsed())
}

/// These take their time: the deadlines are real.
#[tokio::test]
async fn slow_headers_and_slow_bodies_are_cut() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let cookie = format!("posthorn_session={}", alice.cookies["posthorn_session"]);
    let host = &alice.host;
    let body = format!(
        "POST /account HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\ncsrf_token="
    );
    let headers = format!("GET /home HTTP/1.1\r\nhost: {host}\r\nx-slow: ");
    let (body, headers) = tokio::join!(dawdle(&portal, &body), dawdle(&portal, &headers));
    assert!(body.0.starts_with("HTTP/1.1 408 "), "{}", body.0);
    assert!(body.0.contains("The form did not arrive in time"), "{}", body.0);
    assert!(body.1 < Duration::from_secs(20), "{:?}", body.1);
    assert!(!headers.0.contains(" 200 ") && headers.1 < Duration::from_secs(12), "{headers:?}");
    assert!(alice.is_signed_in().await, "and nobody else was held up");
}
