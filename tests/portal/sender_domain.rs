//! The check of the sender's domain, against a DNS server with genuine-looking records.

use std::time::{Duration, Instant};

use crate::support::{ALICE, CATCHER_PASSWORD, GRETA, Page, TestPortal, Visitor};

const DOMAIN: &str = "/administration/settings/domain";
const SMTP: &str = "/administration/settings/email-provider/smtp";

/// Saves an SMTP server with that name, by which nothing is sent here.
async fn save_server(admin: &mut Visitor, server: &str, sender: &str) {
    let page = admin.open("/administration/settings?provider=smtp").await.expect(200);
    let form = page.form(SMTP).fill("server_address", server).fill("server_port", "587");
    let form = form.choose("security", "starttls").fill("sender_address", sender);
    admin.submit(form.fill("password", CATCHER_PASSWORD)).await.expect(200);
}

async fn save_microsoft365(admin: &mut Visitor, sender: &str) {
    let page = admin.open("/administration/settings?provider=microsoft365").await.expect(200);
    let form = page.form("/administration/settings/email-provider/microsoft365");
    let form = form.fill("sender_address", sender).fill("tenant_id", "acme.example");
    let form = form.fill("client_id", "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63");
    admin.submit(form.fill("client_secret", "abc~Q8value")).await.expect(200);
}

/// Presses the button, and opens the page that shows what was found.
async fn check(admin: &mut Visitor) -> Page {
    let page = admin.open(DOMAIN).await.expect(200);
    if !page.has(&format!("form[action='{DOMAIN}']")) {
        return page;
    }
    admin.submit(page.form(DOMAIN)).await
}

/// The badge of each card: MX, SPF, DKIM, DMARC.
fn outcomes(page: &Page) -> [String; 4] {
    ["mx", "spf", "dkim", "dmarc"].map(|card| page.texts(&format!("#{card} .badge")).join(" "))
}

/// The lines of the card that are to be copied, and those that were found.
fn lines(page: &Page, card: &str) -> Vec<String> {
    page.texts(&format!("#{card} pre"))
}

fn key() -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(rcgen::PublicKeyData::der_bytes(&pair)))
}

#[tokio::test]
async fn a_domain_in_order_is_in_order() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_microsoft365(&mut alice, "reports@acme.example").await;
    portal
        .dns()
        .mx("acme.example", 0, "acme-example.mail.protection.outlook.com")
        .txt("acme.example", "MS=ms12345678")
        .txt("acme.example", "v=spf1 include:spf.acme.example -all")
        .txt("spf.acme.example", "v=spf1 include:spf.protection.outlook.com ~all")
        .txt("spf.protection.outlook.com", "v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all")
        .alias("selector1._domainkey.acme.example", "selector1-acme-example._domainkey.acme.onmicrosoft.com")
        .txt("selector1-acme-example._domainkey.acme.onmicrosoft.com", &key())
        .txt("_dmarc.acme.example", "v=DMARC1; p=reject; rua=mailto:dmarc@acme.example");
    let settings = alice.open("/administration/settings").await.expect(200);
    assert!(settings.has(&format!("a[href='{DOMAIN}']")), "the settings lead there");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page), ["In order"; 4], "{}", page.text());
    assert_eq!(lines(&page, "mx"), ["acme.example. MX 0 acme-example.mail.protection.outlook.com."]);
    assert_eq!(lines(&page, "spf"), ["acme.example. TXT \"v=spf1 include:spf.acme.example -all\""]);
    page.assert_says("Mail of acme.example that fits neither SPF nor DKIM is rejected.");
    page.assert_says("the portal’s mail passes, by SPF and by DKIM");
    page.assert_says("They concern everybody who sends mail for this domain");
    page.assert_says_not("ms12345678");
}

#[tokio::test]
async fn a_domain_with_nothing_gets_the_lines_to_add() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.strato.de", "portal@acme.example").await;
    portal.dns().address("acme.example", "93.184.216.34");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page), ["Needs attention", "Missing", "Missing", "Missing"]);
    assert_eq!(lines(&page, "spf"), ["acme.example. TXT \"v=spf1 include:_spf.strato.com ~all\""]);
    let keys = "strato-dkim-0002._domainkey.acme.example. CNAME strato-dkim-0002._domainkey.rzone.de. \
                strato-dkim-0003._domainkey.acme.example. CNAME strato-dkim-0003._domainkey.rzone.de.";
    assert_eq!(lines(&page, "dkim"), [keys]);
    assert_eq!(lines(&page, "dmarc"), ["_dmarc.acme.example. TXT \"v=DMARC1; p=none\""]);

    alice.language = "de";
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page), ["Handlungsbedarf", "Fehlt", "Fehlt", "Fehlt"]);
    page.assert_says("Versand über").assert_says("Hinzuzufügende Zeile");
    assert!(page.texts("dd").contains(&"Strato".to_owned()));
    page.assert_says("Sie betreffen alle, die für diese Domain E-Mails versenden, nicht nur das Portal");
}

