//! What may stand in the SMTP form, and how a refusal is said.

use mail_parser::MessageParser;

use crate::support::{ALICE, CATCHER_PASSWORD, Form, ODD_PASSWORD, Page, SENDER, TestPortal, Visitor};

const SETTINGS: &str = "/administration/settings";
const SMTP: &str = "/administration/settings/email-provider/smtp";

async fn stored(portal: &TestPortal) -> serde_json::Value {
    serde_json::from_str(&portal.one::<String>("SELECT settings FROM email_providers").await).unwrap()
}

async fn has_secret(portal: &TestPortal) -> bool {
    portal.count("email_providers WHERE sealed_secret IS NOT NULL").await == 1
}

/// Whether a test message gets through.
async fn works(portal: &TestPortal, alice: &mut Visitor) -> bool {
    portal.wind_minutes(1);
    let page = portal.send_test(alice, "anna@example.org").await.expect(200);
    page.text().contains("was accepted by")
}

#[tokio::test]
async fn all_problems_are_said_at_once_at_the_field_and_in_a_summary_that_leads_there() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = alice.open(SETTINGS).await.form(SMTP);
    let typed = [
        ("server_address", "https://smtp.acme.example"),
        ("server_port", "0"),
        ("sender_address", "Anna <anna@acme.example>"),
        ("username", &"u".repeat(257)),
    ];
    let long_name = "n".repeat(101);
    let long_password = "canary".repeat(50);
    let mut form = form.tick("username_same_as_sender", false).without("security");
    for (name, value) in typed {
        form = form.fill(name, value);
    }
    form = form.fill("sender_name", &long_name).fill("password", &long_password);
    let page = alice.submit(form).await.expect(422);

    let fields = [
        "server_address",
        "server_port",
        "security",
        "sender_address",
        "sender_name",
        "username",
        "password",
    ];
    assert_eq!(page.problem_fields(), fields, "in the order of the form");
    assert!(page.texts("title")[0].starts_with("Error: "));
    assert!(page.has("#problems[role=alert]"));
    for field in fields {
        let at = page.attribute(&format!("#{field}"), "aria-invalid");
        assert_eq!(at.as_deref(), Some("true"), "{field}");
        let described = page.attribute(&format!("#{field}"), "aria-describedby").unwrap();
        assert!(described.split(' ').any(|id| id == format!("{field}-error")), "{field}: {described}");
        for id in described.split(' ') {
            assert!(page.has(&format!("[id=\"{id}\"]")), "{field} is described by {id}, which is not there");
        }
        let said = page.texts(&format!("#{field}-error"));
        assert_eq!(said, [page.problem(field).unwrap()], "{field}");
    }
    let form = page.form(SMTP);
    for (name, value) in typed {
        assert_eq!(form.value(name), Some(value), "what was typed is still there");
    }
    assert_eq!(form.value("sender_name"), Some(long_name.as_str()));
    assert_eq!(form.value("password"), Some(""));
    assert!(!page.html.contains("canary"), "but no secret");
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn each_field_says_what_is_wrong_with_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await;
    for (field, value, words) in [
        ("server_address", "", "Enter the name of the server"),
        ("server_address", "smtp.acme.example:587", "Enter the server name only"),
        ("server_address", "smtp acme", "neither a host name nor an IP address"),
        ("server_address", "256.1.1.1", "neither a host name nor an IP address"),
        ("server_port", "", "Enter a whole number from 1 to 65535."),
        ("server_port", "0", "Enter a whole number from 1 to 65535."),
        ("server_port", "65536", "Enter a whole number from 1 to 65535."),
        ("server_port", "-1", "Enter a whole number from 1 to 65535."),
        ("server_port", "+587", "Enter a whole number from 1 to 65535."),
        ("server_port", "587.0", "Enter a whole number from 1 to 65535."),
        ("sender_address", "", "Enter an email address."),
        ("sender_address", "anna", "Enter a complete email address"),
        ("sender_address", "a@x.org, b@x.org", "Enter one email address only"),
        ("sender_address", "a b@x.org", "a character that is not allowed"),
        ("sender_address", "a@[127.0.0.1]", "not a domain name"),
        ("password", "", "Enter the password."),
    ] {
        let page = alice.submit(form.clone().fill(field, value)).await.expect(422);
        assert_eq!(page.problem_fields(), [field], "{value:?}");
        let said = page.problem(field).unwrap();
        assert!(said.contains(words), "{value:?}: {said}");
        if field != "password" {
            assert_eq!(page.form(SMTP).value(field), Some(value));
        }
    }
    for security in ["", "ssl", "NONE", "starttls "] {
        let page = alice.submit(form.clone().forge("security", security)).await.expect(422);
        assert_eq!(page.problem_fields(), ["security"], "{security:?}");
    }
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn blanks_around_do_not_count_and_international_names_become_ascii() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal
        .smtp_form(&mut alice)
        .await
        .fill("server_address", " Mail.Müller.Example. ")
        .fill("server_port", " 587 ")
        .fill("sender_address", " info@Müller.Example ")
        .fill("sender_name", "  Müller & Söhne  ");
    let page = alice.submit(form).await.expect(200);
    let stored = stored(&portal).await;
    assert_eq!(stored["server_address"], "mail.xn--mller-kva.example");
    assert_eq!(stored["server_port"], 587);
    assert_eq!(stored["sender_address"], "info@xn--mller-kva.example");
    assert_eq!(stored["sender_name"], "Müller & Söhne");
    assert_eq!(page.form(SMTP).value("server_address"), Some("mail.xn--mller-kva.example"));
    for (typed, kept) in [("65535", 65535), ("1", 1)] {
        let form = portal.smtp_form(&mut alice).await.fill("server_port", typed);
        alice.submit(form).await.expect(200);
        assert_eq!(super::provider_form::stored(&portal).await["server_port"], kept);
    }
}

