//! Signing in at a tenant's own service: who gets in, and everything that a wrong service, a stranger or a
//! former sign-in cannot do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    ALICE, BEN, CLIENT, CLIENT_SECRET, GRETA, Issuer, Page, Script, Signing, TestPortal, UserInfo, Visitor,
};

const RULES: &str = "/administration/settings/sign-in";
const SERVICE: &str = "/administration/settings/sign-in/oidc";
const LOCAL: &str = "/administration/settings/sign-in/local";

/// A service that vouches for that address.
fn vouching(subject: &str, email: &str) -> Script {
    Script {
        claims: json!({ "sub": subject, "email": email, "email_verified": true, "name": "From The Service" }),
        ..Script::default()
    }
}

async fn set_up(portal: &TestPortal, issuer: &Issuer, more: &[(&str, &str)]) -> Visitor {
    let mut alice = portal.signed_in(&ALICE).await;
    save(&mut alice, issuer, more).await.expect(200).assert_says("The sign-in service was saved.");
    alice
}

async fn save(admin: &mut Visitor, issuer: &Issuer, more: &[(&str, &str)]) -> Page {
    let page = admin.open(RULES).await.expect(200);
    let mut form = page
        .form(SERVICE)
        .fill("issuer", &issuer.url())
        .fill("client_id", CLIENT)
        .fill("client_secret", CLIENT_SECRET);
    for (name, value) in more {
        form = if *name == "just_in_time" { form.tick(name, true) } else { form.fill(name, value) };
    }
    admin.submit(form).await
}

/// As far as the service's own page: its address.
async fn away(visitor: &mut Visitor) -> String {
    let page = visitor.open("/sign-in?next=%2Faccount").await;
    let page = visitor.submit(page.form("/sign-in/oidc")).await.expect(200);
    page.attribute("main a", "href").unwrap()
}

/// There and back.
async fn sign_in(visitor: &mut Visitor, issuer: &Issuer) -> Page {
    let back = issuer.sign_in(&away(visitor).await);
    visitor.open(&back).await
}

#[tokio::test]
async fn whoever_the_service_vouches_for_gets_into_their_own_account() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    issuer.follow(vouching("ben-1", "Ben@Acme.example"));
    let mut ben = portal.visitor("acme");
    let page = sign_in(&mut ben, &issuer).await.expect(200);
    assert_eq!(page.path, "/account", "where they wanted to go");
    page.assert_says(BEN.email);
    assert_eq!(portal.count("oidc_identities").await, 1);
    assert_eq!(portal.count("audit_entries WHERE event = 'oidc.connected'").await, 1);

    // from now on the subject decides, whatever the address
    issuer.follow(Script { claims: json!({ "sub": "ben-1" }), ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200).assert_says(BEN.email);
    // and the address is no key for anybody else
    issuer.follow(vouching("another", BEN.email));
    let page = sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
    page.assert_says("already connected with another account");

    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    issuer.follow(vouching("ben-1", BEN.email));
    let page = sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
    page.assert_says("Your account in this portal is not active.");
}

