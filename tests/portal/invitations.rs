//! Invitations: from the form to the first sign-in through the mail, and every way in which a link dies.

use std::time::Duration;

use posthorn::auth;
use posthorn::users::LinkPurpose;
use posthorn::values::{Origin, Secret};

use crate::support::{ALICE, BEN, GRETA, Page, TestPortal, Visitor};

const USERS: &str = "/administration/users";
const INVITE: &str = "/administration/users/invite";
const CHOSEN: &str = "a few words in a row";

async fn invite(admin: &mut Visitor, name: &str, email: &str, role: &str, language: &str) -> Page {
    let page = admin.open(INVITE).await.expect(200);
    let form = page.form(INVITE).fill("name", name).fill("email", email);
    admin.submit(form.choose("role", role).choose("language", language)).await
}

/// The link on a page that tells it once, as a path at the tenant's host.
fn link(page: &Page, admin: &Visitor) -> String {
    let link = page.texts("#link").join("");
    link.strip_prefix(&admin.origin()).unwrap_or_else(|| panic!("{link}")).to_owned()
}

/// The one page of the person that the link page leads to.
fn person(page: &Page) -> String {
    page.attribute("main .actions a[href^='/administration/users/0']", "href").unwrap()
}

async fn accept(visitor: &mut Visitor, link: &str) -> Page {
    let page = visitor.open(link).await.expect(200);
    visitor.submit(page.form(link).fill("new_password", CHOSEN).fill("repeat_password", CHOSEN)).await
}

/// The text of the one caught mail, decoded.
fn mail_text(portal: &TestPortal) -> String {
    let mails = portal.catcher().mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let source = portal.catcher().mailbox().source(mails[0].id).unwrap();
    let message = mail_parser::MessageParser::default().parse(&source).unwrap();
    format!("{}\n{}", message.subject().unwrap(), message.body_text(0).unwrap())
}

fn link_in(text: &str, origin: &str) -> String {
    let at = text.find(origin).unwrap_or_else(|| panic!("no link in {text}"));
    text[at + origin.len()..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn from_the_invitation_to_the_first_sign_in_through_the_mail() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let page = invite(&mut alice, "Nina Neu", "nina@acme.example", "tenant-admin", "de").await.expect(200);
    assert_eq!(page.h1(), "Nina Neu is invited");
    page.assert_says("The email with the link is on its way.");
    let shown = link(&page, &alice);
    // the link is told this once
    let person = person(&page);
    let page = alice.open(&person).await.expect(200);
    page.assert_says("Invited").assert_says("The link in the invitation works until");
    assert!(!page.html.contains(&shown));

    // in no table does it stand as it is
    let token = shown.rsplit('/').next().unwrap();
    for sql in [
        "SELECT data FROM outbox_contents",
        "SELECT details FROM audit_entries",
        "SELECT recipient FROM outbox_messages",
    ] {
        for row in portal.rows(sql).await {
            assert!(!row.try_get_by_index::<String>(0).unwrap().contains(token), "{sql}");
        }
    }

    portal.deliver().await;
    let text = mail_text(&portal);
    assert!(text.starts_with("Ihre Einladung zu Posthorn von Acme Ltd\nGuten Tag Nina Neu,"), "{text}");
    assert!(text.contains("Alice Archer hat Sie zu Posthorn von Acme Ltd eingeladen."), "{text}");
    let link = link_in(&text, &alice.origin());
    assert_eq!(link, shown);

    // an administrator may see that it was sent, and not what it says
    let list = alice.open("/administration/deliveries").await.expect(200);
    list.assert_says("Invitation").assert_says("Accepted");
    let delivery = list.attribute("tbody th a", "href").unwrap();
    let page = alice.open(&delivery).await.expect(200);
    page.assert_says("it is for its recipient only");
    assert!(!page.html.contains(token));
    alice.get(&format!("{delivery}/html")).await.expect(404);
    alice.get(&format!("{delivery}/source")).await.expect(404);

    let mut nina = portal.visitor("acme");
    let page = accept(&mut nina, &link).await.expect(200);
    assert_eq!((page.h1().as_str(), page.language().as_str()), ("Guten Tag, Nina Neu", "de"));
    nina.get(USERS).await.expect(200);
    alice.open(&person).await.expect(200).assert_says("Active");
    portal.visitor("acme").sign_in_with("nina@acme.example", CHOSEN).await.expect(200);
    let events = portal.rows("SELECT event FROM audit_entries ORDER BY at, id").await;
    let events: Vec<String> = events.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(
        events.contains(&"people.invited".to_owned()) && events.contains(&"auth.password_set".to_owned())
    );
}

#[tokio::test]
async fn the_page_says_plainly_whether_a_mail_goes_out() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = invite(&mut alice, "Nina", "nina@acme.example", "member", "").await.expect(200);
    page.assert_says("No email provider is set up, so no email goes out.");
    let mut nina = portal.visitor("acme");
    accept(&mut nina, &link(&page, &alice)).await.expect(200);
    assert!(nina.is_signed_in().await, "the link works without any mail");

    portal.save_provider(&mut alice).await;
    let form = portal.smtp_form(&mut alice).await.fill("password", "not the password");
    alice.submit(form).await.expect(200);
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    let page = invite(&mut alice, "Otto", "otto@acme.example", "member", "").await.expect(200);
    page.assert_says("The email provider is not working at the moment");
}

