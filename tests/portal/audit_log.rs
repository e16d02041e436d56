//! Administration > Audit log: what an administrator reads, finds and takes along.

use std::time::Duration;

use posthorn::audit::{self, By, Event};
use posthorn::outbox;
use posthorn::values::{Actor, DiagnosisId, Impersonator, Origin, Role, StaffId, UserId};
use serde_json::{Value, json};

use crate::support::{ALICE, BEN, CATCHER_PASSWORD, Form, GRETA, Page, TestPortal};

const AUDIT_LOG: &str = "/administration/audit-log";
const EXPORT: &str = "/administration/audit-log/export";

fn what(page: &Page) -> Vec<String> {
    page.texts("tbody td > span[id^=entry-]")
}

fn who(page: &Page) -> Vec<String> {
    page.texts("tbody tr > td:nth-child(2)")
}

async fn somebody(portal: &TestPortal, tenant: &str, name: &str) -> Actor {
    Actor {
        tenant: portal.tenant(tenant).await,
        user: UserId::new(),
        name: name.to_owned(),
        role: Role::TenantAdmin,
        origin: Origin { client: "2001:db8::7".parse().unwrap(), request_id: "Request-1".to_lowercase() },
        support: None,
        api_key: None,
    }
}

async fn record(portal: &TestPortal, actor: &Actor, name: &'static str, details: Value) {
    let tx = portal.state.db.write().await.unwrap();
    let now = portal.state.clock.now();
    audit::record(&*tx, actor.tenant, By::Actor(actor), Event { name, details }, now).await.unwrap();
    tx.commit().await.unwrap();
}

fn export_form(page: &Page, format: &str) -> Form {
    page.form(EXPORT).forge("format", format)
}

#[tokio::test]
async fn deeds_are_told_in_words_with_who_and_from_where() {
    let portal = TestPortal::start().await;
    let mut alice = portal.visitor("acme");
    alice.address = Some("192.0.2.7");
    alice.sign_in(&ALICE).await;
    let answer = portal.save_provider(&mut alice).await;
    assert_eq!(answer.status, 200);
    let form = portal.smtp_form(&mut alice).await.fill("server_port", "2525").fill("password", "another one");
    alice.submit(form).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    let page = alice.open(AUDIT_LOG).await.expect(200);
    assert_eq!(page.h1(), "Audit log");
    let expected = [
        "Sent a test email to anna@example.org",
        "Saved the email provider SMTP",
        "Saved the email provider SMTP",
        "Signed in",
    ];
    assert_eq!(what(&page), expected);
    assert_eq!(who(&page), [ALICE.name; 4]);
    assert_eq!(page.texts("tbody .address"), ["192.0.2.7"; 4]);
    assert_eq!(page.attribute(".sidenav [aria-current=page]", "href").as_deref(), Some(AUDIT_LOG));
    // which fields were changed, by their names only
    page.assert_says("Changed fieldsPort ").assert_says("Password or client secretentered anew");
    page.assert_says_not("another one").assert_says_not(CATCHER_PASSWORD);
    // the request is the one of the log and of error pages
    let requests = page.texts("tbody td:last-child code");
    assert!(requests.len() == 4 && requests.iter().all(|id| id.len() == 36), "{requests:?}");
    let page = alice.open(&format!("{AUDIT_LOG}?request={}", requests[0])).await.expect(200);
    assert_eq!(what(&page), [expected[0]]);
    let id = alice.get("/no/such/page").await.header("x-request-id").unwrap().to_owned();
    assert_eq!(id.len(), 36, "an identifier of the same kind");
}

