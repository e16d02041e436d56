//! Mail that programs hand in: to whom, what becomes of its HTML, once and not twice; and the page about recipients.

use std::time::Duration;

use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::support::{ALICE, BEN, GRETA, HANS, Page, Program, Request, TestPortal};

const MESSAGES: &str = "/api/v1/messages";
const BATCH: &str = "/api/v1/messages/batch";
const RECIPIENTS: &str = "/administration/api-keys/recipients";

/// A message to that recipient.
fn to(recipient: &Value) -> Value {
    json!({ "subject": "Läuft", "text": "Ja <b>.\n", "recipients": [recipient] })
}

fn to_anna() -> Value {
    to(&json!({ "email": "anna@partner.example" }))
}

/// Lets programs of acme write to these domains.
pub(super) async fn allow(portal: &TestPortal, domains: &str) {
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(RECIPIENTS).await.expect(200);
    alice.submit(page.form(RECIPIENTS).fill("domains", domains)).await.expect(200);
}

async fn post(program: &mut Program, path: &str, key: Option<&str>, body: &Value) -> Page {
    let kind = "application/json".to_owned();
    let mut request =
        Request { body: Some((kind, body.to_string().into_bytes())), ..Request::post(path, Vec::new()) };
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    program.send(request).await
}

#[tokio::test]
async fn a_message_reaches_users_and_allowed_addresses_each_by_itself() {
    let portal = TestPortal::start().await;
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    allow(&portal, "partner.example").await;
    let ben = portal.user(&BEN).await.to_string();
    let mut program = portal.able_program(&ALICE).await;
    let message = json!({
        "subject": "Läuft – heute",
        "html": "<h1>Gut</h1><script>alert(1)</script><p onclick=\"x()\">Siehe <a href=\"https://acme.example/r\">hier</a>.</p>\
                 <img src=\"https://tracker.example/1.gif\" alt=\"Logo\"><a href=\"javascript:x()\">weg</a>",
        "recipients": [{ "userId": ben }, { "email": "anna@partner.example" }, { "email": "ANNA@Partner.Example" }],
        "priority": "bulk",
    });
    let answer = post(&mut program, MESSAGES, None, &message).await.expect(202);
    assert!(answer.header("idempotency-replayed").is_none());
    let data = answer.json()["data"].as_array().unwrap().clone();
    assert_eq!(data.len(), 3);
    assert_eq!(data[0]["recipient"], json!({ "userId": ben }));
    assert_eq!(data[1]["id"], data[2]["id"], "one mail a person");
    assert_eq!(data[0]["state"], "due");
    assert!(!answer.html.contains("ben@acme.example"), "who may send need not read addresses");
    let id = data[0]["id"].as_str().unwrap();
    assert_eq!(data[0]["links"]["delivery"]["href"], format!("/api/v1/deliveries/{id}"));

    portal.deliver().await;
    let mails = portal.catcher().mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let source = portal.catcher().mailbox().source(mail.id).unwrap();
        let mail = MessageParser::default().parse(&source).unwrap();
        assert_eq!(mail.subject(), Some("Läuft – heute"));
        let (html, text) = (mail.body_html(0).unwrap(), mail.body_text(0).unwrap());
        assert!(html.contains("<h1>Gut</h1>") && html.contains("href=\"https://acme.example/r\""), "{html}");
        for evil in ["script", "onclick", "tracker", "javascript"] {
            assert!(!html.contains(evil), "{html}");
        }
        assert!(text.contains("Gut") && text.contains("https://acme.example/r"), "{text}");
        assert_eq!(mail.to().unwrap().as_list().unwrap().len(), 1);
    }
    // an administrator sees it among the deliveries, byte for byte
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(&format!("/administration/deliveries/{id}")).await.expect(200);
    page.assert_says("From a program").assert_says("This is exactly what was sent");
    let page = alice.open("/administration/deliveries?kind=message").await.expect(200);
    assert_eq!(page.texts("tbody th a.address").len(), 2);
    let details: String = portal.one("SELECT details FROM audit_entries WHERE event = 'messages.sent'").await;
    let details: Value = serde_json::from_str(&details).unwrap();
    assert_eq!((&details["messages"], &details["recipients"]), (&json!(1), &json!(2)));
    assert!(details["api_key"].as_str().unwrap().starts_with("posthorn_"), "{details}");
    assert!(!details.to_string().contains("Läuft"));
}

