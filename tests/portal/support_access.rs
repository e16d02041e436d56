//! Support looks at a tenant's portal: only with consent, only for a while, only looking, and seen by the tenant.

use std::time::Duration;

use crate::support::{ALICE, BEN, GRETA, Page, Request, SAM, TestPortal, Visitor, collect_log};

const SUPPORT: &str = "/administration/support";
const DELIVERIES: &str = "/administration/deliveries";

async fn revoke(alice: &mut Visitor) {
    let page = alice.open(SUPPORT).await;
    alice.submit(page.form("/administration/support/revoke")).await.expect(200);
}

async fn events(portal: &TestPortal) -> Vec<String> {
    let sql = "SELECT event FROM audit_entries WHERE event LIKE 'support.%' ORDER BY at, id";
    portal.rows(sql).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn without_consent_nobody_looks_and_the_console_says_so() {
    let portal = TestPortal::start().await;
    let mut sam = portal.staff(&SAM).await;
    let page = sam.open("/console/tenants/acme").await.expect(200);
    page.assert_says("The tenant has not allowed access");
    assert!(!page.has_form("/console/tenants/acme/diagnosis"));
    // nor by a form made by hand
    let token = page.form("/staff/sign-out").value("csrf_token").unwrap().to_owned();
    let user = portal.user(&BEN).await.to_string();
    let pairs = [
        ("csrf_token", token.as_str()),
        ("user", &user),
        ("reason", "r"),
        ("ticket", "t"),
        ("minutes", "60"),
    ];
    let request =
        Request::post("/console/tenants/acme/diagnosis", serde_urlencoded::to_string(pairs).unwrap());
    let request = request.header("origin", sam.origin()).header("sec-fetch-site", "same-origin");
    sam.send(request).await.expect(422).assert_says("The tenant has not allowed access");
    assert_eq!(portal.count("diagnosis_sessions").await, 0);
}

#[tokio::test]
async fn a_session_from_consent_to_its_end_is_seen_by_the_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(SUPPORT).await.expect(200);
    page.assert_says("At present nobody from support can look at this portal.");
    portal.let_support_look(&mut alice, false).await;

    let mut sam = portal.staff(&SAM).await;
    let page = sam.open("/console/tenants/acme").await.expect(200);
    let form = page.form("/console/tenants/acme/diagnosis");
    let empty = sam.submit(form.fill("reason", " ").fill("ticket", "")).await.expect(422);
    assert_eq!(empty.problem_fields(), ["reason", "ticket"]);

    let mut looking = portal.diagnosis(&mut sam, &BEN).await;
    let page = looking.open("/home").await.expect(200);
    let bar = page.texts(".support-bar p").join("");
    for part in ["Sam Sutter", "Ben Baker", "Mail does not arrive", "4711", "Nothing can be changed"] {
        assert!(bar.contains(part), "{bar}");
    }
    assert!(page.header("refresh").unwrap().ends_with("url=/diagnosis/over"));
    looking.open("/administration/settings").await.expect(403);

    let notice = alice.open("/home").await.expect(200);
    assert_eq!(notice.texts(".notice-title"), ["Support is looking at this portal"]);
    notice.assert_says("Sam Sutter is looking as Ben Baker");
    let page = alice.open(SUPPORT).await;
    assert_eq!(page.texts("tbody th"), ["Sam Sutter Now"]);

    let page = looking.open("/account").await;
    let page = looking.submit(page.form("/diagnosis/end")).await.expect(200);
    assert_eq!(page.h1(), "The diagnosis session is over");
    assert!(!looking.is_signed_in().await);

    portal.wind_minutes(1);
    let notice = alice.open("/home").await;
    assert!(notice.texts(".notice-title").is_empty(), "it was seen on its own page");
    let expected = [
        "support.granted",
        "support.looked_at",
        "support.looked_at",
        "support.looked_at",
        "support.asked",
        "support.begun",
        "support.ended",
    ];
    assert_eq!(events(&portal).await, expected);
    assert_eq!(
        portal.one::<i64>("SELECT COUNT(*) FROM diagnosis_sessions WHERE ended_at IS NOT NULL").await,
        1
    );
}

#[tokio::test]
async fn an_administrator_who_was_away_still_learns_of_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &BEN).await;
    let page = looking.open("/account").await;
    looking.submit(page.form("/diagnosis/end")).await.expect(200);
    portal.wind_minutes(5);
    let notice = alice.open("/administration/settings").await;
    assert_eq!(notice.texts(".notice-title"), ["Support has looked at this portal"]);
    alice.open(SUPPORT).await.expect(200);
    assert!(alice.open("/administration/settings").await.texts(".notice-title").is_empty());
    // a member gets no notice
    let mut ben = portal.signed_in(&BEN).await;
    assert!(ben.open("/home").await.texts(".notice-title").is_empty());
}

