//! The staged check in the portal: of the stored provider, of what stands in the form, its mends and its
//! report.

use std::time::{Duration, Instant};

use posthorn::demo::microsoft365::AppState;
use posthorn::email_provider::CHECK_DEADLINE;
use tokio::net::TcpListener;

use crate::support::{
    ALICE, BEN, CATCHER_PASSWORD, Form, GRETA, Page, Request, SENDER, TestPortal, Visitor, collect_log,
};

const SETTINGS: &str = "/administration/settings";
const SMTP: &str = "/administration/settings/email-provider/smtp";
const MICROSOFT365: &str = "/administration/settings/email-provider/microsoft365";
const CHECKS: &str = "/administration/settings/email-provider/checks";
const TESTS: &str = "/administration/settings/email-provider/test-messages";

/// What is typed otherwise into a form.
type Change = fn(Form) -> Form;

/// Follows a check's page until there is nothing more to come, as a browser does.
async fn followed(visitor: &mut Visitor, page: Page) -> Page {
    let mut page = page.expect(200);
    assert!(page.path.starts_with(CHECKS), "{}", page.path);
    let began = Instant::now();
    while page.has("meta[http-equiv=refresh]") {
        assert!(began.elapsed() < Duration::from_secs(100), "{}", page.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
        page = visitor.open(&page.path.clone()).await.expect(200);
    }
    page
}

async fn check_stored(visitor: &mut Visitor) -> Page {
    let page = visitor.open(SETTINGS).await.expect(200);
    let page = visitor.submit(page.form(CHECKS)).await;
    followed(visitor, page).await
}

/// The second button of the form.
async fn check_form(visitor: &mut Visitor, mut form: Form) -> Page {
    form.action.push_str("/check");
    let page = visitor.submit(form).await;
    followed(visitor, page).await
}

fn badge(page: &Page) -> String {
    page.texts(".result .badge").join(" ")
}

/// The names of the steps in that state.
fn steps(page: &Page, class: &str) -> Vec<String> {
    page.texts(&format!(".{class} .step-name"))
}

fn report(page: &Page) -> String {
    page.texts("textarea#report").join("")
}

fn mends(page: &Page) -> Vec<String> {
    page.texts("a[href*=\"mend=\"]")
}

async fn audit(portal: &TestPortal, event: &str) -> Vec<serde_json::Value> {
    let sql = format!("SELECT details FROM audit_entries WHERE event = '{event}' ORDER BY at, id");
    let rows = portal.rows(&sql).await;
    rows.iter()
        .map(|row| serde_json::from_str(&row.try_get_by_index::<String>(0).unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn the_stored_provider_is_checked_step_by_step_without_a_mail() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    assert!(!alice.open(SETTINGS).await.has_form(CHECKS), "nothing to check yet");
    portal.save_provider(&mut alice).await;
    let page = check_stored(&mut alice).await;
    let settings = alice.open(SETTINGS).await;
    assert_eq!(badge(&page), "Passed", "{}", page.text());
    assert_eq!(
        steps(&page, "step-passed"),
        [
            "finding the server",
            "connecting",
            "greeting",
            "encryption",
            "what the server can do",
            "sign-in",
            "sender",
            "recipient"
        ]
    );
    page.assert_says("Addresses that may be connected to: 127.0.0.1")
        .assert_says("Certificate for localhost")
        .assert_says("Sign-in methods: ")
        .assert_says("AUTH PLAIN ***")
        .assert_says(ALICE.email)
        .assert_says("The saved settings");
    assert!(portal.catcher().mails().is_empty(), "no mail");
    // no message was accepted, and that is said
    assert_eq!(settings.texts("#email-provider .card-header .badge"), ["Check passed"]);
    settings.assert_says("No message has been sent since.");
    let server = format!("localhost:{}", portal.catcher().smtp_addr().port());
    let entries = audit(&portal, "email_provider.checked").await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0]["of"].as_str(), entries[0]["through"].as_str()), (Some("stored"), Some(&*server)));
    assert_eq!(entries[0]["recipient"], ALICE.email);

    // the form for a test message asks about any recipient
    let mut form = alice.open(TESTS).await.expect(200).form(TESTS).fill("recipient", "anna@example.org");
    CHECKS.clone_into(&mut form.action);
    let page = alice.submit(form.clone()).await;
    let page = followed(&mut alice, page).await;
    page.assert_says("RCPT TO:<anna@example.org>").assert_says_not("DATA");
    let refused = alice.submit(form.fill("recipient", "nobody")).await.expect(422);
    assert_eq!(refused.problem_fields(), ["recipient"]);
    // as it was asked about, it is asked about again
    assert_eq!(page.form(CHECKS).value("recipient"), Some("anna@example.org"));
}