#[tokio::test]
async fn whoever_stands_behind_is_named_and_an_unknown_event_is_shown_by_its_name() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let behind =
        Impersonator { staff: StaffId::new(), name: "Sam Support".to_owned(), diagnosis: DiagnosisId::new() };
    let supported = Actor { support: Some(behind), ..somebody(&portal, "acme", ALICE.name).await };
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    outbox::cancel(&portal.state, &supported, id).await.unwrap();
    let evil = somebody(&portal, "acme", "<b>Zoë</b>").await;
    record(&portal, &evil, "room.deed_of_another_version", json!({ "<i>new</i>": "<i>thing</i>" })).await;
    portal.sql("UPDATE audit_entries SET actor = NULL, actor_name = 'operator', client = '' WHERE event = 'auth.signed_in'").await;
    let page = alice.open(AUDIT_LOG).await.expect(200);
    assert_eq!(what(&page), ["room.deed_of_another_version", "Email cancelled", "Signed in"]);
    let expected = ["<b>Zoë</b>", "Sam Supporton behalf of Alice Archer", "Operator"];
    assert_eq!(who(&page), expected);
    page.assert_says("The portal’s command line").assert_says("State beforeWaiting");
    assert!(!page.html.contains("<b>Zoë") && !page.html.contains("<i>new"));
    // both are found by their names, in any case
    for name in ["sam", "SUPPORT", "archer", " Alice "] {
        let query = serde_urlencoded::to_string([("who", name)]).unwrap();
        let page = alice.open(&format!("{AUDIT_LOG}?{query}")).await.expect(200);
        assert!(what(&page).contains(&"Email cancelled".to_owned()), "{name}: {:?}", what(&page));
    }
}

#[tokio::test]
async fn a_filter_narrows_by_all_that_it_names() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (zoe, percent) =
        (somebody(&portal, "acme", "Zoë Öztürk").await, somebody(&portal, "acme", "100 % sure").await);
    record(&portal, &zoe, "outbox.released", json!({})).await;
    portal.wind(Duration::from_secs(24 * 3600));
    record(&portal, &zoe, "outbox.released", json!({})).await;
    portal.wind(Duration::from_secs(3 * 24 * 3600));
    record(&portal, &percent, "outbox.cancelled", json!({})).await;
    // the former session has ended meanwhile
    let mut alice_again = portal.signed_in(&ALICE).await;
    std::mem::swap(&mut alice, &mut alice_again);
    let mut count = async |query: &[(&str, &str)]| {
        let query = serde_urlencoded::to_string(query).unwrap();
        what(&alice.open(&format!("{AUDIT_LOG}?{query}")).await.expect(200)).len()
    };
    let day = |days: u64| {
        let at = portal.state.clock.now().minus(Duration::from_secs(days * 24 * 3600));
        at.utc().format("%Y-%m-%d").to_string()
    };
    assert_eq!(count(&[]).await, 5);
    assert_eq!(count(&[("event", "outbox.released")]).await, 2);
    assert_eq!(count(&[("event", "nobody.knows")]).await, 0);
    for name in ["Zoë", "öztürk", "Öztürk", "%", "100 %"] {
        assert_eq!(count(&[("who", name)]).await, if name.contains('%') { 1 } else { 2 }, "{name}");
    }
    assert_eq!(count(&[("who", "Z_ë")]).await, 0, "a sign stands for itself");
    assert_eq!(count(&[("client", "2001:DB8:0::7")]).await, 3);
    assert_eq!(count(&[("client", "2001:db8::8")]).await, 0);
    assert_eq!(count(&[("request", "REQUEST-1")]).await, 3);
    assert_eq!(count(&[("from", &day(3)), ("until", &day(3))]).await, 1);
    assert_eq!(count(&[("from", &day(3))]).await, 3);
    assert_eq!(count(&[("until", &day(3))]).await, 3);
    assert_eq!(count(&[("until", &day(9))]).await, 0);
    assert_eq!(count(&[("from", "2999-01-01")]).await, 0);
    assert_eq!(count(&[("who", "Zoë"), ("from", &day(3)), ("event", "outbox.released")]).await, 1);

    let page = alice
        .get(&format!("{AUDIT_LOG}?from=2026-13-01&until=x&client=192.0.2&who=Zo%C3%AB"))
        .await
        .expect(422);
    assert_eq!(page.problem_fields(), ["from", "until", "client"]);
    let form = page.form(AUDIT_LOG);
    assert_eq!((form.value("client"), form.value("who")), (Some("192.0.2"), Some("Zoë")));
    let page = alice.open(&format!("{AUDIT_LOG}?event=nobody.knows")).await.expect(200);
    page.assert_says("No entry matches");
    assert_eq!(page.form(AUDIT_LOG).value("event"), Some("nobody.knows"));
    // every event is to be had, in its group
    let options = page.texts("select[name=event] optgroup option");
    assert!(options.contains(&"Signed in".to_owned()) && options.len() > 15, "{options:?}");
}