#[tokio::test]
async fn user_name_and_password_follow_the_rules() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let unticked = |form: Form| form.tick("username_same_as_sender", false);
    let clear = async |alice: &mut Visitor| {
        portal.sql("DELETE FROM email_providers").await;
        unticked(portal.smtp_form(alice).await)
    };

    // both empty: an IP relay, no sign-in
    let form = clear(&mut alice).await.fill("username", "").fill("password", "");
    let page = alice.submit(form).await.expect(200);
    assert_eq!(stored(&portal).await["sign_in"], serde_json::json!({"as": "nobody"}));
    assert!(!has_secret(&portal).await);
    assert_eq!(page.form(SMTP).value("username_same_as_sender"), None);

    // a password without a user name: the sender's address is the user name
    let form = clear(&mut alice).await.fill("username", "");
    alice.submit(form).await.expect(200);
    assert!(works(&portal, &mut alice).await);
    assert_eq!(portal.catcher().mails()[0].signed_in_as, SENDER);

    // a user name without a password on the first save
    let form = clear(&mut alice).await.fill("username", "somebody").fill("password", "");
    let page = alice.submit(form).await.expect(422);
    assert_eq!(page.problem_fields(), ["password"]);
    assert_eq!(page.form(SMTP).value("username"), Some("somebody"));
    // the ticked box is a user name, too
    let form = clear(&mut alice).await.tick("username_same_as_sender", true).fill("password", "");
    assert_eq!(alice.submit(form).await.expect(422).problem_fields(), ["password"]);

    // a user name that is no address
    let form = clear(&mut alice).await.fill("username", "a name, no address");
    let page = alice.submit(form).await.expect(200);
    assert_eq!(page.form(SMTP).value("username"), Some("a name, no address"));
    assert!(works(&portal, &mut alice).await);
    assert_eq!(portal.catcher().mails()[0].signed_in_as, "a name, no address");
}

#[tokio::test]
async fn a_password_is_kept_as_typed() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.fill("password", ODD_PASSWORD);
    alice.submit(form).await.expect(200);
    assert!(works(&portal, &mut alice).await, "blanks at both ends, quotation marks and umlauts");
    let form = portal.smtp_form(&mut alice).await.fill("password", ODD_PASSWORD.trim());
    alice.submit(form).await.expect(200);
    assert!(!works(&portal, &mut alice).await, "another password");
    // a password of blanks is a password
    let form = portal.smtp_form(&mut alice).await.fill("password", "   ");
    alice.submit(form).await.expect(200);
    assert!(has_secret(&portal).await);

    let most = "ß".repeat(256);
    let form = portal.smtp_form(&mut alice).await.fill("password", &most);
    alice.submit(form).await.expect(200);
    let form = portal.smtp_form(&mut alice).await.fill("password", &format!("{most}ß"));
    let page = alice.submit(form).await.expect(422);
    assert_eq!(
        page.problem("password").unwrap(),
        "Enter at most 256 characters. The character NUL is not possible."
    );
    let form = portal.smtp_form(&mut alice).await.forge("password", "a\0b");
    assert_eq!(alice.submit(form).await.expect(422).problem_fields(), ["password"]);
}

