//! Administration > Deliveries: what the portal sends and what became of it, and what an administrator can
//! do about it.

use std::time::Duration;

use posthorn::outbox::deliveries::{self, BulkAction};
use posthorn::outbox::{self, HoldKind};
use posthorn::values::OutboxMessageId;
use sea_orm::ConnectionTrait as _;

#[path = "../outbox/support/sink.rs"]
#[allow(dead_code, reason = "the outbox's own tests use more of it")]
mod sink;

use self::sink::{Does, Moment, Sink};
use crate::support::{ALICE, BEN, Form, GRETA, Page, Request, TestPortal, Visitor};

const DELIVERIES: &str = "/administration/deliveries";
const SUPPRESSIONS: &str = "/administration/deliveries/suppressions";

fn path(id: OutboxMessageId) -> String {
    format!("{DELIVERIES}/{id}")
}

/// Saves that server as Alice's provider, without encryption and sign-in.
async fn use_server(portal: &TestPortal, alice: &mut Visitor, port: u16) {
    let form = portal
        .smtp_form(alice)
        .await
        .fill("server_address", "127.0.0.1")
        .fill("server_port", &port.to_string())
        .choose("security", "none")
        .tick("username_same_as_sender", false)
        .fill("username", "")
        .fill("password", "");
    alice.submit(form).await.expect(200);
}

/// Who gets which of the listed mails, in order.
fn recipients(page: &Page) -> Vec<String> {
    page.texts("tbody th a.address")
}

/// The form around the list.
fn chosen(page: &Page) -> Form {
    page.forms().into_iter().find(|form| form.action == DELIVERIES && form.method == "post").unwrap()
}

fn states(page: &Page) -> Vec<String> {
    page.texts("tbody td .badge")
}

#[tokio::test]
async fn a_mail_is_seen_from_its_handing_over_to_its_acceptance() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(DELIVERIES).await.expect(200);
    assert_eq!(page.h1(), "Deliveries");
    page.assert_says("Nothing has been sent yet").assert_says("No email provider is set up.");

    portal.save_provider(&mut alice).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>closed</p>").await;
    let page = alice.open(DELIVERIES).await.expect(200);
    page.assert_says_not("No email provider").assert_says("One email is about to leave.");
    assert_eq!(
        (recipients(&page), states(&page)),
        (vec!["anna@example.org".to_owned()], vec!["Waiting".to_owned()])
    );
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("It leaves as soon as it is its turn")
        .assert_says("This is how the email would be sent now.");
    assert!(page.has_form(&format!("{}/cancel", path(id))) && !page.has_form(&format!("{}/retry", path(id))));

    portal.deliver().await;
    let page = alice.open(DELIVERIES).await.expect(200);
    assert_eq!(states(&page), ["Accepted"]);
    page.assert_says("Nothing is waiting.");
    assert!(
        page.attribute(".chart-bars", "aria-label")
            .unwrap()
            .contains("1 accepted, 0 attempts put off, 0 failed")
    );
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("Accepted by localhost:")
        .assert_says("This is exactly what was sent: the checksums agree.");
    page.assert_says(&format!("{id}@localhost"));
    assert!(
        !page.has_form(&format!("{}/cancel", path(id))) && !page.has_form(&format!("{}/retry", path(id)))
    );

    // the source is what the server got, byte for byte
    let source = alice.open(&format!("{}/source", path(id))).await.expect(200);
    assert_eq!(source.header("content-type"), Some("message/rfc822"));
    assert!(source.header("content-disposition").unwrap().starts_with("attachment; "));
    let caught = portal.only_mail();
    assert!(caught.ends_with(&String::from_utf8(source.body).unwrap()), "{caught}");

    // and when it is not any more, the page says so
    portal.sql("UPDATE outbox_contents SET data = REPLACE(data, 'Friday', 'Monday')").await;
    alice.open(&path(id)).await.expect(200).assert_says("the checksums differ").assert_says("Monday");
}

