//! Administration > API keys: the list, making a key, its being told once, and revoking it.

use std::time::Duration;

use posthorn::values::Scope;

use crate::support::{ALICE, BEN, Form, GRETA, Page, Program, SAM, TestPortal, Visitor, collect_log};

const KEYS: &str = "/administration/api-keys";
const NEW: &str = "/administration/api-keys/new";
const CONFIG: &str = "/api/v1/transports/email-config";

async fn form(admin: &mut Visitor) -> Form {
    admin.open(NEW).await.expect(200).form(NEW)
}

/// Makes a key that may read the provider, and gives the page that tells it.
async fn make(admin: &mut Visitor, name: &str) -> Page {
    let form = form(admin).await.fill("name", name).tick("email-config:read", true);
    admin.send_form(&form).await.expect(200)
}

/// The key that a page tells.
fn told(page: &Page) -> String {
    page.texts("#key").remove(0)
}

/// What visitors have received after so many answers.
fn received_since(portal: &TestPortal, count: usize) -> String {
    portal.everything_received().split_off(count).join("\n")
}

#[tokio::test]
async fn a_key_is_made_told_once_used_and_revoked() {
    let portal = TestPortal::start().await;
    let log = collect_log();
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(KEYS).await.expect(200);
    page.assert_says("There are no API keys");
    assert!(page.has("a[href='/api/docs']") && page.has(&format!("a[href='{KEYS}/recipients']")));
    assert_eq!(page.attribute(".sidenav a[aria-current=page]", "href").as_deref(), Some(KEYS));

    let page = make(&mut alice, "Shop <1>").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.h1(), "The key “Shop <1>” is made");
    page.assert_says("This key is shown only now.");
    let key = told(&page);
    assert!(key.starts_with("posthorn_") && key.len() == "posthorn_".len() + 43, "{key}");
    let so_far = portal.everything_received().len();

    // it works at once, for what it is made for
    let mut program = Program { visitor: portal.visitor("acme"), key: key.clone() };
    program.get(CONFIG).await.expect(200);
    program.call("DELETE", CONFIG, None).await.expect(403);

    let page = alice.open(KEYS).await.expect(200);
    let rows = page.texts("tbody tr");
    assert_eq!(rows.len(), 1);
    for words in [&key[..15], "Shop <1>", "by Alice Archer", "email-config:read", "127.0.0.1", "Active"] {
        assert!(rows[0].contains(words), "{words}: {rows:?}");
    }
    assert!(!rows[0].contains("email-config:write") && !rows[0].contains("Ends soon"), "{rows:?}");
    alice
        .open("/administration/audit-log")
        .await
        .expect(200)
        .assert_says("API key created")
        .assert_says(&key[..15]);

    // and it is told nowhere again: not in pages, not in the API, not in the log, not in the database
    let mut other = portal.able_program(&ALICE).await;
    other.get("/api/v1/api-keys").await.expect(200);
    other.get("/api/v1/audits").await.expect(200);
    assert!(!received_since(&portal, so_far).contains(&key));
    assert!(!log.text().contains(&key));
    for column in ["name || prefix || scopes", "CAST(key_hash AS TEXT)"] {
        if column.starts_with("CAST") && !portal.is_sqlite() {
            continue;
        }
        for row in portal.rows(&format!("SELECT {column} FROM api_keys")).await {
            let text: String = row.try_get_by_index(0).unwrap_or_default();
            assert!(!text.contains(&key));
        }
    }

    // a page asks before it is revoked; then no call counts any more
    let revoke = page.attribute("tbody a[href$=revoke]", "href").unwrap();
    let page = alice.open(&revoke).await.expect(200);
    assert_eq!(page.h1(), "Revoke the key “Shop <1>”?");
    program.get(CONFIG).await.expect(200);
    let page = alice.submit(page.form(&revoke)).await.expect(200);
    assert_eq!(page.path, KEYS);
    assert!(page.flash().unwrap().starts_with("The key was revoked."));
    program.get(CONFIG).await.expect(401);
    assert!(page.texts("tbody tr").iter().any(|row| row.contains("Shop") && row.contains("Revoked")));
    let page = alice.open(&revoke).await.expect(200);
    assert!(!page.has_form(&revoke), "what is revoked stays so");
    let events = "audit_entries WHERE event IN ('api_keys.created', 'api_keys.used', 'api_keys.revoked') \
                  AND details LIKE '%Shop%' OR event = 'api_keys.used'";
    assert_eq!(portal.count(events).await, 4, "made, revoked, and used by both");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_what_was_chosen_stays() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let empty = form(&mut alice).await;
    assert_eq!(empty.value("life"), Some("90"));
    for scope in Scope::ALL {
        assert_eq!(empty.value(scope.as_str()), None, "no scope is given by mistake");
    }
    let page = alice.submit(empty.clone().forge("life", "3650")).await.expect(422);
    assert_eq!(page.problem_fields(), ["name", "scopes", "life"]);
    let page = alice.submit(empty.clone().fill("name", "Shop").forge("everything", "on")).await.expect(422);
    assert_eq!(page.problem_fields(), ["scopes"]);
    assert_eq!(page.form(NEW).value("name"), Some("Shop"));
    let long = "x".repeat(101);
    let page = alice.submit(empty.forge("name", &long).tick("users:read", true)).await.expect(422);
    assert_eq!(page.problem_fields(), ["name"]);
    assert_eq!(page.form(NEW).value("users:read"), Some("on"));
    assert_eq!(portal.count("api_keys").await, 0);

    alice.language = "de";
    portal.sql("UPDATE users SET language = 'de'").await;
    let page = alice.open(NEW).await.expect(200);
    page.assert_says("Was darf das Programm?").assert_says("Das Prüfprotokoll lesen.");
}