#[tokio::test]
async fn a_form_that_is_filled_in_wrongly_says_all_at_once() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = invite(&mut alice, "", "nobody", "member", "").await.expect(422);
    assert_eq!(page.problem_fields(), ["name", "email"]);
    assert_eq!(page.form(INVITE).value("email"), Some("nobody"));
    let page = invite(&mut alice, "Ben", "BEN@acme.example", "member", "").await.expect(422);
    assert!(page.problem("email").unwrap().contains("already a user"));
    // of another tenant somebody may be this tenant's as well
    invite(&mut alice, "Greta", GRETA.email, "member", "").await.expect(200);
    assert_eq!(portal.count("users").await, 5);
    let form = alice.open(INVITE).await.form(INVITE).fill("name", "x").fill("email", "x@acme.example");
    let page = alice.submit(form.forge("role", "boss").forge("language", "fr")).await.expect(422);
    assert_eq!(page.problem_fields(), ["role", "language"]);
}

#[tokio::test]
async fn inviting_again_lets_the_old_link_and_its_mail_die() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = invite(&mut alice, "Nina", "nina@acme.example", "member", "").await.expect(200);
    let (first, person) = (link(&page, &alice), person(&page));
    portal.wind_minutes(1);
    let page = alice.open(&person).await.expect(200);
    let page = alice.submit(page.form(&format!("{person}/invite-again"))).await.expect(200);
    let second = link(&page, &alice);
    assert_ne!(first, second);
    let mut nina = portal.visitor("acme");
    nina.open(&first).await.expect(404);
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 1);
    assert_eq!(portal.count("outbox_messages WHERE state = 'due'").await, 1);
    portal.save_provider(&mut alice).await;
    portal.deliver().await;
    assert_eq!(link_in(&mail_text(&portal), &alice.origin()), second, "only the second mail is sent");
    accept(&mut nina, &second).await.expect(200);
    // who has a password is not to be invited
    let token = alice.open("/account").await.form("/sign-out").value("csrf_token").unwrap().to_owned();
    let mut again = page.forms().into_iter().next().unwrap();
    (again.method, again.action) = ("post".to_owned(), format!("{person}/invite-again"));
    alice
        .submit(again.forge("csrf_token", &token))
        .await
        .expect(422)
        .assert_says("has changed in the meantime");
}

