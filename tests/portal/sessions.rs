//! Sessions: how they end, by time, by their owner and by a new password.

use std::time::Duration;

use crate::support::{ALICE, BEN, GRETA, TestPortal, Visitor};

const SESSIONS: &str = "/account/sessions";

async fn change_password(visitor: &mut Visitor, current: &str, new: &str) -> crate::support::Page {
    let page = visitor.open("/account").await.expect(200);
    let form = page.form("/account/password").fill("current_password", current);
    visitor.submit(form.fill("new_password", new).fill("repeat_password", new)).await
}

#[tokio::test]
async fn a_session_ends_after_thirty_idle_minutes() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for _ in 0..4 {
        portal.wind_minutes(29);
        assert!(alice.is_signed_in().await, "whoever does something stays");
    }
    portal.wind_minutes(30);
    assert!(!alice.is_signed_in().await);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_however_busy() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for _ in 0..71 {
        portal.wind_minutes(10);
        assert!(alice.is_signed_in().await);
    }
    portal.wind(Duration::from_secs(599));
    assert!(alice.is_signed_in().await);
    portal.wind(Duration::from_secs(1));
    assert!(!alice.is_signed_in().await);
}

#[tokio::test]
async fn both_limits_are_the_operators_to_set() {
    let settings = [("POSTHORN_SESSION_IDLE_MINUTES", "5"), ("POSTHORN_SESSION_ABSOLUTE_HOURS", "1")];
    let portal = TestPortal::start_with(&settings).await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut idle = alice.clone();
    for _ in 0..14 {
        portal.wind_minutes(4);
        assert!(alice.is_signed_in().await);
    }
    portal.wind_minutes(4);
    assert!(!alice.is_signed_in().await);
    idle.sign_in(&ALICE).await;
    portal.wind_minutes(5);
    assert!(!idle.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_server() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut thief = alice.clone();
    assert!(thief.is_signed_in().await);
    let page = alice.open("/home").await;
    let page = alice.submit(page.form("/sign-out")).await.expect(200);
    assert_eq!(page.flash().unwrap(), "You have signed out.");
    assert!(!alice.cookies.contains_key("posthorn_session"));
    assert!(!thief.is_signed_in().await, "the old cookie, replayed");
    assert_eq!(portal.count("sessions").await, 0);
}

#[tokio::test]
async fn one_sees_ones_sessions_and_ends_them() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut phone = portal.visitor("acme");
    phone.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Safari/604".to_owned();
    phone.address = Some("203.0.113.5");
    phone.sign_in(&ALICE).await;
    let mut third = portal.signed_in(&ALICE).await;
    let mut ben = portal.signed_in(&BEN).await;

    let page = alice.open(SESSIONS).await.expect(200);
    assert_eq!(page.texts("tbody tr").len(), 3, "one's own only");
    assert_eq!(page.texts("tbody .badge"), ["This session"]);
    let of_phone = page.texts("tbody tr").into_iter().find(|row| row.contains("Safari on iPhone")).unwrap();
    assert!(of_phone.contains("203.0.113.5"), "{of_phone}");

    // each row's form ends that row's session
    let mut ends = page.forms();
    ends.retain(|form| form.action.ends_with("/end"));
    assert_eq!(ends.len(), 3);
    let rows = page.texts("tbody tr");
    let phones = rows.iter().position(|row| row.contains("iPhone")).unwrap();
    let page = alice.submit(ends[phones].clone()).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The session was ended.");
    assert!(!phone.is_signed_in().await && third.is_signed_in().await && alice.is_signed_in().await);

    // nobody ends another's session
    let token = ben.open(SESSIONS).await.form("/sign-out").value("csrf_token").unwrap().to_owned();
    let of_alice = ends[rows.iter().position(|row| row.contains("This session")).unwrap()].clone();
    ben.submit(of_alice.clone().forge("csrf_token", &token)).await;
    assert!(alice.is_signed_in().await);

    let page = alice.submit(page.form("/account/sessions/end-others")).await.expect(200);
    assert_eq!(page.flash().unwrap(), "All other sessions were ended.");
    assert!(!third.is_signed_in().await && alice.is_signed_in().await && ben.is_signed_in().await);
    assert!(!page.has_form("/account/sessions/end-others"), "there are no others");

    // ending the one at hand is signing out
    let page = alice.submit(of_alice).await.expect(200);
    assert_eq!(page.h1(), "Sign in");
    assert!(!alice.is_signed_in().await);
    assert!(ben.is_signed_in().await);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_gives_this_one_a_new_key() {
    let portal = TestPortal::start().await;
    let (mut alice, mut other) = (portal.signed_in(&ALICE).await, portal.signed_in(&ALICE).await);
    let mut ben = portal.signed_in(&BEN).await;
    let (mut thief, new) = (alice.clone(), "another few words in a row");
    let page = change_password(&mut alice, ALICE.password, new).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The password was changed. Your other sessions were ended.");
    assert!(alice.is_signed_in().await && ben.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    assert!(!thief.is_signed_in().await, "the key from before the change");
    assert_eq!(portal.count("sessions").await, 2);

    let mut again = portal.visitor("acme");
    again.sign_in_with(ALICE.email, ALICE.password).await.expect(422);
    again.sign_in_with(ALICE.email, new).await.expect(200);
    assert!(again.is_signed_in().await);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_to_a_fit_one() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page =
        change_password(&mut alice, "not the password", "another few words in a row").await.expect(422);
    assert_eq!(page.problem_fields(), ["current_password"]);
    let too_long = "x".repeat(257);
    for new in ["short", "eleven char", ALICE.email, &too_long] {
        let page = change_password(&mut alice, ALICE.password, new).await.expect(422);
        assert_eq!(page.problem_fields(), ["new_password"], "{new}");
        assert!(!page.html.contains("value=\"eleven char\""));
    }
    let page = alice.open("/account").await;
    let form = page.form("/account/password").fill("new_password", "short").fill("repeat_password", "other");
    let page = alice.submit(form).await.expect(422);
    assert_eq!(page.problem_fields(), ["current_password", "new_password", "repeat_password"], "all at once");

    // guesses at the present password are bounded; they are the session's and lock nobody out
    for _ in 0..4 {
        change_password(&mut alice, "not the password", "another few words in a row").await.expect(422);
    }
    let page = change_password(&mut alice, ALICE.password, "another few words in a row").await.expect(422);
    assert_eq!(page.problem_fields(), ["current_password"]);
    portal.visitor("acme").sign_in_with(ALICE.email, ALICE.password).await.expect(200);
    portal.state.clock.advance(Duration::from_secs(16 * 60));
    change_password(&mut alice, ALICE.password, "another few words in a row").await.expect(200);
}

#[tokio::test]
async fn whoever_is_locked_out_by_others_can_still_change_the_password() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for _ in 0..5 {
        portal.visitor("acme").sign_in_with(ALICE.email, "not the password").await.expect(422);
    }
    portal.visitor("acme").sign_in_with(ALICE.email, ALICE.password).await.expect(422);
    change_password(&mut alice, ALICE.password, "another few words in a row").await.expect(200);
}

#[tokio::test]
async fn the_oldest_sessions_beyond_twenty_end() {
    let portal = TestPortal::start().await;
    let mut first = portal.signed_in(&ALICE).await;
    for _ in 0..20 {
        portal.signed_in(&ALICE).await;
    }
    assert!(!first.is_signed_in().await);
    assert_eq!(portal.count("sessions").await, 20);
}

#[tokio::test]
async fn a_session_is_none_at_another_tenants_host() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    let mut at_acme = greta.smuggled_to("acme");
    assert!(!at_acme.is_signed_in().await);
    assert_eq!(at_acme.open("/administration/settings").await.h1(), "Sign in");
    assert!(greta.is_signed_in().await);
}

