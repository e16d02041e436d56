//! The provider from the first save to its removal, and the test message that arrives.

use base64::Engine as _;
use mail_parser::MessageParser;

use crate::support::{ALICE, BEN, CATCHER_PASSWORD, GRETA, Page, SENDER, TestPortal};

const SETTINGS: &str = "/administration/settings";
const SMTP: &str = "/administration/settings/email-provider/smtp";
const NONE: &str = "/administration/settings/email-provider/none";
const TESTS: &str = "/administration/settings/email-provider/test-messages";

fn state(page: &Page) -> String {
    page.texts("#email-provider .card-header .badge").join(" ")
}

#[tokio::test]
async fn before_the_first_save_the_form_has_sensible_defaults_in_the_right_order() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(SETTINGS).await.expect(200);
    assert_eq!(state(&page), "Not set up");
    let form = page.form(SMTP);
    assert_eq!(
        form.names(),
        [
            "csrf_token",
            "revision",
            "server_address",
            "server_port",
            "security",
            "sender_address",
            "sender_name",
            "username_same_as_sender",
            "username",
            "password"
        ]
    );
    assert_eq!(form.value("server_port"), Some("587"));
    assert_eq!(form.value("security"), Some("starttls"));
    assert_eq!(form.value("username_same_as_sender"), Some("on"));
    assert!(!page.has("a[href$=test-messages]"), "nothing to test yet");
    alice.open(TESTS).await.expect(200).assert_says("No email provider is saved, so nothing can be sent.");
    page.assert_says_not("is deactivated and replaced");
}

#[tokio::test]
async fn an_administrator_saves_smtp_sends_a_test_email_and_it_arrives() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;

    let page = portal.save_provider(&mut alice).await;
    assert_eq!(
        page.flash().unwrap(),
        "The email provider was saved. Send a test email to see whether it works."
    );
    assert_eq!(state(&page), "Saved, not yet tested");
    page.assert_says("by Alice Archer on");
    let link = page.attribute("a[href$=test-messages]", "href").unwrap();
    assert_eq!(link, TESTS);
    assert_eq!(page.texts("a[href$=test-messages]"), ["Send test email"]);
    assert!(alice.open(SETTINGS).await.flash().is_none(), "a notice shows once");

    let form = alice.open(&link).await.expect(200).form(TESTS);
    assert_eq!(form.value("recipient"), Some(ALICE.email), "prefilled with one's own address");
    let result = alice.submit(form.fill("recipient", "anna@example.org")).await.expect(200);
    assert!(result.path.starts_with(&format!("{TESTS}/")), "{}", result.path);
    let server = format!("localhost:{}", portal.catcher().smtp_addr().port());
    result
        .assert_says(&format!("The test email was accepted by {server} at"))
        .assert_says("250 2.0.0")
        .assert_says("spam folder")
        .assert_says("allow-list");
    assert!(!result.text().to_lowercase().contains("delivered"), "nobody can know that");
    assert_eq!(state(&alice.open(SETTINGS).await), "Works");
    alice.open(SETTINGS).await.assert_says("Last message accepted:");

    let source = portal.only_mail();
    let caught = &portal.catcher().mails()[0];
    assert_eq!((caught.from.as_str(), caught.signed_in_as.as_str()), (SENDER, SENDER));
    assert_eq!(caught.recipients, ["anna@example.org"]);
    let mail = MessageParser::default().parse(source.as_bytes()).unwrap();
    assert_eq!(mail.subject(), Some("Test email from Posthorn Administration activity center"));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Acme Portal"), Some(SENDER)));
    assert!(
        source.contains("\r\nFrom: \"Acme Portal\" <portal@acme.example>\r\n")
            || source.starts_with("From: ")
    );
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("anna@example.org"));
    assert!(source.contains("Auto-Submitted: auto-generated\r\n"), "{source}");
    let id = mail.message_id().unwrap();
    let test = result.path.rsplit('/').next().unwrap();
    assert_eq!(id, format!("{test}@acme.example"), "a Message-ID of our own");
    assert_eq!(mail.date().unwrap().to_timestamp(), portal.state.clock.now().0 / 1_000_000);
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for part in [&text, &html] {
        assert!(part.contains("It works!") && part.contains("Alice Archer has sent it"), "{part}");
    }
    assert!(html.contains("<html lang=\"en\">") && !text.contains('<'));
    assert!(!html.contains("<script") && !html.contains("http"), "nothing is loaded from anywhere");
}

