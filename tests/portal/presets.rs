//! Known services fill the SMTP form in; so does what a domain says of itself.

use std::time::{Duration, Instant};

use hickory_resolver::proto::rr::RecordType;

use crate::support::{ALICE, GRETA, LOOK_UP, Page, TestPortal, Visitor};

const SETTINGS: &str = "/administration/settings";
const SMTP: &str = "/administration/settings/email-provider/smtp";
const RECOGNISE: &str = "/administration/settings/email-provider/smtp/recognise";
const WELL_KNOWN: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";

async fn recognise(admin: &mut Visitor, address: &str) -> Page {
    let page = admin.open("/administration/settings?provider=smtp").await.expect(200);
    admin.submit(page.form(RECOGNISE).fill("address", address)).await
}

/// What stands in the SMTP form: server, port, security, sender, user name.
fn filled_in(page: &Page) -> [String; 5] {
    let form = page.form(SMTP);
    ["server_address", "server_port", "security", "sender_address", "username"]
        .map(|name| form.value(name).unwrap_or_default().to_owned())
}

fn autoconfig(host: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"acme.example\">\
         <outgoingServer type=\"smtp\"><hostname>{host}</hostname><port>465</port><socketType>SSL</socketType>\
         <username>%EMAILLOCALPART%</username></outgoingServer></emailProvider></clientConfig>"
    )
}

#[tokio::test]
async fn a_service_chosen_from_the_list_fills_the_form_in_and_saves_nothing() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/settings?provider=smtp").await.expect(200);
    for (key, server, port, security, username, hint) in [
        ("google", "smtp.gmail.com", "587", "starttls", "", "An app password with 16 characters"),
        ("strato", "smtp.strato.de", "465", "tls", "", "The password of the mailbox"),
        (
            "sendgrid-eu",
            "smtp.eu.sendgrid.net",
            "587",
            "starttls",
            "apikey",
            "an API key with the permission",
        ),
        (
            "amazon-ses-eu-central-1",
            "email-smtp.eu-central-1.amazonaws.com",
            "587",
            "starttls",
            "",
            "must have left the sandbox",
        ),
        ("own", "", "587", "starttls", "", "Ask whoever runs the server"),
    ] {
        let chosen = alice.submit(page.form(SETTINGS).choose("preset", key)).await.expect(200);
        assert_eq!(filled_in(&chosen), [server, port, security, "", username], "{key}");
        assert_eq!(chosen.form(SETTINGS).value("preset"), Some(key));
        chosen.assert_says(hint);
    }
    assert_eq!(portal.count("email_providers").await, 0);
    let microsoft = alice.submit(page.form(SETTINGS).choose("preset", "microsoft365")).await.expect(200);
    assert!(microsoft.has_form("/administration/settings/email-provider/microsoft365"));
    // what is not in the list is as good as nothing
    let unknown = alice.open("/administration/settings?provider=smtp&preset=evil.example").await.expect(200);
    assert_eq!(filled_in(&unknown)[0], "");
    unknown.assert_says_not("evil.example");
}

#[tokio::test]
async fn what_is_stored_stays_beside_the_new_server_and_the_hint_stays_with_the_service() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let page = alice.open("/administration/settings?provider=smtp&preset=ionos-de").await.expect(200);
    let form = page.form(SMTP);
    assert_eq!(form.value("server_address"), Some("smtp.ionos.de"));
    assert_eq!(form.value("sender_name"), Some("Acme Portal"));
    let saved = alice.submit(form.fill("password", "another one")).await.expect(200);
    saved.assert_says("What IONOS (ionos.de) needs");
}

#[tokio::test]
async fn a_service_is_recognised_by_the_mx_record() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal
        .dns()
        .mx("acme.example", 10, "alt1.aspmx.l.google.com")
        .mx("acme.example", 1, "ASPMX.L.GOOGLE.COM")
        .mx("office.example", 0, "office-example.mail.protection.outlook.com");
    let page = recognise(&mut alice, "anna@Acme.example").await.expect(200);
    assert_eq!(filled_in(&page), ["smtp.gmail.com", "587", "starttls", "anna@acme.example", ""]);
    page.assert_says("Mail to acme.example goes to Google Workspace, Gmail (aspmx.l.google.com)");
    page.assert_says("An app password with 16 characters");
    assert!(portal.web().asked().is_empty() && portal.count("email_providers").await == 0);

    let page = recognise(&mut alice, "anna@office.example").await.expect(200);
    let form = page.form("/administration/settings/email-provider/microsoft365");
    assert_eq!(form.value("sender_address"), Some("anna@office.example"));
    page.assert_says("goes to Microsoft 365");
}

#[tokio::test]
async fn a_domain_says_its_server_by_autoconfig() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.dns().mx("acme.example", 10, "mx.acme.example").address("acme.example", "127.0.0.1");
    portal.web().put(&format!("acme.example{WELL_KNOWN}"), autoconfig("smtp.%EMAILDOMAIN%"));
    let page = recognise(&mut alice, "anna@acme.example").await.expect(200);
    assert_eq!(filled_in(&page), ["smtp.acme.example", "465", "tls", "anna@acme.example", "anna"]);
    page.assert_says("acme.example names smtp.acme.example as the outgoing server");

    // the name for this purpose comes first
    portal.dns().address("autoconfig.acme.example", "127.0.0.1");
    portal.web().put("autoconfig.acme.example/mail/config-v1.1.xml", autoconfig("mail.acme.example"));
    alice.language = "de";
    let page = recognise(&mut alice, "anna@acme.example").await.expect(200);
    assert_eq!(filled_in(&page)[0], "mail.acme.example");
    page.assert_says("autoconfig.acme.example nennt mail.acme.example als Postausgangsserver");
}