#[tokio::test]
async fn the_mails_html_does_nothing_but_be_seen() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let evil =
        "<script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)><form action=/sign-out>";
    let id = portal.enqueue("acme", "anna@example.org", evil).await;
    let page = alice.open(&format!("{}?view=html", path(id))).await.expect(200);
    assert!(!page.html.contains("alert("), "the page itself holds nothing of it");
    assert_eq!(page.attribute("iframe", "sandbox").as_deref(), Some(""));
    assert_eq!(page.attribute("iframe", "src"), Some(format!("{}/html", path(id))));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");

    let html = alice.get(&format!("{}/html", path(id))).await.expect(200);
    assert!(html.html.contains(evil));
    let policy = html.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'; "), "{policy}");
    for part in ["form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'", "img-src data:"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("allow-") && !policy.contains("script-src"), "{policy}");
    assert_eq!(html.header("x-frame-options"), Some("SAMEORIGIN"));
    assert_eq!(html.header("x-content-type-options"), Some("nosniff"));

    // nobody else reads it, and nothing else can be framed
    let mut ben = portal.signed_in(&BEN).await;
    ben.get(&format!("{}/html", path(id))).await.expect(403);
    assert_eq!(alice.get(DELIVERIES).await.header("x-frame-options"), Some("DENY"));
    let policy = alice.get(DELIVERIES).await.header("content-security-policy").unwrap().to_owned();
    assert!(!policy.contains("frame-src"), "{policy}");
}

#[tokio::test]
async fn the_mails_of_another_tenant_are_not_found() {
    let portal = TestPortal::start().await;
    let theirs = portal.enqueue("globex", "hans@example.org", "<p>secret</p>").await;
    let ours = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    let mut alice = portal.signed_in(&ALICE).await;
    let list = alice.open(DELIVERIES).await.expect(200);
    assert_eq!(recipients(&list), ["anna@example.org"]);
    for rest in ["", "/html", "/source"] {
        alice.get(&format!("{}{rest}", path(theirs))).await.expect(404);
    }
    alice
        .open(&format!("{DELIVERIES}?recipient=hans@example.org"))
        .await
        .expect(200)
        .assert_says("No email matches");
    let form = chosen(&list).forge("id", &theirs.to_string()).forge("do", "cancel");
    let page = alice.submit(form).await.expect(200);
    assert!(page.flash().unwrap().starts_with("Nothing was changed."));
    for deed in ["retry", "cancel"] {
        let token = chosen(&list).value("csrf_token").unwrap().to_owned();
        let body = serde_urlencoded::to_string([("csrf_token", token)]).unwrap();
        let request =
            Request::post(&format!("{}/{deed}", path(theirs)), body).header("origin", alice.origin());
        alice.send(request.header("sec-fetch-site", "same-origin")).await.expect(404);
    }
    let csv = alice.get(&format!("{DELIVERIES}/export")).await.expect(200).html;
    assert!(csv.contains("anna@example.org") && !csv.contains("hans@example.org"));
    let cancel = chosen(&list).forge("id", &ours.to_string()).forge("do", "cancel");
    assert_eq!(alice.submit(cancel).await.flash().as_deref(), Some("The emails were cancelled."));
    let states = portal.rows("SELECT state FROM outbox_messages ORDER BY id").await;
    let states: Vec<String> = states.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(states, ["due", "cancelled"]);
}