#[tokio::test]
async fn what_is_not_vouched_for_and_who_is_not_known_is_refused_with_a_page() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    for (claims, says) in [
        (json!({ "email": BEN.email }), "did not confirm an email address"),
        (json!({ "email": BEN.email, "email_verified": false }), "did not confirm an email address"),
        (json!({}), "did not confirm an email address"),
        (
            json!({ "email": "nobody@acme.example", "email_verified": true }),
            "There is no account for nobody@acme.example",
        ),
        (json!({ "email": GRETA.email, "email_verified": true }), "There is no account for"),
    ] {
        issuer.follow(Script { claims: claims.clone(), ..Script::default() });
        let mut visitor = portal.visitor("acme");
        sign_in(&mut visitor, &issuer).await.expect(422).assert_says(says);
        assert!(!visitor.is_signed_in().await, "{claims}");
    }
    // what the service tells at its other address counts, if it is of the same person
    let user_info =
        |sub: &str| UserInfo::Json(json!({ "sub": sub, "email": BEN.email, "email_verified": true }));
    issuer.follow(Script { user_info: user_info("2"), ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
    issuer.follow(Script { user_info: user_info("1"), ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200).assert_says(BEN.email);
    assert_eq!(portal.count("users").await, 4, "nobody was made");
}

#[tokio::test]
async fn a_token_is_believed_only_after_every_check() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    let ben = || json!({ "email": BEN.email, "email_verified": true });
    let with = |more: Value| {
        let mut all = ben();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let hour_ago = posthorn::clock::Clock::System.now().0 / 1_000_000 - 3600;
    for (why, claims, signing) in [
        ("another nonce", with(json!({ "nonce": "another" })), Signing::Right),
        ("no nonce", with(json!({ "nonce": null })), Signing::Right),
        ("another audience", with(json!({ "aud": "somebody else" })), Signing::Right),
        // nobody says whom of the two it was given to
        ("another audience beside", with(json!({ "aud": [CLIENT, "somebody else"] })), Signing::Right),
        ("given to another", with(json!({ "aud": ["other", CLIENT], "azp": "other" })), Signing::Right),
        ("given to another alone", with(json!({ "azp": "other" })), Signing::Right),
        ("an audience of objects", with(json!({ "aud": [{ "x": CLIENT }] })), Signing::Right),
        ("another issuer", with(json!({ "iss": "https://evil.example" })), Signing::Right),
        ("expired", with(json!({ "exp": hour_ago })), Signing::Right),
        ("not yet valid", with(json!({ "nbf": hour_ago + 7200 })), Signing::Right),
        ("without an end", with(json!({ "exp": null })), Signing::Right),
        ("no subject", with(json!({ "sub": null })), Signing::Right),
        ("another key", ben(), Signing::WrongKey),
        ("no signature", ben(), Signing::None),
        ("signed with the secret", ben(), Signing::WithSecret),
    ] {
        issuer.follow(Script { claims, signing, ..Script::default() });
        let mut visitor = portal.visitor("acme");
        let page = sign_in(&mut visitor, &issuer).await;
        assert_eq!(page.status, 422, "{why}: {}", page.text());
        assert!(!visitor.is_signed_in().await, "{why}");
    }
    assert_eq!(portal.count("oidc_identities").await, 0);
    // a new key is fetched when a token names it
    issuer.follow(Script { claims: ben(), signing: Signing::NewKey, ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200).assert_says(BEN.email);
}

/// Field cases 1.2 to 1.4: what is unusual and in order.
#[tokio::test]
async fn a_token_with_more_audiences_strange_claims_or_a_slow_clock_is_believed() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    let now = posthorn::clock::Clock::System.now().0 / 1_000_000;
    for (why, more) in [
        ("several audiences", json!({ "aud": [CLIENT, "987654321"], "azp": CLIENT })),
        ("a list of one", json!({ "aud": [CLIENT] })),
        ("a date in place of a number", json!({ "updated_at": "2026-11-30T10:59:07.841Z" })),
        ("a number as a text", json!({ "updated_at": "1764500347" })),
        ("claims of other shapes", json!({ "address": "x", "locale": 5, "phone_number_verified": {} })),
        ("ended a moment ago", json!({ "exp": now - 30 })),
        ("not quite begun", json!({ "nbf": now + 30, "exp": format!("{}", now + 300) })),
        ("a fraction", json!({ "exp": 1e11 })),
    ] {
        let mut claims = json!({ "email": BEN.email, "email_verified": true });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        issuer.follow(Script { claims, ..Script::default() });
        let page = sign_in(&mut portal.visitor("acme"), &issuer).await;
        assert_eq!(page.status, 200, "{why}: {}", page.text());
    }
    for (more, words) in [
        (json!({ "aud": ["other", CLIENT], "azp": "other" }), "is meant for “other, portal”"),
        (json!({ "exp": now - 3600 }), "the clocks of the portal and of the service seem to differ"),
    ] {
        let mut claims = json!({ "email": BEN.email, "email_verified": true });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        issuer.follow(Script { claims, ..Script::default() });
        sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422).assert_says(words);
    }
}

/// Field case 1.1.
#[tokio::test]
async fn a_role_that_cannot_be_read_stays_with_its_keys() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[("role_claim", "groups"), ("role_value", "portal-admins")]).await;
    let ben = || json!({ "sub": "1", "email": BEN.email, "email_verified": true });
    let with = |more: Value| {
        let mut all = ben();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let admins = json!({ "groups": ["portal-admins"] });
    issuer.follow(Script { claims: with(admins.clone()), ..Script::default() });
    let mut visitor = portal.visitor("acme");
    sign_in(&mut visitor, &issuer).await.expect(200);
    let mut program = portal.able_program(&BEN).await;
    let overage = json!({
        "_claim_names": { "groups": "src1" },
        "_claim_sources": { "src1": { "endpoint": "https://graph.example/x" } },
    });
    let address = format!("{}/x", issuer.url());
    let signed = |more: Value| UserInfo::Signed(Signing::Right, with(more));
    for (why, claims, user_info, reason) in [
        ("too many groups", with(overage.clone()), UserInfo::Json(with(overage)), "too_many"),
        ("no answer", ben(), UserInfo::Page("503 Service Unavailable", "text/html"), "user_info"),
        ("no JSON", ben(), UserInfo::Page("200 OK", "text/html"), "user_info"),
        ("closed", ben(), UserInfo::Closed, "user_info"),
        ("signed by another", ben(), UserInfo::Signed(Signing::WrongKey, with(admins.clone())), "user_info"),
        ("signed for another", ben(), signed(json!({ "aud": "other", "groups": [] })), "user_info"),
        ("signed by another issuer", ben(), signed(json!({ "iss": address, "groups": [] })), "user_info"),
        ("not signed", ben(), UserInfo::Page("200 OK", "application/jwt"), "user_info"),
        ("another shape", with(json!({ "groups": [{ "id": 1 }] })), UserInfo::Subject, "shape"),
    ] {
        issuer.follow(Script { claims, user_info, ..Script::default() });
        sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
        visitor.open(RULES).await.expect(200);
        program.get("/api/v1/users/me").await.expect(200);
        let recorded =
            format!("audit_entries WHERE event = 'oidc.role_unread' AND details LIKE '%{reason}%'");
        assert!(portal.count(&recorded).await > 0, "{why}");
    }
    // what is said nowhere may mean that there is none: a sentence says so, and nothing is taken
    issuer.follow(Script { claims: ben(), user_info: UserInfo::Json(ben()), ..Script::default() });
    let page = sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
    page.assert_says("said nothing of “groups”");
    let recorded = "audit_entries WHERE event = 'oidc.role_unread' AND details LIKE '%missing%'";
    assert_eq!(portal.count(recorded).await, 1);
    program.get("/api/v1/users/me").await.expect(200);
    // what was read counts, also signed at the other address
    issuer.follow(Script { claims: ben(), user_info: signed(admins), ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    visitor.open(RULES).await.expect(200);
    issuer.follow(Script { claims: ben(), user_info: signed(json!({ "groups": [] })), ..Script::default() });
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    visitor.open(RULES).await.expect(403);
    program.get("/api/v1/users/me").await.expect(401);
}

/// C5 of the review on security: who presses the button again and again makes neither rows nor requests without end.
#[tokio::test]
async fn a_service_is_asked_once_whoever_presses_and_how_often() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    issuer.follow(Script { document: json!({ "issuer": "https://other.example" }), ..Script::default() });
    let before = issuer.asked().len();
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let mut visitor = portal.visitor("acme");
        let page = visitor.open("/sign-in").await;
        statuses.push(visitor.submit(page.form("/sign-in/oidc")).await.status);
    }
    assert_eq!(issuer.asked().len() - before, 1, "the failure is remembered");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 10, "{statuses:?}");
    assert_eq!(portal.count("oidc_sign_ins").await, 0);
}