#[tokio::test]
async fn it_ends_at_the_next_request_when_the_consent_is_withdrawn() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    looking.open("/administration/settings").await.expect(200);
    let pending = portal.ask_for_diagnosis(&mut sam, &BEN).await;
    revoke(&mut alice).await;
    assert!(!looking.is_signed_in().await);
    portal.visitor("acme").open(&pending).await.expect(404);
    // and a new consent opens nothing that was closed
    portal.let_support_look(&mut alice, false).await;
    assert!(!looking.is_signed_in().await);
    portal.visitor("acme").open(&pending).await.expect(404);
}

#[tokio::test]
async fn it_ends_by_time_and_a_clock_that_is_put_back_does_not_open_it_again() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    portal.wind_minutes(29);
    looking.open("/home").await.expect(200);
    portal.wind_minutes(1);
    // in mid-page: the form of a page that was open
    let page = looking.get("/home").await;
    assert!(page.location().starts_with("/sign-in"), "{}", page.text());
    portal.wind_back(Duration::from_secs(600));
    assert!(!looking.is_signed_in().await);

    // the consent of a day ends as well
    portal.wind_minutes(24 * 60);
    let mut sam = portal.staff(&SAM).await;
    sam.open("/console/tenants/acme").await.assert_says("The tenant has not allowed access");
}

#[tokio::test]
async fn the_hand_over_works_once_within_a_minute_and_at_its_own_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;

    let path = portal.ask_for_diagnosis(&mut sam, &BEN).await;
    portal.visitor("globex").open(&path).await.expect(404);
    let (mut one, mut two) = (portal.visitor("acme"), portal.visitor("acme"));
    let (first, second) = (one.open(&path).await.expect(200), two.open(&path).await.expect(200));
    assert!(!one.is_signed_in().await, "following the link begins nothing");
    let (first, second) = (first.form(&path), second.form(&path));
    let (first, second) = tokio::join!(one.send_form(&first), two.send_form(&second));
    let mut both = [first.status, second.status];
    both.sort_unstable();
    assert_eq!(both, [303, 404]);

    let path = portal.ask_for_diagnosis(&mut sam, &BEN).await;
    portal.wind(Duration::from_secs(61));
    portal.visitor("acme").open(&path).await.expect(404);
    // a clock that is put back does not make it young again for long
    portal.wind_back(Duration::from_secs(120));
    portal.visitor("acme").open(&path).await.expect(404);
}

#[tokio::test]
async fn none_begins_within_another() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &BEN).await;
    let path = portal.ask_for_diagnosis(&mut sam, &ALICE).await;
    let page = looking.open(&path).await.expect(403);
    assert_eq!(page.h1(), "This is closed to support");
    let token = page.form("/diagnosis/end").value("csrf_token").unwrap().to_owned();
    let request = Request::post(&path, format!("csrf_token={token}"));
    let request = request.header("origin", looking.origin()).header("sec-fetch-site", "same-origin");
    looking.send(request).await.expect(403);
    assert_eq!(portal.count("diagnosis_sessions WHERE begun_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn addresses_are_masked_on_every_page_unless_the_consent_includes_them() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna.berg@example.org").await.expect(200);
    let id = portal.enqueue("acme", "unknown@example.org", "<p>Geheimes</p>").await;
    portal.enqueue("acme", "anna.berg@example.org", "<p>Geheimes</p>").await;
    portal.deliver().await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    let pages = [
        DELIVERIES.to_owned(),
        format!("{DELIVERIES}/{id}"),
        format!("{DELIVERIES}/{id}?view=html"),
        format!("{DELIVERIES}/suppressions"),
        format!("{DELIVERIES}?recipient=anna.berg%40example.org"),
        "/account".to_owned(),
        "/home".to_owned(),
        "/administration/settings".to_owned(),
        SUPPORT.to_owned(),
    ];
    for path in &pages {
        let page = looking.open(path).await.expect(200);
        for part in ["anna.berg@", "anna.berg%40", "unknown@example", ALICE.email, BEN.email, "Geheimes"] {
            assert!(!page.html.contains(part), "{part} in {path}");
        }
    }
    let page = looking.open(DELIVERIES).await;
    page.assert_says("a…@example.org").assert_says("u…@example.org");
    let page = looking.open(&format!("{DELIVERIES}/{id}")).await;
    page.assert_says("What was written to people is not shown to support.");
    for part in ["html", "source"] {
        looking.open(&format!("{DELIVERIES}/{id}/{part}")).await.expect(403);
    }
    // nor can one be found out letter by letter
    assert_eq!(alice.open("/administration/users?q=ben%40").await.texts("tbody th").len(), 1);
    assert_eq!(looking.open("/administration/users?q=ben%40").await.expect(200).texts("tbody th").len(), 0);
    assert_eq!(looking.open("/administration/users?q=ben").await.texts("tbody th").len(), 1, "by the name");
    // the console shows none at all
    let page = sam.open("/console/tenants/acme").await.expect(200);
    page.assert_says("u…@example.org").assert_says_not("unknown@example.org").assert_says_not("Geheimes");

    revoke(&mut alice).await;
    portal.let_support_look(&mut alice, true).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    looking.open(DELIVERIES).await.assert_says("anna.berg@example.org");
    looking.open(&format!("{DELIVERIES}/{id}/html")).await.expect(403);
    sam.open("/console/tenants/acme").await.assert_says_not("unknown@example.org");
}

