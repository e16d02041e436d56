//! Signing in: who gets in, and how little those learn who do not.

use std::time::Duration;

use crate::support::{ALICE, BEN, GRETA, Page, TestPortal, Visitor};

const REFUSED: &str = "Sign-in failed Check the email address and password. After several failed attempts you \
                       must wait up to 15 minutes before trying again.";

async fn refused(visitor: &mut Visitor, email: &str, password: &str) -> Page {
    let page = visitor.sign_in_with(email, password).await.expect(422);
    assert!(!visitor.is_signed_in().await);
    page
}

/// The page without what is the same in no two answers, and without what was typed.
fn comparable(page: &Page, email: &str) -> String {
    let token = page.form("/sign-in").value("csrf_token").unwrap().to_owned();
    page.html.replace(&token, "TOKEN").replace(email, "EMAIL")
}

#[tokio::test]
async fn the_right_password_leads_to_ones_own_page() {
    let portal = TestPortal::start().await;
    let mut alice = portal.visitor("acme");
    let page = alice.sign_in_with(ALICE.email, ALICE.password).await.expect(200);
    assert_eq!((page.path.as_str(), page.h1().as_str()), ("/home", "Hello, Alice Archer"));
    assert!(alice.is_signed_in().await);
    let mut again = portal.visitor("acme");
    again.sign_in_with("ALICE@Acme.Example", ALICE.password).await.expect(200);
    assert!(again.is_signed_in().await, "capitals do not count in an address");
}

#[tokio::test]
async fn whoever_is_not_let_in_gets_the_same_words_and_status() {
    let portal = TestPortal::start().await;
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    portal.invite("acme", "Nina New", "nina@acme.example").await;

    let mut visitor = portal.visitor("acme");
    let wrong = refused(&mut visitor, ALICE.email, "not the password").await;
    assert_eq!(wrong.texts("#problems").join(" "), REFUSED);
    let expected = comparable(&wrong, ALICE.email);
    for (email, password, why) in [
        ("nobody@acme.example", ALICE.password, "unknown"),
        (BEN.email, BEN.password, "inactive"),
        ("nina@acme.example", "", "without a password"),
        (GRETA.email, GRETA.password, "of another tenant"),
        ("no address", "x", "malformed"),
        ("", "", "empty"),
    ] {
        let page = refused(&mut visitor, email, password).await;
        let form = page.form("/sign-in");
        assert_eq!(form.value("email"), Some(email), "what was typed is still there");
        if !email.is_empty() {
            assert_eq!(comparable(&page, email), expected, "{why}");
        }
        assert_eq!(page.texts("#problems").join(" "), REFUSED, "{why}");
    }
    // five failures lock the account
    for _ in 0..4 {
        refused(&mut visitor, ALICE.email, "not the password").await;
    }
    let locked = refused(&mut visitor, ALICE.email, ALICE.password).await;
    assert_eq!(comparable(&locked, ALICE.email), expected, "locked, with the right password");
}

#[tokio::test]
async fn after_five_failures_an_account_waits_a_minute_and_then_twice_as_long_each_time() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    for _ in 0..5 {
        refused(&mut visitor, ALICE.email, "wrong").await;
    }
    refused(&mut visitor, ALICE.email, ALICE.password).await;
    for minutes in [1, 2, 4, 8, 15, 15] {
        portal.wind(Duration::from_secs(minutes * 60 - 1));
        refused(&mut visitor, ALICE.email, ALICE.password).await;
        portal.wind(Duration::from_secs(1));
        refused(&mut visitor, ALICE.email, "wrong").await;
    }
    portal.wind_minutes(15);
    visitor.sign_in(&ALICE).await;

    // a success forgets the failures
    let mut other = portal.visitor("acme");
    for _ in 0..4 {
        refused(&mut other, ALICE.email, "wrong").await;
    }
    other.sign_in(&ALICE).await;
}

#[tokio::test]
async fn a_waiting_account_does_not_lock_another_nor_the_same_name_elsewhere() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    for _ in 0..5 {
        refused(&mut visitor, ALICE.email, "wrong").await;
    }
    portal.visitor("acme").sign_in(&BEN).await;
    portal.visitor("globex").sign_in(&GRETA).await;
}

