//! Administration > Users: the list, roles, closing and removing accounts, and that a tenant keeps an
//! administrator.

use posthorn::people;
use posthorn::users;
use posthorn::values::{Actor, Origin, Role, Secret, UserId};

use crate::support::{ALICE, Account, BEN, GRETA, HANS, Page, TestPortal, Visitor};

const USERS: &str = "/administration/users";

async fn path(portal: &TestPortal, account: &Account) -> String {
    format!("{USERS}/{}", portal.user(account).await)
}

/// Presses the button of that person's page.
async fn press(admin: &mut Visitor, person: &str, deed: &str) -> Page {
    let page = admin.open(person).await.expect(200);
    admin.submit(page.form(&format!("{person}/{deed}"))).await
}

async fn choose_role(admin: &mut Visitor, person: &str, role: &str) -> Page {
    let page = admin.open(person).await.expect(200);
    admin.submit(page.form(&format!("{person}/role")).choose("role", role)).await
}

/// A form of somebody else's page, sent to that path.
async fn forge(admin: &mut Visitor, path: &str, fields: &[(&str, &str)]) -> Page {
    let token = admin.open("/account").await.form("/sign-out").value("csrf_token").unwrap().to_owned();
    let mut pairs = fields.to_vec();
    pairs.push(("csrf_token", &token));
    let body = serde_urlencoded::to_string(pairs).unwrap();
    let request = crate::support::Request::post(path, body).header("origin", admin.origin());
    admin.send(request.header("sec-fetch-site", "same-origin")).await
}

async fn actor(portal: &TestPortal, account: &Account) -> Actor {
    Actor {
        tenant: portal.tenant(account.tenant).await,
        user: portal.user(account).await,
        name: account.name.to_owned(),
        role: account.role,
        origin: Origin::local(),
        support: None,
        api_key: None,
    }
}

async fn roles(portal: &TestPortal) -> Vec<(String, String)> {
    let rows =
        portal.rows("SELECT email, role FROM users WHERE email LIKE '%@acme.example' ORDER BY email").await;
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
}

async fn audited(portal: &TestPortal, event: &str) -> i64 {
    portal.count(&format!("audit_entries WHERE event = '{event}'")).await
}

#[tokio::test]
async fn the_list_shows_a_tenants_people_and_finds_them() {
    let portal = TestPortal::start().await;
    portal.invite("acme", "Nina 100% Neu", "nina_n@acme.example").await;
    portal.invite("acme", "Özil Öz", "oezil@acme.example").await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(USERS).await.expect(200);
    let rows = page.texts("tbody tr");
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows[0].starts_with("Alice Archer (you)alice@acme.example Administrator Active"), "{rows:?}");
    assert!(rows[2].contains("Nina 100% Neunina_n@acme.example Member Invited"), "{rows:?}");
    page.assert_says_not("globex");
    assert_eq!(page.texts(".tallies a"), ["4 All", "2 Active", "2 Invited", "0 Deactivated"]);
    for (query, found) in [
        ("q=ALICE", vec!["Alice Archer"]),
        ("q=baker", vec!["Ben Baker"]),
        ("q=%40acme", vec!["Alice Archer", "Ben Baker", "Nina 100% Neu", "Özil Öz"]),
        // what means something in a pattern is only itself
        ("q=%25", vec!["Nina 100% Neu"]),
        ("q=_", vec!["Nina 100% Neu"]),
        ("q=%5C", vec![]),
        ("q=' OR 1=1 --", vec![]),
        ("q=%C3%96zil", vec!["Özil Öz"]),
        ("state=invited", vec!["Nina 100% Neu", "Özil Öz"]),
        ("state=deactivated", vec![]),
        ("role=tenant-admin", vec!["Alice Archer"]),
        ("role=member&state=active", vec!["Ben Baker"]),
        ("state=nonsense&role=boss&after=x", vec!["Alice Archer", "Ben Baker", "Nina 100% Neu", "Özil Öz"]),
    ] {
        let page = alice.open(&format!("{USERS}?{}", query.replace(' ', "+"))).await.expect(200);
        assert_eq!(page.texts("tbody th a"), found, "{query}");
    }
}

