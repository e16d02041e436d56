//! Microsoft 365 as the provider: the form, its slips and help, replacing the secret, and its end.

use std::time::Duration;

use crate::support::{ALICE, Form, GRETA, Page, TestPortal, Visitor};

const SETTINGS: &str = "/administration/settings";
const MICROSOFT: &str = "/administration/settings/email-provider/microsoft365";
const SECRET: &str = "/administration/settings/email-provider/microsoft365/secret";
const SMTP: &str = "/administration/settings/email-provider/smtp";

const TENANT: &str = "8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a";
const CLIENT: &str = "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63";
const VALUE: &str = "abc~Q8canary.Value_0001";

async fn filled_in(admin: &mut Visitor) -> Form {
    let page = admin.open("/administration/settings?provider=microsoft365").await.expect(200);
    page.form(MICROSOFT)
        .fill("sender_address", "reports@contoso.example")
        .fill("tenant_id", TENANT)
        .fill("client_id", CLIENT)
        .fill("client_secret", VALUE)
}

async fn save(admin: &mut Visitor) -> Page {
    let form = filled_in(admin).await;
    admin.submit(form).await.expect(200)
}

/// The date so many days from the portal's today, as a date field sends it.
fn in_days(portal: &TestPortal, days: u64) -> String {
    let then = portal.state.clock.now().plus(Duration::from_secs(days * 86_400));
    then.utc().date_naive().to_string()
}

async fn sealed(portal: &TestPortal) -> Vec<u8> {
    portal.one("SELECT sealed_secret FROM email_providers").await
}

#[tokio::test]
async fn the_form_asks_for_what_microsoft_needs_and_saves_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/settings?provider=microsoft365").await.expect(200);
    let form = page.form(MICROSOFT);
    assert_eq!(
        form.names(),
        [
            "csrf_token",
            "revision",
            "sender_address",
            "tenant_id",
            "client_id",
            "cloud",
            "large_messages",
            "client_secret",
            "secret_expires_on"
        ]
    );
    assert_eq!(form.value("cloud"), Some("global"));
    assert_eq!(form.value("large_messages"), None, "a permission that nobody has to give");
    assert_eq!(page.attribute("#client_secret", "type").as_deref(), Some("password"));

    let page = save(&mut alice).await;
    assert_eq!(
        page.flash().unwrap(),
        "The email provider was saved. Send a test email to see whether it works."
    );
    let form = page.form(MICROSOFT);
    assert_eq!(form.value("sender_address"), Some("reports@contoso.example"));
    assert_eq!((form.value("tenant_id"), form.value("client_id")), (Some(TENANT), Some(CLIENT)));
    assert_eq!(form.value("client_secret"), Some(""));
    page.assert_says("A client secret is stored.");
    assert!(!page.html.contains(VALUE));
    assert_eq!(portal.one::<String>("SELECT kind FROM email_providers").await, "microsoft365");
    let settings = portal.one::<String>("SELECT settings FROM email_providers").await;
    assert!(!settings.contains(VALUE), "{settings}");
    let audit = portal.one::<String>("SELECT details FROM audit_entries ORDER BY id DESC LIMIT 1").await;
    assert!(
        audit.contains("microsoft365") && audit.contains("client_id") && !audit.contains(VALUE),
        "{audit}"
    );

    let page = alice.open("/administration/settings/email-provider/test-messages").await.expect(200);
    page.assert_says("Microsoft 365").assert_says("reports@contoso.example");
}

#[tokio::test]
async fn slips_are_said_at_their_field_and_what_was_typed_is_still_there() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for (field, typed, words) in [
        ("sender_address", "Anna Example", "without a display name"),
        ("tenant_id", "common", "any tenant"),
        ("tenant_id", "", "Enter the Directory (tenant) ID."),
        ("client_id", TENANT, "the same"),
        ("client_id", "my-app", "Application (client) ID"),
        ("client_secret", CLIENT, "Secret ID"),
        ("client_secret", " abc ", "blanks"),
        ("client_secret", "", "Enter the value of a client secret."),
        ("secret_expires_on", "2020-01-01", "past"),
        ("secret_expires_on", "soon", "Enter a date"),
    ] {
        let form = filled_in(&mut alice).await.forge(field, typed);
        let page = alice.submit(form).await.expect(422);
        assert_eq!(page.problem_fields(), [field], "{typed}");
        assert!(page.problem(field).unwrap().contains(words), "{:?}", page.problem(field));
        let again = page.form(MICROSOFT);
        assert_eq!(again.value("client_secret"), Some(""), "a secret is never sent back");
        if field != "client_secret" {
            assert_eq!(again.value(field), Some(typed));
            assert_eq!(page.attribute(&format!("#{field}"), "aria-invalid").as_deref(), Some("true"));
        }
        assert!(!page.html.contains(VALUE));
    }
    let form = filled_in(&mut alice).await.forge("cloud", "https://graph.evil.example");
    let page = alice.submit(form).await.expect(422);
    assert_eq!(page.problem_fields(), ["cloud"]);
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn the_box_for_large_messages_is_kept_and_can_be_cleared() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = filled_in(&mut alice).await.tick("large_messages", true);
    let page = alice.submit(form).await.expect(200);
    assert_eq!(page.form(MICROSOFT).value("large_messages"), Some("on"));
    assert_eq!(
        page.attribute("#large_messages", "aria-describedby").as_deref(),
        Some("large_messages-hint"),
        "what it lets the application do is said at the box"
    );
    page.assert_says("Mail.ReadWrite (Application)").assert_says("read and change everything in the mailbox");
    // what was ticked is still there after a slip
    let form = page.form(MICROSOFT).fill("tenant_id", "common");
    let refused = alice.submit(form).await.expect(422);
    assert_eq!(refused.form(MICROSOFT).value("large_messages"), Some("on"));
    let form = page.form(MICROSOFT).tick("large_messages", false);
    let page = alice.submit(form).await.expect(200);
    assert_eq!(page.form(MICROSOFT).value("large_messages"), None);
}