#[tokio::test]
async fn the_stored_provider_can_be_checked_and_no_other() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    let checks = "/administration/settings/email-provider/checks";
    let page = looking.open("/administration/settings").await;
    let begun = looking.send_form(&page.form(checks)).await.expect(303);
    let check = begun.location().to_owned();
    looking.open(&check).await.expect(200);
    let by: String =
        portal.one("SELECT actor_name FROM audit_entries WHERE event = 'email_provider.checked'").await;
    assert!(by.contains("Alice Archer"), "{by}");
    let sent = portal.catcher().mails().len();
    for path in ["smtp", "smtp/check", "test-messages", "none", "smtp/recognise"] {
        let path = format!("/administration/settings/email-provider/{path}");
        let token = page.form("/diagnosis/end").value("csrf_token").unwrap().to_owned();
        let request = Request::post(&path, format!("csrf_token={token}&recipient=anna%40example.org"));
        let request = request.header("origin", looking.origin()).header("sec-fetch-site", "same-origin");
        assert_eq!(looking.send(request).await.expect(403).h1(), "This is closed to support", "{path}");
    }
    assert_eq!(portal.catcher().mails().len(), sent);
    assert_eq!(portal.count("email_providers").await, 1);
}

#[tokio::test]
async fn where_help_is_agreed_by_contract_the_tenant_sees_it_and_no_consent_is_needed() {
    let portal = TestPortal::start_with(&[("POSTHORN_SUPPORT_ACCESS", "agreed")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    alice.open(SUPPORT).await.assert_says("Your contract lets support staff look at this portal");
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &ALICE).await;
    looking.open("/administration/settings").await.expect(200);
}

#[tokio::test]
async fn the_session_is_no_session_of_the_person_and_not_one_of_another_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut ben = portal.signed_in(&BEN).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let looking = portal.diagnosis(&mut sam, &BEN).await;
    let page = ben.open("/account/sessions").await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 1, "{}", page.text());
    assert!(!looking.smuggled_to("globex").is_signed_in().await);
    assert_eq!(looking.smuggled_to_base().get("/console").await.location(), "/staff/sign-in");
    // a suspended support person looks no longer
    let mut looking = looking;
    portal.sql("UPDATE staff SET active = false WHERE email = 'sam@staff.example'").await;
    assert!(!looking.is_signed_in().await);
}

#[tokio::test]
async fn only_support_of_this_installation_asks_and_only_for_people_of_that_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let page = sam.open("/console/tenants/acme").await;
    let form = page.form("/console/tenants/acme/diagnosis").fill("reason", "r").fill("ticket", "t");
    let stranger = portal.user(&GRETA).await.to_string();
    let page: Page = sam.submit(form.forge("user", &stranger)).await.expect(422);
    assert_eq!(page.problem_fields(), ["user"]);
    assert_eq!(portal.count("diagnosis_sessions").await, 0);
}

#[tokio::test]
async fn both_identities_stand_in_every_line_of_the_log() {
    let log = collect_log();
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.let_support_look(&mut alice, false).await;
    let mut sam = portal.staff(&SAM).await;
    let mut looking = portal.diagnosis(&mut sam, &BEN).await;
    looking.open("/account").await.expect(200);
    let user = portal.user(&BEN).await.to_string();
    let log = log.text();
    let line = log.lines().rfind(|line| line.contains("answered") && line.contains(&user));
    assert!(line.is_some_and(|line| line.contains("staff=")), "{line:?}");
}
