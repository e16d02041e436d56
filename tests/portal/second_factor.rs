//! The second factor: that it cannot be gone around, that nothing counts twice, and that nobody is told the
//! secret a second time.

use std::time::Duration;

use posthorn::clock::Timestamp;
use posthorn::second_factor as verbs;
use posthorn::totp;
use posthorn::values::{Role, Secret, UserId};

use crate::access::{MATRIX, May, concrete, is_at_base, knock};
use crate::support::{ALICE, Account, BEN, GRETA, Page, TestPortal, Visitor};

const FACTOR: &str = "/account/second-factor";
const CODE: &str = "/sign-in/second-factor";
const STEP: Duration = Duration::from_secs(30);

/// The secret that a page of the set-up shows.
fn secret(page: &Page) -> Secret {
    Secret::new(page.texts("pre").join("").replace(' ', ""))
}

/// The code that an app shows which was told the secret of that page.
pub(crate) fn code(page: &Page, at: Timestamp) -> String {
    totp::code(&secret(page), at).unwrap()
}

fn at(portal: &TestPortal, secret: &Secret) -> String {
    totp::code(secret, portal.state.clock.now()).unwrap()
}

/// Sets up a second factor for whoever is signed in; the recovery codes come with it.
async fn set_up(portal: &TestPortal, visitor: &mut Visitor) -> (Secret, Vec<String>) {
    let begin = visitor.open(FACTOR).await.form("/account/second-factor/begin");
    let page = visitor.submit(begin).await.expect(200);
    let secret = secret(&page);
    let form = page.form("/account/second-factor/set-up").fill("code", &at(portal, &secret));
    let page = visitor.submit(form).await.expect(200);
    let codes: Vec<String> = page.texts("pre").join(" ").split_whitespace().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{}", page.text());
    portal.wind(STEP);
    (secret, codes)
}

/// As far as the page that asks for the code.
async fn with_password(portal: &TestPortal, account: &Account) -> (Visitor, Page) {
    let mut visitor = portal.visitor(account.tenant);
    let page = visitor.sign_in_with(account.email, account.password).await.expect(200);
    assert_eq!(page.path, CODE, "{}", page.text());
    (visitor, page)
}

async fn enter(visitor: &mut Visitor, page: &Page, code: &str) -> Page {
    visitor.submit(page.form(CODE).fill("code", code)).await
}

#[tokio::test]
async fn a_password_alone_opens_nothing_and_a_code_opens_everything() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    assert!(alice.is_signed_in().await, "the session goes on");

    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    assert!(!visitor.cookies.contains_key("posthorn_session"), "there is no session yet");
    for (method, pattern, may) in MATRIX.into_iter().filter(|(_, pattern, _)| !is_at_base(pattern)) {
        if may == May::Anyone {
            continue;
        }
        let page = knock(&mut visitor, method, &concrete(pattern)).await;
        assert!(page.location().starts_with("/sign-in?"), "{method} {pattern}: {}", page.location());
    }
    let page = enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
    assert_eq!(page.path, "/home");
    assert!(visitor.is_signed_in().await);
    assert!(!visitor.cookies.contains_key("posthorn_pending"), "the token is gone");
    assert_eq!(portal.count("pending_sign_ins").await, 0);
    let details: String = portal
        .one("SELECT details FROM audit_entries WHERE event = 'auth.signed_in' AND details LIKE '%app%'")
        .await;
    assert!(details.contains("password"), "{details}");

    // nobody else is asked for anything
    portal.signed_in(&BEN).await;
    portal.signed_in(&GRETA).await;
}

#[tokio::test]
async fn one_comes_where_one_wanted_to_go_and_nowhere_else() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    for (next, expected) in [("/account/sessions", "/account/sessions"), ("//evil.example", "/home")] {
        let mut visitor = portal.visitor("acme");
        let query = serde_urlencoded::to_string([("next", next)]).unwrap();
        let page = visitor.open(&format!("/sign-in?{query}")).await;
        let form = page.form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password);
        let page = visitor.submit(form).await.expect(200);
        let page = enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
        assert_eq!(page.path, expected);
        portal.wind(STEP);
    }
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    let form = page.form(CODE).fill("code", &at(&portal, &secret)).forge("next", "https://evil.example/");
    assert_eq!(visitor.submit(form).await.path, "/home");
}