/// An office shares an address: sign-ins that come to a good end are not counted.
#[tokio::test]
async fn sign_ins_that_end_well_are_not_counted() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    issuer.follow(vouching("1", BEN.email));
    for _ in 0..55 {
        sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    }
}

#[tokio::test]
async fn a_sign_in_belongs_to_one_browser_and_tenant_and_works_once() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    issuer.follow(vouching("ben-1", BEN.email));
    let stale = "was already used, took more than ten minutes, or was begun in another browser";

    let mut ben = portal.visitor("acme");
    let back = issuer.sign_in(&away(&mut ben).await);
    // a stranger's link would sign one in as the stranger
    let mut victim = portal.visitor("acme");
    victim.open(&back).await.expect(422).assert_says(stale);
    let mut other = portal.visitor("acme");
    away(&mut other).await;
    other.open(&back).await.expect(422).assert_says(stale);
    assert!(!other.is_signed_in().await);
    // another tenant, whose language is German
    let page = ben.smuggled_to("globex").open(&back).await.expect(422);
    page.assert_says("in einem anderen Browser begonnen");
    let cookies = ben.cookies.clone();
    ben.open(&back).await.expect(200);
    assert!(ben.is_signed_in().await);
    // neither again nor with another code
    let mut again = portal.visitor("acme");
    again.cookies = cookies;
    again.open(&back).await.expect(422).assert_says(stale);

    let mut late = portal.visitor("acme");
    let back = issuer.sign_in(&away(&mut late).await);
    portal.wind_minutes(10);
    late.open(&back).await.expect(422).assert_says(stale);
    for strange in ["", "?state=", "?state=x&code=y", "?code=y"] {
        let page = late.open(&format!("/sign-in/oidc/callback{strange}")).await;
        assert_eq!(page.status, 422, "{strange}");
    }

    // other settings end what began with the former ones
    let mut between = portal.visitor("acme");
    let back = issuer.sign_in(&away(&mut between).await);
    set_up(&portal, &issuer, &[]).await;
    between.open(&back).await.expect(422).assert_says(stale);
    assert_eq!(portal.count("oidc_sign_ins").await, 2, "those that nobody has ended wait to be swept");
}