/// Saves with an empty password and one field changed.
async fn save_without_password(alice: &mut Visitor, change: impl FnOnce(Form) -> Form) -> Page {
    let form = alice.open(SETTINGS).await.form(SMTP);
    assert_eq!(form.value("password"), Some(""), "a stored password is never sent to the browser");
    alice.submit(change(form)).await
}

#[tokio::test]
async fn an_empty_password_keeps_the_stored_one_only_for_the_same_destination() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await;
    let named = form.tick("username_same_as_sender", false).fill("username", SENDER);
    alice.submit(named).await.expect(200);
    assert!(works(&portal, &mut alice).await);
    alice.open(SETTINGS).await.assert_says("A password is stored. Leave the field empty to keep it");

    // what is no part of the destination may change
    let page = save_without_password(&mut alice, |form| form.fill("sender_name", "Another name")).await;
    page.expect(200);
    assert!(has_secret(&portal).await && works(&portal, &mut alice).await);
    // the same user name by the ticked box is the same destination
    save_without_password(&mut alice, |form| form.tick("username_same_as_sender", true)).await.expect(200);
    assert!(works(&portal, &mut alice).await);
    save_without_password(&mut alice, |form| {
        form.tick("username_same_as_sender", false).fill("username", SENDER)
    })
    .await
    .expect(200);
    save_without_password(&mut alice, |form| form.fill("sender_address", "other@acme.example"))
        .await
        .expect(200);

    let before = portal.one::<Vec<u8>>("SELECT sealed_secret FROM email_providers").await;
    let changes: [fn(Form) -> Form; 6] = [
        |form| form.fill("server_address", "127.0.0.1"),
        |form| form.fill("server_port", "2525"),
        |form| form.choose("security", "tls"),
        |form| form.choose("security", "none"),
        |form| form.fill("username", "somebody else"),
        // the sender's address becomes the user name
        |form| form.tick("username_same_as_sender", true).fill("username", ""),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let page = save_without_password(&mut alice, change).await.expect(422);
        assert_eq!(page.problem_fields(), ["password"], "change {n}");
        let reason = page.problem("password").unwrap();
        assert!(
            reason.starts_with("Enter the password again: the stored one is only used for the server, port"),
            "change {n}: {reason}"
        );
    }
    let after = portal.one::<Vec<u8>>("SELECT sealed_secret FROM email_providers").await;
    assert_eq!(before, after, "nothing was changed");
    // with the password it goes
    save_without_password(&mut alice, |form| {
        form.fill("server_address", "127.0.0.1").fill("password", CATCHER_PASSWORD)
    })
    .await
    .expect(200);
    // both empty is a relay without sign-in: the stored password does not stay behind
    save_without_password(&mut alice, |form| form.fill("username", "")).await.expect(200);
    assert!(!has_secret(&portal).await);
}

#[tokio::test]
async fn clear_text_is_warned_of_and_needs_no_further_field() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await.choose("security", "none");
    let page = alice.submit(form).await.expect(200);
    assert_eq!(page.form(SMTP).value("security"), Some("none"));
    page.assert_says("The password and every mail cross the network unencrypted.");
}

#[tokio::test]
async fn what_a_page_offers_is_what_it_understands() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/settings?provider=microsoft365").await.expect(200);
    assert!(page.has_form("/administration/settings/email-provider/microsoft365"));
    assert!(!page.has_form(SMTP));
    // fields of another form and unknown ones do no harm
    let form = portal.smtp_form(&mut alice).await.forge("tenant_id", "x").forge("admin", "1");
    alice.submit(form).await.expect(200);
    // nor does a script that knows no revision
    let form = portal.smtp_form(&mut alice).await.without("revision");
    alice.submit(form).await.expect(200);
    // one that was invented is a conflict
    for revision in ["nonsense", "018f0000-0000-7000-8000-000000000000", "none"] {
        let form = portal.smtp_form(&mut alice).await.forge("revision", revision);
        alice.submit(form).await.expect(409);
    }
}