#[tokio::test]
async fn a_code_counts_once_also_at_the_same_moment() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let typed = at(&portal, &secret);
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(with_password(&portal, &ALICE).await);
    }
    let tries = people.iter_mut().map(|(visitor, page)| {
        let form = page.form(CODE).fill("code", &typed);
        async move { visitor.send_form(&form).await.status }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422, 422, 422], "one of them is in");
    // wrong codes were counted, and the right one has forgotten those before it
    portal.wind(STEP);
    let (mut late, page) = with_password(&portal, &ALICE).await;
    enter(&mut late, &page, &typed).await.expect(422).assert_says("The code was not accepted");
    enter(&mut late, &page, &at(&portal, &secret)).await.expect(200);
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_former_ones_not_at_all() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, codes) = set_up(&portal, &mut alice).await;
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(enter(&mut visitor, &page, &typed).await.expect(200).path, "/home");
    visitor.open("/account").await.assert_says("There are 9 recovery codes left.");

    let (mut again, page) = with_password(&portal, &ALICE).await;
    enter(&mut again, &page, &codes[0]).await.expect(422);

    let renew = "/account/second-factor/recovery-codes";
    let form = visitor.open(FACTOR).await.form(renew).fill("renew_proof", "not the password");
    visitor.submit(form).await.expect(422).assert_says("neither your password nor a code");
    let form = visitor.open(FACTOR).await.form(renew).fill("renew_proof", &at(&portal, &secret));
    let page = visitor.submit(form).await.expect(200);
    let new: Vec<String> = page.texts("pre").join(" ").split_whitespace().map(str::to_owned).collect();
    assert_eq!(new.len(), 10);
    let (mut other, page) = with_password(&portal, &ALICE).await;
    enter(&mut other, &page, &codes[1]).await.expect(422);
    enter(&mut other, &page, &new[0]).await.expect(200);
    assert_eq!(portal.count("recovery_codes WHERE used_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_sign_in_waits_for_ten_minutes_and_for_five_codes() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    portal.wind_minutes(10);
    let page = enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
    assert_eq!(page.path, "/sign-in");
    page.assert_says("Your sign-in took too long");
    assert!(!visitor.is_signed_in().await);

    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    let token = visitor.cookies.clone();
    for _ in 0..4 {
        enter(&mut visitor, &page, "000000").await.expect(422);
    }
    let page = enter(&mut visitor, &page, "000000").await.expect(200);
    assert_eq!(page.path, "/sign-in");
    assert_eq!(portal.count("audit_entries WHERE event = 'auth.codes_refused'").await, 1);
    visitor.cookies = token;
    assert_eq!(visitor.open(CODE).await.path, "/sign-in", "the token is dead");
    // five failures lock the account, and the password is no way to have them forgotten
    let mut locked = portal.visitor("acme");
    locked.sign_in_with(ALICE.email, ALICE.password).await.expect(422);
    portal.wind_minutes(1);
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    enter(&mut visitor, &page, "000000").await.expect(422);
    enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(422);
    portal.wind_minutes(1);
    enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(422);
    portal.wind_minutes(1);
    enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
    assert_eq!(portal.count("users WHERE failed_sign_ins > 0").await, 0, "all is forgotten");
}

#[tokio::test]
async fn clocks_may_differ_by_half_a_minute_and_not_by_more() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let now = || portal.state.clock.now();
    portal.wind_minutes(5);
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    for far in [now().minus(STEP * 3), now().plus(STEP * 3)] {
        enter(&mut visitor, &page, &totp::code(&secret, far).unwrap()).await.expect(422);
    }
    for near in [now().minus(STEP), now().plus(STEP)] {
        let (mut visitor, page) = with_password(&portal, &ALICE).await;
        enter(&mut visitor, &page, &totp::code(&secret, near).unwrap()).await.expect(200);
    }
    // the telephone's clock was ahead: what is earlier than the last code counts no more
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(422);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_ends_what_waits() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    portal.wind(Duration::from_secs(1));
    let form =
        alice.open("/account").await.form("/account/password").fill("current_password", ALICE.password);
    let form = form.fill("new_password", "another few words").fill("repeat_password", "another few words");
    alice.submit(form).await.expect(200);
    let page = enter(&mut visitor, &page, &at(&portal, &secret)).await;
    assert_eq!(page.path, "/sign-in");
    assert!(!visitor.is_signed_in().await);
}

#[tokio::test]
async fn a_link_to_set_a_password_is_no_way_around() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let (tenant, user) = who(&portal, &ALICE).await;
    let tx = portal.state.db.write().await.unwrap();
    let link = posthorn::users::password_link(&*tx, tenant, user, portal.state.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut visitor = portal.visitor("acme");
    let welcome = format!("/welcome/{}", link.expose());
    let form = visitor.open(&welcome).await.form(&welcome).fill("new_password", "another few words");
    let page = visitor.submit(form.fill("repeat_password", "another few words")).await.expect(200);
    assert_eq!(page.path, CODE);
    assert!(!visitor.is_signed_in().await);
    let page = enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
    assert_eq!(page.path, "/home");
    page.assert_says("Your password was set");
    assert!(visitor.is_signed_in().await);
}