#[tokio::test]
async fn who_is_neither_a_user_nor_allowed_is_not_written_to() {
    let portal = TestPortal::start().await;
    let ben = portal.user(&BEN).await.to_string();
    let hans = portal.user(&HANS).await.to_string();
    let mut program = portal.able_program(&ALICE).await;
    post(&mut program, MESSAGES, None, &to(&json!({ "userId": ben }))).await.expect(202);
    for (recipient, field) in [
        (json!({ "userId": hans }), "userId"),
        (json!({ "userId": "018f0000-0000-7000-8000-000000000000" }), "userId"),
        (json!({ "userId": "x" }), "userId"),
        (json!({ "email": "anna@partner.example" }), "email"),
        (json!({ "email": "stranger@acme.example" }), "email"),
        (json!({ "email": "hans@globex.example" }), "email"),
        (json!({ "email": "no address" }), "email"),
        (json!({ "email": "a@b.example\r\nBcc: eve@evil.example" }), "email"),
    ] {
        let body = json!({ "subject": "x", "text": "x", "recipients": [{ "userId": ben }, recipient] });
        let answer = post(&mut program, MESSAGES, None, &body).await.expect(400);
        assert_eq!(answer.told().0, format!("/recipients/1/{field}"), "{recipient}");
    }
    let stranger = post(&mut program, MESSAGES, None, &to_anna()).await.expect(400).told().1;
    assert!(stranger.contains("Administration > API keys > Recipients"), "{stranger}");

    // a user by the address is a user, and is written to at the address that is stored
    post(&mut program, MESSAGES, None, &to(&json!({ "email": "BEN@acme.example" }))).await.expect(202);
    assert_eq!(portal.count("outbox_messages WHERE recipient = 'ben@acme.example'").await, 2);

    allow(&portal, "Müller.example\npartner.example").await;
    for (email, allowed) in [
        ("anna@partner.example", true),
        ("Anna@PARTNER.example", true),
        ("anna@müller.example", true),
        ("anna@xn--mller-kva.example", true),
        ("anna@mail.partner.example", false),
        ("anna@notpartner.example", false),
    ] {
        let answer = post(&mut program, MESSAGES, None, &to(&json!({ "email": email }))).await;
        assert_eq!(answer.status, if allowed { 202 } else { 400 }, "{email}: {}", answer.html);
    }
    // it is acme's policy, and no other tenant's
    let mut globex = portal.able_program(&GRETA).await;
    post(&mut globex, MESSAGES, None, &to_anna()).await.expect(400);
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    let gone = post(&mut program, MESSAGES, None, &to(&json!({ "userId": ben }))).await.expect(400);
    assert_eq!(gone.told().0, "/recipients/0/userId");
    post(&mut program, MESSAGES, None, &to(&json!({ "email": "ben@acme.example" }))).await.expect(400);
    assert_eq!(portal.count("outbox_messages").await, 6);
}