#[tokio::test]
async fn nothing_that_is_sent_along_can_bring_a_header_or_a_command_of_its_own() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let breaks = ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{b}"];
    let fields = [
        "server_address",
        "server_port",
        "security",
        "sender_address",
        "sender_name",
        "username",
        "password",
    ];
    for line_break in breaks {
        for field in fields {
            let form = portal.smtp_form(&mut alice).await.tick("username_same_as_sender", false);
            let form = form.fill("username", SENDER);
            let good = form.value(field).unwrap().to_owned();
            for evil in [
                format!("{good}{line_break}Bcc: eve@evil.example"),
                format!("{good}{line_break}RCPT TO:<eve@evil.example>"),
                format!("{line_break}{good}"),
            ] {
                let page = alice.submit(form.clone().forge(field, &evil)).await;
                assert!([200, 422].contains(&page.status), "{field} {evil:?}: {}", page.status);
                if page.status == 200 {
                    // taken as an ordinary text, or with the blanks around it cut off: it must be harmless
                    portal.wind_minutes(1);
                    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
                    portal.sql("DELETE FROM email_providers").await;
                }
            }
        }
    }
    portal.save_provider(&mut alice).await;
    let tests = "/administration/settings/email-provider/test-messages";
    let form = alice.open(tests).await.form(tests);
    for line_break in breaks {
        for evil in [
            format!("anna@example.org{line_break}Bcc: eve@evil.example"),
            format!("anna@example.org{line_break}eve@evil.example"),
            format!("anna@example.org>{line_break}RCPT TO:<eve@evil.example"),
        ] {
            alice.submit(form.clone().forge("recipient", &evil)).await.expect(422);
        }
    }
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    let mails = portal.catcher().mails();
    assert!(!mails.is_empty());
    for mail in mails {
        assert_eq!(mail.recipients, ["anna@example.org"]);
        assert_eq!(mail.from, SENDER);
        let source = portal.catcher().mailbox().source(mail.id).unwrap();
        let parsed = MessageParser::default().parse(&source).unwrap();
        let names: Vec<&str> = parsed.headers_raw().map(|(name, _)| name).collect();
        for name in &names {
            let ours = [
                "From",
                "To",
                "Subject",
                "Message-ID",
                "Date",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
                "Received",
                "Return-Path",
                "Content-Transfer-Encoding",
            ];
            assert!(ours.contains(name), "a header that nobody of ours writes: {name}");
        }
        assert!(!String::from_utf8_lossy(&source).contains("eve@evil.example"));
    }
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let evil = "\"><script>alert(1)</script><b x='";
    let form = portal
        .smtp_form(&mut alice)
        .await
        .tick("username_same_as_sender", false)
        .fill("sender_name", evil)
        .fill("username", evil);
    let refused = alice.submit(form.clone().fill("server_address", evil).fill("server_port", evil)).await;
    let refused = refused.expect(422);
    let saved = alice.submit(form).await.expect(200);
    for page in [&refused, &saved] {
        assert!(!page.html.contains("<script") && !page.has("b"), "{}", page.html);
        assert_eq!(page.form(SMTP).value("sender_name"), Some(evil));
        assert_eq!(page.form(SMTP).value("username"), Some(evil));
    }
    let result = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    assert!(!result.html.contains("<script"));
    let mut visitor = portal.visitor("acme");
    let query = serde_urlencoded::to_string([("next", format!("/{evil}"))]).unwrap();
    assert!(!visitor.open(&format!("/sign-in?{query}")).await.html.contains("<script"));
    let page = visitor.sign_in_with(evil, evil).await.expect(422);
    assert!(!page.html.contains("<script"));
    let mut base = portal.at_host(&format!("localhost:{}", portal.port));
    let query = serde_urlencoded::to_string([("tenant", evil)]).unwrap();
    assert!(!base.open(&format!("/?{query}")).await.html.contains("<script"));
}