#[tokio::test]
async fn the_key_of_the_session_is_a_new_one_and_a_token_is_bound_to_its_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    // a browser that came with somebody's session gets another one
    let mut ben = portal.signed_in(&BEN).await;
    let former = ben.cookies.get("posthorn_session").unwrap().clone();
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    visitor.cookies.insert("posthorn_session".to_owned(), former.clone());
    let csrf = visitor.open("/account").await.form("/sign-out").value("csrf_token").unwrap().to_owned();
    let form = page.form(CODE).fill("code", &at(&portal, &secret)).forge("csrf_token", &csrf);
    visitor.submit(form).await.expect(200);
    assert_ne!(visitor.cookies.get("posthorn_session"), Some(&former));
    visitor.open("/account").await.assert_says(ALICE.email);
    assert!(!ben.is_signed_in().await, "that session is not theirs any more: its key was replaced");

    portal.wind(STEP);
    let (visitor, _) = with_password(&portal, &ALICE).await;
    assert_eq!(visitor.smuggled_to("globex").open(CODE).await.path, "/sign-in");
}

/// The tenant and user of that account.
async fn who(portal: &TestPortal, account: &Account) -> (posthorn::values::TenantId, UserId) {
    let sql = format!("SELECT id FROM users WHERE email = '{}'", account.email);
    (portal.tenant(account.tenant).await, UserId::from(portal.one::<uuid::Uuid>(&sql).await))
}

#[tokio::test]
async fn whoever_must_have_one_gets_to_nothing_else_before() {
    let portal = TestPortal::start().await;
    portal.sql("UPDATE users SET role = 'tenant-admin' WHERE email = 'ben@acme.example'").await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    let rules = "/administration/settings/sign-in";
    let rule = "/administration/settings/sign-in/second-factor";
    let form = alice.open(rules).await.expect(200).form(rule).tick("required", true);
    alice.submit(form).await.expect(422).assert_says("Set up a second factor for yourself first");
    set_up(&portal, &mut alice).await;
    let form = alice.open(rules).await.form(rule).tick("required", true);
    alice.submit(form).await.expect(200).assert_says("The rules of signing in were saved.");
    assert_eq!(portal.count("audit_entries WHERE event = 'sign_in.rules_changed'").await, 1);
    alice.open("/home").await.expect(200);

    let open = [FACTOR, "/account/second-factor/begin", "/account/second-factor/set-up", "/sign-out"];
    for (method, pattern, may) in MATRIX.into_iter().filter(|(_, pattern, _)| !is_at_base(pattern)) {
        if may == May::Anyone || open.contains(&pattern) {
            continue;
        }
        // the token stands on the one page that is open
        let token = ben.open(FACTOR).await.form("/sign-out").value("csrf_token").unwrap().to_owned();
        let page = match method {
            "GET" => ben.get(&concrete(pattern)).await,
            _ => {
                let form = ben.open(FACTOR).await.form("/account/second-factor/begin");
                let mut form = form.forge("csrf_token", &token);
                form.action = concrete(pattern);
                ben.send_form(&form).await
            }
        };
        assert_eq!(page.location(), FACTOR, "{method} {pattern}");
    }
    assert_eq!(ben.get("/administration/nowhere").await.location(), FACTOR);
    ben.open("/home").await.expect(200).assert_says("Your organisation requires a second factor");
    set_up(&portal, &mut ben).await;
    ben.open(rules).await.expect(200);
    // a member needs none
    portal.sql("UPDATE users SET role = 'member' WHERE email = 'ben@acme.example'").await;
    let remove =
        ben.open(FACTOR).await.form("/account/second-factor/remove").fill("remove_proof", BEN.password);
    ben.submit(remove).await.expect(200).assert_says("The second factor was removed.");
    ben.open("/home").await.expect(200);
    assert_eq!(portal.count("second_factors").await, 1);
    assert_eq!(portal.count("recovery_codes").await, 10);
}

#[tokio::test]
async fn guesses_of_a_session_are_counted() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, _) = set_up(&portal, &mut alice).await;
    let remove = "/account/second-factor/remove";
    for proof in ["000000", "a wrong password", "111111", "another wrong one", ""] {
        let form = alice.open(FACTOR).await.form(remove).fill("remove_proof", proof);
        alice.submit(form).await.expect(422);
    }
    for right in [ALICE.password, &at(&portal, &secret)] {
        let form = alice.open(FACTOR).await.form(remove).fill("remove_proof", right);
        alice.submit(form).await.expect(422);
    }
    portal.wind_minutes(15);
    let form = alice.open(FACTOR).await.form(remove).fill("remove_proof", &at(&portal, &secret));
    alice.submit(form).await.expect(200);

    // likewise while it is set up
    let begin = alice.open(FACTOR).await.form("/account/second-factor/begin");
    let page = alice.submit(begin.fill("begin_proof", ALICE.password)).await;
    let form = page.form("/account/second-factor/set-up");
    for _ in 0..5 {
        alice.submit(form.clone().fill("code", "000000")).await.expect(422);
    }
    alice.submit(form.fill("code", &code(&page, portal.state.clock.now()))).await.expect(422);
    assert_eq!(portal.count("second_factors WHERE confirmed_at IS NOT NULL").await, 0);
    portal.signed_in(&ALICE).await;
}

