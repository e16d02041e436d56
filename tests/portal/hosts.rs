//! Whose host it is, and what is told of tenants: nothing.

use crate::support::{ALICE, BEN, Page, TestPortal};

/// The page without what is the same in no two answers.
fn comparable(page: &Page) -> String {
    let id = page.header("x-request-id").unwrap();
    page.html.replace(id, "ID")
}

#[tokio::test]
async fn an_unknown_and_a_suspended_tenant_get_the_same_page() {
    let portal = TestPortal::start().await;
    portal.sql("UPDATE tenants SET suspended = TRUE WHERE slug = 'globex'").await;
    for path in ["/", "/sign-in", "/home", "/administration/settings", "/welcome/x", "/no-such-page"] {
        let suspended = portal.visitor("globex").open(path).await.expect(404);
        let unknown = portal.visitor("nobody").open(path).await.expect(404);
        assert_eq!(suspended.h1(), "There is no portal at this address", "{path}");
        assert_eq!(comparable(&suspended), comparable(&unknown), "{path}");
        let names = |page: &Page| {
            let mut names: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&suspended), names(&unknown), "{path}");
        assert!(suspended.set_cookies().is_empty());
        let nobodys = portal.at_host("elsewhere.example").get(path).await.expect(404);
        assert_eq!(nobodys.h1(), "There is no portal at this address", "{path}");
    }
}

#[tokio::test]
async fn the_base_host_leads_to_a_tenant_by_its_name() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.at_host(&format!("localhost:{}", portal.port));
    let page = visitor.open("/").await.expect(200);
    assert_eq!(page.h1(), "Go to your organisation’s portal");
    for typed in ["acme", " Acme ", "no-such-tenant"] {
        let answer = visitor.send_form(&page.form("/").fill("tenant", typed)).await;
        let name = typed.trim().to_lowercase();
        assert_eq!(answer.location(), format!("http://{name}.localhost:{}/", portal.port));
    }
    for typed in ["", "a.b", "evil.example/", "a b", "acme@evil", "-"] {
        let page = visitor.send_form(&page.form("/").fill("tenant", typed)).await.expect(422);
        assert_eq!(page.form("/").value("tenant"), Some(typed));
        assert!(page.has("#tenant[aria-invalid=true]"));
    }
    for path in ["/sign-in", "/home", "/administration/settings", "/account"] {
        visitor.get(path).await.expect(404);
    }
    // the browser checks a form's redirect against the policy
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action 'self' http://*.localhost:{}", portal.port)), "{policy}");
    portal.visitor("acme").open("/").await.expect(200).assert_says("Sign in to the portal of Acme Ltd.");
    assert_eq!(portal.signed_in(&ALICE).await.open("/").await.path, "/home");
}

#[tokio::test]
async fn a_forwarded_host_chooses_no_tenant() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for header in ["x-forwarded-host", "forwarded"] {
        let value = format!("host=globex.localhost:{0}, globex.localhost:{0}", portal.port);
        let request = crate::support::Request::get("/home").header(header, value);
        alice.send(request).await.expect(200).assert_says("Your own page in the portal of Acme Ltd.");
    }
}

#[tokio::test]
async fn a_member_who_tries_learns_who_can_help() {
    let portal = TestPortal::start().await;
    let mut ben = portal.signed_in(&BEN).await;
    assert!(!ben.open("/home").await.has("a[href^=\"/administration\"]"), "nothing leads there");
    for path in ["/administration", "/administration/settings", "/administration/no-such-page"] {
        let page = ben.open(path).await.expect(403);
        assert_eq!(page.h1(), "This page is for administrators");
        page.assert_says("Who can help").assert_says("Alice Archer").assert_says_not("Greta");
        assert!(page.has("a[href=\"mailto:alice@acme.example\"]"));
        assert_eq!(page.texts("p.hint code"), [page.header("x-request-id").unwrap()]);
    }
    portal.sql("UPDATE users SET active = FALSE WHERE email = 'alice@acme.example'").await;
    ben.open("/administration").await.expect(403).assert_says_not("Alice Archer");
}

#[tokio::test]
async fn whether_a_page_of_the_administration_exists_is_not_told_to_others() {
    let portal = TestPortal::start().await;
    let mut visitor = portal.visitor("acme");
    assert_eq!(visitor.open("/administration/no-such-page").await.h1(), "Sign in");
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open("/administration/no-such-page").await.expect(404);
    assert_eq!(page.texts("p.hint code"), [page.header("x-request-id").unwrap()]);
    alice.open("/no-such-page").await.expect(404);
}