#[tokio::test]
async fn an_empty_secret_keeps_the_stored_one_for_the_same_application_only() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save(&mut alice).await;
    let first = sealed(&portal).await;
    let form = filled_in(&mut alice).await.fill("sender_address", "other@contoso.example");
    let page = alice.submit(form.fill("client_secret", "")).await.expect(200);
    assert!(page.flash().unwrap().contains("was kept"));
    assert_eq!(sealed(&portal).await, first);

    for (field, value) in [
        ("tenant_id", "1d9e7f30-52b8-4c6a-8e11-7a3b5c9d0e2f"),
        ("client_id", "b26c7d8e-9fa0-4132-8c4d-5e6f708192a3"),
        ("cloud", "china"),
    ] {
        let form = filled_in(&mut alice).await.fill("client_secret", "").forge(field, value);
        let page = alice.submit(form).await.expect(422);
        assert!(page.problem("client_secret").unwrap().contains("again"), "{field}");
    }
    assert_eq!(sealed(&portal).await, first);
    // one of the two where the other belongs
    let other = "b26c7d8e-9fa0-4132-8c4d-5e6f708192a3";
    for (tenant, client) in [(CLIENT, other), (other, TENANT)] {
        let form = filled_in(&mut alice).await.fill("tenant_id", tenant).fill("client_id", client);
        let page = alice.submit(form).await.expect(422);
        assert!(page.problem("tenant_id").unwrap().contains("swapped"));
    }
}

#[tokio::test]
async fn swapped_ids_can_be_put_right_and_ids_that_have_worked_are_not_swapped() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let typed = |form: Form, tenant: &str, client: &str| {
        form.fill("tenant_id", tenant).fill("client_id", client).fill("client_secret", VALUE)
    };
    for right in [TENANT, "contoso.onmicrosoft.com"] {
        let form = typed(filled_in(&mut alice).await, CLIENT, TENANT);
        alice.submit(form).await.expect(200);
        let form = typed(filled_in(&mut alice).await, right, CLIENT);
        let page = alice.submit(form).await.expect(200);
        assert_eq!(page.form(MICROSOFT).value("tenant_id"), Some(right));
    }

    save(&mut alice).await;
    let accepted = serde_json::json!({ "state": "accepted", "at": portal.state.clock.now() }).to_string();
    portal.sql(&format!("UPDATE email_providers SET health = '{accepted}'")).await;
    let form = typed(filled_in(&mut alice).await, CLIENT, TENANT);
    let page = alice.submit(form).await.expect(422);
    assert!(page.problem("tenant_id").unwrap().contains("swapped"));
}