#[tokio::test]
async fn a_step_that_fails_is_said_and_is_news_of_the_stored_provider() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.fill("password", "not the password");
    alice.submit(form).await.expect(200);
    let page = check_stored(&mut alice).await;
    assert_eq!(badge(&page), "Failed");
    assert_eq!(page.texts("#result-title"), ["localhost refused the user name or the password."]);
    assert_eq!(steps(&page, "step-failed"), ["sign-in"]);
    assert_eq!(steps(&page, "step-skipped"), ["sender", "recipient"]);
    page.assert_says("Not reached").assert_says("535 5.7.8").assert_says("What to do:");
    assert!(mends(&page).is_empty());
    let page = alice.open(SETTINGS).await;
    assert_eq!(page.texts("#email-provider .card-header .badge"), ["Failing"]);
    page.assert_says("localhost refused the user name or the password.");
}

#[tokio::test]
async fn what_stands_in_the_form_is_checked_before_it_is_saved_and_stays() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.fill("sender_name", "Ännä");
    let page = check_form(&mut alice, form).await;
    assert_eq!(badge(&page), "Passed", "{}", page.text());
    page.assert_says("What stood in the form; nothing was saved");
    assert_eq!(portal.count("email_providers").await, 0);
    assert_eq!(audit(&portal, "email_provider.checked").await[0]["of"], "form");
    assert!(audit(&portal, "email_provider.saved").await.is_empty());

    let back = page.attribute("a[href*=\"?check=\"]", "href").unwrap();
    let page = alice.open(&back).await.expect(200);
    let form = page.form(SMTP);
    assert_eq!(form.value("sender_name"), Some("Ännä"));
    assert_eq!(form.value("server_address"), Some("localhost"));
    assert_eq!(form.value("password"), Some(""), "it is shown nowhere");
    page.assert_says("Nothing of it has been saved by the check.").assert_says("Enter the password");
    alice.submit(form.fill("password", CATCHER_PASSWORD)).await.expect(200);
    assert_eq!(portal.count("email_providers").await, 1);

    // a form that could not be saved cannot be checked either
    let mut form = portal.smtp_form(&mut alice).await.fill("server_port", "0");
    form.action.push_str("/check");
    let refused = alice.submit(form).await.expect(422);
    assert_eq!(refused.problem_fields(), ["server_port"]);
    assert_eq!(refused.form(SMTP).value("sender_name"), Some("Acme Portal"));
}

#[tokio::test]
async fn the_stored_secret_is_used_for_its_own_destination_only() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let knocked = tokio::spawn(async move { listener.accept().await.is_ok() });
    let form = alice.open(SETTINGS).await.form(SMTP);
    for (name, value) in [
        ("server_port", port.as_str()),
        ("server_address", "127.0.0.1"),
        ("sender_address", "other@acme.example"),
    ] {
        let mut form = form.clone().fill(name, value);
        form.action.push_str("/check");
        let refused = alice.submit(form).await.expect(422);
        assert_eq!(refused.problem_fields(), ["password"], "{name}");
    }
    let mut other = form.clone().choose("security", "none");
    other.action.push_str("/check");
    alice.submit(other).await.expect(422);
    assert_eq!(portal.count("provider_checks").await, 0);
    assert!(!knocked.is_finished(), "nobody was connected to");
    knocked.abort();
    // at its own destination it is
    let page = check_form(&mut alice, form.fill("sender_name", "Other")).await;
    assert_eq!(badge(&page), "Passed", "{}", page.text());

    // and likewise with a client secret
    let form = portal.microsoft365_form(&mut alice).await;
    alice.submit(form).await.expect(200);
    let form = alice.open(SETTINGS).await.form(MICROSOFT365);
    let mut other = form.clone().choose("cloud", "china");
    other.action.push_str("/check");
    let refused = alice.submit(other).await.expect(422);
    assert_eq!(refused.problem_fields(), ["client_secret"]);
    let page = check_form(&mut alice, form).await;
    assert_eq!(badge(&page), "Nothing wrong found", "{}", page.text());
}