#[tokio::test]
async fn the_subject_is_that_of_the_product_in_the_senders_language() {
    for (settings, language, expected) in [
        (vec![], "en", "Test email from Posthorn Administration activity center"),
        (vec![], "de", "Test-E-Mail vom Posthorn Aktivitätscenter Administration"),
        (
            vec![("POSTHORN_PRODUCT_NAME", "Qlik Cloud")],
            "en",
            "Test email from Qlik Cloud Administration activity center",
        ),
        (
            vec![("POSTHORN_PRODUCT_NAME", "Qlik Cloud")],
            "de",
            "Test-E-Mail vom Qlik Cloud Aktivitätscenter Administration",
        ),
    ] {
        let portal = TestPortal::start_with(&settings).await;
        let mut alice = portal.signed_in(&ALICE).await;
        alice.language = language;
        portal.save_provider(&mut alice).await;
        portal.send_test(&mut alice, "anna@example.org").await.expect(200);
        let source = portal.only_mail();
        let mail = MessageParser::default().parse(source.as_bytes()).unwrap();
        assert_eq!(mail.subject(), Some(expected));
        let html = mail.body_html(0).unwrap();
        assert!(html.contains(&format!("<html lang=\"{language}\">")), "{html}");
    }
}

#[tokio::test]
async fn every_security_and_a_plain_sender_get_through() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let smtps = portal.catcher().smtps_addr().unwrap().port().to_string();
    let form = portal.smtp_form(&mut alice).await.choose("security", "tls").fill("server_port", &smtps);
    alice.submit(form.fill("sender_name", "")).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("accepted by localhost");
    let source = portal.only_mail();
    assert!(
        source.contains("From: portal@acme.example\r\n")
            || source.contains("From: <portal@acme.example>\r\n"),
        "{source}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_said_in_one_sentence_and_the_provider_is_failing_until_it_works() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.fill("password", "not the password");
    alice.submit(form).await.expect(200);
    let result = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert_eq!(result.texts("#result-title"), ["localhost refused the user name or the password."]);
    result.assert_says("Check the user name, which is often the full email address").assert_says("535 5.7.8");
    result.assert_says_not("accepted by");
    assert_eq!(result.texts(".step-failed .step-name"), ["sign-in"], "and at which step");
    assert!(portal.catcher().mails().is_empty());

    let page = alice.open(SETTINGS).await;
    assert_eq!(state(&page), "Failing");
    page.assert_says("Failing since").assert_says("localhost refused the user name or the password.");
    assert!(!page.has("[id^=banner-]") && !result.has("[id^=banner-]"), "these pages say it themselves");
    for path in ["/home", "/administration/deliveries", "/administration/settings/domain"] {
        let page = alice.open(path).await.expect(200);
        let banner = page.texts("[id^=banner-]").join("|");
        assert!(banner.starts_with("The email provider has been failing since"), "{path}: {banner}");
        page.assert_says("localhost refused the user name or the password.");
    }
    alice.open("/home").await.assert_says("localhost refused the user name or the password.");

    // it fails since the first failure, and a success ends it
    let since = page.texts("#email-provider .notice-error h3");
    portal.wind_minutes(90);
    let mut alice = portal.signed_in(&ALICE).await;
    portal.send_test(&mut alice, "anna@example.org").await;
    assert_eq!(alice.open(SETTINGS).await.texts("#email-provider .notice-error h3"), since);
    let page = portal.save_provider(&mut alice).await;
    assert_eq!(state(&page), "Saved, not yet tested", "what was known was about the former provider");
    portal.send_test(&mut alice, "anna@example.org").await;
    assert_eq!(state(&alice.open(SETTINGS).await), "Works");
}