#[tokio::test]
async fn the_small_form_replaces_the_secret_and_nothing_else() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    assert_eq!(alice.get(SECRET).await.location(), SETTINGS, "nothing to replace yet");
    save(&mut alice).await;
    let first = sealed(&portal).await;

    let page = alice.open(SECRET).await.expect(200);
    let form = page.form(SECRET);
    assert_eq!(form.names(), ["csrf_token", "revision", "client_secret", "secret_expires_on"]);
    for (typed, words) in [("", "Enter the value"), (CLIENT, "Secret ID"), (" x", "blanks")] {
        let refused = alice.submit(form.clone().fill("client_secret", typed)).await.expect(422);
        assert!(refused.problem("client_secret").unwrap().contains(words));
    }
    let last_day = in_days(&portal, 400);
    let filled = form.clone().fill("client_secret", "new~Q8value").fill("secret_expires_on", &last_day);
    let page = alice.submit(filled).await.expect(200);
    assert!(page.flash().unwrap().starts_with("The client secret was replaced."));
    let shown = page.form(MICROSOFT);
    assert_eq!((shown.value("tenant_id"), shown.value("client_id")), (Some(TENANT), Some(CLIENT)));
    assert_eq!(shown.value("secret_expires_on"), Some(last_day.as_str()));
    assert_ne!(sealed(&portal).await, first);
    assert!(!page.html.contains("new~Q8value"));

    // from the state of before: somebody came between
    let stale = form.fill("client_secret", "late~Q8value");
    alice.submit(stale).await.expect(409);
    // and not over another kind of provider
    let late = alice.open(SECRET).await.form(SECRET).fill("client_secret", "late~Q8value");
    portal.save_provider(&mut alice).await;
    alice.submit(late.clone()).await.expect(409);
    alice.submit(late.without("revision")).await.expect(409);
    assert_eq!(portal.one::<String>("SELECT kind FROM email_providers").await, "smtp");
}

#[tokio::test]
async fn the_end_of_a_secret_is_announced_where_administrators_look() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = filled_in(&mut alice).await.fill("secret_expires_on", &in_days(&portal, 31));
    alice.submit(form).await.expect(200).assert_says_not("The client secret expires in");
    for (days, words, tone) in [
        (1, "The client secret expires in 30 days", "info"),
        (16, "The client secret expires in 14 days", "warning"),
        (7, "The client secret expires in 7 days", "warning"),
        (6, "The client secret expires tomorrow", "error"),
        (1, "The client secret expires today", "error"),
        (1, "The client secret has expired", "error"),
    ] {
        portal.wind(Duration::from_secs(days * 86_400));
        alice.sign_in(&ALICE).await;
        for path in ["/home", SETTINGS] {
            let page = alice.open(path).await.expect(200);
            page.assert_says(words);
            assert!(page.has(&format!(".notice-{tone} a[href='{SECRET}']")), "{words}");
        }
    }
    // an administrator who now changes something else is not kept from it
    let page = alice.open(SETTINGS).await;
    let form = page.form(MICROSOFT).fill("sender_address", "other@contoso.example");
    alice.submit(form).await.expect(200);
    let form = alice.open(SECRET).await.form(SECRET).fill("client_secret", "new~Q8value");
    alice.submit(form).await.expect(200).assert_says_not("has expired");

    let mut ben = portal.signed_in(&crate::support::BEN).await;
    ben.open("/home").await.expect(200).assert_says_not("client secret");
}

#[tokio::test]
async fn the_help_speaks_the_readers_language_and_fills_in_the_tenants_own_values() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/settings?provider=microsoft365").await;
    page.assert_says("Certificates & secrets > New client secret").assert_says("'reports@example.com'");
    let form = filled_in(&mut alice).await.fill("sender_address", "o'brien@contoso.example");
    let page = alice.submit(form).await.expect(200);
    page.assert_says(&format!("$clientId = '{CLIENT}'")).assert_says("$sender = 'o''brien@contoso.example'");
    assert_eq!(page.texts("pre").len(), 1);
    let links: Vec<String> = page
        .html
        .match_indices("https://learn.microsoft.com/")
        .map(|(at, _)| page.html[at..].chars().take_while(|c| *c != '"').collect())
        .collect();
    assert_eq!(links.len(), 3, "{links:?}");

    let mut greta = portal.visitor("globex");
    greta.language = "de";
    greta.sign_in(&GRETA).await;
    let page = greta.open("/administration/settings?provider=microsoft365").await.expect(200);
    page.assert_says("Geheimer Clientschlüssel").assert_says("Administratorzustimmung erteilen");
    assert!(page.html.contains("https://learn.microsoft.com/de-de/"));
    assert!(!page.html.contains(CLIENT), "another tenant's values are nobody's business");
}

#[tokio::test]
async fn a_password_for_exchange_online_brings_the_hint_that_this_is_ending() {
    for (year, month, day, words) in [
        (2026, 12, 31, "switches it off by default at the end of December 2026"),
        (2027, 1, 1, "has switched off sign-in with a password at this server by default"),
        (2028, 1, 1, "is ending sign-in with a password"),
    ] {
        let portal = TestPortal::start_on(year, month, day).await;
        let mut alice = portal.signed_in(&ALICE).await;
        let form = portal.smtp_form(&mut alice).await;
        let form = form.fill("server_address", "SMTP.Office365.com").fill("server_port", "x");
        let page = alice.submit(form).await;
        page.assert_says(words);
        assert!(page.has("a[href='/administration/settings?provider=microsoft365']"));
        let form = page.form(SMTP).fill("server_port", "587").fill("password", "x");
        alice.submit(form).await.expect(200).assert_says(words);
        portal.save_provider(&mut alice).await.assert_says_not(words);
    }
}
