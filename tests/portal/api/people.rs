//! The tenant's people for programs; and that keys end with what makes somebody an administrator.

use posthorn::people;
use posthorn::values::{Actor, Origin, Role};
use serde_json::{Value, json};

use super::programs::{all_pages, path_of};
use crate::support::{ALICE, Account, BEN, GRETA, TestPortal};

const USERS: &str = "/api/v1/users";

fn names(people: &[Value]) -> Vec<&str> {
    people.iter().map(|person| person["name"].as_str().unwrap()).collect()
}

fn query(filter: &str) -> String {
    format!("{USERS}?{}", serde_urlencoded::to_string([("filter", filter)]).unwrap())
}

#[tokio::test]
async fn people_are_listed_and_found() {
    let portal = TestPortal::start().await;
    for n in 0..5 {
        portal.invite("acme", &format!("Person 100% {n}"), &format!("p{n}@acme.example")).await;
    }
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'ben@acme.example'").await;
    portal
        .sql("UPDATE users SET language = 'de', time_zone = 'Europe/Berlin' WHERE email LIKE 'alice%'")
        .await;
    let mut program = portal.able_program(&ALICE).await;
    let all = all_pages(&mut program, &format!("{USERS}?limit=2")).await;
    assert_eq!(all.len(), 7);
    assert_eq!(names(&all)[..2], ["Alice Archer", "Ben Baker"], "in the order in which they came");
    assert_eq!((&all[0]["locale"], &all[0]["preferredLocale"]), (&json!("de"), &json!("de")));
    assert_eq!(all[0]["preferredZoneinfo"], "Europe/Berlin");
    assert!(all[1].get("locale").is_none(), "{}", all[1]);
    let told: Vec<(&Value, usize)> =
        all.iter().map(|one| (&one["status"], one["assignedRoles"].as_array().unwrap().len())).collect();
    assert_eq!(told[..3], [(&json!("active"), 1), (&json!("disabled"), 0), (&json!("invited"), 0)]);
    // each stands where it says
    let own = path_of(&program, &all[1]["links"]["self"]["href"]);
    assert_eq!(program.get(&own).await.expect(200).json(), all[1]);
    let counted = program.get(&format!("{USERS}?limit=1&totalResults=true")).await.expect(200).json();
    assert_eq!((&counted["totalResults"], counted["data"].as_array().unwrap().len()), (&json!(7), 1));
    assert!(program.get(&format!("{USERS}?totalResults=false")).await.json().get("totalResults").is_none());

    let ben = portal.user(&BEN).await;
    for (filter, found) in [
        (r#"email eq "BEN@acme.example""#.to_owned(), vec!["Ben Baker"]),
        (r#"email eq "ben""#.to_owned(), vec![]),
        (format!("id eq \"{ben}\""), vec!["Ben Baker"]),
        (r#"id eq "x""#.to_owned(), vec![]),
        (r#"status eq "disabled""#.to_owned(), vec!["Ben Baker"]),
        (r#"status eq "active""#.to_owned(), vec!["Alice Archer"]),
        (r#"name co "baker""#.to_owned(), vec!["Ben Baker"]),
        (r#"name co "@acme""#.to_owned(), vec![]),
        (r#"name co "% 3""#.to_owned(), vec!["Person 100% 3"]),
        (r#"name co "' OR 1=1 --""#.to_owned(), vec![]),
    ] {
        let found_now = all_pages(&mut program, &query(&filter)).await;
        assert_eq!(names(&found_now), found, "{filter}");
    }
    for filter in [
        "",
        "everybody",
        r#"name eq "Ben Baker""#,
        r#"status eq "deleted""#,
        r#"name co "a" or name co "b""#,
        r#"password_hash co "argon""#,
        r#"name co "\u0000""#,
    ] {
        let answer = program.get(&query(filter)).await.expect(400);
        assert_eq!(answer.told().0, "filter", "{filter}");
        assert!(answer.told().1.contains("name co"), "{}", answer.html);
    }
    for (query, place) in
        [("limit=0", "limit"), ("next=x", "next"), ("totalResults=1", "totalResults"), ("role=x", "role")]
    {
        assert_eq!(program.get(&format!("{USERS}?{query}")).await.expect(400).told().0, place);
    }
}

#[tokio::test]
async fn people_of_another_tenant_are_nobody() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let greta = portal.user(&GRETA).await.to_string();
    for id in [greta.as_str(), "018f0000-0000-7000-8000-000000000000", "x"] {
        let answer = program.get(&format!("{USERS}/{id}")).await.expect(404);
        assert_eq!(answer.told().1, "There is no such user.");
    }
    for filter in [format!("id eq \"{greta}\""), format!("email eq \"{}\"", GRETA.email)] {
        assert!(all_pages(&mut program, &query(&filter)).await.is_empty(), "{filter}");
    }
    assert_eq!(names(&all_pages(&mut program, USERS).await), ["Alice Archer", "Ben Baker"]);
    let page = program.get(&format!("{USERS}?next={greta}")).await.expect(200);
    assert!(!page.html.contains("globex"));
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

#[tokio::test]
async fn a_key_dies_with_role_and_account_and_stays_dead() {
    let portal = TestPortal::start().await;
    let (state, alice) = (&portal.state, actor(&portal, &ALICE).await);
    let ben = portal.user(&BEN).await;
    let me = "/api/v1/users/me";
    people::set_role(state, &alice, ben, Role::TenantAdmin).await.unwrap();
    let mut first = portal.able_program(&BEN).await;
    let mut others = portal.able_program(&ALICE).await;
    first.get(me).await.expect(200);

    people::set_role(state, &alice, ben, Role::Member).await.unwrap();
    first.get(me).await.expect(401);
    people::set_role(state, &alice, ben, Role::TenantAdmin).await.unwrap();
    first.get(me).await.expect(401);
    // one who stays an administrator keeps theirs
    let mut second = portal.able_program(&BEN).await;
    people::set_role(state, &alice, ben, Role::TenantAdmin).await.unwrap();
    second.get(me).await.expect(200);

    people::deactivate(state, &alice, ben).await.unwrap();
    second.get(me).await.expect(401);
    people::reactivate(state, &alice, ben).await.unwrap();
    second.get(me).await.expect(401);

    let mut third = portal.able_program(&BEN).await;
    third.get(me).await.expect(200);
    people::remove(state, &alice, ben).await.unwrap();
    third.get(me).await.expect(401);
    others.get(me).await.expect(200);
    assert_eq!(portal.count("api_keys WHERE revoked_at IS NULL").await, 1, "only Alice's is left");
}

#[tokio::test]
async fn who_has_just_lost_the_role_makes_no_key() {
    let portal = TestPortal::start().await;
    let (alice, ben) = (actor(&portal, &ALICE).await, portal.user(&BEN).await);
    people::set_role(&portal.state, &alice, ben, Role::TenantAdmin).await.unwrap();
    let mut program = portal.able_program(&BEN).await;
    program.get("/api/v1/users/me").await.expect(200);
    // the request was let in before, and comes to its transaction after
    let ben = actor(&portal, &BEN).await;
    people::set_role(&portal.state, &alice, ben.user, Role::Member).await.unwrap();
    let now = portal.state.clock.now();
    let new = posthorn::api_keys::NewKey {
        name: "late".to_owned(),
        scopes: posthorn::values::Scopes::all(),
        expires_at: now.plus(std::time::Duration::from_secs(60)),
    };
    let made = posthorn::api_keys::add(&portal.state.db, &ben, new, None, now).await;
    assert!(matches!(made, Err(posthorn::api_keys::Error::NotInCharge)));
    assert_eq!(portal.count("api_keys WHERE name = 'late'").await, 0);
}