#[tokio::test]
async fn the_list_is_narrowed_by_state_recipient_and_period() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let old = portal.enqueue("acme", "Anna@Example.org", "<p>x</p>").await;
    portal.wind(Duration::from_secs(48 * 3600));
    // a session of the day before yesterday is none any more
    alice.sign_in(&ALICE).await;
    portal.enqueue("acme", "ben@example.org", "<p>x</p>").await;
    portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    outbox::cancel(&portal.state, &actor(&portal).await, old).await.unwrap();

    let mut find =
        async |query: &str| recipients(&alice.open(&format!("{DELIVERIES}?{query}")).await.expect(200));
    assert_eq!(find("").await, ["anna@example.org", "ben@example.org", "Anna@example.org"]);
    assert_eq!(find("state=due").await, ["anna@example.org", "ben@example.org"]);
    assert_eq!(find("state=cancelled&kind=announcement").await, ["Anna@example.org"]);
    assert_eq!(find("kind=no-such-kind").await, [""; 0]);
    assert_eq!(find("recipient=ANNA@example.org").await, ["anna@example.org", "Anna@example.org"]);
    let today = portal.state.clock.now().utc().date_naive();
    let day = |back: i64| today - chrono::Duration::days(back);
    assert_eq!(find(&format!("from={}", day(0))).await.len(), 2);
    assert_eq!(find(&format!("from={}&until={}", day(2), day(1))).await, ["Anna@example.org"]);
    assert_eq!(find(&format!("until={}&state=due", day(1))).await, [""; 0]);

    let page = alice.get(&format!("{DELIVERIES}?recipient=anna&from=x&until=2026-02-30")).await.expect(422);
    assert_eq!(page.problem_fields(), ["recipient", "from", "until"]);
    assert_eq!(page.form(DELIVERIES).value("recipient"), Some("anna"));
    alice.get(&format!("{DELIVERIES}?before=x&state=x")).await.expect(200);
}

async fn actor(portal: &TestPortal) -> posthorn::values::Actor {
    let user = posthorn::values::UserId::new();
    posthorn::values::Actor {
        tenant: portal.tenant("acme").await,
        user,
        name: "Test".to_owned(),
        role: posthorn::values::Role::TenantAdmin,
        origin: posthorn::values::Origin::local(),
        support: None,
        api_key: None,
    }
}

#[tokio::test]
async fn many_are_changed_although_the_engine_wants_them_in_another_order() {
    let portal = TestPortal::start().await;
    if portal.is_sqlite() {
        // one writer at a time: nobody can wait in a circle
        return;
    }
    let mut ids = Vec::new();
    for n in 0..2 {
        ids.push(portal.enqueue("acme", &format!("r{n}@example.org"), "<p>x</p>").await);
    }
    ids.sort_unstable();
    let lock = |id: OutboxMessageId| format!("SELECT 1 FROM outbox_messages WHERE id = '{id}' FOR UPDATE");
    let other = portal.state.db.write().await.unwrap();
    // PostgreSQL ends whoever looks first whether there is a circle
    other.execute_unprepared("SET LOCAL deadlock_timeout = '1min'").await.unwrap();
    other.execute_unprepared(&lock(ids[1])).await.unwrap();
    let (state, actor, chosen) = (portal.state.clone(), actor(&portal).await, ids.clone());
    let changing = tokio::spawn(async move {
        deliveries::apply_to_selected(&state, &actor, BulkAction::Cancel, &chosen).await.unwrap()
    });
    // it has the first and waits for the second
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while portal.count(waits).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let circle = other.execute_unprepared(&lock(ids[0])).await;
    drop(other);
    assert_eq!(changing.await.unwrap().done, 2);
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 2);
    assert!(circle.is_ok(), "the person's step was ended and began anew: {circle:?}");
}

