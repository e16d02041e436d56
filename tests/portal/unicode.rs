//! Text as Unicode has it: letters that look alike, letters that nobody sees, one letter in two encodings.

use argon2::{Argon2, PasswordHasher as _};
use posthorn_migrations::Migrator;
use sea_orm_migration::MigratorTrait as _;

use crate::support::{ALICE, BEN, Page, TestPortal, Visitor};

const FACTOR: &str = "/account/second-factor";
const BEGIN: &str = "/account/second-factor/begin";
const COMPOSED: &str = "K\u{e4}sebrot bei B\u{f6}hmes 77";
const APART: &str = "Ka\u{308}sebrot bei Bo\u{308}hmes 77";

async fn invite(admin: &mut Visitor, name: &str, email: &str) -> Page {
    let path = "/administration/users/invite";
    let page = admin.open(path).await.expect(200);
    admin.submit(page.form(path).fill("name", name).fill("email", email)).await
}

#[tokio::test]
async fn a_reset_link_goes_to_the_address_that_is_stored() {
    let portal = TestPortal::start().await;
    portal.invite("acme", "Kim", "kim@acme.example").await;
    portal.sql("UPDATE users SET password_hash = 'x' WHERE email = 'kim@acme.example'").await;
    // the first two are the same address; with the others a stranger hopes for another mailbox
    let typed =
        ["\u{212a}im@acme.example", "KIM@Acme.example", "k\u{131}m@acme.example", "\u{ff4b}im@acme.example"];
    for email in typed {
        let mut visitor = portal.visitor("acme");
        let page = visitor.open("/forgotten").await;
        visitor.submit(page.form("/forgotten").fill("email", email)).await.expect(200);
        // two at one moment are one mail
        portal.wind(std::time::Duration::from_secs(1));
    }
    for _ in 0..200 {
        let nobody = portal.count("failed_sign_ins WHERE client = 'reset of nobody'").await;
        if nobody + portal.count("outbox_messages").await >= 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(portal.count("outbox_messages").await, 2);
    assert_eq!(portal.count("outbox_messages WHERE recipient = 'kim@acme.example'").await, 2);
}

#[tokio::test]
async fn hidden_characters_make_no_second_account() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for email in [
        "\u{200b}ben@acme.example",
        "ben\u{2060}@acme.example",
        "b\u{ad}en@acme.example",
        "\u{feff}ben@acme.example",
        "\u{202e}ben@acme.example",
        "ben@ac\u{200d}me.example",
    ] {
        let page = invite(&mut alice, "Ben", email).await.expect(422);
        assert_eq!(page.problem_fields(), ["email"], "{email:?}");
        page.assert_says("contains a hidden character");
        let import = "/administration/users/import";
        let form = alice.open(import).await.form(&format!("{import}/preview"));
        let rows = format!("email,name\n{email},Ben\n");
        alice.submit(form.forge("rows", &rows)).await.expect(422).assert_says("contains a hidden character");
    }
    // what turns the writing around has no place in a name either
    let page = invite(&mut alice, "Al\u{202e}ice", "al@acme.example").await.expect(422);
    assert_eq!(page.problem_fields(), ["name"]);
    assert_eq!(portal.count("users").await, 4);
}

#[tokio::test]
async fn one_letter_in_two_encodings_is_one_account() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    invite(&mut alice, "Jo\u{308}rg", "jo\u{308}rg@acme.example").await.expect(200);
    invite(&mut alice, "J\u{f6}rg", "j\u{f6}rg@acme.example").await.expect(422);
    let stored: String = portal.one("SELECT email FROM users WHERE name = 'J\u{f6}rg'").await;
    assert_eq!(stored, "j\u{f6}rg@acme.example");
}

#[tokio::test]
async fn a_password_opens_in_every_encoding_also_one_of_before() {
    let portal = TestPortal::start().await;
    for before in [COMPOSED, APART, "K\u{e4}sebrot\u{a0}bei B\u{f6}hmes 77"] {
        let hash = Argon2::default().hash_password(before.as_bytes()).unwrap().to_string();
        portal.sql(&format!("UPDATE users SET password_hash = '{hash}' WHERE email = '{}'", BEN.email)).await;
        portal.visitor("acme").sign_in_with(BEN.email, before).await.expect(200);
        let now: String =
            portal.one(&format!("SELECT password_hash FROM users WHERE email = '{}'", BEN.email)).await;
        assert_eq!(now == hash, before == COMPOSED, "a hash of before is made anew");
        // and from then on in every encoding
        for typed in [COMPOSED, APART] {
            portal.visitor("acme").sign_in_with(BEN.email, typed).await.expect(200);
        }
    }
    let hash = Argon2::default().hash_password(APART.as_bytes()).unwrap().to_string();
    portal.sql(&format!("UPDATE users SET password_hash = '{hash}' WHERE email = '{}'", BEN.email)).await;
    portal.visitor("acme").sign_in_with(BEN.email, "K\u{e4}sebrot bei B\u{f6}hmes 78").await.expect(422);
    let mut ben = portal.visitor("acme");
    ben.sign_in_with(BEN.email, COMPOSED).await.expect(200);
    // a new one is kept in one form, and hides nothing
    let mut change = async |current: &str, new: &str| {
        let form = ben.open("/account").await.form("/account/password").fill("current_password", current);
        ben.submit(form.fill("new_password", new).fill("repeat_password", new)).await
    };
    let page = change(COMPOSED, "twelve\u{200b} good words").await.expect(422);
    assert_eq!(page.problem_fields(), ["new_password"]);
    change(COMPOSED, "A\u{308}pfel und Birnen 12").await.expect(200);
    portal.visitor("acme").sign_in_with(BEN.email, "\u{c4}pfel und\u{a0}Birnen 12").await.expect(200);
}