#[tokio::test]
async fn a_deactivation_a_new_role_and_a_suspension_work_at_the_next_request() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    ben.open("/administration/settings").await.expect(403);
    portal.sql("UPDATE users SET role = 'tenant-admin' WHERE email = 'ben@acme.example'").await;
    ben.open("/administration/settings").await.expect(200);
    portal.sql("UPDATE users SET role = 'member' WHERE email = 'alice@acme.example'").await;
    alice.open("/administration/settings").await.expect(403);
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'alice@acme.example'").await;
    assert!(!alice.is_signed_in().await);
    portal.sql("UPDATE tenants SET suspended = TRUE WHERE slug = 'acme'").await;
    ben.get("/home").await.expect(404);
    portal.sql("UPDATE tenants SET suspended = FALSE WHERE slug = 'acme'").await;
    ben.get("/home").await.expect(200);
}

#[tokio::test]
async fn a_forged_or_altered_cookie_is_no_session() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let good = alice.cookies["posthorn_session"].clone();
    for bad in ["", "x", &good[..good.len() - 1], &format!("{good}A"), &good.to_lowercase()] {
        alice.cookies.insert("posthorn_session".to_owned(), bad.to_owned());
        assert!(!alice.is_signed_in().await, "{bad}");
    }
    // what the database keeps does not let in whoever reads it
    let hashes = portal.rows("SELECT key_hash FROM sessions").await;
    let hash: Vec<u8> = hashes[0].try_get_by_index(0).unwrap();
    assert_eq!(hash.len(), 32);
    assert!(!good.as_bytes().windows(hash.len()).any(|part| part == hash));
}