#[tokio::test]
async fn the_list_says_which_keys_end_soon_and_goes_by_pages() {
    let portal = TestPortal::start().await;
    let day = Duration::from_secs(24 * 3600);
    for life in [day * 14 + Duration::from_secs(60), day * 14, day] {
        portal.wind(Duration::from_millis(2));
        portal.api_key(&ALICE, &[Scope::UsersRead], life).await;
    }
    portal.api_key(&GRETA, &[Scope::UsersRead], day).await;
    let mut alice = portal.signed_in(&ALICE).await;
    let rows = alice.open(KEYS).await.expect(200).texts("tbody tr");
    let soon: Vec<bool> = rows.iter().map(|row| row.contains("Ends soon")).collect();
    assert_eq!(soon, [true, true, false], "newest first; another tenant's is none of them: {rows:?}");
    portal.wind(day + Duration::from_secs(1));
    let mut alice = portal.signed_in(&ALICE).await;
    let rows = alice.open(KEYS).await.expect(200).texts("tbody tr");
    assert!(rows[0].contains("Expired") && !rows[0].contains("Ends soon"), "{rows:?}");

    for _ in 0..50 {
        portal.api_key(&ALICE, &[Scope::UsersRead], day).await;
    }
    let page = alice.open(KEYS).await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 50);
    let older = page.attribute(".pager a:last-child", "href").unwrap();
    assert_eq!(alice.open(&older).await.expect(200).texts("tbody tr").len(), 3);
}

#[tokio::test]
async fn a_tenant_has_at_most_a_hundred_keys_in_force() {
    let portal = TestPortal::start().await;
    for _ in 0..99 {
        portal.api_key(&ALICE, &[Scope::UsersRead], Duration::from_secs(3600)).await;
    }
    let mut alice = portal.signed_in(&ALICE).await;
    make(&mut alice, "the last one").await;
    let sent = form(&mut alice).await.fill("name", "one more").tick("users:read", true);
    let page = alice.submit(sent.clone()).await.expect(422);
    assert!(page.problem("name").unwrap().contains("100"), "{}", page.text());
    // what has ended makes room
    portal.wind(Duration::from_secs(3601));
    let mut alice = portal.signed_in(&ALICE).await;
    make(&mut alice, "one more").await;
}

#[tokio::test]
async fn members_make_none_and_nobody_sees_another_tenants() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    for path in [KEYS, NEW] {
        ben.get(path).await.expect(403);
    }
    portal.api_key(&GRETA, &Scope::ALL, Duration::from_secs(3600)).await;
    let theirs = portal.key_ids().await.remove(0);
    let mut alice = portal.signed_in(&ALICE).await;
    let sent = form(&mut alice).await;
    let answers = [
        alice.get(&format!("{KEYS}/{theirs}/revoke")).await.expect(404),
        alice.get(&format!("{KEYS}/018f0000-0000-7000-8000-000000000000/revoke")).await.expect(404),
        alice.get(&format!("{KEYS}/x/revoke")).await.expect(404),
    ];
    assert!(answers.iter().all(|page| page.h1() == answers[0].h1()));
    let mut forged = sent;
    forged.action = format!("{KEYS}/{theirs}/revoke");
    alice.send_form(&forged).await.expect(404);
    assert_eq!(portal.count("api_keys WHERE revoked_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn support_looks_at_the_list_and_makes_nothing() {
    let portal = TestPortal::start().await;
    portal.api_key(&ALICE, &[Scope::UsersRead], Duration::from_secs(3600)).await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    assert_eq!(looking.open(KEYS).await.expect(200).texts("tbody tr").len(), 1);
    let page = looking.open(NEW).await.expect(200);
    let form = page.form(NEW).fill("name", "Sam's").tick("users:read", true);
    looking.send_form(&form).await.expect(403);
    assert_eq!(portal.count("api_keys").await, 1);
}