#[tokio::test]
async fn the_migration_brings_addresses_to_their_form_and_merges_nobody() {
    let portal = TestPortal::start().await;
    for (name, email) in
        [("one", "j\u{f6}rg@acme.example"), ("two", "m\u{fc}ller@acme.example"), ("three", "x@acme.example")]
    {
        portal.invite("acme", name, email).await;
    }
    let before = portal.count("users").await;
    let hash = Argon2::default().hash_password(APART.as_bytes()).unwrap().to_string();
    // as they were before: a pair, one in parts, and one whose capital was folded
    for (name, email, key) in [
        ("two", "Mu\u{308}ller@acme.example", "mu\u{308}ller@acme.example"),
        ("three", "jo\u{308}rg@acme.example", "jo\u{308}rg@acme.example"),
    ] {
        portal
            .sql(&format!(
                "UPDATE users SET email = '{email}', email_key = '{key}', password_hash = '{hash}' WHERE name = '{name}'"
            ))
            .await;
    }
    let migrations = Migrator::migrations();
    let place = migrations.iter().position(|one| one.name() == "m0022_unicode_addresses").unwrap();
    let steps = u32::try_from(migrations.len() - place).unwrap();
    let db = portal.state.db.clone();
    Migrator::down(db.read(), Some(steps)).await.unwrap();
    db.migrate().await.unwrap();
    assert_eq!(portal.count("users").await, before);
    let mut rows: Vec<(String, String)> = Vec::new();
    for name in ["one", "two", "three"] {
        rows.push((
            portal.one(&format!("SELECT email FROM users WHERE name = '{name}'")).await,
            portal.one(&format!("SELECT email_key FROM users WHERE name = '{name}'")).await,
        ));
    }
    let same = |text: &str| (text.to_owned(), text.to_owned());
    assert_eq!(rows[0], same("j\u{f6}rg@acme.example"));
    assert_eq!(rows[1], ("M\u{fc}ller@acme.example".to_owned(), "m\u{fc}ller@acme.example".to_owned()));
    assert_eq!(rows[2], same("jo\u{308}rg@acme.example"), "of the pair each stays");
    let odd = posthorn::users::odd_addresses(db.read()).await.unwrap();
    assert_eq!(odd, [("acme".to_owned(), "jo\u{308}rg@acme.example".to_owned())]);
    // nobody is shut out
    for email in ["m\u{fc}ller@acme.example", "mu\u{308}ller@acme.example", "jo\u{308}rg@acme.example"] {
        portal.visitor("acme").sign_in_with(email, COMPOSED).await.expect(200);
    }
}

#[tokio::test]
async fn an_open_session_alone_sets_up_no_second_factor() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    portal.wind_minutes(6);
    let begin = ben.open(FACTOR).await.form(BEGIN);
    let page = ben.submit(begin.clone()).await.expect(422);
    assert_eq!(page.problem_fields(), ["begin_proof"]);
    ben.submit(begin.clone().fill("begin_proof", "a wrong password")).await.expect(422);
    assert_eq!(portal.count("second_factors").await, 0);
    let page = ben.submit(begin.fill("begin_proof", BEN.password)).await.expect(200);
    assert_eq!(page.path, "/account/second-factor/set-up");
    // who comes later sees the secret of it no more
    portal.wind_minutes(16);
    assert_eq!(ben.open("/account/second-factor/set-up").await.path, FACTOR);
    let late = page.form("/account/second-factor/set-up").fill("code", "000000");
    assert_eq!(ben.submit(late).await.path, FACTOR);
    let form = ben.open(FACTOR).await.form(BEGIN);
    ben.submit(form.fill("begin_proof", BEN.password)).await.expect(200);
}

#[tokio::test]
async fn invitations_and_renamings_have_their_limits() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let user = portal.invite_user("nina@acme.example").await;
    let (person, again) =
        (format!("/administration/users/{user}"), format!("/administration/users/{user}/invite-again"));
    let form = alice.open(&person).await.form(&again);
    alice.submit(form.clone()).await.expect(200);
    alice.submit(form.clone()).await.expect(422).assert_says("less than 10 minutes ago");
    assert_eq!(portal.count("outbox_messages").await, 1);
    portal.wind_minutes(10);
    alice.submit(form).await.expect(200);

    let mut ben = portal.signed_in(&BEN).await;
    let form = ben.open("/account").await.form("/account");
    for n in 0..10 {
        ben.submit(form.clone().fill("name", &format!("Ben {n}"))).await.expect(200);
    }
    let page = ben.submit(form.fill("name", "Ben 10")).await.expect(422);
    assert_eq!(page.problem_fields(), ["name"]);
    assert_eq!(portal.count("audit_entries WHERE event = 'account.renamed'").await, 10);
}