#[tokio::test]
async fn microsoft_365_is_checked_as_far_as_can_be_known_without_a_mail() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.microsoft365_form(&mut alice).await;
    alice.submit(form.clone()).await.expect(200);
    let page = check_stored(&mut alice).await;
    assert_eq!(badge(&page), "Nothing wrong found", "{}", page.text());
    assert!(steps(&page, "step-passed").starts_with(&[
        "Microsoft's sign-in".to_owned(),
        "Microsoft tenant".to_owned(),
        "app".to_owned(),
        "client secret".to_owned()
    ]));
    let unproven = steps(&page, "step-unproven");
    assert!(unproven.ends_with(&["mailbox".to_owned(), "right to send".to_owned()]), "{unproven:?}");
    page.assert_says("Certainty comes only with a test email.");
    assert!(portal.catcher().mails().is_empty(), "no mail");

    let unchanged: Change = |form| form;
    let without_consent = portal.microsoft365_form_of(&mut alice, AppState::WithoutConsent).await;
    let expired = portal.microsoft365_form_of(&mut alice, AppState::SecretExpired).await;
    let disabled = portal.microsoft365_form_of(&mut alice, AppState::Disabled).await;
    for (form, change, step, words) in [
        (
            &form,
            (|form| form.fill("tenant_id", "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a")) as Change,
            "Microsoft tenant",
            "Microsoft does not know the tenant ID",
        ),
        (
            &form,
            |form| form.fill("client_id", "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63"),
            "app",
            "does not exist in the Microsoft tenant",
        ),
        (&disabled, unchanged, "app", "is disabled at Microsoft"),
        (
            &form,
            |form| form.fill("client_secret", "canary~wrong"),
            "client secret",
            "Microsoft rejects the client secret.",
        ),
        (&expired, unchanged, "client secret", "The client secret has expired."),
        (
            &form,
            |form| form.fill("sender_address", "nobody-knows@acme.example"),
            "mailbox",
            "There is no user nobody-knows@acme.example",
        ),
        (&without_consent, unchanged, "right to send", "may not send mail yet"),
    ] {
        portal.wind_minutes(2);
        let page = check_form(&mut alice, change(form.clone())).await;
        assert_eq!(steps(&page, "step-failed"), [step], "{}", page.text());
        assert!(page.texts("#result-title").join("").contains(words), "{:?}", page.texts("#result-title"));
        page.assert_says_not("canary~wrong");
    }
    assert!(portal.catcher().mails().is_empty());
}

#[tokio::test]
async fn the_wrong_security_is_mended_by_one_click_and_saved_by_the_administrator() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let smtps = portal.catcher().smtps_addr().unwrap().port().to_string();
    // SSL/TLS on a port that speaks StartTLS
    let form = portal.smtp_form(&mut alice).await.choose("security", "tls");
    alice.submit(form).await.expect(200);
    // the test message offers the same, and the way to the check
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert_eq!(mends(&page), ["Use StartTLS"]);
    page.assert_says("Change the settings").assert_says("Check step by step");
    let link = page.attribute("a[href*=\"mend=\"]", "href").unwrap();
    let mended = alice.open(&link).await.expect(200);
    assert_eq!(mended.form(SMTP).value("security"), Some("starttls"));
    // and so do the settings, as long as it is what they know
    let page = alice.open("/administration/settings").await.expect(200);
    let link = page.attribute("a[href*=\"mend=\"]", "href").unwrap();
    let mended = alice.open(&link).await.expect(200);
    assert_eq!(mended.form(SMTP).value("security"), Some("starttls"));
    let page = check_stored(&mut alice).await;
    assert_eq!(mends(&page), ["Use StartTLS"]);
    let link = page.attribute("a[href*=\"mend=\"]", "href").unwrap();
    assert!(!link.contains("localhost"), "what is filled in stands in no URL: {link}");
    let page = alice.open(&link).await.expect(200);
    page.assert_says("The security was changed from SSL/TLS to StartTLS. Nothing is saved yet.")
        .assert_says("Enter the password or client secret again");
    let form = page.form(SMTP);
    assert_eq!((form.value("security"), form.value("password")), (Some("starttls"), Some("")));
    alice.submit(form.clone()).await.expect(422);
    alice.submit(form.fill("password", CATCHER_PASSWORD)).await.expect(200);
    let page = check_stored(&mut alice).await;
    assert_eq!(badge(&page), "Passed", "{}", page.text());

    // and the reverse; a server that waits for TLS is given time
    let form = portal.smtp_form(&mut alice).await.fill("server_port", &smtps);
    let page = check_form(&mut alice, form).await;
    assert_eq!(mends(&page), ["Use SSL/TLS"], "{}", page.text());
    let link = page.attribute("a[href*=\"mend=\"]", "href").unwrap();
    let form = alice.open(&link).await.expect(200).form(SMTP);
    assert_eq!((form.value("security"), form.value("server_port")), (Some("tls"), Some(&*smtps)));
    let page = check_form(&mut alice, form.fill("password", CATCHER_PASSWORD)).await;
    assert_eq!(badge(&page), "Passed", "{}", page.text());
}

