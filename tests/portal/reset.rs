//! A new password by mail: the whole way, and how little those learn who have no account.

use std::time::Duration;

use crate::support::{ALICE, BEN, GRETA, Page, TestPortal, Visitor};

const FORGOTTEN: &str = "/forgotten";
const NEW: &str = "another few words in a row";

async fn ask(visitor: &mut Visitor, email: &str) -> Page {
    let page = visitor.open(FORGOTTEN).await.expect(200);
    visitor.submit(page.form(FORGOTTEN).fill("email", email)).await
}

/// What is done behind the answer leaves one trace in either case: waits until there are so many.
async fn settled(portal: &TestPortal, askings: i64) {
    for _ in 0..200 {
        let nobody = portal.count("failed_sign_ins WHERE client = 'reset of nobody'").await;
        let mails = portal.count("outbox_messages WHERE kind = 'password-reset'").await;
        if nobody + mails >= askings {
            assert_eq!(nobody + mails, askings);
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing came of it");
}

fn mails(portal: &TestPortal) -> Vec<String> {
    let mut all = Vec::new();
    for mail in portal.catcher().mails() {
        let source = portal.catcher().mailbox().source(mail.id).unwrap();
        let message = mail_parser::MessageParser::default().parse(&source).unwrap();
        all.push(format!("{}\n{}", message.subject().unwrap(), message.body_text(0).unwrap()));
    }
    all
}

fn link_in(text: &str, origin: &str) -> String {
    let at = text.find(origin).unwrap_or_else(|| panic!("no link in {text}"));
    text[at + origin.len()..].split_whitespace().next().unwrap().to_owned()
}

async fn choose(visitor: &mut Visitor, link: &str, new: &str) -> Page {
    let page = visitor.open(link).await.expect(200);
    visitor.submit(page.form(link).fill("new_password", new).fill("repeat_password", new)).await
}

#[tokio::test]
async fn from_the_forgotten_password_to_the_new_one_through_the_mail() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let mut ben = portal.signed_in(&BEN).await;
    let mut browser = portal.visitor("acme");
    assert!(browser.open("/sign-in").await.has("main a[href='/forgotten']"));
    let page = ask(&mut browser, "Ben@Acme.example").await.expect(200);
    page.assert_says("If there is an active account for Ben@Acme.example");
    settled(&portal, 1).await;
    portal.deliver().await;
    let all = mails(&portal);
    assert_eq!(all.len(), 1);
    assert!(all[0].starts_with("Your new password for Acme Ltd\nHello Ben Baker,"), "{}", all[0]);
    let link = link_in(&all[0], &browser.origin());
    let data: String = portal.one("SELECT data FROM outbox_contents").await;
    assert!(!data.contains(link.trim_start_matches("/reset/")), "{data}");

    assert!(ben.is_signed_in().await, "asking changes nothing");
    let refused = choose(&mut browser, &link, "short").await.expect(422);
    assert_eq!(refused.problem_fields(), ["new_password"]);
    let page = choose(&mut browser, &link, NEW).await.expect(200);
    assert_eq!(page.h1(), "Hello, Ben Baker");
    assert!(!ben.is_signed_in().await, "all sessions have ended");
    ben.sign_in_with(BEN.email, BEN.password).await.expect(422);
    ben.sign_in_with(BEN.email, NEW).await.expect(200);
    portal.visitor("acme").open(&link).await.expect(404);
    let by = "audit_entries WHERE event = 'auth.password_set' AND details LIKE '%reset%'";
    assert_eq!(portal.count(by).await, 1);
}

#[tokio::test]
async fn the_answer_tells_nothing_of_whether_there_is_an_account() {
    let portal = TestPortal::start().await;
    portal.invite("acme", "Nina New", "nina@acme.example").await;
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    let mut answers = Vec::new();
    let people = [ALICE.email, "nobody@acme.example", BEN.email, "nina@acme.example", GRETA.email];
    for email in people {
        let mut visitor = portal.visitor("acme");
        let page = ask(&mut visitor, email).await.expect(200);
        let mut headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((page.html.replace(email, "EMAIL"), headers, page.set_cookies().len()));
    }
    for (answer, email) in answers.iter().zip(people).skip(1) {
        assert_eq!(*answer, answers[0], "{email}");
    }
    settled(&portal, 5).await;
    assert_eq!(portal.count("outbox_messages").await, 1, "only who can sign in gets a mail");
    assert_eq!(portal.count("password_links WHERE purpose = 'reset'").await, 1);
    let recipient: String = portal.one("SELECT recipient FROM outbox_messages").await;
    assert_eq!(recipient, ALICE.email);
    // what is no address is no account's either, and may be said
    let page = ask(&mut portal.visitor("acme"), "no address").await.expect(422);
    assert_eq!(page.problem_fields(), ["email"]);
}

#[tokio::test]
async fn an_account_gets_three_mails_an_hour_and_nobody_is_told() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    for n in 1..=5 {
        ask(&mut visitor, ALICE.email).await.expect(200).assert_says("Look into your mailbox");
        settled(&portal, n).await;
        portal.wind(Duration::from_secs(1));
    }
    let mails = "outbox_messages WHERE kind = 'password-reset'";
    assert_eq!(portal.count(mails).await, 3);
    assert_eq!(
        portal.count("password_links WHERE purpose = 'reset'").await,
        3,
        "any of the mails may be used"
    );
    portal.wind_minutes(60);
    ask(&mut visitor, ALICE.email).await.expect(200);
    settled(&portal, 6).await;
    assert_eq!(portal.count(mails).await, 4);
    // the same address elsewhere is another account
    ask(&mut portal.visitor("globex"), ALICE.email).await.expect(200);
}