/// Field cases: what mail programs can show arrives readable.
#[tokio::test]
async fn what_mail_programs_can_show_arrives_readable() {
    let portal = TestPortal::start().await;
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    let mut program = portal.able_program(&ALICE).await;
    let button = "<a href=\"https://acme.example/pay\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;\
                  background:#1c3468;color:#ffffff\">Pay now</a>";
    let html = format!(
        "<html dir=\"rtl\" lang=\"he\"><body dir=\"rtl\" style=\"background-color:#111111;color:#eeeeee\">\
         <div style=\"display:none\">Preview words{}</div><p>שלום</p>{button}\
         <p style=\"background:url(https://t.example/x.png);color:#fff\">ground</p></body></html>",
        "&zwnj;&nbsp;".repeat(100)
    );
    let message = json!({ "subject": "x", "html": html, "recipients": [{ "email": "ben@acme.example" }] });
    post(&mut program, MESSAGES, None, &message).await.expect(202);
    portal.deliver().await;
    let source = portal.only_mail();
    let mail = MessageParser::default().parse(source.as_bytes()).unwrap();
    let (html, text) = (mail.body_html(0).unwrap(), mail.body_text(0).unwrap());
    for part in [
        "<div dir=\"rtl\" lang=\"he\" style=\"background-color:#111111;color:#eeeeee\">",
        "background-color:#1c3468;color:#ffffff",
        "<div style=\"display:none\">Preview words",
        "<p>ground</p>",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(text.trim_start().starts_with("שלום"), "{text}");
    assert!(!html.contains("t.example"), "{html}");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_place_and_nothing_is_sent() {
    let portal = TestPortal::start().await;
    allow(&portal, "partner.example").await;
    let mut program = portal.able_program(&ALICE).await;
    let with = |field: &str, value: Value| {
        let mut message = to_anna();
        message[field] = value;
        message
    };
    let anna = json!({ "email": "anna@partner.example" });
    let many: Vec<Value> = (0..101).map(|n| json!({ "email": format!("a{n}@partner.example") })).collect();
    for (body, place) in [
        (json!({}), "/subject"),
        (json!({ "subject": "x", "recipients": [anna] }), ""),
        (with("subject", json!("x\r\nBcc: eve@evil.example")), "/subject"),
        (with("subject", json!("x\u{2028}y")), "/subject"),
        (with("subject", json!("")), "/subject"),
        (with("subject", json!("x".repeat(256))), "/subject"),
        (with("text", json!("")), "/text"),
        (with("text", json!("a\0b")), "/text"),
        (with("html", json!("<script>x</script>")), "/html"),
        (with("html", json!("<div>".repeat(10_000))), "/html"),
        (with("recipients", json!([])), "/recipients"),
        (with("recipients", json!(many)), "/recipients"),
        (with("recipients", json!([{}])), "/recipients/0"),
        (with("recipients", json!([{ "email": "a@partner.example", "userId": "x" }])), "/recipients/0"),
        (with("recipients", json!([{ "address": "a@partner.example" }])), "/recipients/0/address"),
        (with("priority", json!("urgent")), "/priority"),
        (with("cc", json!("eve@evil.example")), "/cc"),
    ] {
        let answer = post(&mut program, MESSAGES, None, &body).await.expect(400);
        assert_eq!(answer.told().0, place, "{}", answer.html);
        assert!(!answer.html.contains("evil.example"), "{}", answer.html);
    }
    for key in ["a b", &"x".repeat(256), ""] {
        let answer = post(&mut program, MESSAGES, Some(key), &to_anna()).await.expect(400);
        assert_eq!(answer.told().0, "Idempotency-Key", "{key:?}");
    }
    let two =
        Request::post(MESSAGES, Vec::new()).header("idempotency-key", "a").header("idempotency-key", "b");
    let body = ("application/json".to_owned(), to_anna().to_string().into_bytes());
    program.send(Request { body: Some(body), ..two }).await.expect(400);
    assert_eq!(portal.count("outbox_messages").await, 0);
    assert_eq!(portal.count("api_answers").await, 0);
}

#[tokio::test]
async fn ten_repeats_at_once_are_one_mail_and_one_answer() {
    let portal = TestPortal::start().await;
    allow(&portal, "partner.example").await;
    let program = portal.able_program(&ALICE).await;
    let repeats = (0..10).map(|_| {
        let mut program = program.clone();
        async move { post(&mut program, MESSAGES, Some("order-7"), &to_anna()).await.expect(202) }
    });
    let answers = futures_util::future::join_all(repeats).await;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    let replayed = answers.iter().filter(|answer| answer.header("idempotency-replayed") == Some("true"));
    assert_eq!(replayed.count(), 9);
    assert_eq!(portal.count("outbox_messages").await, 1);
    assert_eq!(portal.count("audit_entries WHERE event = 'messages.sent'").await, 1);
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_the_tenant_for_a_day() {
    let portal = TestPortal::start().await;
    allow(&portal, "partner.example").await;
    let mut program = portal.able_program(&ALICE).await;
    // what was refused leaves the key free
    post(&mut program, MESSAGES, Some("k"), &to(&json!({ "email": "a@b.example" }))).await.expect(400);
    let first = post(&mut program, MESSAGES, Some("k"), &to_anna()).await.expect(202);
    let other =
        json!({ "subject": "other", "text": "x", "recipients": [{ "email": "anna@partner.example" }] });
    let answer = post(&mut program, MESSAGES, Some("k"), &other).await.expect(422);
    assert_eq!((answer.code().as_str(), answer.told().0.as_str()), ("IDEMPOTENCY-1", "Idempotency-Key"));
    post(&mut program, BATCH, Some("k"), &json!({ "messages": [to_anna()] })).await.expect(422);

    // another key of the tenant repeats nothing; another tenant's is its own; the policy may have changed since
    allow(&portal, "").await;
    let mut renewed = portal.able_program(&ALICE).await;
    let again = post(&mut renewed, MESSAGES, Some("k"), &to_anna()).await.expect(202);
    assert_eq!(again.body, first.body);
    let hans = to(&json!({ "userId": portal.user(&HANS).await.to_string() }));
    let theirs = post(&mut portal.able_program(&GRETA).await, MESSAGES, Some("k"), &hans).await.expect(202);
    assert!(theirs.header("idempotency-replayed").is_none());
    assert_eq!(portal.count("outbox_messages").await, 2);

    allow(&portal, "partner.example").await;
    portal.wind(Duration::from_secs(24 * 3600 - 120));
    let mut program = portal.able_program(&ALICE).await;
    let last = post(&mut program, MESSAGES, Some("k"), &to_anna()).await.expect(202);
    assert_eq!(last.header("idempotency-replayed"), Some("true"));
    portal.wind(Duration::from_secs(121));
    let anew = post(&mut program, MESSAGES, Some("k"), &other).await.expect(202);
    assert!(anew.header("idempotency-replayed").is_none());
    assert_eq!(portal.count("outbox_messages").await, 3);
    let same = post(&mut program, MESSAGES, Some("k"), &other).await.expect(202);
    assert_eq!(same.body, anew.body, "it counts from the new one");

    posthorn::portal::sweep(&portal.state).await.unwrap();
    assert_eq!(portal.count("api_answers").await, 1, "the other tenant's was over");
    portal.wind(Duration::from_secs(24 * 3600));
    posthorn::portal::sweep(&portal.state).await.unwrap();
    assert_eq!(portal.count("api_answers").await, 0);
}

#[tokio::test]
async fn a_batch_is_handed_in_as_a_whole_or_not_at_all() {
    let portal = TestPortal::start().await;
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    allow(&portal, "partner.example").await;
    let mut program = portal.able_program(&ALICE).await;
    let batch = |count: usize| {
        let all: Vec<Value> = (0..count)
            .map(|n| {
                let anna = json!({ "email": format!("a{n}@partner.example") });
                json!({ "subject": format!("Number {n}"), "text": "x", "recipients": [anna] })
            })
            .collect();
        json!({ "messages": all })
    };
    let answer = post(&mut program, BATCH, Some("all"), &batch(1000)).await.expect(202);
    let data = answer.json()["data"].as_array().unwrap().clone();
    assert_eq!(data.len(), 1000);
    let ids: Vec<&str> = data.iter().map(|one| one["ids"][0].as_str().unwrap()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "in their order");
    assert_eq!(portal.count("outbox_messages").await, 1000);
    let last: String = portal
        .one(&format!("SELECT recipient FROM outbox_messages WHERE {}", is_id(&portal, ids[999])))
        .await;
    assert_eq!(last, "a999@partner.example");
    let again = post(&mut program, BATCH, Some("all"), &batch(1000)).await.expect(202);
    assert_eq!(again.body, answer.body);
    assert_eq!(portal.count("audit_entries WHERE event = 'messages.sent'").await, 1);

    let mut wrong = batch(3);
    wrong["messages"][1]["recipients"] = json!([{ "email": "eve@evil.example" }]);
    wrong["messages"][2]["recipients"] = json!([{ "email": "eve@evil.example" }]);
    let answer = post(&mut program, BATCH, None, &wrong).await.expect(400);
    assert_eq!(answer.told().0, "/messages/1/recipients/0/email");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2, "all at once");
    wrong["messages"][0]["subject"] = json!("");
    assert_eq!(post(&mut program, BATCH, None, &wrong).await.expect(400).told().0, "/messages/0/subject");
    assert_eq!(post(&mut program, BATCH, None, &batch(0)).await.expect(400).told().0, "/messages");
    assert_eq!(post(&mut program, BATCH, None, &batch(1001)).await.expect(400).told().0, "/messages");
    let crowd: Vec<Value> = (0..100).map(|n| json!({ "email": format!("{n}@partner.example") })).collect();
    let crowd = json!({ "subject": "x", "text": "x", "recipients": crowd });
    let crowds = |count: usize| json!({ "messages": vec![crowd.clone(); count] });
    assert_eq!(post(&mut program, BATCH, None, &crowds(101)).await.expect(400).told().0, "/messages");
    assert_eq!(portal.count("outbox_messages").await, 1000);
    post(&mut program, BATCH, None, &crowds(100)).await.expect(202);
    assert_eq!(portal.count("outbox_messages").await, 11_000);
}

/// The condition for the row of that identifier, which SQLite keeps as bytes.
fn is_id(portal: &TestPortal, id: &str) -> String {
    if portal.is_sqlite() { format!("id = x'{}'", id.replace('-', "")) } else { format!("id = '{id}'") }
}

#[tokio::test]
async fn without_a_provider_mail_waits_and_leaves_later_and_a_suppressed_address_gets_none() {
    let portal = TestPortal::start().await;
    allow(&portal, "partner.example").await;
    let mut program = portal.able_program(&ALICE).await;
    let answer = post(&mut program, MESSAGES, None, &to_anna()).await.expect(202);
    assert_eq!(answer.json()["data"][0]["state"], "held");
    portal.deliver().await;
    assert!(portal.catcher().mails().is_empty());
    portal.save_provider(&mut portal.signed_in(&ALICE).await).await;
    portal.deliver().await;
    let mail = portal.only_mail();
    let mail = MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), "Ja <b>.\n");
    assert!(mail.body_html(0).unwrap().contains("Ja &lt;b&gt;.<br>"));

    let tenant = is_id(&portal, &portal.tenant("acme").await.to_string()).replacen("id = ", "", 1);
    portal
        .sql(&format!(
            "INSERT INTO outbox_suppressions (tenant_id, recipient_key, refusals, last_at, suppressed_at, failure) \
             VALUES ({tenant}, 'anna@partner.example', 3, 1, 1, 'null')"
        ))
        .await;
    let answer = post(&mut program, MESSAGES, None, &to_anna()).await.expect(202);
    assert_eq!(answer.json()["data"][0]["state"], "due");
    portal.deliver().await;
    assert_eq!(portal.catcher().mails().len(), 1);
    let id = answer.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let page = portal.signed_in(&ALICE).await.open(&format!("/administration/deliveries/{id}")).await;
    page.assert_says("It was not sent, because its address is suppressed");
}