#[tokio::test]
async fn a_long_list_has_pages_by_key() {
    let portal = TestPortal::start().await;
    for n in 0..103 {
        portal.invite("acme", &format!("Person {n:03}"), &format!("p{n:03}@acme.example")).await;
    }
    let mut alice = portal.signed_in(&ALICE).await;
    let mut seen = Vec::new();
    let mut page = alice.open(&format!("{USERS}?q=person")).await.expect(200);
    for _ in 0..3 {
        seen.extend(page.texts("tbody th a"));
        let Some(next) = page.attribute(".pager a:last-child", "href").filter(|href| href.contains("after"))
        else {
            break;
        };
        page = alice.open(&next).await.expect(200);
    }
    let expected: Vec<String> = (0..103).map(|n| format!("Person {n:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_new_role_works_at_the_next_request() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    ben.get(USERS).await.expect(403);
    let person = path(&portal, &BEN).await;
    let page = choose_role(&mut alice, &person, "tenant-admin").await.expect(200);
    assert_eq!(page.flash().unwrap(), "The role was changed. It applies from the person’s next page on.");
    ben.get(USERS).await.expect(200);
    choose_role(&mut alice, &person, "member").await.expect(200);
    ben.get(USERS).await.expect(403);
    assert_eq!(audited(&portal, "people.role_changed").await, 2);
    forge(&mut alice, &format!("{person}/role"), &[("role", "boss")]).await.expect(422);
}

#[tokio::test]
async fn a_deactivated_person_is_out_at_once_and_may_come_back() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let person = path(&portal, &BEN).await;
    let page = press(&mut alice, &person, "deactivate").await.expect(200);
    assert_eq!(page.flash().unwrap(), "The user was deactivated and signed out everywhere.");
    page.assert_says("Deactivated");
    assert!(!ben.is_signed_in().await);
    assert_eq!(portal.count("sessions").await, 1, "the row is gone, not only unusable");
    ben.sign_in_with(BEN.email, BEN.password).await.expect(422);
    assert!(!page.has_form(&format!("{person}/role")) && !page.has_form(&format!("{person}/password-link")));

    press(&mut alice, &person, "reactivate").await.expect(200);
    assert!(!ben.is_signed_in().await, "the former session does not come back");
    ben.sign_in(&BEN).await;
    assert_eq!(
        (audited(&portal, "people.deactivated").await, audited(&portal, "people.reactivated").await),
        (1, 1)
    );
}

#[tokio::test]
async fn a_session_does_not_begin_for_an_account_that_was_closed_meanwhile() {
    use posthorn::sessions::{self, NewSession};
    use posthorn::values::TokenHash;
    let portal = TestPortal::start().await;
    let (tenant, user, now) =
        (portal.tenant("acme").await, portal.user(&BEN).await, portal.state.clock.now());
    let begin = async || {
        let session = NewSession {
            tenant,
            user,
            client: String::new(),
            user_agent: String::new(),
            state: "{}".to_owned(),
            verified_at: now,
            diagnosis: None,
        };
        let tx = portal.state.db.write().await.unwrap();
        sessions::begin(&*tx, TokenHash::of("a key"), session, now).await.unwrap();
        tx.commit().await.unwrap();
        portal.count("sessions").await
    };
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    assert_eq!(begin().await, 0);
    portal.sql("UPDATE users SET active = TRUE WHERE email = 'ben@acme.example'").await;
    portal.sql("UPDATE tenants SET suspended = TRUE WHERE slug = 'acme'").await;
    assert_eq!(begin().await, 0);
    portal.sql("UPDATE tenants SET suspended = FALSE WHERE slug = 'acme'").await;
    assert_eq!(begin().await, 1);
}

#[tokio::test]
async fn a_removed_person_leaves_their_deeds_in_the_log() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let person = path(&portal, &BEN).await;
    let page = press(&mut alice, &person, "remove").await.expect(422);
    assert_eq!(page.problem_fields(), ["confirm"]);
    let form = page.form(&format!("{person}/remove")).tick("confirm", true);
    let page = alice.submit(form).await.expect(200);
    assert_eq!((page.path.as_str(), page.texts("tbody tr").len()), (USERS, 1));
    assert_eq!(page.flash().unwrap(), "The user was removed and signed out everywhere.");
    assert!(!ben.is_signed_in().await);
    alice.get(&person).await.expect(404);
    let signed_in = "audit_entries WHERE event = 'auth.signed_in' AND actor_name = 'Ben Baker'";
    assert_eq!(portal.count(signed_in).await, 1);
    let details: String =
        portal.one("SELECT details FROM audit_entries WHERE event = 'people.removed'").await;
    assert!(details.contains("Ben Baker") && details.contains(BEN.email), "{details}");
    // the address is free again
    portal.invite("acme", "Ben Again", BEN.email).await;
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let portal = TestPortal::start().await;
    portal.sql("UPDATE users SET role = 'tenant-admin' WHERE email = 'ben@acme.example'").await;
    let mut alice = portal.signed_in(&ALICE).await;
    let own = path(&portal, &ALICE).await;
    let page = alice.open(&own).await.expect(200);
    page.assert_says("This is your own account.");
    for deed in ["role", "deactivate", "remove"] {
        assert!(!page.has_form(&format!("{own}/{deed}")), "{deed}");
        let fields = [("role", "member"), ("confirm", "yes")];
        let page = forge(&mut alice, &format!("{own}/{deed}"), &fields).await.expect(422);
        page.assert_says("Nothing was changed");
        page.assert_says("only another administrator can change its role");
    }
    assert!(alice.is_signed_in().await);
    assert_eq!(roles(&portal).await[0].1, "tenant-admin");
}