#[tokio::test]
async fn twenty_askings_an_hour_from_one_address_are_enough() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    visitor.address = Some("203.0.113.9");
    let form = visitor.open(FORGOTTEN).await.form(FORGOTTEN);
    for n in 0..20 {
        visitor.send_form(&form.clone().fill("email", &format!("guess{n}@acme.example"))).await.expect(200);
    }
    let page = visitor.send_form(&form.clone().fill("email", ALICE.email)).await.expect(429);
    assert_eq!(page.header("retry-after"), Some("3600"));
    visitor.address = Some("203.0.113.10");
    visitor.send_form(&form.clone().fill("email", ALICE.email)).await.expect(200);
    portal.wind_minutes(60);
    visitor.address = Some("203.0.113.9");
    visitor.send_form(&form.fill("email", ALICE.email)).await.expect(200);
    // it has nothing to do with signing in
    visitor.sign_in(&ALICE).await;
}

#[tokio::test]
async fn a_link_works_for_thirty_minutes_and_dies_with_the_others_when_one_is_used() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let mut browser = portal.visitor("acme");
    for n in 1..=2 {
        ask(&mut browser, BEN.email).await.expect(200);
        settled(&portal, n).await;
        portal.wind(Duration::from_secs(1));
    }
    portal.deliver().await;
    let links: Vec<String> = mails(&portal).iter().map(|mail| link_in(mail, &browser.origin())).collect();
    let [one, two] = links.as_slice() else { panic!("{links:?}") };
    assert_ne!(one, two);
    portal.wind(Duration::from_secs(30 * 60 - 10));
    browser.open(one).await.expect(200);
    choose(&mut browser, two, NEW).await.expect(200);
    browser.open(one).await.expect(404);

    ask(&mut browser, BEN.email).await.expect(200);
    settled(&portal, 3).await;
    portal.wind_minutes(30);
    posthorn::auth::sweep(&portal.state).await.unwrap();
    assert_eq!(portal.count("password_links").await, 0, "what is over is removed");
    portal.deliver().await;
    assert_eq!(mails(&portal).len(), 2, "what would arrive after its link is dead is not sent");
}

#[tokio::test]
async fn the_link_leads_to_the_configured_host_whatever_a_header_says() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let mut browser = portal.visitor("acme");
    let form = browser.open(FORGOTTEN).await.form(FORGOTTEN).fill("email", ALICE.email);
    let request = crate::support::Request::post(FORGOTTEN, form.body())
        .header("origin", browser.origin())
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example");
    browser.send(request).await.expect(200);
    settled(&portal, 1).await;
    portal.deliver().await;
    let text = mails(&portal).remove(0);
    assert!(text.contains(&format!("{}/reset/", browser.origin())) && !text.contains("evil"), "{text}");
}

#[tokio::test]
async fn a_person_who_is_closed_after_asking_cannot_use_the_link() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut browser = portal.visitor("acme");
    ask(&mut browser, BEN.email).await.expect(200);
    settled(&portal, 1).await;
    let person = format!("/administration/users/{}", portal.user(&BEN).await);
    let page = alice.open(&person).await;
    alice.submit(page.form(&format!("{person}/deactivate"))).await.expect(200);
    assert_eq!(portal.count("password_links").await, 0);
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 1);
}