#[tokio::test]
async fn a_domain_that_forbids_the_portals_way_says_so_and_how_to_change_it() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "mail.acme.example", "portal@acme.example").await;
    portal
        .dns()
        .mx("acme.example", 10, "mx.acme.example")
        .address("mail.acme.example", "93.184.216.34")
        .txt("acme.example", "v=spf1 ip4:93.184.216.0/28 -all")
        .txt("_dmarc.acme.example", "v=DMARC1; p=quarantine; aspf=s");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page), ["In order", "Needs attention", "Missing", "Needs attention"]);
    assert_eq!(
        lines(&page, "spf"),
        [
            "acme.example. TXT \"v=spf1 ip4:93.184.216.0/28 -all\"",
            "acme.example. TXT \"v=spf1 a:mail.acme.example ip4:93.184.216.0/28 -all\""
        ]
    );
    assert_eq!(page.texts("#spf h3"), ["Found", "Change into this line"]);
    page.assert_says("is put into the spam folder").assert_says("the portal’s mail does not pass");
    page.assert_says("only if their domain is exactly acme.example");

    // the server's administrator follows the advice: by an evaluation, SPF covers it now
    portal.dns().clear("acme.example").txt("acme.example", "v=spf1 a:mail.acme.example -all");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page)[1], "In order", "nothing is kept from before: {}", page.text());
    assert_eq!(outcomes(&page)[3], "In order");
}

#[tokio::test]
async fn records_that_recipients_ignore_are_warned_of() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    portal
        .dns()
        .mx("acme.example", 0, ".")
        .txt("acme.example", "v=spf1 include:_spf.google.com include:gone.acme.example ~all")
        .txt("_spf.google.com", "v=spf1 ip4:74.125.0.0/16 ~all")
        .txt("google._domainkey.acme.example", "v=DKIM1; k=rsa; p=")
        .txt("_dmarc.acme.example", "v=DMARC1; p=none")
        .txt("_dmarc.acme.example", "v=DMARC1; p=reject");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page), ["Needs attention"; 4]);
    page.assert_says("declares that it takes no mail at all")
        .assert_says("The SPF record cannot be evaluated");
    page.assert_says("The key (google) has been withdrawn").assert_says("more than one DMARC record");
    assert_eq!(lines(&page, "mx"), ["acme.example. MX 0 ."]);
}

#[tokio::test]
async fn what_stands_behind_all_is_never_looked_at() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    for (record, wanted) in [
        ("v=spf1 mx ~all include:_spf.google.com", "v=spf1 include:_spf.google.com mx ~all"),
        ("v=spf1 -all redirect=_spf.google.com", "v=spf1 include:_spf.google.com -all"),
        (
            "v=spf1 include:own.acme.example ~all",
            "v=spf1 include:_spf.google.com include:own.acme.example ~all",
        ),
    ] {
        portal.dns().clear("acme.example").mx("acme.example", 10, "mx.acme.example");
        portal.dns().txt("acme.example", record);
        portal.dns().txt("own.acme.example", "v=spf1 -all include:_spf.google.com");
        portal.dns().txt("_spf.google.com", "v=spf1 ip4:74.125.0.0/16 ~all");
        let page = check(&mut alice).await.expect(200);
        assert_eq!(outcomes(&page)[1], "Needs attention", "{record}: {}", page.text());
        let [found, changed] = &lines(&page, "spf")[..] else { panic!("{}", page.text()) };
        assert!(found.contains(record) && changed.contains(wanted), "{found} {changed}");
        portal.dns().clear("own.acme.example");
    }
}