#[tokio::test]
async fn a_long_list_has_pages_and_loses_nothing_between_them() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for n in 0..120 {
        portal.enqueue("acme", &format!("r{n}@example.org"), "<p>x</p>").await;
    }
    let mut seen = Vec::new();
    let mut next = format!("{DELIVERIES}?state=due");
    loop {
        let page = alice.open(&next).await.expect(200);
        seen.extend(recipients(&page));
        // what comes in between does not shift the pages
        portal.enqueue("acme", "late@example.org", "<p>x</p>").await;
        let links = page.document();
        let older = links
            .select(&scraper::Selector::parse(".pager a").unwrap())
            .find(|link| link.text().collect::<String>() == "Older")
            .and_then(|link| link.attr("href").map(str::to_owned));
        let Some(older) = older else { break };
        assert!(older.contains("state=due&before="), "{older}");
        next = older;
    }
    let expected: Vec<String> = (0..120).rev().map(|n| format!("r{n}@example.org")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_refused_mail_says_why_and_can_be_tried_again() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(_) => Does::Says("550 5.1.1 <b>no</b> such =user"),
        _ => Does::Well,
    })
    .await;
    use_server(&portal, &mut alice, sink.port).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let page = alice.open(DELIVERIES).await.expect(200);
    assert_eq!(states(&page), ["Failed"]);
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("It was refused for good").assert_says("550 5.1.1 <b>no</b> such =user");
    assert!(!page.html.contains("<b>no</b>"));

    sink.play(|_| Does::Well);
    let page = alice.submit(page.form(&format!("{}/retry", path(id)))).await.expect(200);
    assert_eq!(page.flash().as_deref(), Some("The emails are tried again now."));
    portal.deliver().await;
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("Accepted by 127.0.0.1:").assert_says("Refused for good.");
    page.assert_says("queued as").assert_says("the checksums agree");
    let events = portal.rows("SELECT event, details FROM audit_entries WHERE event LIKE 'outbox.%'").await;
    assert_eq!(events.len(), 1);
    let details: String = events[0].try_get_by_index(1).unwrap();
    assert!(details.contains(&id.to_string()) && details.contains("failed"), "{details}");
    let (accepted, failed) = portal_counts(&portal).await;
    assert_eq!((accepted, failed), (1, 0), "the counts agree with what the list shows");
}

async fn portal_counts(portal: &TestPortal) -> (i64, i64) {
    let counts = outbox::counts(portal.state.db.read(), portal.tenant("acme").await).await.unwrap();
    (counts.accepted, counts.failed)
}

#[tokio::test]
async fn many_are_changed_at_once_and_each_is_audited() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for n in 0..230 {
        portal.enqueue("acme", &format!("r{n}@example.org"), "<p>x</p>").await;
    }
    // two by hand
    let page = alice.open(DELIVERIES).await.expect(200);
    let ids: Vec<String> = page
        .document()
        .select(&scraper::Selector::parse("input[name=id]").unwrap())
        .take(2)
        .map(|input| input.attr("value").unwrap().to_owned())
        .collect();
    let token = chosen(&page).value("csrf_token").unwrap().to_owned();
    let body = format!("csrf_token={token}&do=cancel&state=due&id={}&id={}&id=nonsense", ids[0], ids[1]);
    let request = Request::post(DELIVERIES, body).header("origin", alice.origin());
    let answer = alice.send(request.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(answer.location(), format!("{DELIVERIES}?state=due"));
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 2);

    // and all that match
    let page = alice.open(&format!("{DELIVERIES}?state=due")).await.expect(200);
    let link = page.attribute(".pager-end", "href").unwrap();
    let page = alice.open(&link).await.expect(200);
    assert_eq!(page.h1(), "Cancel all emails that match?");
    let page = alice.submit(page.form(&format!("{DELIVERIES}/all"))).await.expect(200);
    assert_eq!(page.flash().as_deref(), Some("The emails were cancelled."));
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 230);
    assert_eq!(portal.count("audit_entries WHERE event = 'outbox.cancelled'").await, 230);
    let page =
        alice.open(&format!("{DELIVERIES}?state=cancelled&recipient=r7@example.org")).await.expect(200);
    let link = page.attribute(".pager-end", "href").unwrap();
    let page = alice.open(&link).await.expect(200);
    alice.submit(page.form(&format!("{DELIVERIES}/all"))).await.expect(200);
    assert_eq!(portal.count("outbox_messages WHERE state = 'due'").await, 1);

    // what is accepted stays so, and without a state there is no such thing
    let all = format!("{DELIVERIES}/all?do=try-again");
    alice.get(&format!("{all}&state=accepted")).await.expect(404);
    alice.get(&all).await.expect(404);
    let form = page.form(&format!("{DELIVERIES}/all")).forge("state", "");
    assert!(alice.submit(form).await.flash().unwrap().starts_with("Nothing was changed."));
    portal.save_provider(&mut alice).await;
    portal.deliver().await;
    let form = page.form(&format!("{DELIVERIES}/all")).forge("state", "accepted");
    assert!(alice.submit(form).await.flash().unwrap().starts_with("Nothing was changed."));
}