#[tokio::test]
async fn other_mends_fill_in_the_user_name_and_the_other_provider() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.tick("username_same_as_sender", false);
    let page = check_form(&mut alice, form.fill("username", "portal")).await;
    assert_eq!(mends(&page), ["Use the sender email address as the user name"]);
    let page = alice.open(&page.attribute("a[href*=\"mend=\"]", "href").unwrap()).await.expect(200);
    assert_eq!(page.form(SMTP).value("username_same_as_sender"), Some("on"));
    assert_eq!(page.form(SMTP).value("username"), Some(""));

    let form = portal.smtp_form(&mut alice).await.fill("server_address", "smtp.office365.com");
    let page = check_form(&mut alice, form).await;
    assert_eq!(mends(&page), ["Set up Microsoft 365"], "{}", page.text());
    let page = alice.open(&page.attribute("a[href*=\"mend=\"]", "href").unwrap()).await.expect(200);
    assert_eq!(page.form(MICROSOFT365).value("sender_address"), Some(SENDER));

    // a mend that is none of the check's changes nothing
    let path = page.path.split("&mend").next().unwrap().to_owned();
    for mend in ["server-evil.example", "port-25", "none", ""] {
        let page = alice.open(&format!("{path}&mend={mend}")).await.expect(200);
        assert_eq!(page.form(SMTP).value("server_address"), Some("smtp.office365.com"));
    }
}