#[tokio::test]
async fn answers_that_are_not_in_order_are_nothing() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.dns().address("acme.example", "127.0.0.1").address("target.acme.example", "127.0.0.1");
    let good = autoconfig("smtp.acme.example");
    let port = portal.web().address.port();
    let at = format!("acme.example{WELL_KNOWN}");
    portal.web().put("target.acme.example/x.xml", good.clone());
    let big = format!("{good}<!--{}-->", "x".repeat(70_000));
    for (what, answer) in [
        (
            "a redirect",
            format!(
                "HTTP/1.1 302 Found\r\nlocation: https://target.acme.example:{port}/x.xml\r\ncontent-length: 0\r\n\r\n"
            ),
        ),
        ("an error", format!("HTTP/1.1 500 Oops\r\ncontent-length: {}\r\n\r\n{good}", good.len())),
        ("too much", big.clone()),
        ("too much, unannounced", format!("HTTP/1.1 200 OK\r\n\r\n{big}")),
        ("a page", "<!doctype html><title>Not here</title>".to_owned()),
        ("entities", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_owned()),
        ("no HTTP", "HTTP/nonsense".to_owned()),
    ] {
        portal.wind_minutes(1);
        portal.web().put(&at, answer);
        let page = recognise(&mut alice, "anna@acme.example").await.expect(200);
        assert_eq!(filled_in(&page)[0], "", "{what}");
        page.assert_says("Nothing was found for acme.example");
    }
    assert!(
        !portal.web().asked().iter().any(|asked| asked.starts_with("target.")),
        "a redirect was followed"
    );
    portal.web().put(&at, good);
    portal.wind_minutes(1);
    assert_eq!(filled_in(&recognise(&mut alice, "anna@acme.example").await)[0], "smtp.acme.example");
}

/// The name has an allowed address when it is checked, and would have another when it is connected to.
#[tokio::test]
async fn a_rebinding_name_is_looked_up_once_and_connected_to_where_it_was_checked() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "127.0.0.1/32")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.dns().rebinding("rebound.example", &["127.0.0.1", "127.0.0.2", "169.254.169.254"]);
    portal.web().put(&format!("rebound.example{WELL_KNOWN}"), autoconfig("smtp.rebound.example"));
    let page = recognise(&mut alice, "anna@rebound.example").await.expect(200);
    assert_eq!(filled_in(&page)[0], "smtp.rebound.example");
    assert_eq!(portal.dns().asked("rebound.example", RecordType::A), 1);
}

#[tokio::test]
async fn a_private_address_and_no_such_domain_get_the_same_words_in_the_same_time() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal
        .dns()
        .address("acme.example", "127.0.0.1")
        .address("autoconfig.acme.example", "127.0.0.1")
        .address("ten.example", "10.0.0.1")
        .address("cloud.example", "169.254.169.254")
        .address("six.example", "::1")
        .address("mapped.example", "::ffff:127.0.0.1")
        .alias("alias.example", "acme.example");
    portal.web().put(&format!("acme.example{WELL_KNOWN}"), autoconfig("smtp.acme.example"));
    let mut answers = Vec::new();
    for domain in [
        "not-there.example",
        "acme.example",
        "ten.example",
        "cloud.example",
        "six.example",
        "mapped.example",
        "alias.example",
    ] {
        portal.wind_minutes(1);
        let started = Instant::now();
        let page = recognise(&mut alice, &format!("anna@{domain}")).await.expect(200);
        assert!(started.elapsed() >= LOOK_UP, "{domain}: {:?}", started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(9), "{domain}: {:?}", started.elapsed());
        answers.push(page.text().replace(domain, "DOMAIN"));
    }
    for answer in &answers {
        assert!(answer.contains("Nothing was found for DOMAIN"), "{answer}");
        assert_eq!(answer, &answers[0]);
    }
    assert!(portal.web().asked().is_empty(), "somebody was asked in a network that is not allowed");
}

#[tokio::test]
async fn a_slip_is_shown_at_the_field_and_nothing_is_asked() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for address in ["", "anna", "anna@", "anna@127.0.0.1", "anna@[::1]", "a@b@acme.example"] {
        let page = recognise(&mut alice, address).await.expect(422);
        assert_eq!(page.problem_fields(), ["address"], "{address}");
        assert!(page.has("#address[aria-invalid]"));
    }
    assert!(portal.dns().names_asked().is_empty());
}

#[tokio::test]
async fn ten_look_ups_a_minute_a_tenant() {
    let portal = TestPortal::start().await;
    let (mut alice, mut greta) = (portal.signed_in(&ALICE).await, portal.signed_in(&GRETA).await);
    portal.dns().mx("acme.example", 1, "smtp.google.com");
    for _ in 0..10 {
        recognise(&mut alice, "anna@acme.example").await.expect(200);
    }
    recognise(&mut alice, "anna@acme.example").await.expect(429).assert_says("At most 10 look-ups a minute");
    assert_eq!(portal.dns().asked("acme.example", RecordType::MX), 10);
    recognise(&mut greta, "anna@acme.example").await.expect(200);
    assert_eq!(portal.count("audit_entries WHERE event = 'email_provider.recognition'").await, 11);
    portal.wind(Duration::from_secs(61));
    recognise(&mut alice, "anna@acme.example").await.expect(200);
}