#[tokio::test]
async fn a_record_that_decides_mail_by_mail_is_left_alone() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    for record in [
        "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email ~all",
        "v=spf1 exists:%{i}._i.%{d}._d.espf.example include:%{d}.33.spf.example -all",
        "v=spf1 redirect=%{ir}.senders.acme.example",
    ] {
        portal.dns().clear("acme.example").mx("acme.example", 10, "mx.acme.example");
        portal.dns().txt("acme.example", record);
        portal.dns().txt("acme.example.33.spf.example", "v=spf1 ip4:192.0.2.99 -all");
        portal.wind_minutes(1);
        let page = check(&mut alice).await.expect(200);
        assert_eq!(outcomes(&page)[1], "Cannot be known", "{record}: {}", page.text());
        assert_eq!(lines(&page, "spf").len(), 1, "no line to change");
        page.assert_says("decides for each mail anew").assert_says("ask the service that runs this record");
    }
    // what the domain alone decides is followed
    portal.dns().clear("acme.example").txt("acme.example", "v=spf1 include:%{d}.spf.example -all");
    portal.dns().txt("acme.example.spf.example", "v=spf1 include:_spf.google.com -all");
    portal.dns().txt("_spf.google.com", "v=spf1 ip4:74.125.0.0/16 ~all");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page)[1], "In order", "{}", page.text());
}

#[tokio::test]
async fn characters_of_zone_files_are_named_with_the_mended_line() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    let key = key();
    portal
        .dns()
        .mx("acme.example", 10, "mx.acme.example")
        .txt("acme.example", "\"v=spf1 include:_spf.google.com ~all\"")
        .txt("google._domainkey.acme.example", &key.replace("; ", "\\; "))
        .txt("_dmarc.acme.example", "v=DMARC1\\; p=reject\\; rua=mailto:d@acme.example");
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page)[1..], ["Needs attention"; 3], "{}", page.text());
    for (card, wanted) in [
        ("spf", "\"v=spf1 include:_spf.google.com ~all\""),
        ("dkim", key.as_str()),
        ("dmarc", "\"v=DMARC1; p=reject; rua=mailto:d@acme.example\""),
    ] {
        let [found, changed] = &lines(&page, card)[..] else { panic!("{card}: {}", page.text()) };
        assert!(
            found.contains('\\') && changed.contains(wanted) && !changed.contains('\\'),
            "{found} {changed}"
        );
        assert!(page.texts(&format!("#{card} p"))[0].contains("belong only in zone files"), "{card}");
    }
}

#[tokio::test]
async fn a_selector_can_be_typed_and_what_is_none_is_refused_at_the_field() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "mail.acme.example", "portal@acme.example").await;
    portal.dns().mx("acme.example", 10, "mx.acme.example").txt("k2026._domainkey.acme.example", &key());
    let page = check(&mut alice).await.expect(200);
    assert_eq!(outcomes(&page)[2], "Cannot be known");
    let form = page.form(DOMAIN).fill("selector", "k2026._domainkey.acme.example");
    let found = alice.submit(form).await.expect(200);
    assert_eq!(outcomes(&found)[2], "In order", "{}", found.text());
    assert_eq!(
        portal.dns().asked("k2026._domainkey.acme.example", hickory_resolver::proto::rr::RecordType::TXT),
        1
    );
    let missing = alice.submit(found.form(DOMAIN).fill("selector", "other")).await.expect(200);
    assert_eq!(outcomes(&missing)[2], "Missing");

    let asked = portal.dns().names_asked().len();
    for typed in ["a b", "../x", "<script>", "ä", &"x".repeat(64)] {
        let refused = alice.submit(missing.form(DOMAIN).fill("selector", typed)).await.expect(422);
        assert_eq!(refused.problem_fields(), ["selector"], "{typed}");
        assert_eq!(refused.form(DOMAIN).value("selector"), Some(typed), "what was typed stays");
        assert!(!refused.html.contains("<script>"));
    }
    assert_eq!(portal.dns().names_asked().len(), asked, "nothing was asked");
}

#[tokio::test]
async fn without_a_provider_nothing_is_asked() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = check(&mut alice).await.expect(200);
    page.assert_says("No email provider is saved");
    assert_eq!(portal.dns().names_asked(), Vec::<String>::new());
    assert_eq!(portal.count("audit_entries WHERE event = 'sender_domain.checked'").await, 0);
}

#[tokio::test]
async fn a_silent_dns_is_not_the_domains_fault_and_costs_ten_seconds_at_most() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    portal.dns().silence("acme.example");
    let started = Instant::now();
    let page = check(&mut alice).await.expect(200);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(outcomes(&page), ["Cannot be known"; 4]);
    page.assert_says("This says nothing about the domain");
}