#[tokio::test]
async fn held_mail_is_announced_where_an_administrator_looks_and_released_by_one() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let settings = "/administration/settings";
    let tests = "/administration/settings/email-provider/test-messages";
    for path in ["/home", settings, tests, DELIVERIES, SUPPRESSIONS] {
        let page = alice.open(path).await.expect(200);
        page.assert_says("One email has been waiting");
        assert_eq!(page.texts("[id^=banner-]"), ["Mail waits because no email provider is set up"], "{path}");
        assert!(!page.has_form(&format!("{DELIVERIES}/release")), "there is nothing to try with");
        let links = page.texts(".notice a.button");
        assert_eq!(links.is_empty(), path == settings, "{path}: no link to the page at hand");
    }
    alice.open("/account").await.expect(200).assert_says_not("Mail waits");
    let mut ben = portal.signed_in(&BEN).await;
    ben.open("/home").await.expect(200).assert_says_not("Mail waits");
    let mut greta = portal.signed_in(&GRETA).await;
    greta.open(settings).await.expect(200).assert_says_not("warte");

    let sink = Sink::playing(|moment| match moment {
        Moment::Mail => Does::Says("550 5.7.60 not allowed to send as this sender"),
        _ => Does::Well,
    })
    .await;
    use_server(&portal, &mut alice, sink.port).await;
    // the engine has not seen it yet, but nobody reads now that there is none
    for path in [settings, DELIVERIES] {
        alice.open(path).await.expect(200).assert_says_not("Mail waits");
    }
    for _ in 0..5 {
        portal.deliver().await;
        portal.wind_minutes(2);
    }
    let hold = outbox::hold(portal.state.db.read(), portal.tenant("acme").await).await.unwrap().unwrap();
    assert_eq!(hold.kind, HoldKind::ByPerson);
    let page = alice.open(settings).await.expect(200);
    assert!(page.has_form(&format!("{DELIVERIES}/release")));
    let page = alice.open(DELIVERIES).await.expect(200);
    page.assert_says("Mail is held: nothing leaves").assert_says("does not try again by itself");
    assert_eq!(states(&page), ["Held"]);
    assert_eq!(recipients(&alice.open(&format!("{DELIVERIES}?state=held")).await.expect(200)).len(), 1);

    sink.play(|_| Does::Well);
    let page = alice.submit(page.form(&format!("{DELIVERIES}/release"))).await.expect(200);
    assert_eq!(page.flash().as_deref(), Some("Mail is no longer held. The portal tries again now."));
    portal.deliver().await;
    assert_eq!(states(&alice.open(DELIVERIES).await.expect(200)), ["Accepted"]);
    assert_eq!(portal.count("audit_entries WHERE event = 'outbox.released'").await, 1);
}

