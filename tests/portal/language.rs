//! The language of a page: the user's, then the tenant's, then the browser's.

use crate::support::{ALICE, GRETA, HANS, TestPortal};

#[tokio::test]
async fn the_users_language_goes_before_the_tenants_and_that_before_the_browsers() {
    let portal = TestPortal::start().await;
    // acme has none: the browser's
    let mut alice = portal.signed_in(&ALICE).await;
    for (accepted, expected) in [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.1", "en"), ("", "en")] {
        alice.language = accepted;
        assert_eq!(alice.open("/home").await.language(), expected, "{accepted}");
    }
    assert_eq!(portal.visitor("acme").open("/sign-in").await.language(), "en");

    // globex is German, whatever the browser says
    let mut hans = portal.visitor("globex");
    assert_eq!(hans.open("/sign-in").await.h1(), "Anmelden");
    hans.sign_in(&HANS).await;
    assert_eq!(hans.open("/home").await.h1(), "Guten Tag, Hans Hübner");

    // and Hans may want English
    let page = hans.open("/account").await;
    let page = hans.submit(page.form("/account").choose("language", "en")).await.expect(200);
    assert_eq!(
        (page.language().as_str(), page.flash().unwrap().as_str()),
        ("en", "Your settings were saved.")
    );
    assert_eq!(page.form("/account").value("language"), Some("en"));
    assert_eq!(portal.signed_in(&GRETA).await.open("/home").await.language(), "de", "for himself only");
    let page = hans.submit(page.form("/account").choose("language", "")).await.expect(200);
    assert_eq!(page.language(), "de");

    alice.language = "en";
    let page = alice.open("/account").await;
    alice.submit(page.form("/account").choose("language", "de")).await.expect(200);
    assert_eq!(alice.open("/home").await.language(), "de");
    // error pages, too
    assert_eq!(alice.open("/no-such-page").await.h1(), "Diese Seite gibt es nicht");
}

#[tokio::test]
async fn times_are_in_the_users_own_zone() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let utc = alice.open("/administration/settings").await.texts("dl.facts dd")[0].clone();
    let page = alice.open("/account").await;
    alice.submit(page.form("/account").choose("time_zone", "Pacific/Auckland")).await.expect(200);
    let there = alice.open("/administration/settings").await.texts("dl.facts dd")[0].clone();
    assert_ne!(utc, there);
    assert!(there.starts_with("by Alice Archer on "), "{there}");
}

#[tokio::test]
async fn a_language_or_zone_that_is_not_offered_is_refused() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = alice.open("/account").await.form("/account");
    let page =
        alice.submit(form.forge("language", "fr").forge("time_zone", "Mars/Olympus")).await.expect(422);
    assert_eq!(page.problem_fields(), ["language", "time_zone"]);
    assert_eq!(portal.count("users WHERE language IS NOT NULL OR time_zone IS NOT NULL").await, 0);
}

#[tokio::test]
async fn every_page_of_the_main_job_is_in_german_too() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    let form = portal.smtp_form(&mut greta).await.fill("sender_address", "portal@globex.example");
    let page = greta.submit(form).await.expect(200);
    page.assert_says("Gespeichert, noch nicht getestet").assert_says("E-Mail-Anbieter");
    let result = portal.send_test(&mut greta, "anna@example.org").await.expect(200);
    result.assert_says("Die Test-E-Mail wurde um").assert_says("angenommen").assert_says("Spam-Ordner");
    let source = portal.only_mail();
    let mail = mail_parser::MessageParser::default().parse(source.as_bytes()).unwrap();
    assert_eq!(mail.subject(), Some("Test-E-Mail vom Posthorn Aktivitätscenter Administration"));
}