/// An SPF record is a programme that strangers write. It must not find out what is inside.
#[tokio::test]
async fn spf_is_no_oracle_for_internal_names() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "mail.acme.example", "portal@acme.example").await;
    portal.dns().mx("acme.example", 10, "mx.acme.example").address("mail.acme.example", "93.184.216.34");
    // the resolver knows an internal name; the record passes if that name has any address
    portal.dns().address("db.inside.example", "10.1.2.3").address("metadata.example", "169.254.169.254");
    let mut seen = Vec::new();
    for name in ["db.inside.example", "metadata.example", "not.there.example"] {
        for term in [format!("exists:{name}"), format!("a:{name}/0")] {
            portal.wind_minutes(1);
            portal.dns().clear("acme.example").mx("acme.example", 10, "mx.acme.example");
            portal.dns().txt("acme.example", &format!("v=spf1 {term} -all"));
            let page = check(&mut alice).await.expect(200);
            assert_eq!(outcomes(&page)[1], "Needs attention", "{term}");
            seen.push(page.texts("#spf p").join(" "));
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn internal_names_are_not_asked_for() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for sender in ["portal@db.internal", "portal@localhost", "portal@files.corp", "portal@nas.local"] {
        save_server(&mut alice, "smtp.gmail.com", sender).await;
        portal.wind_minutes(1);
        let page = check(&mut alice).await.expect(200);
        page.assert_says("There is no domain");
    }
    assert_eq!(portal.dns().names_asked(), Vec::<String>::new());
}

#[tokio::test]
async fn ten_checks_a_minute_and_each_is_in_the_audit_log() {
    let portal = TestPortal::start().await;
    let (mut alice, mut greta) = (portal.signed_in(&ALICE).await, portal.signed_in(&GRETA).await);
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    save_server(&mut greta, "smtp.gmail.com", "portal@globex.example").await;
    for _ in 0..10 {
        check(&mut alice).await.expect(200);
    }
    let asked = portal.dns().names_asked().len();
    check(&mut alice).await.expect(429).assert_says("At most 10 checks a minute");
    assert_eq!(portal.dns().names_asked().len(), asked);
    // another tenant has a limit of its own, and sees its own domain
    check(&mut greta).await.expect(200).assert_says("portal@globex.example").assert_says_not("acme.example");
    let of_acme = portal.tenant("acme").await;
    let entries =
        portal.rows("SELECT details FROM audit_entries WHERE event = 'sender_domain.checked'").await;
    assert_eq!(entries.len(), 11, "{of_acme:?}");
    let details: String = entries[0].try_get_by_index(0).unwrap();
    assert!(details.contains("acme.example"), "{details}");
    portal.wind(Duration::from_secs(61));
    check(&mut alice).await.expect(200);
}

/// A link or another site's page can make a browser open the page: it must not do anything.
#[tokio::test]
async fn who_opens_the_page_asks_nobody_and_changes_nothing() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    let before = portal.count("audit_entries").await;
    for _ in 0..12 {
        alice
            .open(&format!("{DOMAIN}?selector=chosen"))
            .await
            .expect(200)
            .assert_says("has not been checked yet");
    }
    assert_eq!(portal.dns().names_asked(), Vec::<String>::new());
    assert_eq!(portal.count("audit_entries").await, before);

    portal.dns().txt("acme.example", "v=spf1 include:_spf.google.com ~all");
    let found = check(&mut alice).await.expect(200);
    let asked = portal.dns().names_asked().len();
    let mut carol = portal.signed_in(&ALICE).await;
    let again = carol.open(DOMAIN).await.expect(200);
    assert_eq!(outcomes(&again), outcomes(&found), "the last result is shown to every administrator");
    carol.language = "de";
    carol.open(DOMAIN).await.expect(200).assert_says("Geprüft").assert_says("Handlungsbedarf");
    assert_eq!(portal.dns().names_asked().len(), asked);

    // what was found for one sender is not shown for another
    save_server(&mut alice, "smtp.gmail.com", "portal@other.example").await;
    alice.open(DOMAIN).await.expect(200).assert_says("has not been checked yet").assert_says("other.example");
}

#[tokio::test]
async fn checks_side_by_side_are_counted_together() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "smtp.gmail.com", "portal@acme.example").await;
    let page = alice.open(DOMAIN).await.expect(200);
    let all = (0..16).map(|_| {
        let mut visitor = alice.clone();
        let form = page.form(DOMAIN);
        async move { visitor.submit(form).await.status }
    });
    let statuses = futures_util::future::join_all(all).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 6, "{statuses:?}");
}

#[tokio::test]
async fn a_domain_of_the_service_itself_is_nobodys_to_change() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    save_server(&mut alice, "mail.gmx.net", "acme@gmx.de").await;
    let page = check(&mut alice).await.expect(200);
    page.assert_says("This domain belongs to GMX").assert_says_not("Line to add");
}