#[tokio::test]
async fn a_mails_story_tells_who_cancelled_it_and_who_had_it_tried_again() {
    let portal = TestPortal::start().await;
    let (mut alice, mut greta) = (portal.signed_in(&ALICE).await, portal.signed_in(&GRETA).await);
    let ids = [
        portal.enqueue("acme", "anna@example.org", "<p>x</p>").await,
        portal.enqueue("acme", "ben@example.org", "<p>x</p>").await,
    ];
    let [first, second] = ids;
    let story = |page: &Page| page.texts(".steps .step-outcome");
    let press = async |visitor: &mut Visitor, id, deed: &str| {
        portal.wind_minutes(1);
        let page = visitor.open(&path(id)).await.expect(200);
        visitor.submit(page.form(&format!("{}/{deed}", path(id)))).await.expect(200)
    };
    let page = press(&mut alice, first, "cancel").await;
    assert_eq!(story(&page), ["Handed over to be sent", &format!("Cancelled by {}", ALICE.name)]);
    press(&mut alice, first, "retry").await;
    let mut other = actor(&portal).await;
    other.name = "<b>Zoë</b>".to_owned();
    portal.wind_minutes(1);
    outbox::cancel(&portal.state, &other, first).await.unwrap();
    let page = alice.open(&path(first)).await.expect(200);
    let expected = [
        "Handed over to be sent".to_owned(),
        format!("Cancelled by {}", ALICE.name),
        format!("Tried again at the request of {}", ALICE.name),
        "Cancelled by <b>Zoë</b>".to_owned(),
    ];
    assert_eq!(story(&page), expected);
    assert!(!page.html.contains("<b>Zoë"));
    // of this mail only
    let page = alice.open(&path(second)).await.expect(200);
    assert_eq!(story(&page).len(), 2, "{:?}", story(&page));
    page.assert_says_not("Cancelled by");
    // another tenant's log is none of theirs
    let theirs = portal.enqueue("globex", "hans@example.org", "<p>x</p>").await;
    let sql = format!("UPDATE audit_entries SET details = REPLACE(details, '{first}', '{theirs}')");
    portal.sql(&sql).await;
    let page = greta.open(&path(theirs)).await.expect(200);
    page.assert_says_not(ALICE.name).assert_says_not("Zoë");
    // an entry that is gone leaves the fact
    let page = alice.open(&path(first)).await.expect(200);
    assert_eq!(story(&page), ["Handed over to be sent", "Cancelled by an administrator"]);
}

#[tokio::test]
async fn the_last_deed_is_told_however_many_stand_before_it_in_the_log() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    outbox::cancel(&portal.state, &actor(&portal).await, id).await.unwrap();
    outbox::try_again(&portal.state, &actor(&portal).await, id).await.unwrap();
    portal.wind_minutes(5);
    // more entries of that name than are looked at, all of them earlier than the last deed
    let digits = "(SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
                  UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let ids = portal.rows("SELECT id FROM audit_entries WHERE event = 'outbox.cancelled'").await;
    assert_eq!(ids.len(), 1);
    let (make, no_hash) =
        if portal.is_sqlite() { ("randomblob(16)", "x''") } else { ("gen_random_uuid()", "''::bytea") };
    portal
        .sql(&format!(
            "INSERT INTO audit_entries (tenant_id, id, seq, at, actor, actor_name, client, request_id, event, details, hash) \
             SELECT tenant_id, {make}, 1000000 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n, at + 1, actor, 'Many', \
             client, '', event, '{{}}', {no_hash} FROM audit_entries \
             CROSS JOIN {digits} a CROSS JOIN {digits} b CROSS JOIN {digits} c CROSS JOIN {digits} d \
             WHERE event = 'outbox.cancelled'"
        ))
        .await;
    let mut last = actor(&portal).await;
    last.name = "The Last".to_owned();
    outbox::cancel(&portal.state, &last, id).await.unwrap();
    let page = alice.open(&path(id)).await.expect(200);
    let expected = [
        "Handed over to be sent",
        "Cancelled by Test",
        "Tried again at the request of Test",
        "Cancelled by The Last",
    ];
    assert_eq!(page.texts(".steps .step-outcome"), expected);
}

#[tokio::test]
async fn an_unknown_outcome_is_explained_and_repeated_only_by_a_person() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let sink = Sink::playing(|moment| match moment {
        Moment::Dot(_) => Does::Cuts,
        _ => Does::Well,
    })
    .await;
    use_server(&portal, &mut alice, sink.port).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    portal.deliver().await;
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("May have arrived twice").assert_says("Next attempt:");
    portal.wind_minutes(3);
    portal.deliver().await;
    let page = alice.open(&path(id)).await.expect(200);
    page.assert_says("Nobody knows whether it arrived").assert_says("with the same Message-ID");
    assert!(page.has_form(&format!("{}/retry", path(id))));
    let page = alice.open(&format!("{DELIVERIES}?state=unknown")).await.expect(200);
    let link = page.attribute(".pager-end", "href").unwrap();
    alice.open(&link).await.expect(200).assert_says("may have arrived already");
}