#[tokio::test]
async fn an_administrator_takes_it_from_others_of_the_tenant_and_nobody_from_themselves() {
    let portal = TestPortal::start().await;
    let (mut alice, mut ben) = (portal.signed_in(&ALICE).await, portal.signed_in(&BEN).await);
    set_up(&portal, &mut ben).await;
    set_up(&portal, &mut alice).await;
    let actor = async |account: &Account| {
        let (tenant, user) = who(&portal, account).await;
        let person = posthorn::sessions::find_person(portal.state.db.read(), tenant, user).await;
        person.unwrap().unwrap().actor(posthorn::values::Origin::local())
    };
    let (greta, alice) = (actor(&GRETA).await, actor(&ALICE).await);
    assert_eq!(alice.role, Role::TenantAdmin);
    let (_, user) = who(&portal, &BEN).await;
    let foreign = verbs::reset(&portal.state, &greta, user).await;
    assert!(matches!(foreign, Err(verbs::Error::None)));
    let own = verbs::reset(&portal.state, &alice, alice.user).await;
    assert!(matches!(own, Err(verbs::Error::Oneself)));
    let (waiting, _) = with_password(&portal, &BEN).await;
    verbs::reset(&portal.state, &alice, user).await.unwrap();
    portal.signed_in(&BEN).await;
    assert_eq!(waiting.clone().open(CODE).await.path, CODE);
    assert_eq!(portal.count("audit_entries WHERE event = 'second_factor.reset'").await, 1);
    assert!(matches!(verbs::reset(&portal.state, &alice, user).await, Err(verbs::Error::None)));
    let now = portal.state.clock.now();
    verbs::reset_by_operator(&portal.state.db, alice.tenant, alice.user, now).await.unwrap();
    portal.signed_in(&ALICE).await;
}

#[tokio::test]
async fn the_secret_is_told_while_it_is_set_up_and_never_again() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let (secret, codes) = set_up(&portal, &mut alice).await;
    let told = portal.everything_received().len();
    for path in
        ["/account", FACTOR, "/account/second-factor/set-up", "/home", "/administration/settings/sign-in"]
    {
        alice.open(path).await.expect(200);
    }
    let (mut visitor, page) = with_password(&portal, &ALICE).await;
    enter(&mut visitor, &page, &at(&portal, &secret)).await.expect(200);
    let grouped: Vec<String> = secret
        .expose()
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    let later = portal.everything_received().split_off(told).join("\n");
    for hidden in codes.iter().map(String::as_str).chain([secret.expose(), &grouped.join(" ")]) {
        assert!(!later.contains(hidden), "{hidden}");
    }
    if portal.is_sqlite() {
        for name in ["portal.db", "portal.db-wal", "posthorn.db", "posthorn.db-wal"] {
            let Ok(bytes) = std::fs::read(portal.folder().join(name)) else { continue };
            for hidden in codes.iter().map(|code| code.replace('-', "")).chain([secret.expose().to_owned()]) {
                let found = bytes.windows(hidden.len()).any(|part| part == hidden.as_bytes());
                assert!(!found, "{name} holds {hidden}");
            }
        }
    }
    let sealed: Vec<u8> = portal.one("SELECT sealed_secret FROM second_factors").await;
    assert!(!sealed.windows(32).any(|part| part == secret.expose().as_bytes()));
    assert!(!page.html.contains(secret.expose()));
}

#[tokio::test]
async fn unknown_and_wrong_sign_ins_are_the_same_whether_there_is_a_factor_or_not() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    set_up(&portal, &mut alice).await;
    let plain = |page: &Page, email: &str| {
        let token = page.form("/sign-in").value("csrf_token").unwrap().to_owned();
        page.html.replace(&token, "TOKEN").replace(email, "EMAIL")
    };
    let mut visitor = portal.visitor("acme");
    let mut pages = Vec::new();
    for email in [ALICE.email, BEN.email, "nobody@acme.example"] {
        let page = visitor.sign_in_with(email, "a wrong password").await.expect(422);
        pages.push(plain(&page, email));
        assert!(!visitor.cookies.contains_key("posthorn_pending"));
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]));
    assert_eq!(portal.count("pending_sign_ins").await, 0);
}