#[tokio::test]
async fn a_relay_that_wants_a_sign_in_after_all_is_told_so() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.tick("username_same_as_sender", false).fill("password", "");
    alice.submit(form).await.expect(200);
    let result = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert_eq!(result.texts("#result-title"), ["localhost wants a sign-in before it takes mail."]);
}

#[tokio::test]
async fn before_and_after_replacing_a_provider_it_is_said_that_the_former_goes() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let page = alice.open("/administration/settings?provider=smtp").await;
    let server = format!("localhost:{}", portal.catcher().smtp_addr().port());
    page.assert_says(&format!(
        "SMTP through {server} is active. When you save, it is deactivated and replaced"
    ));
    let page = alice.submit(page.form(SMTP).fill("sender_name", "Other")).await.expect(200);
    assert_eq!(
        page.flash().unwrap(),
        "The email provider was saved and has replaced the former settings. The stored password was kept."
    );
    let form = page.form(SMTP).fill("password", "another password");
    let page = alice.submit(form).await.expect(200);
    assert_eq!(
        page.flash().unwrap(),
        "The email provider was saved. It has replaced the former one, whose credentials were deleted. \
         Send a test email to see whether it works."
    );
    assert_eq!(page.form(SMTP).value("sender_name"), Some("Other"));
    assert_eq!(portal.count("email_providers").await, 1);
}

#[tokio::test]
async fn none_asks_on_a_page_of_its_own_and_then_deletes_everything() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/settings?provider=none").await.expect(200);
    assert_eq!(page.h1(), "No email provider is active");
    assert!(!page.has_form(NONE));

    portal.save_provider(&mut alice).await;
    let page = alice.open("/administration/settings?provider=none").await.expect(200);
    assert_eq!(page.h1(), "Deactivate the email provider?");
    page.assert_says("is deactivated at once.")
        .assert_says("All its settings and credentials are deleted. They cannot be restored.")
        .assert_says("The portal sends no mail until an email provider is saved again.");
    assert_eq!(portal.count("email_providers").await, 1, "asking changes nothing");

    let form = page.form(NONE);
    let page = alice.submit(form.clone()).await.expect(200);
    assert_eq!(
        page.flash().unwrap(),
        "The email provider was deactivated. Its settings and credentials were deleted."
    );
    assert_eq!(state(&page), "Not set up");
    assert_eq!(page.form(SMTP).value("server_address"), Some(""));
    assert_eq!(portal.count("email_providers").await, 0);
    alice.submit(form).await.expect(409);
}

#[tokio::test]
async fn of_two_who_edit_at_once_the_second_is_told_and_overwrites_nothing() {
    let portal = TestPortal::start().await;
    let (mut alice, mut second) = (portal.signed_in(&ALICE).await, portal.signed_in(&ALICE).await);

    // both saw that nothing was stored
    let (first, late) = (portal.smtp_form(&mut alice).await, portal.smtp_form(&mut second).await);
    alice.submit(first.fill("sender_name", "First")).await.expect(200);
    let page = second.submit(late.fill("sender_name", "Late")).await.expect(409);
    assert_eq!(page.h1(), "Someone else saved in the meantime");
    page.assert_says("Nothing of yours was saved.");
    assert_eq!(page.attribute("main a.button-primary", "href").as_deref(), Some(SETTINGS));
    assert_eq!(alice.open(SETTINGS).await.form(SMTP).value("sender_name"), Some("First"));

    // both saw the same provider; one removes it, the other saves
    let (page, late) =
        (alice.open("/administration/settings?provider=none").await, portal.smtp_form(&mut second).await);
    alice.submit(page.form(NONE)).await.expect(200);
    second.submit(late).await.expect(409);
    assert_eq!(portal.count("email_providers").await, 0);

    // one saves, the other removes
    portal.save_provider(&mut alice).await;
    let late = second.open("/administration/settings?provider=none").await.form(NONE);
    portal.save_provider(&mut alice).await;
    second.submit(late).await.expect(409);
    assert_eq!(portal.count("email_providers").await, 1);

    // a refused form still carries what its editor saw
    let stale = portal.smtp_form(&mut second).await;
    portal.save_provider(&mut alice).await;
    let refused = second.submit(stale.fill("server_port", "0")).await.expect(422);
    second.submit(portal.fill_in(&refused)).await.expect(409);
}