#[tokio::test]
async fn a_revoked_invitation_works_no_more_and_shows_as_such() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = invite(&mut alice, "Nina", "nina@acme.example", "member", "").await.expect(200);
    let (first, person) = (link(&page, &alice), person(&page));
    let page = alice.open(&person).await.expect(200);
    let page = alice.submit(page.form(&format!("{person}/revoke"))).await.expect(200);
    assert_eq!(page.flash().unwrap(), "The invitation was revoked. Its link no longer works.");
    page.assert_says("Invitation revoked");
    assert!(!page.has_form(&format!("{person}/revoke")));
    portal.visitor("acme").open(&first).await.expect(404).assert_says("revoked");
    assert_eq!(portal.count("outbox_messages WHERE state = 'cancelled'").await, 1);
    alice.open(USERS).await.assert_says("Invitation revoked");
}

#[tokio::test]
async fn an_expired_invitation_shows_as_such() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = invite(&mut alice, "Nina", "nina@acme.example", "member", "").await.expect(200);
    let (first, person) = (link(&page, &alice), person(&page));
    portal.wind(Duration::from_secs(7 * 24 * 3600));
    auth::sweep(&portal.state).await.unwrap();
    portal.visitor("acme").open(&first).await.expect(404);
    alice.sign_in(&ALICE).await;
    let page = alice.open(&person).await.expect(200);
    page.assert_says("Invitation expired").assert_says("has not worked since");
    assert!(page.has_form(&format!("{person}/invite-again")));
}

#[tokio::test]
async fn of_two_who_use_one_link_at_once_one_wins() {
    let portal = TestPortal::start().await;
    let tenant = portal.tenant("acme").await;
    for n in 0..4 {
        let link = portal.invite("acme", "Nina", &format!("nina{n}@acme.example")).await;
        let token = link.rsplit('/').next().unwrap().to_owned();
        let set = async |password: &str| {
            let (state, password) = (&portal.state, Secret::new(password));
            auth::set_password_by_link(
                state,
                tenant,
                LinkPurpose::Invitation,
                &token,
                password,
                Origin::local(),
            )
            .await
        };
        let (one, two) = tokio::join!(set("first few words in a row"), set("second few words in a row"));
        let right = if one.is_ok() { "first few words in a row" } else { "second few words in a row" };
        assert!(one.is_ok() != two.is_ok());
        assert!(matches!(one.and(two), Err(auth::Error::DeadLink)));
        let email = format!("nina{n}@acme.example");
        portal.visitor("acme").sign_in_with(&email, right).await.expect(200);
    }
}

#[tokio::test]
async fn a_link_is_of_its_purpose_its_tenant_and_its_active_person() {
    let portal = TestPortal::start().await;
    let link = portal.invite("acme", "Nina", "nina@acme.example").await;
    let mut visitor = portal.visitor("acme");
    visitor.open(&link.replace("/welcome/", "/reset/")).await.expect(404);
    portal.visitor("globex").open(&link).await.expect(404);
    visitor.open(&format!("{link}x")).await.expect(404);
    let mut alice = portal.signed_in(&ALICE).await;
    let list = alice.open(&format!("{USERS}?state=invited")).await;
    let person = list.attribute("tbody th a", "href").unwrap();
    let page = alice.open(&person).await;
    alice.submit(page.form(&format!("{person}/deactivate"))).await.expect(200);
    visitor.open(&link).await.expect(404);
    let page = alice.open(&person).await;
    let page = alice.submit(page.form(&format!("{person}/reactivate"))).await.expect(200);
    page.assert_says("Invitation revoked");
    visitor.open(&link).await.expect(404);
}

#[tokio::test]
async fn an_administrator_who_is_none_any_more_invites_nobody() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    portal.sql("UPDATE users SET role = 'tenant-admin' WHERE email = 'ben@acme.example'").await;
    let form = ben.open(INVITE).await.expect(200).form(INVITE);
    portal.sql("UPDATE users SET role = 'member' WHERE email = 'ben@acme.example'").await;
    ben.submit(form.fill("name", "x").fill("email", "x@acme.example")).await.expect(403);
    assert_eq!(portal.count("users").await, 4);
}
