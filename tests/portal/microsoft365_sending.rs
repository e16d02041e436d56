//! Test messages through Microsoft 365, against the demo's stand-in: what arrives, and what is said of what
//! does not.

use posthorn::demo::microsoft365::AppState;

use crate::support::{ALICE, SENDER, TestPortal, Visitor};

const SETTINGS: &str = "/administration/settings";
const SECRET: &str = "/administration/settings/email-provider/microsoft365/secret";
const SMTP: &str = "/administration/settings/email-provider/smtp";

async fn save(portal: &TestPortal, admin: &mut Visitor) {
    let form = portal.microsoft365_form(admin).await;
    admin.submit(form).await.expect(200);
}

fn good_secret() -> &'static str {
    let good = posthorn::demo::microsoft365::APPS.iter().find(|app| app.state == AppState::Good);
    good.unwrap().client_secret
}

#[tokio::test]
async fn the_test_email_arrives_as_it_would_by_smtp() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save(&portal, &mut alice).await;
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    page.assert_says("The test email was accepted by").assert_says("Recipient: anna@example.org");
    assert!(!page.html.contains("Bearer") && !page.html.contains(good_secret()));
    let source = portal.only_mail();
    for line in [
        "Subject: Test email from Posthorn Administration activity center\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Message-ID: <",
        "From: portal@acme.example\r\n",
    ] {
        assert!(source.contains(line), "{source}");
    }
    alice.open(SETTINGS).await.assert_says("Last message accepted:");
}

#[tokio::test]
async fn the_test_says_what_the_token_permits_if_large_messages_are_sent() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save(&portal, &mut alice).await;
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    page.assert_says("was accepted by").assert_says_not("Mail.ReadWrite");
    let form = portal.microsoft365_form(&mut alice).await.tick("large_messages", true);
    alice.submit(form).await.expect(200);
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    page.assert_says("was accepted by").assert_says("has Mail.ReadWrite cannot be known from this token");
}

#[tokio::test]
async fn what_microsoft_refuses_is_said_with_what_its_support_asks_for() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for (state, sender, code, words) in [
        (AppState::SecretExpired, SENDER, "AADSTS7000222", "expired"),
        (AppState::Disabled, SENDER, "AADSTS7000112", "disabled"),
        (AppState::WithoutConsent, SENDER, "ErrorAccessDenied", "Mail.Send"),
        (AppState::Good, "nobody@acme.example", "ErrorInvalidUser", "nobody@acme.example"),
        (AppState::Good, "nomailbox@acme.example", "MailboxNotEnabledForRESTAPI", "nomailbox@acme.example"),
        (AppState::Good, "blocked@acme.example", "ErrorAccessDenied", "blocked@acme.example"),
    ] {
        let form = portal.microsoft365_form_of(&mut alice, state).await.fill("sender_address", sender);
        alice.submit(form).await.expect(200);
        let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
        assert_eq!(page.h1(), "Test email failed", "{code}");
        page.assert_says(words);
        let details = page.texts("details code").join(" ");
        assert!(details.contains(code), "{code}: {details}");
        assert!(page.texts("details dl").join(" ").contains("ID"), "trace and correlation ID");
        alice.open(SETTINGS).await.assert_says("Failing since");
    }
    assert!(portal.catcher().mails().is_empty());
}

#[tokio::test]
async fn what_is_only_busy_leaves_the_providers_state_as_it_is() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.microsoft365_form(&mut alice).await.fill("sender_address", "busy@acme.example");
    alice.submit(form).await.expect(200);
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert_eq!(page.h1(), "Test email failed");
    assert!(page.texts("details code").join(" ").contains("ApplicationThrottled"));
    alice.open(SETTINGS).await.assert_says_not("Failing since").assert_says("not yet tested");
}

#[tokio::test]
async fn a_former_secrets_token_does_not_outlive_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save(&portal, &mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("was accepted by");
    let form = alice.open(SECRET).await.form(SECRET).fill("client_secret", "not~the.secret");
    alice.submit(form).await.expect(200);
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert!(page.texts("details code").join(" ").contains("AADSTS7000215"));
    assert!(!page.html.contains("not~the.secret"));
    let form = alice.open(SECRET).await.form(SECRET).fill("client_secret", good_secret());
    alice.submit(form).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("was accepted by");
    assert_eq!(portal.catcher().mails().len(), 2);
}

#[tokio::test]
async fn a_token_is_kept_from_message_to_message_and_dropped_on_save() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save(&portal, &mut alice).await;
    for asks in [true, false] {
        let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
        assert_eq!(page.text().contains("/oauth2/v2.0/token"), asks);
    }
    save(&portal, &mut alice).await; // the same as before
    portal.send_test(&mut alice, "anna@example.org").await.assert_says("/oauth2/v2.0/token");
}

#[tokio::test]
async fn from_smtp_to_microsoft_and_back_each_sends_by_its_own_way() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.assert_says("was accepted by localhost");
    save(&portal, &mut alice).await;
    let page = portal.send_test(&mut alice, "anna@example.org").await;
    page.assert_says("was accepted by").assert_says_not("localhost:");
    let page = alice.open("/administration/settings?provider=smtp").await;
    let form = page.form(SMTP);
    assert_eq!(form.value("server_address"), Some(""), "the former settings are gone");
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.assert_says("was accepted by localhost");
    assert_eq!(portal.catcher().mails().len(), 3);
}
