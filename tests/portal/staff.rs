//! The staff at the base host: setting up, signing in with two factors, and what operators do to tenants.

use std::time::Duration;

use posthorn::i18n::Language;
use posthorn::staff;

use crate::support::{ALICE, GRETA, OLGA, Page, SAM, StaffAccount, TestPortal, Visitor};

const SIGN_IN: &str = "/staff/sign-in";

async fn try_sign_in(visitor: &mut Visitor, email: &str, password: &str, code: &str) -> Page {
    let page = visitor.open(SIGN_IN).await.expect(200);
    let form = page.form(SIGN_IN).fill("email", email).fill("password", password).fill("code", code);
    visitor.submit(form).await
}

async fn is_in(visitor: &mut Visitor) -> bool {
    visitor.get("/console").await.status == 200
}

#[tokio::test]
async fn a_member_sets_up_password_and_second_factor_by_a_link_that_works_once() {
    let portal = TestPortal::start().await;
    let link = portal.staff_link("nora@staff.example").await;
    let mut nora = portal.at_base();
    let page = nora.open(&link).await.expect(200);
    assert_eq!(page.h1(), "Welcome, Nora Neu");
    assert!(page.has(".qr-code > svg"), "{}", page.text());
    let password = "a few words in a row";
    let fill = |page: &Page, code: &str| {
        let form = page.form(&link).fill("new_password", password).fill("repeat_password", password);
        form.fill("code", code)
    };
    let refused = nora.submit(fill(&page, "000000")).await.expect(422);
    assert_eq!(refused.problem_fields(), ["code"]);
    assert!(!is_in(&mut nora).await, "not without the second factor");

    // two at once: one has it
    let code = portal.code_of_link(&link).await;
    let mut other = portal.at_base();
    let theirs = other.open(&link).await;
    let (mine, theirs) = (fill(&page, &code), fill(&theirs, &code));
    let (one, two) = tokio::join!(nora.send_form(&mine), other.send_form(&theirs));
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [303, 404]);
    assert_eq!([is_in(&mut nora).await, is_in(&mut other).await].iter().filter(|it| **it).count(), 1);
    assert_eq!(portal.at_base().open(&link).await.expect(404).h1(), "This link no longer works");

    // the code that was used to set up counts no second time
    let mut again = portal.at_base();
    try_sign_in(&mut again, "nora@staff.example", password, &code).await.expect(422);
    assert!(!is_in(&mut again).await);
}

#[tokio::test]
async fn a_link_is_dead_after_a_day_and_a_new_one_ends_everything_before() {
    let portal = TestPortal::start().await;
    let link = portal.staff_link("nora@staff.example").await;
    portal.wind(staff::LINK_LIFE);
    portal.at_base().open(&link).await.expect(404);

    let mut sam = portal.staff(&SAM).await;
    assert!(is_in(&mut sam).await);
    let state = &portal.state;
    let (member, _) = staff::list(state.db.read())
        .await
        .unwrap()
        .into_iter()
        .find(|(it, _)| it.email == SAM.email)
        .unwrap();
    let tx = state.db.write().await.unwrap();
    staff::link(&*tx, &state.vault, member.id, state.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_in(&mut sam).await);
    let code = portal.code(&SAM);
    try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, &code).await.expect(422);
}

#[tokio::test]
async fn neither_factor_is_enough_and_a_code_counts_once() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.at_base();
    let code = portal.code(&SAM);
    for (email, password, code) in [
        (SAM.email, SAM.password, "000000"),
        (SAM.email, SAM.password, ""),
        (SAM.email, "wrong", code.as_str()),
        (OLGA.email, SAM.password, code.as_str()),
        ("nobody@staff.example", SAM.password, code.as_str()),
        (ALICE.email, ALICE.password, code.as_str()),
    ] {
        let page = try_sign_in(&mut visitor, email, password, code).await.expect(422);
        assert_eq!(page.texts("#problems h2"), ["Sign-in failed"], "{email}");
        assert!(!page.html.contains(password));
    }
    try_sign_in(&mut visitor, SAM.email, SAM.password, &code).await.expect(200);
    assert!(is_in(&mut visitor).await);
    let mut thief = portal.at_base();
    try_sign_in(&mut thief, SAM.email, SAM.password, &code).await.expect(422);

    // at the same moment, in two browsers
    let code = portal.code(&OLGA);
    let (mut one, mut two) = (portal.at_base(), portal.at_base());
    tokio::join!(
        try_sign_in(&mut one, OLGA.email, OLGA.password, &code),
        try_sign_in(&mut two, OLGA.email, OLGA.password, &code)
    );
    assert_eq!([is_in(&mut one).await, is_in(&mut two).await].iter().filter(|it| **it).count(), 1);
}

#[tokio::test]
async fn five_wrong_codes_and_the_account_waits() {
    let portal = TestPortal::start().await;
    for _ in 0..5 {
        try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, "000000").await.expect(422);
    }
    let code = portal.code(&SAM);
    try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, &code).await.expect(422);
    portal.wind_minutes(15);
    let mut sam = portal.staff(&SAM).await;
    assert!(is_in(&mut sam).await);
}

#[tokio::test]
async fn a_clock_that_differs_by_half_a_minute_is_right_enough_and_by_more_is_not() {
    let portal = TestPortal::start().await;
    let shown = portal.code(&SAM);
    portal.wind(Duration::from_secs(90));
    try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, &shown).await.expect(422);
    let shown = portal.code(&SAM);
    portal.wind(Duration::from_secs(30));
    try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, &shown).await.expect(200);
}