#[tokio::test]
async fn administrators_say_to_which_domains_programs_may_write() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(RECIPIENTS).await.expect(200);
    page.assert_says("nobody who gets hold of an API key can write to strangers");
    assert_eq!(
        page.attribute(".sidenav a[aria-current=true]", "href").as_deref(),
        Some("/administration/api-keys")
    );
    let wrong = "acme.example\nacme\nanna@acme.example\n*.acme.example";
    let page = alice.submit(page.form(RECIPIENTS).fill("domains", wrong)).await.expect(422);
    assert_eq!(page.problems().len(), 3, "every line that is wrong");
    page.assert_says("Line 2 is not a domain").assert_says("Line 4 is not a domain");
    assert_eq!(page.form(RECIPIENTS).value("domains"), Some(wrong), "what was typed stays");
    assert_eq!(portal.count("message_policies").await, 0);

    let page = alice.submit(page.form(RECIPIENTS).fill("domains", "@Müller.example\r\nacme.example")).await;
    let page = page.expect(200);
    assert_eq!(page.form(RECIPIENTS).value("domains"), Some("acme.example\nxn--mller-kva.example"));
    page.assert_says("Last saved by Alice Archer");
    assert!(page.flash().is_some());
    let saved: String =
        portal.one("SELECT details FROM audit_entries WHERE event = 'messages.policy_saved'").await;
    assert!(saved.contains("xn--mller-kva.example"), "{saved}");
    alice.open("/administration/audit-log").await.expect(200).assert_says("Recipients of programs saved");

    let many: String = (0..101).map(|n| format!("d{n}.example\n")).collect();
    let page = alice.submit(page.form(RECIPIENTS).fill("domains", &many)).await.expect(422);
    page.assert_says("at most 100 domains");
    let page = alice.open(RECIPIENTS).await;
    alice.submit(page.form(RECIPIENTS).fill("domains", " ")).await.expect(200);
    let domains: String = portal.one("SELECT domains FROM message_policies").await;
    assert_eq!(domains, "[]");
}