#[tokio::test]
async fn what_the_service_says_is_shown_as_text() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    let mut ben = portal.visitor("acme");
    let back = issuer.sign_in(&away(&mut ben).await);
    let state = back.split_once("state=").unwrap().1;
    let said = serde_urlencoded::to_string([("error_description", "<b>Not</b> today")]).unwrap();
    let page = ben.open(&format!("/sign-in/oidc/callback?error=access_denied&state={state}&{said}")).await;
    page.expect(422).assert_says("It says: “<b>Not</b> today”");
    let back = issuer.sign_in(&away(&mut ben).await);
    let page = ben.open(&format!("{back}&iss=https%3A%2F%2Fevil.example")).await.expect(422);
    page.assert_says("could not be verified");
    for page in portal.everything_received() {
        assert!(!page.contains(CLIENT_SECRET), "the secret is in no page");
    }
    let mut alice = portal.signed_in(&ALICE).await;
    let form = alice.open(RULES).await.form(SERVICE).fill("client_secret", "not the secret");
    alice.submit(form).await.expect(200);
    issuer.follow(vouching("ben-1", BEN.email));
    sign_in(&mut ben, &issuer).await.expect(422).assert_says("did not accept the portal’s client ID");
}

#[tokio::test]
async fn new_people_get_an_account_if_that_is_wished_and_their_domain_is_welcome() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[("just_in_time", "on"), ("allowed_domains", "acme.example")]).await;
    issuer.follow(vouching("n-1", "nina@acme.example"));
    let mut nina = portal.visitor("acme");
    sign_in(&mut nina, &issuer).await.expect(200).assert_says("From The Service");
    nina.open(RULES).await.expect(403);
    assert_eq!(portal.count("audit_entries WHERE event = 'oidc.user_created'").await, 1);
    for elsewhere in ["eve@evil.example", "eve@sub.acme.example", "eve@acme.example.evil.example"] {
        issuer.follow(vouching("e-1", elsewhere));
        let page = sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
        page.assert_says("There is no account for");
    }
    // an account without a password has none to guess
    portal.visitor("acme").sign_in_with("nina@acme.example", "").await.expect(422);
}

/// L1 of the review on security: a service that many share vouches for everybody's addresses.
#[tokio::test]
async fn the_list_of_domains_counts_for_accounts_that_exist() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[("just_in_time", ""), ("allowed_domains", "other.example")]).await;
    issuer.follow(vouching("1", BEN.email));
    let page = sign_in(&mut portal.visitor("acme"), &issuer).await.expect(422);
    page.assert_says("is not of a domain whose people sign in");
    assert_eq!(portal.count("oidc_identities").await, 0);
}