#[tokio::test]
async fn fifty_failures_an_hour_from_one_address_are_enough() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    visitor.address = Some("203.0.113.9");
    // successes do not count
    for _ in 0..3 {
        visitor.cookies.clear();
        visitor.sign_in(&BEN).await;
    }
    visitor.cookies.clear();
    let form = visitor.open("/sign-in").await.form("/sign-in").fill("password", "wrong");
    for n in 0..50 {
        let page = visitor.send_form(&form.clone().fill("email", &format!("guess{n}@acme.example"))).await;
        assert_eq!(page.status, 422, "failure {n}");
    }
    let right = form.clone().fill("email", ALICE.email).fill("password", ALICE.password);
    let page = visitor.send_form(&right).await.expect(429);
    assert_eq!(page.header("retry-after"), Some("3600"));
    page.assert_says("There were too many failed sign-ins from your network address.");
    assert!(!visitor.is_signed_in().await);

    // at another tenant's host it is the same address, from elsewhere it is not
    let mut same = portal.visitor("globex");
    same.address = Some("203.0.113.9");
    same.sign_in_with(GRETA.email, GRETA.password).await.expect(429);
    let mut elsewhere = portal.visitor("acme");
    elsewhere.address = Some("203.0.113.10");
    elsewhere.sign_in(&ALICE).await;

    portal.wind_minutes(60);
    visitor.sign_in(&ALICE).await;
}

#[tokio::test]
async fn addresses_of_one_ipv6_subscriber_count_together() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    let form = visitor.open("/sign-in").await.form("/sign-in").fill("password", "wrong");
    for n in 0..50 {
        visitor.address = Some(if n % 2 == 0 { "2001:db8:1:2::1" } else { "2001:db8:1:2:ffff::9" });
        visitor.send_form(&form.clone().fill("email", &format!("guess{n}@acme.example"))).await.expect(422);
    }
    visitor.address = Some("2001:db8:1:2:3::4");
    visitor.sign_in_with(ALICE.email, ALICE.password).await.expect(429);
    visitor.address = Some("2001:db8:1:3::1");
    visitor.sign_in(&ALICE).await;
}

#[tokio::test]
async fn the_session_cookie_is_kept_from_scripts_and_foreign_sites_and_is_new_at_every_sign_in() {
    let portal = TestPortal::start().await;
    let mut alice = portal.visitor("acme");
    let page = alice.open("/sign-in").await;
    let form = page.form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password);
    let answer = alice.send_form(&form).await;
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("posthorn_session=")).unwrap();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    assert!(cookie.contains("; Path=/") && !cookie.contains("Domain"), "{cookie}");
    assert!(!cookie.contains("Secure"), "without https a browser would not keep it: {cookie}");

    let first = alice.cookies["posthorn_session"].clone();
    // somebody who signs in over a session gets a new one, and the former is dead
    let page = alice.open("/account").await;
    let over = form.forge("csrf_token", page.form("/sign-out").value("csrf_token").unwrap());
    alice.submit(over).await.expect(200);
    let second = alice.cookies["posthorn_session"].clone();
    assert_ne!(first, second);
    let mut thief = portal.visitor("acme");
    thief.cookies.insert("posthorn_session".to_owned(), first);
    assert!(!thief.is_signed_in().await, "a key that was given before the sign-in must not work after it");
    thief.cookies.insert("posthorn_session".to_owned(), second);
    assert!(thief.is_signed_in().await);
}

#[tokio::test]
async fn a_key_that_a_visitor_brings_along_does_not_become_their_session() {
    let portal = TestPortal::start().await;
    let mut victim = portal.visitor("acme");
    let planted = portal.signed_in(&BEN).await.cookies["posthorn_session"].clone();
    victim.cookies.insert("posthorn_session".to_owned(), planted.clone());
    // signed in as Ben by the planted cookie, Alice signs out and in
    let page = victim.open("/home").await;
    victim.submit(page.form("/sign-out")).await;
    victim.sign_in(&ALICE).await;
    assert_ne!(victim.cookies["posthorn_session"], planted);
    let mut thief = portal.visitor("acme");
    thief.cookies.insert("posthorn_session".to_owned(), planted);
    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn after_signing_in_one_comes_to_the_page_that_was_asked_for() {
    let portal = TestPortal::start().await;
    let mut alice = portal.visitor("acme");
    let page = alice.open("/administration/settings?provider=smtp").await.expect(200);
    assert_eq!(page.h1(), "Sign in");
    let page = alice.submit(page.form("/sign-in").fill("email", ALICE.email).fill("password", "wrong")).await;
    let page = alice
        .submit(page.expect(422).form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password))
        .await
        .expect(200);
    assert_eq!(page.path, "/administration/settings?provider=smtp", "also after a slip");
}