#[tokio::test]
async fn a_port_that_refuses_leads_to_one_that_answers() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let ports = format!("{free}, {{smtps}}, {{smtp}}");
    let portal = TestPortal::start_with(&[("POSTHORN_SMTP_PORTS", &ports)]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    let shut = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let form = portal.smtp_form(&mut alice).await.fill("server_port", &shut);
    let page = check_form(&mut alice, form).await;
    assert_eq!(steps(&page, "step-failed"), ["connecting"]);
    assert!(mends(&page).is_empty());
    let action = format!("{}/ports", page.path);
    let page = alice.submit(page.form(&action)).await;
    let page = followed(&mut alice, page).await;
    let (smtp, smtps) = (portal.catcher().smtp_addr().port(), portal.catcher().smtps_addr().unwrap().port());
    assert_eq!(
        mends(&page),
        [format!("Use port {smtps} with SSL/TLS"), format!("Use port {smtp} with StartTLS")],
        "{}",
        page.text()
    );
    assert!(!page.has_form(&action), "once is enough");
    let link = page.attribute("a[href*=\"mend=\"]", "href").unwrap();
    let form = alice.open(&link).await.expect(200).form(SMTP);
    assert_eq!(form.value("server_port"), Some(&*smtps.to_string()));
    assert_eq!(form.value("security"), Some("tls"));
    let entries = audit(&portal, "email_provider.ports_tried").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["ports"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_check_belongs_to_its_tenant_and_to_administrators() {
    let portal = TestPortal::start().await;
    let (mut alice, mut greta, mut ben) =
        (portal.signed_in(&ALICE).await, portal.signed_in(&GRETA).await, portal.signed_in(&BEN).await);
    portal.save_provider(&mut alice).await;
    let path = check_stored(&mut alice).await.path;
    let id = path.rsplit('/').next().unwrap().to_owned();
    greta.open(&path).await.expect(404).assert_says_not("localhost");
    ben.open(&path).await.expect(403).assert_says_not("localhost");
    let page = greta.open(&format!("{SETTINGS}?check={id}")).await.expect(200);
    assert_eq!(page.form(SMTP).value("server_address"), Some(""));
    let csrf = page.form(SMTP).value("csrf_token").unwrap().to_owned();
    let body = serde_urlencoded::to_string([("csrf_token", csrf)]).unwrap();
    let request = Request::post(&format!("{path}/ports"), body).header("origin", greta.origin());
    greta.send(request).await.expect(404);
    for id in ["nonsense", "018f0000-0000-7000-8000-000000000000"] {
        alice.open(&format!("{CHECKS}/{id}")).await.expect(404);
    }
    // with the provider its settings go from here, too
    let page = alice.open("/administration/settings?provider=none").await;
    alice.submit(page.form("/administration/settings/email-provider/none")).await.expect(200);
    alice.open(&path).await.expect(404);
    assert_eq!(portal.count("provider_checks").await, 0);
}

#[tokio::test]
async fn checks_and_test_messages_together_are_limited() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    for _ in 0..4 {
        portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    }
    for _ in 0..3 {
        check_stored(&mut alice).await;
        let form = portal.smtp_form(&mut alice).await;
        check_form(&mut alice, form).await;
    }
    let page = alice.open(SETTINGS).await;
    let refused = alice.submit(page.form(CHECKS)).await.expect(429);
    refused.assert_says("At most 10 test messages and checks a minute are possible.");
    assert_eq!(refused.header("retry-after"), Some("60"));
    portal.send_test(&mut alice, "anna@example.org").await.expect(429);
    let mut form = portal.smtp_form(&mut alice).await;
    form.action.push_str("/check");
    alice.submit(form).await.expect(429);
    assert_eq!(portal.count("provider_checks").await, 6);
    // another tenant is not touched by it, and a minute later it goes on
    let mut greta = portal.signed_in(&GRETA).await;
    let form = portal.smtp_form(&mut greta).await.fill("sender_address", "portal@globex.example");
    check_form(&mut greta, form).await;
    portal.wind(Duration::from_secs(61));
    check_stored(&mut alice).await;
}

#[tokio::test]
async fn a_server_in_a_private_network_and_one_that_does_not_exist_look_the_same() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let knocked = tokio::spawn(async move { listener.accept().await.is_ok() });
    let mut pages = Vec::new();
    for host in ["no-such-host.invalid", "localhost", "127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
        let form = portal.smtp_form(&mut alice).await;
        let form = form.fill("server_address", host).fill("server_port", &port);
        let page = check_form(&mut alice, form).await;
        assert!(mends(&page).is_empty());
        assert!(!page.has_form(&format!("{}/ports", page.path)), "no other port is tried there");
        let id = page.path.rsplit('/').next().unwrap().to_owned();
        let text = page.text().replace(host, "SERVER").replace(&id, "ID");
        // how many milliseconds it took is the resolver's doing
        let words = text.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        pages.push(words.collect::<Vec<_>>().join(" "));
    }
    let (names, addresses) = pages.split_at(2);
    for (pages, words) in [
        (names, "SERVER cannot be found, or lies in a network"),
        (addresses, "SERVER is not a public address, and this installation does not allow its network"),
    ] {
        for page in pages {
            assert!(page.contains(words), "{page}");
            assert_eq!(page, &pages[0], "nothing on the page tells them apart");
        }
    }
    // the same time for both names, at least as long as a look-up may take
    let took = portal.rows("SELECT steps FROM provider_checks ORDER BY id").await;
    for row in took.into_iter().take(2) {
        let steps: serde_json::Value =
            serde_json::from_str(&row.try_get_by_index::<String>(0).unwrap()).unwrap();
        let took = steps[0]["took_ms"].as_u64().unwrap();
        assert!(took >= u64::try_from(crate::support::LOOK_UP.as_millis()).unwrap(), "{took}");
    }
    assert!(!knocked.is_finished(), "a packet was sent to a network that is not allowed");
    knocked.abort();
}