#[tokio::test]
async fn a_staff_session_ends_when_idle_when_old_and_with_the_account() {
    let portal = TestPortal::start().await;
    let mut sam = portal.staff(&SAM).await;
    portal.wind_minutes(29);
    assert!(is_in(&mut sam).await);
    portal.wind_minutes(31);
    assert!(!is_in(&mut sam).await);

    let mut sam = portal.staff(&SAM).await;
    for _ in 0..24 {
        portal.wind_minutes(20);
        is_in(&mut sam).await;
    }
    assert!(!is_in(&mut sam).await, "eight hours are the most");

    let mut sam = portal.staff(&SAM).await;
    portal.sql("UPDATE staff SET active = false WHERE email = 'sam@staff.example'").await;
    assert!(!is_in(&mut sam).await);
    let code = portal.code(&SAM);
    try_sign_in(&mut portal.at_base(), SAM.email, SAM.password, &code).await.expect(422);
}

#[tokio::test]
async fn the_session_key_changes_at_sign_in_and_signing_out_ends_it() {
    let portal = TestPortal::start().await;
    let mut sam = portal.staff(&SAM).await;
    let mut planted = portal.at_base();
    planted.cookies.insert("posthorn_session".to_owned(), "planted".to_owned());
    assert!(!is_in(&mut planted).await);
    let mut thief = sam.clone();
    let page = sam.open("/console").await;
    sam.submit(page.form("/staff/sign-out")).await.expect(200);
    assert!(!is_in(&mut thief).await);
}

async fn olga(portal: &TestPortal) -> Visitor {
    portal.staff(&OLGA as &StaffAccount).await
}

#[tokio::test]
async fn an_operator_suspends_and_resumes_a_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut olga = olga(&portal).await;
    let page = olga.open("/console?part=acm").await.expect(200);
    assert_eq!(page.texts("tbody th"), ["Acme Ltd"]);
    let page = olga.open("/console/tenants/acme").await.expect(200);
    page.assert_says_not("Last failures");
    let page = olga.submit(page.form("/console/tenants/acme/suspend")).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The tenant was suspended.");
    assert_eq!(alice.get("/home").await.status, 404);
    assert_eq!(portal.visitor("acme").get("/sign-in").await.status, 404);
    let page = olga.submit(page.form("/console/tenants/acme/resume")).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The tenant is in service again.");
    assert!(alice.is_signed_in().await);
    let events: Vec<String> = portal
        .rows("SELECT event || ' ' || actor_name FROM audit_entries WHERE event LIKE 'tenant.%' ORDER BY at")
        .await
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    assert_eq!(events, ["tenant.suspended Olga Orlow", "tenant.resumed Olga Orlow"]);
}

#[tokio::test]
async fn a_deleted_tenant_leaves_a_tombstone_and_nothing_else() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    for n in 0..3 {
        portal.enqueue("globex", &format!("anna{n}@example.org"), "<p>x</p>").await;
    }
    portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let mut olga = olga(&portal).await;
    let delete = "/console/tenants/globex/delete";
    let page = olga.open("/console/tenants/globex").await.expect(200);
    for wrong in ["", "acme", "globe", "GLOBEX GMBH"] {
        let page = olga.submit(page.form(delete).fill("slug", wrong)).await.expect(422);
        assert_eq!(page.problem_fields(), ["slug"], "{wrong}");
    }
    assert_eq!(portal.count("tenants").await, 2);
    let page = olga.submit(page.form(delete).fill("slug", "globex")).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The tenant and everything that belonged to it were deleted.");
    assert_eq!(greta.get("/home").await.status, 404);
    assert_eq!(portal.count("users WHERE email LIKE '%globex%'").await, 0);
    assert_eq!(portal.count("outbox_messages").await, 1, "acme's stays");
    assert_eq!(
        portal.one::<String>("SELECT slug || deleted_by FROM tenant_tombstones").await,
        "globexOlga Orlow"
    );
    olga.get("/console/tenants/globex").await.expect(404);

    // nobody gets the name again
    let slug = posthorn::tenants::Slug::parse("globex").unwrap();
    let tx = portal.state.db.write().await.unwrap();
    let again =
        posthorn::tenants::create(&*tx, &slug, "Another", Some(Language::German), portal.state.clock.now());
    assert!(matches!(again.await, Err(posthorn::tenants::Error::SlugBuried(_))));
}

#[tokio::test]
async fn the_console_finds_many_tenants_page_by_page() {
    let portal = TestPortal::start().await;
    for n in 0..60 {
        let slug = posthorn::tenants::Slug::parse(&format!("t{n:03}")).unwrap();
        let tx = portal.state.db.write().await.unwrap();
        let name = format!("Tenant 100%_{n}");
        posthorn::tenants::create(&*tx, &slug, &name, None, portal.state.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut sam = portal.staff(&SAM).await;
    let first = sam.open("/console").await.expect(200);
    assert_eq!(first.texts("tbody th").len(), 50);
    let next = first.attribute(".pager a", "href").unwrap();
    let second = sam.open(&next).await.expect(200);
    assert_eq!(second.texts("tbody th").len(), 12);
    sam.open("/console?part=%25%5F%5C'").await.expect(200);
    assert_eq!(sam.open("/console?part=globex").await.texts("tbody th"), ["Globex GmbH"]);
    assert_eq!(sam.open("/console?part=nothing").await.texts("h3"), ["No tenant found"]);
}