#[tokio::test]
async fn a_tenant_keeps_one_active_administrator() {
    let portal = TestPortal::start().await;
    // one who has yet to set a password, and one who is closed, do not count
    portal.invite("acme", "Nina New", "nina@acme.example").await;
    portal.sql("UPDATE users SET role = 'tenant-admin' WHERE email LIKE '%@acme.example'").await;
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    let mut alice = portal.signed_in(&ALICE).await;
    let own = path(&portal, &ALICE).await;
    for deed in ["role", "deactivate", "remove"] {
        let fields = [("role", "member"), ("confirm", "yes")];
        let page = forge(&mut alice, &format!("{own}/{deed}"), &fields).await.expect(422);
        page.assert_says("This is the only active administrator");
    }
    assert_eq!(portal.count("users WHERE role = 'tenant-admin' AND active").await, 3, "nothing was changed");
}

#[tokio::test]
async fn two_who_take_each_others_rights_at_once_leave_one() {
    let portal = TestPortal::start().await;
    let (a, b) = (actor(&portal, &ALICE).await, actor(&portal, &BEN).await);
    for round in 0..8 {
        portal
            .sql("UPDATE users SET role = 'tenant-admin', active = TRUE WHERE email LIKE '%@acme.example'")
            .await;
        let state = &portal.state;
        let (one, two) = if round % 2 == 0 {
            tokio::join!(
                people::set_role(state, &a, b.user, Role::Member),
                people::set_role(state, &b, a.user, Role::Member)
            )
        } else {
            tokio::join!(people::deactivate(state, &a, b.user), people::deactivate(state, &b, a.user))
        };
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert!(matches!(one.and(two), Err(people::Error::NotInCharge)));
        assert_eq!(
            portal
                .count("users WHERE role = 'tenant-admin' AND active AND email LIKE '%@acme.example'")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn others_people_are_as_unknown_as_nobodys() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let nobody = format!("{USERS}/{}", UserId::new());
    let token = async |page: Page| page.html.replace(page.header("x-request-id").unwrap(), "");
    for theirs in [path(&portal, &GRETA).await, path(&portal, &HANS).await, format!("{USERS}/nonsense")] {
        let (one, two) = (alice.get(&theirs).await.expect(404), alice.get(&nobody).await.expect(404));
        assert_eq!(token(one).await, token(two).await);
        for deed in ["role", "deactivate", "reactivate", "remove", "invite-again", "revoke", "password-link"]
        {
            let fields = [("role", "member"), ("confirm", "yes")];
            forge(&mut alice, &format!("{theirs}/{deed}"), &fields).await.expect(404);
        }
    }
    assert!(portal.signed_in(&HANS).await.is_signed_in().await);
    assert_eq!(portal.count("users").await, 4);
}

#[tokio::test]
async fn members_have_no_part_in_it() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    let person = path(&portal, &ALICE).await;
    for path in [USERS, &format!("{USERS}/invite"), &format!("{USERS}/import"), person.as_str()] {
        ben.get(path).await.expect(403).assert_says("Who can help");
    }
    forge(&mut ben, &format!("{person}/deactivate"), &[]).await.expect(403);
    assert!(portal.signed_in(&ALICE).await.is_signed_in().await);
}

#[tokio::test]
async fn an_administrator_makes_a_password_link_when_mail_is_down() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let person = path(&portal, &BEN).await;
    let page = press(&mut alice, &person, "password-link").await.expect(200);
    assert_eq!(page.h1(), "A new password for Ben Baker");
    let link = page.texts("#link").join("");
    let start = format!("{}/reset/", alice.origin());
    let link = link.strip_prefix(&start).map(|token| format!("/reset/{token}")).unwrap();
    assert_eq!(portal.count("outbox_messages").await, 0, "no mail is sent");
    assert_eq!(audited(&portal, "people.password_link_made").await, 1);

    let mut browser = portal.visitor("acme");
    let page = browser.open(&link).await.expect(200);
    assert_eq!(page.h1(), "Choose a new password");
    let new = "another few words in a row";
    let form = page.form(&link).fill("new_password", new).fill("repeat_password", new);
    browser.submit(form).await.expect(200);
    assert!(browser.is_signed_in().await && !ben.is_signed_in().await);
    ben.sign_in_with(BEN.email, new).await.expect(200);
    browser.open(&link).await.expect(404).assert_says("older than 30 minutes");
}