#[tokio::test]
async fn a_day_begins_where_the_reader_is() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.sql("UPDATE users SET time_zone = 'Pacific/Auckland'").await;
    // 2026-11-24, 14:02 in UTC is the 25th in Auckland
    portal.sql("UPDATE audit_entries SET at = 1795525331000000").await;
    for (day, count) in [("2026-11-24", 0), ("2026-11-25", 1), ("2026-11-26", 0)] {
        let page = alice.open(&format!("{AUDIT_LOG}?from={day}&until={day}")).await.expect(200);
        assert_eq!(what(&page).len(), count, "{day}");
    }
}

#[tokio::test]
async fn paging_loses_nothing_and_shows_nothing_twice() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let zoe = somebody(&portal, "acme", "Zoë").await;
    let tx = portal.state.db.write().await.unwrap();
    let events =
        (0..119).map(|number| Event { name: "outbox.cancelled", details: json!({ "message": number }) });
    let now = portal.state.clock.now();
    audit::record_all(&*tx, zoe.tenant, By::Actor(&zoe), events.collect(), now).await.unwrap();
    tx.commit().await.unwrap();
    let mut numbers = Vec::new();
    let mut path = AUDIT_LOG.to_owned();
    for expected in [50, 50, 20] {
        let page = alice.open(&path).await.expect(200);
        let shown = page.document();
        let entries = scraper::Selector::parse("tbody span[id^=entry-]").unwrap();
        let ids = shown.select(&entries).map(|entry| entry.attr("id").unwrap());
        let ids = ids.map(|id| id.trim_start_matches("entry-").parse::<i64>().unwrap());
        let before = numbers.len();
        numbers.extend(ids);
        assert_eq!(numbers.len() - before, expected);
        // what is recorded meanwhile moves nothing
        record(&portal, &zoe, "outbox.released", json!({})).await;
        match page.texts(".pager a").iter().position(|words| words == "Older") {
            Some(_) => path = page.attribute(".pager a:last-child", "href").unwrap(),
            None => path.clear(),
        }
    }
    assert!(path.is_empty(), "the last page leads nowhere");
    assert_eq!(numbers, (1..=120).rev().collect::<Vec<i64>>());

    // with a filter that fits few, which is kept from page to page
    let page = alice.open(&format!("{AUDIT_LOG}?event=outbox.cancelled&who=zo")).await.expect(200);
    let older = page.attribute(".pager a:last-child", "href").unwrap();
    assert!(older.starts_with(&format!("{AUDIT_LOG}?who=zo&event=outbox.cancelled&before=")), "{older}");
    let page = alice.open(&older).await.expect(200);
    assert_eq!(page.texts(".pager a"), ["Newest", "Older"]);
}

#[tokio::test]
async fn what_is_rare_is_looked_for_piece_by_piece() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let zoe = somebody(&portal, "acme", "Zoë").await;
    let tx = portal.state.db.write().await.unwrap();
    let now = portal.state.clock.now();
    for _ in 0..21 {
        let events = (0..1000).map(|_| Event { name: "outbox.cancelled", details: json!({}) }).collect();
        audit::record_all(&*tx, zoe.tenant, By::Actor(&zoe), events, now).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = alice.open(&format!("{AUDIT_LOG}?event=auth.signed_in")).await.expect(200);
    page.assert_says("None among those searched so far");
    let page = alice.open(&page.attribute(".pager a:last-child", "href").unwrap()).await.expect(200);
    assert_eq!(what(&page), ["Signed in"]);
    // an export goes through all of them
    let csv = alice.submit(export_form(&page, "csv")).await.expect(200).html;
    assert_eq!(csv.lines().count(), 2, "{csv}");
}