#[tokio::test]
async fn a_claim_decides_the_role_but_never_takes_the_last_administrator() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[("role_claim", "groups"), ("role_value", "portal-admins")]).await;
    let ben = |groups: Value| Script {
        claims: json!({ "sub": "b", "email": BEN.email, "email_verified": true, "groups": groups }),
        ..Script::default()
    };
    issuer.follow(ben(json!(["staff", "portal-admins"])));
    let mut visitor = portal.visitor("acme");
    sign_in(&mut visitor, &issuer).await.expect(200);
    visitor.open(RULES).await.expect(200);
    let mut program = portal.able_program(&BEN).await;
    program.get("/api/v1/users/me").await.expect(200);
    issuer.follow(ben(json!(["staff"])));
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    visitor.open(RULES).await.expect(403);
    assert_eq!(portal.count("audit_entries WHERE event = 'oidc.role_changed'").await, 2);
    // the key ends with the role, and does not come back with it
    program.get("/api/v1/users/me").await.expect(401);
    issuer.follow(ben(json!(["portal-admins"])));
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    visitor.open(RULES).await.expect(200);
    program.get("/api/v1/users/me").await.expect(401);
    issuer.follow(ben(json!(["staff"])));
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);

    issuer.follow(vouching("a", ALICE.email));
    let mut alice = portal.visitor("acme");
    sign_in(&mut alice, &issuer).await.expect(200);
    alice.open(RULES).await.expect(200);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_here_as_well() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    set_up(&portal, &issuer, &[]).await;
    let mut ben = portal.signed_in(&BEN).await;
    let begin = ben.open("/account/second-factor").await.form("/account/second-factor/begin");
    let page = ben.submit(begin).await;
    let code = crate::second_factor::code(&page, portal.state.clock.now());
    ben.submit(page.form("/account/second-factor/set-up").fill("code", &code)).await.expect(200);
    issuer.follow(vouching("ben-1", BEN.email));
    let mut visitor = portal.visitor("acme");
    let asked = sign_in(&mut visitor, &issuer).await.expect(200);
    assert_eq!(asked.path, "/sign-in/second-factor?next=%2Faccount");
    assert!(!visitor.is_signed_in().await);
    portal.wind(Duration::from_secs(30));
    let code = crate::second_factor::code(&page, portal.state.clock.now());
    let page = visitor.submit(asked.form("/sign-in/second-factor").fill("code", &code)).await.expect(200);
    assert_eq!(page.path, "/account");
}

#[tokio::test]
async fn passwords_are_switched_off_for_all_but_one_once_the_service_is_proven() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    let mut alice = set_up(&portal, &issuer, &[]).await;
    let alice_id = portal.one::<uuid::Uuid>("SELECT id FROM users WHERE email = 'alice@acme.example'").await;
    let off = async |alice: &mut Visitor, who: &str| {
        let form = alice.open(RULES).await.form(LOCAL).choose("local", "off").choose("break_glass", who);
        alice.submit(form).await
    };
    let page = off(&mut alice, &alice_id.to_string()).await.expect(422);
    page.assert_says("Sign in with your own service as an administrator first.");
    issuer.follow(vouching("ben-1", BEN.email));
    let mut ben = portal.visitor("acme");
    sign_in(&mut ben, &issuer).await.expect(200);
    off(&mut alice, &alice_id.to_string()).await.expect(422);
    issuer.follow(vouching("alice-1", ALICE.email));
    sign_in(&mut portal.visitor("acme"), &issuer).await.expect(200);
    off(&mut alice, "").await.expect(422).assert_says("Choose an active administrator who has a password.");
    let link = portal.invite("acme", "Nina New", "nina@acme.example").await;
    off(&mut alice, &alice_id.to_string())
        .await
        .expect(200)
        .assert_says("The rules of signing in were saved.");

    let mut visitor = portal.visitor("acme");
    let page = visitor.open("/sign-in").await;
    assert!(!page.has("input[type=password]") && page.has("form[action='/sign-in/oidc']"));
    let page = visitor.open("/sign-in?with=password").await;
    let form = page.form("/sign-in").fill("email", BEN.email).fill("password", BEN.password);
    visitor.submit(form).await.expect(422).assert_says("Sign-in failed");
    let page = visitor.open("/sign-in?with=password").await;
    let form = page.form("/sign-in").fill("email", ALICE.email).fill("password", ALICE.password);
    assert_eq!(visitor.submit(form).await.expect(200).path, "/home", "the one who keeps the door open");
    // nor is a link a way around
    let mut nina = portal.visitor("acme");
    let form = nina.open(&link).await.form(&link).fill("new_password", "a few words in a row");
    let page = nina.submit(form.fill("repeat_password", "a few words in a row")).await;
    page.assert_says("everybody signs in with its own service");
    assert!(!nina.is_signed_in().await);
    // other tenants are not concerned
    portal.signed_in(&GRETA).await;

    // and the service cannot be pulled away from under them
    let remove = "/administration/settings/sign-in/oidc/remove";
    let form = alice.open(RULES).await.form(remove);
    alice.submit(form).await.expect(422).assert_says("Allow everybody to sign in with a password first.");
    let form = alice.open(RULES).await.form(LOCAL).choose("local", "on");
    alice.submit(form).await.expect(200);
    portal.signed_in(&BEN).await;
    let form = alice.open(RULES).await.form(remove);
    alice.submit(form).await.expect(200).assert_says("The sign-in service was removed.");
    assert_eq!(portal.count("oidc_providers").await, 0);
    let page = portal.visitor("acme").open("/sign-in").await;
    assert!(!page.has("form[action='/sign-in/oidc']"));
}