#[tokio::test]
async fn one_changes_ones_own_name() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    let page = ben.open("/account").await.expect(200);
    let page = ben.submit(page.form("/account").fill("name", "  Benjamin Baker ")).await.expect(200);
    page.assert_says("Benjamin Baker");
    let details: String =
        portal.one("SELECT details FROM audit_entries WHERE event = 'account.renamed'").await;
    assert!(details.contains("Ben Baker") && details.contains("Benjamin Baker"), "{details}");
    ben.submit(page.form("/account")).await.expect(200);
    assert_eq!(audited(&portal, "account.renamed").await, 1, "the same name is no change");
    let page = ben.submit(page.form("/account").fill("name", " ")).await.expect(422);
    assert_eq!(page.problem_fields(), ["name"]);
    assert_eq!(page.form("/account").value("name"), Some(" "), "what was typed is still there");
}

#[tokio::test]
async fn a_password_that_everybody_tries_first_is_refused() {
    let portal = TestPortal::start().await;
    // one that was longer than is allowed now still signs in
    let long = "x y z ".repeat(40);
    let hash = posthorn::auth::hash_password(&Secret::new(long.as_str())).unwrap();
    let tenant = portal.tenant("acme").await;
    let ben = portal.user(&BEN).await;
    let tx = portal.state.db.write().await.unwrap();
    users::set_password(&*tx, tenant, ben, hash, portal.state.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut visitor = portal.visitor("acme");
    visitor.sign_in_with(BEN.email, &long).await.expect(200);
    for (new, why) in [
        ("CookieMonster1", "one of the passwords that are tried first"),
        ("abababababab", "repeats one short piece"),
        ("ben@acme.example 2026", "more than your email address"),
        (&"w x y z ".repeat(17), "at most 128 characters"),
    ] {
        let page = visitor.open("/account").await;
        let form = page.form("/account/password").fill("current_password", &long);
        let page =
            visitor.submit(form.fill("new_password", new).fill("repeat_password", new)).await.expect(422);
        assert!(page.problem("new_password").unwrap().contains(why), "{new}: {:?}", page.problems());
    }
}