#[tokio::test]
async fn nobody_is_sent_to_another_host_after_signing_in() {
    let portal = TestPortal::start().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0d%0aLocation:https://evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "/..//evil.example",
    ] {
        let mut alice = portal.visitor("acme");
        let query = serde_urlencoded::to_string([("next", next)]).unwrap();
        let page = alice.open(&format!("/sign-in?{query}")).await.expect(200);
        let form = page.form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password);
        for form in [form.clone(), form.forge("next", next)] {
            alice.cookies.remove("posthorn_session");
            let answer = alice.send_form(&form).await;
            let to = answer.location();
            let is_local = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
            assert!(is_local && !to.contains(['\r', '\n', '\t', '\\']), "{next:?} leads to {to:?}");
            let own = reqwest::Url::parse("http://acme.localhost/sign-in").unwrap();
            assert_eq!(own.join(to).unwrap().host_str(), Some("acme.localhost"), "{next:?} leads to {to:?}");
        }
        // who is signed in already is sent on at once, and no further
        let answer = alice.get(&format!("/sign-in?{query}")).await;
        let own = reqwest::Url::parse("http://acme.localhost/sign-in").unwrap();
        assert_eq!(own.join(answer.location()).unwrap().host_str(), Some("acme.localhost"));
    }
}

#[tokio::test]
async fn a_welcome_link_sets_the_first_password_once() {
    let portal = TestPortal::start().await;
    let link = portal.invite("acme", "Nina New", "nina@acme.example").await;
    let mut nina = portal.visitor("acme");
    let page = nina.open(&link).await.expect(200);
    assert_eq!(page.h1(), "Welcome, Nina New");

    let form = page.form(&link);
    let refused =
        nina.submit(form.clone().fill("new_password", "short").fill("repeat_password", "shor")).await;
    let refused = refused.expect(422);
    assert!(
        refused.has("#new_password[aria-invalid=true]") && refused.has("#repeat_password[aria-invalid=true]")
    );
    assert!(!refused.html.contains("value=\"short\""));

    let chosen = "a few words in a row";
    let form = form.fill("new_password", chosen).fill("repeat_password", chosen);
    let page = nina.submit(form.clone()).await.expect(200);
    assert_eq!(page.flash().unwrap(), "Your password was set and you are signed in. Welcome!");
    assert_eq!(page.h1(), "Hello, Nina New");

    // the link is dead: for looking and for setting
    let mut thief = portal.visitor("acme");
    let dead = thief.open(&link).await.expect(404);
    assert_eq!(dead.h1(), "This link no longer works");
    assert!(!dead.has_form(&link));
    let token = thief.open("/sign-in").await.form("/sign-in").value("csrf_token").unwrap().to_owned();
    let replay = form.forge("csrf_token", &token).fill("new_password", "stolen stolen stolen");
    let replay = replay.fill("repeat_password", "stolen stolen stolen");
    assert_eq!(thief.submit(replay).await.expect(404).h1(), "This link no longer works");
    let mut again = portal.visitor("acme");
    again.sign_in_with("nina@acme.example", chosen).await.expect(200);
}

#[tokio::test]
async fn a_welcome_link_works_for_seven_days_at_its_own_tenant_and_until_the_next_one() {
    let portal = TestPortal::start().await;
    let link = portal.invite("acme", "Nina New", "nina@acme.example").await;
    let mut elsewhere = portal.visitor("globex");
    elsewhere.open(&link).await.expect(404);
    let mut nina = portal.visitor("acme");
    portal.wind_minutes(7 * 24 * 60 - 1);
    let page = nina.open(&link).await.expect(200);
    portal.wind_minutes(1);
    nina.open(&link).await.expect(404);
    let form = page.form(&link).fill("new_password", "a few words in a row");
    nina.submit(form.fill("repeat_password", "a few words in a row")).await.expect(404);

    // the token stands in no log, so it must not be kept in clear either
    let token = link.rsplit('/').next().unwrap().as_bytes().to_vec();
    for row in portal.rows("SELECT token_hash FROM password_links").await {
        assert_ne!(row.try_get_by_index::<Vec<u8>>(0).unwrap(), token);
    }
}