#[tokio::test]
async fn a_result_belongs_to_its_tenant_and_to_administrators() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let path = portal.send_test(&mut alice, "anna@example.org").await.expect(200).path;
    portal.signed_in(&GRETA).await.open(&path).await.expect(404).assert_says_not("anna@example.org");
    portal.signed_in(&BEN).await.open(&path).await.expect(403).assert_says_not("anna@example.org");
    alice.open(&path).await.expect(200);
    for id in ["nonsense", "018f0000-0000-7000-8000-000000000000"] {
        alice.open(&format!("{TESTS}/{id}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_tenant_sends_at_most_ten_test_messages_a_minute() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    for n in 0..10 {
        let page = portal.send_test(&mut alice, "anna@example.org").await;
        assert_eq!(page.status, 200, "message {n}");
    }
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(429);
    page.assert_says("At most 10 test messages and checks a minute are possible.");
    assert_eq!(page.header("retry-after"), Some("60"));
    assert_eq!(portal.catcher().mails().len(), 10);

    // another tenant is not touched by it, and a minute later it goes on
    let mut greta = portal.signed_in(&GRETA).await;
    let form = portal.smtp_form(&mut greta).await.fill("sender_address", "portal@globex.example");
    greta.submit(form).await.expect(200);
    portal.send_test(&mut greta, "anna@example.org").await.expect(200);
    portal.wind_minutes(1);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
}

#[tokio::test]
async fn a_test_needs_an_address_and_keeps_what_was_typed() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    for typed in ["", "anna", "anna@example.org, eve@example.org", "Anna <anna@example.org>"] {
        let page = portal.send_test(&mut alice, typed).await.expect(422);
        assert_eq!(page.form(TESTS).value("recipient"), Some(typed));
        assert_eq!(page.problem_fields(), ["recipient"]);
        assert!(page.has("#recipient[aria-invalid=true]"));
    }
    assert!(portal.catcher().mails().is_empty());
}

#[tokio::test]
async fn who_saved_what_is_in_the_audit_log_and_no_secret_is() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    alice.address = Some("203.0.113.77");
    portal.save_provider(&mut alice).await;
    let form = alice.open(SETTINGS).await.form(SMTP).fill("sender_name", "Other");
    alice.submit(form).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await;
    let page = alice.open("/administration/settings?provider=none").await;
    alice.submit(page.form(NONE)).await.expect(200);

    let rows = portal
        .rows("SELECT event, actor_name, client, details FROM audit_entries ORDER BY id")
        .await
        .into_iter()
        .map(|row| [0, 1, 2, 3].map(|n| row.try_get_by_index::<String>(n).unwrap()))
        .collect::<Vec<_>>();
    let events: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        events,
        [
            "auth.signed_in",
            "email_provider.saved",
            "email_provider.saved",
            "email_provider.test_message",
            "email_provider.removed"
        ]
    );
    for row in &rows[1..] {
        assert_eq!((row[1].as_str(), row[2].as_str()), (ALICE.name, "203.0.113.77"));
    }
    let details: Vec<serde_json::Value> =
        rows.iter().map(|row| serde_json::from_str(&row[3]).unwrap()).collect();
    assert_eq!(details[1]["secret"], "replaced");
    assert_eq!(details[1]["changed"].as_array().unwrap().len(), 6);
    assert_eq!(details[2]["secret"], "kept");
    assert_eq!(details[2]["changed"], serde_json::json!(["sender_name"]));
    let encoded = base64::engine::general_purpose::STANDARD.encode(CATCHER_PASSWORD);
    for row in &rows {
        assert!(!row[3].contains(CATCHER_PASSWORD) && !row[3].contains(&encoded));
    }
}