/// This takes its time: the deadline is real.
#[tokio::test]
async fn a_server_that_hangs_is_answered_for_within_thirty_seconds() {
    assert!(CHECK_DEADLINE <= Duration::from_secs(28));
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let holding = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(silent.accept().await.unwrap());
        }
    });
    let mut form = portal.smtp_form(&mut alice).await.fill("server_port", &port);
    form.action.push_str("/check");
    let began = Instant::now();
    let page = alice.submit(form).await.expect(200);
    // while it runs the page says how far it is, and comes again by itself
    assert_eq!(badge(&page), "Under way");
    assert_eq!(page.attribute("meta[http-equiv=refresh]", "content").as_deref(), Some("1"));
    assert!(!page.has("textarea"), "no report before its time");
    let page = followed(&mut alice, page).await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    page.assert_says(&format!("localhost accepted the connection on port {port} and then said nothing."));
    assert_eq!(mends(&page), ["Use SSL/TLS"]);
    holding.abort();
}

#[tokio::test]
async fn a_check_whose_process_died_says_so() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let path = check_stored(&mut alice).await.path;
    portal.sql("UPDATE provider_checks SET finished_at = NULL").await;
    let page = alice.open(&path).await.expect(200);
    assert!(page.has("meta[http-equiv=refresh]"));
    portal.wind(Duration::from_secs(41));
    let page = alice.open(&path).await.expect(200);
    assert_eq!(badge(&page), "Broken off");
    assert!(!page.has("meta[http-equiv=refresh]") && page.has_form(CHECKS));
}

#[tokio::test]
async fn the_report_says_everything_but_secrets_in_the_readers_language() {
    let log = collect_log();
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let canary = "canary check §&+/=<p>ß";
    let form = portal.smtp_form(&mut alice).await.fill("password", canary);
    let page = check_form(&mut alice, form).await;
    let text = report(&page);
    let port = portal.catcher().smtp_addr().port().to_string();
    for words in [
        "Diagnosis of the email provider: Posthorn",
        concat!("Posthorn ", env!("CARGO_PKG_VERSION")),
        "Portal of: Acme Ltd",
        "Server address: localhost",
        &format!("Port: {port}"),
        "Security: starttls",
        &format!("User name: {SENDER}"),
        "Result: Failed",
        "localhost refused the user name or the password.",
        "6. sign-in: Failed here",
        "8. recipient: Not reached",
        "Certificate for localhost",
        "C: AUTH PLAIN ***",
        "S: 535 5.7.8",
    ] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    let form = portal.microsoft365_form(&mut alice).await.fill("client_secret", canary);
    let page = check_form(&mut alice, form).await;
    let text = report(&page);
    assert!(text.contains("AADSTS7000215") && text.contains("Trace ID: "), "{text}");

    // the button needs a script of ours, and no other page may have one
    assert!(page.has("button[data-copy=report][hidden]"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let script = page.attribute("script[src]", "src").unwrap();
    let answer = alice.get(&script).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
    let other = alice.open(SETTINGS).await;
    assert!(!other.header("content-security-policy").unwrap().contains("script-src"));

    alice.language = "de";
    let page = alice.open(&page.path.clone()).await;
    let text = report(&page);
    assert!(
        text.contains("Ergebnis: Fehlgeschlagen") && text.contains("Diagnose des E-Mail-Anbieters"),
        "{text}"
    );
    page.assert_says("Microsoft lehnt den geheimen Clientschlüssel ab.").assert_says("Nicht erreicht");

    let mut places = portal.everything_received();
    places.push(log.text());
    for row in portal.rows("SELECT settings || steps || COALESCE(ports, '') FROM provider_checks").await {
        places.push(row.try_get_by_index::<String>(0).unwrap());
    }
    for row in portal.rows("SELECT details FROM audit_entries").await {
        places.push(row.try_get_by_index::<String>(0).unwrap());
    }
    for place in &places {
        for trace in [canary, "canary+check", "canary%20check", "Y2FuYXJ5IGNoZWNr"] {
            assert!(!place.contains(trace), "{trace} stands in {place}");
        }
    }
    assert!(places.iter().any(|place| place.contains("AADSTS7000215")));
}