#[tokio::test]
async fn nobody_reads_it_but_the_tenants_own_administrators() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let mut greta = portal.signed_in(&GRETA).await;
    ben.get(AUDIT_LOG).await.expect(403);
    ben.open("/home").await.expect(200).assert_says_not("Audit log");
    let zoe = somebody(&portal, "acme", "Zoë of Acme").await;
    record(&portal, &zoe, "outbox.released", json!({})).await;
    alice.open(AUDIT_LOG).await.expect(200).assert_says("Zoë of Acme");
    for query in ["", "?who=zo", "?request=request-1", "?client=2001:db8::7", "?event=outbox.released"] {
        let page = greta.open(&format!("{AUDIT_LOG}{query}")).await.expect(200);
        page.assert_says_not("Zoë of Acme").assert_says_not(ALICE.name);
    }
    let page = greta.open(AUDIT_LOG).await.expect(200);
    assert_eq!(who(&page), [GRETA.name]);
    for format in ["csv", "json"] {
        let file = greta.submit(export_form(&page, format)).await.expect(200).html;
        assert!(file.contains(GRETA.name) && !file.contains("Acme"), "{file}");
    }
}

#[tokio::test]
async fn an_export_holds_what_matches_no_secret_and_no_formula_and_is_recorded() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let evil = somebody(&portal, "acme", "=HYPERLINK(\"http://evil.example\")").await;
    record(&portal, &evil, "outbox.suppression_lifted", json!({ "recipient": "+49@example.org" })).await;
    let page = alice.open(AUDIT_LOG).await.expect(200);

    let answer = alice.submit(export_form(&page, "csv")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\"audit-log-20"));
    let csv = answer.html;
    assert!(csv.starts_with("\u{feff}\"Entry number\",\"Time\",\"Who\","), "{csv}");
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.contains(",\"'=HYPERLINK(\"\"http://evil.example\"\")\","), "{csv}");
    assert!(!csv.contains(",\"=") && !csv.contains(CATCHER_PASSWORD));
    assert!(csv.lines().nth(1).unwrap().contains("\"Exported the audit log as CSV\""), "{csv}");

    let answer = alice.submit(export_form(&page, "json")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("content-disposition").unwrap().ends_with(".json\""));
    assert!(!answer.html.contains(CATCHER_PASSWORD));
    let json: Value = serde_json::from_str(&answer.html).unwrap();
    assert_eq!(json["tenant"], portal.tenant("acme").await.to_string());
    let entries = json["entries"].as_array().unwrap();
    let numbers: Vec<i64> = entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    assert_eq!(entries[0]["details"], json!({ "format": "json", "filter": "" }));
    assert_eq!(entries[2]["actor_name"], evil.name);
    assert_eq!(entries[2]["client"], "2001:db8::7");
    assert_eq!(entries[4]["hash"].as_str().unwrap().len(), 64);

    // only what matches, and what it was
    let page = alice.open(&format!("{AUDIT_LOG}?event=auth.signed_in&who=alice")).await.expect(200);
    let json = alice.submit(export_form(&page, "json")).await.expect(200).html;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["entries"].as_array().unwrap().len(), 1);
    alice.open(AUDIT_LOG).await.expect(200).assert_says("Filterwho=alice&event=auth.signed_in");
    // nothing matches: still a file
    let form = export_form(&page, "json").forge("who", "nobody");
    let json: Value = serde_json::from_str(&alice.submit(form).await.expect(200).html).unwrap();
    assert_eq!(json["entries"], json!([]));
    // what cannot be is not recorded
    let before = portal.count("audit_entries").await;
    alice.submit(page.form(EXPORT).forge("format", "xml")).await.expect(404);
    alice.submit(export_form(&page, "csv").forge("from", "yesterday")).await.expect(404);
    assert_eq!(portal.count("audit_entries").await, before);
}

#[tokio::test]
async fn the_pages_speak_german() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    let page = greta.open(AUDIT_LOG).await.expect(200);
    assert_eq!((page.h1(), page.language()), ("Prüfprotokoll".to_owned(), "de".to_owned()));
    assert_eq!(what(&page), ["Angemeldet"]);
    page.assert_says("Einträge suchen").assert_says("Genaue Zeit (UTC)");
    let answer = greta.submit(export_form(&page, "csv")).await.expect(200);
    assert!(answer.header("content-disposition").unwrap().contains("\"pruefprotokoll-20"));
    assert!(answer.html.starts_with("\u{feff}\"Nummer des Eintrags\";\"Zeit\";\"Wer\";"), "{}", answer.html);
    assert!(answer.html.contains(";\"Prüfprotokoll als CSV exportiert\";"), "{}", answer.html);
}