#[tokio::test]
async fn a_suppressed_address_is_lifted_by_an_administrator_or_by_its_owner() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let sink = Sink::playing(|moment| match moment {
        Moment::Rcpt(_) => Does::Says("550 5.1.1 no such user"),
        _ => Does::Well,
    })
    .await;
    use_server(&portal, &mut alice, sink.port).await;
    alice.open(SUPPRESSIONS).await.expect(200).assert_says("No address is suppressed");
    for _ in 0..3 {
        for to in [BEN.email, "gone@example.org"] {
            portal.enqueue("acme", to, "<p>x</p>").await;
        }
        portal.deliver().await;
    }
    let page = alice.open(SUPPRESSIONS).await.expect(200);
    assert_eq!(page.texts("tbody .address"), [BEN.email, "gone@example.org"]);
    page.assert_says("550 5.1.1 no such user");
    let id = portal.enqueue("acme", "gone@example.org", "<p>x</p>").await;
    portal.deliver().await;
    alice.open(&path(id)).await.expect(200).assert_says("its address is suppressed");

    // each lifts what is theirs to lift
    let account = ben.open("/account").await.expect(200);
    account.assert_says("Nothing is sent to your address");
    let lift = account.form("/account/suppression/lift").forge("address", "gone@example.org");
    let page = ben.submit(lift).await.expect(200);
    assert!(page.flash().unwrap().starts_with("The suppression was lifted."));
    page.assert_says_not("Nothing is sent to your address");
    let page = alice.open(SUPPRESSIONS).await.expect(200);
    assert_eq!(page.texts("tbody .address"), ["gone@example.org"]);
    let lift = page.form(&format!("{SUPPRESSIONS}/lift"));
    alice.submit(lift).await.expect(200).assert_says("No address is suppressed");
    assert_eq!(portal.count("outbox_suppressions WHERE suppressed_at IS NOT NULL").await, 0);
    assert_eq!(portal.count("audit_entries WHERE event = 'outbox.suppression_lifted'").await, 2);
}

#[tokio::test]
async fn an_export_honours_the_filter_and_holds_no_formula() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.enqueue("acme", "=cmd@example.org", "<p>x</p>").await;
    portal.enqueue("acme", "+49@example.org", "<p>x</p>").await;
    let cancelled = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    outbox::cancel(&portal.state, &actor(&portal).await, cancelled).await.unwrap();
    let page = alice.get(&format!("{DELIVERIES}/export")).await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(page.header("content-disposition").unwrap().starts_with("attachment; filename=\"deliveries-20"));
    let csv = page.html;
    assert!(csv.starts_with("\u{feff}\"Recipient\",\"Kind\",\"State\","), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("\r\n\"'=cmd@example.org\",") && csv.contains("\r\n\"'+49@example.org\","), "{csv}");
    let some = alice.get(&format!("{DELIVERIES}/export?state=cancelled")).await.expect(200).html;
    assert_eq!(some.lines().count(), 2);
    assert!(some.contains("\"anna@example.org\",\"Announcement\",\"Cancelled\","), "{some}");
    alice.get(&format!("{DELIVERIES}/export?recipient=x")).await.expect(404);
}

#[tokio::test]
async fn the_pages_speak_german() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    let id = portal.enqueue("globex", "anna@example.org", "<p>x</p>").await;
    let page = greta.open(DELIVERIES).await.expect(200);
    assert_eq!((page.h1(), page.language()), ("Zustellungen".to_owned(), "de".to_owned()));
    assert_eq!(states(&page), ["Wartet"]);
    greta.open(&path(id)).await.expect(200).assert_says("So würde die E-Mail jetzt gesendet.");
    greta.open(SUPPRESSIONS).await.expect(200).assert_says("Keine Adresse ist gesperrt");
    let csv = greta.get(&format!("{DELIVERIES}/export")).await.expect(200).html;
    assert!(csv.starts_with("\u{feff}\"Empfänger\";\"Art\";\"Zustand\";"), "{csv}");
    portal.deliver().await;
    greta
        .open("/home")
        .await
        .expect(200)
        .assert_says("E-Mails warten, weil kein E-Mail-Anbieter eingerichtet ist");
}
