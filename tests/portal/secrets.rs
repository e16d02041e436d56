//! The search for secrets: canary passwords go in by every door and must be found nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{ALICE, CATCHER_PASSWORD, GRETA, Page, SENDER, TestPortal, collect_log};

const SMTP: &str = "/administration/settings/email-provider/smtp";

/// Every form in which a password would betray itself.
fn traces(password: &str, user: &str) -> Vec<String> {
    let plain = format!("\0{user}\0{password}");
    let escaped = serde_urlencoded::to_string([("", password)]).unwrap();
    let bytes = format!("{:?}", password.as_bytes());
    let hex = password.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    vec![
        password.to_owned(),
        STANDARD.encode(password),
        URL_SAFE_NO_PAD.encode(password),
        STANDARD.encode(plain),
        escaped.trim_start_matches('=').to_owned(),
        hex,
        // as a log writes bytes
        bytes.trim_matches(['[', ']']).to_owned(),
    ]
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, at whose end everything is searched")]
async fn canary_passwords_are_found_nowhere() {
    let log = collect_log();
    let portal = TestPortal::start().await;
    let canaries: Vec<String> =
        ["smtp-1", "smtp-2", "smtp-3", "entra-1", "entra-2", "user-1", "user-2", "user-3", "user-4"]
            .iter()
            .map(|name| format!("canary {name} §&+/=<p>ß"))
            .collect();
    let [smtp_1, smtp_2, smtp_3, entra_1, entra_2, user_1, user_2, user_3, user_4] = canaries.as_slice()
    else {
        panic!()
    };

    // a person: first password, wrong and right sign-in, refused and accepted change
    let link = portal.invite("acme", "Nina New", "nina@acme.example").await;
    let mut nina = portal.visitor("acme");
    let form = nina.open(&link).await.form(&link);
    nina.submit(form.clone().fill("new_password", user_1).fill("repeat_password", user_2)).await.expect(422);
    nina.submit(form.fill("new_password", user_1).fill("repeat_password", user_1)).await.expect(200);
    let page = nina.open("/account").await;
    let form = page.form("/account/password").fill("new_password", user_2).fill("repeat_password", user_2);
    nina.submit(form.clone().fill("current_password", user_3)).await.expect(422);
    nina.submit(form.fill("current_password", user_1)).await.expect(200);
    let mut again = portal.visitor("acme");
    again.sign_in_with("nina@acme.example", user_4).await.expect(422);
    again.sign_in_with("nina@acme.example", user_2).await.expect(200);

    // a provider: refused, saved, refused by the server, kept, replaced, removed
    let mut alice = portal.signed_in(&ALICE).await;
    let form = portal.smtp_form(&mut alice).await;
    alice.submit(form.clone().fill("password", smtp_1).fill("server_port", "0")).await.expect(422);
    alice.submit(form.clone().forge("csrf_token", "x").fill("password", smtp_1)).await.expect(403);
    alice.submit(form.fill("password", smtp_1)).await.expect(200);
    let refused = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    refused.assert_says("refused the user name or the password");
    let keep = alice.open("/administration/settings").await.form(SMTP).fill("sender_name", "Other");
    alice.submit(keep).await.expect(200);
    let stale = portal.smtp_form(&mut alice).await.fill("password", smtp_3);
    let form = portal.smtp_form(&mut alice).await.fill("password", smtp_2);
    alice.submit(form).await.expect(200);
    alice.submit(stale).await.expect(409);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    // likewise by Microsoft 365, whose stand-in refuses both
    let form = portal.microsoft365_form(&mut alice).await.fill("client_secret", entra_1);
    alice.submit(form.clone().fill("tenant_id", "common")).await.expect(422);
    alice.submit(form).await.expect(200);
    let refused = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    refused.assert_says("AADSTS7000215");
    let secret = "/administration/settings/email-provider/microsoft365/secret";
    let form = alice.open(secret).await.form(secret).fill("client_secret", entra_2);
    alice.submit(form.clone().fill("secret_expires_on", "soon")).await.expect(422);
    alice.submit(form).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("AADSTS7000215");
    alice.open("/home").await;
    alice.open("/no-such-page").await;
    let stored = posthorn::email_provider::find(portal.state.db.read(), portal.tenant("acme").await).await;
    let active =
        posthorn::email_provider::mailer_for(&portal.state, portal.tenant("acme").await).await.unwrap();
    let debug =
        format!("{stored:?} {:?} {:?} {:?}", active.mailer, portal.state.config, portal.state.network);

    let mut places: Vec<(String, String)> =
        vec![("the log".to_owned(), log.text()), ("Debug output".to_owned(), debug)];
    for (n, answer) in portal.everything_received().into_iter().enumerate() {
        places.push((format!("answer {n}"), answer));
    }
    for path in files(portal.folder()) {
        places.push((
            path.display().to_string(),
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
        ));
    }
    for sql in [
        "SELECT details FROM audit_entries",
        "SELECT COALESCE(outcome, '') FROM test_messages",
        "SELECT settings || health FROM email_providers",
        "SELECT settings || steps FROM provider_checks",
        "SELECT state FROM sessions",
        "SELECT COALESCE(password_hash, '') FROM users",
    ] {
        for row in portal.rows(sql).await {
            places.push((sql.to_owned(), row.try_get_by_index::<String>(0).unwrap()));
        }
    }
    // the search can find something
    let log_text = log.text();
    assert!(log_text.contains("request") && log_text.contains("TRACE"), "the log was collected");
    assert!(places.iter().any(|(_, text)| text.contains("nina@acme.example")));
    if portal.is_sqlite() {
        let mut all = places.iter().filter(|(name, _)| name.contains("posthorn.sqlite3"));
        assert!(all.any(|(_, text)| text.contains("nina@acme.example")));
    }
    for canary in &canaries {
        for user in [SENDER, "nina@acme.example", ALICE.email] {
            for trace in traces(canary, user) {
                for (name, text) in &places {
                    assert!(!text.contains(&trace), "{canary} stands in {name}: {}", around(text, &trace));
                }
            }
        }
    }
    for complaint in
        ["a message does not fit its arguments", "there is no such message", "a message stands twice"]
    {
        assert!(!log_text.contains(complaint), "{complaint}");
    }
    // one-time links and session keys are as good as passwords
    let key = alice.cookies["posthorn_session"].clone();
    let token = link.trim_start_matches("/welcome/");
    for secret in [key.as_str(), token] {
        for (name, text) in places.iter().filter(|(name, _)| !name.starts_with("answer")) {
            assert!(!text.contains(secret), "{secret} stands in {name}: {}", around(text, secret));
        }
    }
}

fn around(text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap_or(0);
    let (before, after) = text.split_at(at);
    let start = before.char_indices().rev().nth(300).map_or(0, |(at, _)| at);
    format!("{}{}", &before[start..], after.chars().take(needle.len() + 100).collect::<String>())
}

/// The ciphertext as the row holds it now.
async fn sealed(portal: &TestPortal) -> Vec<u8> {
    let sealed = portal.one::<Vec<u8>>("SELECT sealed_secret FROM email_providers").await;
    // past version, key id and nonce
    sealed[29..].to_vec()
}

fn where_found(portal: &TestPortal, bytes: &[u8]) -> Vec<String> {
    let all = files(portal.folder()).into_iter().filter(|path| path.to_string_lossy().contains("sqlite3"));
    all.filter(|path| holds(&fs::read(path).unwrap(), bytes)).map(|path| path.display().to_string()).collect()
}

/// The write-ahead log is emptied in the background, so it is looked at until it is empty.
async fn assert_gone(portal: &TestPortal, bytes: &[u8]) {
    let started = Instant::now();
    loop {
        let found = where_found(portal, bytes);
        if found.is_empty() {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "former credentials stand in {found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn former_credentials_are_gone_from_the_files_after_replacing_and_after_none() {
    let portal = TestPortal::start().await;
    if !portal.is_sqlite() {
        return; // there former rows go with the next VACUUM: docs/operations.md says so
    }
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let first = sealed(&portal).await;
    assert!(!where_found(&portal, &first).is_empty(), "the search can find something");
    portal.save_provider(&mut alice).await;
    assert_gone(&portal, &first).await;
    let second = sealed(&portal).await;
    assert_ne!(first, second);
    assert!(!where_found(&portal, &second).is_empty());

    // kept with another setting, it is the same secret still
    let keep = alice.open("/administration/settings").await.form(SMTP).fill("sender_name", "Other");
    alice.submit(keep).await.expect(200);
    assert_eq!(sealed(&portal).await, second);

    // also while others read and write
    let mut busy = portal.signed_in(&GRETA).await;
    let reader = tokio::spawn(async move {
        for _ in 0..40 {
            busy.open("/administration/settings").await;
        }
    });
    let page = alice.open("/administration/settings?provider=none").await;
    alice.submit(page.form("/administration/settings/email-provider/none")).await.expect(200);
    assert_gone(&portal, &second).await;
    reader.await.unwrap();
    assert_gone(&portal, &first).await;
}

#[tokio::test]
async fn each_change_of_the_kind_of_provider_deletes_the_former_credentials() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut former: Vec<Vec<u8>> = Vec::new();
    for kind in ["smtp", "microsoft365", "smtp"] {
        if kind == "smtp" {
            portal.save_provider(&mut alice).await;
        } else {
            let page = alice.open("/administration/settings?provider=microsoft365").await;
            let form = page
                .form("/administration/settings/email-provider/microsoft365")
                .fill("sender_address", "reports@contoso.example")
                .fill("tenant_id", "contoso.example")
                .fill("client_id", "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63")
                .fill("client_secret", "canary~Q8value");
            alice.submit(form).await.expect(200);
        }
        assert_eq!(portal.one::<String>("SELECT kind FROM email_providers").await, kind);
        assert_eq!(portal.count("email_providers").await, 1);
        if portal.is_sqlite() {
            for bytes in &former {
                assert_gone(&portal, bytes).await;
            }
        }
        let settings = portal.one::<String>("SELECT settings FROM email_providers").await;
        assert_eq!(settings.contains("contoso"), kind == "microsoft365", "{settings}");
        former.push(sealed(&portal).await);
    }
    let page = alice.open("/administration/settings?provider=none").await;
    page.assert_says("SMTP through localhost");
    alice.submit(page.form("/administration/settings/email-provider/none")).await.expect(200);
    assert_eq!(portal.count("email_providers").await, 0);
    if portal.is_sqlite() {
        for bytes in &former {
            assert_gone(&portal, bytes).await;
        }
    }
}

/// Says that it is our fault and nothing more.
fn assert_our_fault(page: &Page) {
    assert_eq!(page.status, 500);
    assert_eq!(
        page.h1(),
        if page.language() == "de" {
            "Bei uns ist ein Fehler aufgetreten"
        } else {
            "Something went wrong on our side"
        }
    );
    assert!(!page.html.to_lowercase().contains("seal"), "{}", page.text());
}

#[tokio::test]
async fn a_sealed_password_opens_for_its_own_tenant_and_destination_only() {
    let portal = TestPortal::start().await;
    let (mut alice, mut greta) = (portal.signed_in(&ALICE).await, portal.signed_in(&GRETA).await);
    portal.save_provider(&mut alice).await;
    let form = portal.smtp_form(&mut greta).await.fill("password", "another password");
    greta.submit(form).await.expect(200);
    // the same settings for the same server, and acme's sealed password
    portal
        .sql(
            "UPDATE email_providers SET sealed_secret = (SELECT p.sealed_secret FROM email_providers p \
             JOIN tenants t ON t.id = p.tenant_id WHERE t.slug = 'acme') \
             WHERE tenant_id = (SELECT id FROM tenants WHERE slug = 'globex')",
        )
        .await;
    assert_our_fault(&portal.send_test(&mut greta, "anna@example.org").await);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("was accepted by");

    // left in place while the destination is changed behind our back
    let port = portal.catcher().smtp_addr().port();
    portal
        .sql("UPDATE email_providers SET settings = REPLACE(settings, '\"localhost\"', '\"127.0.0.1\"')")
        .await;
    assert_our_fault(&portal.send_test(&mut alice, "anna@example.org").await);
    portal
        .sql("UPDATE email_providers SET settings = REPLACE(settings, '\"127.0.0.1\"', '\"localhost\"')")
        .await;
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("was accepted by");
    for change in ["'\"starttls\"', '\"none\"'", &format!("'{port}', '{}'", port - 1)] {
        portal.sql(&format!("UPDATE email_providers SET settings = REPLACE(settings, {change})")).await;
        assert_our_fault(&portal.send_test(&mut alice, "anna@example.org").await);
        portal.save_provider(&mut alice).await;
    }
    assert_eq!(portal.catcher().mails().len(), 2);
    assert_ne!(CATCHER_PASSWORD, "another password");
}