#[tokio::test]
async fn a_check_says_what_is_wrong_with_an_issuer() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let check = async |alice: &mut Visitor, address: &str| {
        let mut form = alice.open(RULES).await.form(SERVICE).fill("issuer", address);
        form.action = format!("{SERVICE}/check");
        portal.wind_minutes(1);
        alice.submit(form).await
    };
    let page = check(&mut alice, &issuer.url()).await.expect(200);
    page.assert_says("The sign-in service answers and can be used.");
    assert_eq!(page.form(SERVICE).value("issuer"), Some(issuer.url().as_str()), "what was typed stays");
    for (document, says) in [
        (json!({ "issuer": "https://other.example" }), "calls itself https://other.example"),
        (json!({ "issuer": null }), "is not an OpenID Connect service"),
        (json!({ "response_types_supported": ["id_token"] }), "does not offer the authorization code flow"),
        (json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] }), "does not sign in a way"),
        (json!({ "token_endpoint": "http://login.example/token" }), "does not begin with https"),
        (json!({ "authorization_endpoint": "javascript:alert(1)" }), "does not begin with https"),
        (json!({ "jwks_uri": null }), "is not an OpenID Connect service"),
    ] {
        issuer.follow(Script { document, ..Script::default() });
        check(&mut alice, &issuer.url()).await.expect(200).assert_says(says);
    }
    let page = check(&mut alice, &format!("{}/realms/x", issuer.url())).await;
    page.assert_says("it answered with status 404");
    // a private network is the same as nothing at all
    for nowhere in ["https://10.0.0.1", "https://169.254.169.254/latest", "https://192.168.1.1:8443"] {
        check(&mut alice, nowhere).await.assert_says("The sign-in service cannot be reached.");
    }
    let plain = check(&mut alice, "http://login.example").await.expect(422);
    plain.assert_says("Enter an address that begins with https://");
    let with_tls = format!("https://127.0.0.1:{}", portal.web().address.port());
    check(&mut alice, &with_tls).await.assert_says("No encrypted connection to the sign-in service");
    // as many as a minute allows
    for _ in 0..10 {
        let mut form = alice.open(RULES).await.form(SERVICE).fill("issuer", &issuer.url());
        form.action = format!("{SERVICE}/check");
        alice.submit(form).await;
    }
    let mut form = alice.open(RULES).await.form(SERVICE).fill("issuer", &issuer.url());
    form.action = format!("{SERVICE}/check");
    alice.submit(form).await.expect(429);
}

#[tokio::test]
async fn the_secret_is_kept_for_the_same_service_only_and_stays_sealed() {
    let portal = TestPortal::start().await;
    let issuer = Issuer::start().await;
    let mut alice = set_up(&portal, &issuer, &[]).await;
    let sealed = async || portal.one::<Vec<u8>>("SELECT sealed_secret FROM oidc_providers").await;
    let before = sealed().await;
    assert!(!before.windows(CLIENT_SECRET.len()).any(|part| part == CLIENT_SECRET.as_bytes()));
    let form = alice.open(RULES).await.form(SERVICE).fill("role_claim", "r").fill("role_value", "v");
    assert_eq!(form.value("client_secret"), Some(""));
    alice.submit(form).await.expect(200);
    assert_eq!(sealed().await, before, "kept");
    for (name, value) in [("issuer", "https://elsewhere.example"), ("client_id", "another")] {
        let form = alice.open(RULES).await.form(SERVICE).fill(name, value);
        alice.submit(form).await.expect(422).assert_says("Enter the client secret once more");
    }
    // two editors
    let mut other = portal.signed_in(&ALICE).await;
    let stale = other.open(RULES).await.form(SERVICE).fill("client_secret", "new");
    let form = alice.open(RULES).await.form(SERVICE).fill("client_secret", "newer");
    alice.submit(form).await.expect(200);
    other.submit(stale).await.expect(409);
    assert!(issuer.asked().is_empty(), "saving asks nobody");
}
