//! The matrix: every route as anonymous, member, administrator, administrator of another tenant, support
//! without consent and in a session as member and as administrator, and, at the base host, as support and
//! operator. A new route must be listed here. And every form: only from a page of ours.

use std::collections::BTreeMap;
use std::time::Duration;

use posthorn::portal;
use posthorn::values::Scope;

use crate::second_factor;
use crate::support::{ALICE, BEN, GRETA, OLGA, Page, Request, SAM, TestPortal, Visitor};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    Anyone,
    Member,
    Administrator,
    /// At the base host: the staff, and who of them.
    Staff,
    Support,
    Operator,
}
use May::{Administrator, Anyone, Member, Operator, Staff, Support};

const ADMINISTRATION: &str = "/administration/settings/email-provider";

const SIGN_IN: &str = "/administration/settings/sign-in";

const DELIVERIES: &str = "/administration/deliveries";

const USERS: &str = "/administration/users";

/// Every route, and who may.
pub(crate) const MATRIX: [(&str, &str, May); 115] = [
    ("GET", "/api/openapi.json", Anyone),
    ("GET", "/api/docs", Anyone),
    ("GET", "/api/docs/{file}", Anyone),
    ("GET", "/forgotten", Anyone),
    ("POST", "/forgotten", Anyone),
    ("GET", "/reset/{token}", Anyone),
    ("POST", "/reset/{token}", Anyone),
    ("GET", "/administration/users", Administrator),
    ("GET", "/administration/users/invite", Administrator),
    ("POST", "/administration/users/invite", Administrator),
    ("GET", "/administration/users/import", Administrator),
    ("POST", "/administration/users/import", Administrator),
    ("POST", "/administration/users/import/preview", Administrator),
    ("GET", "/administration/users/{id}", Administrator),
    ("POST", "/administration/users/{id}/role", Administrator),
    ("POST", "/administration/users/{id}/deactivate", Administrator),
    ("POST", "/administration/users/{id}/reactivate", Administrator),
    ("POST", "/administration/users/{id}/remove", Administrator),
    ("POST", "/administration/users/{id}/invite-again", Administrator),
    ("POST", "/administration/users/{id}/revoke", Administrator),
    ("POST", "/administration/users/{id}/password-link", Administrator),
    ("POST", "/administration/users/{id}/second-factor/reset", Administrator),
    ("GET", "/administration/api-keys", Administrator),
    ("GET", "/administration/api-keys/new", Administrator),
    ("POST", "/administration/api-keys/new", Administrator),
    ("GET", "/administration/api-keys/{id}/revoke", Administrator),
    ("POST", "/administration/api-keys/{id}/revoke", Administrator),
    ("GET", "/staff/sign-in", Anyone),
    ("POST", "/staff/sign-in", Anyone),
    ("POST", "/staff/sign-out", Staff),
    ("GET", "/staff/welcome/{token}", Anyone),
    ("POST", "/staff/welcome/{token}", Anyone),
    ("GET", "/console", Staff),
    ("GET", "/console/tenants/{slug}", Staff),
    ("POST", "/console/tenants/{slug}/diagnosis", Support),
    ("POST", "/console/tenants/{slug}/suspend", Operator),
    ("POST", "/console/tenants/{slug}/resume", Operator),
    ("POST", "/console/tenants/{slug}/delete", Operator),
    ("GET", "/administration/support", Administrator),
    ("POST", "/administration/support/grant", Administrator),
    ("POST", "/administration/support/revoke", Administrator),
    ("GET", "/diagnosis/begin/{token}", Anyone),
    ("POST", "/diagnosis/begin/{token}", Anyone),
    ("POST", "/diagnosis/end", Member),
    ("GET", "/diagnosis/over", Anyone),
    ("GET", "/", Anyone),
    ("GET", "/healthz", Anyone),
    ("GET", "/readyz", Anyone),
    ("GET", "/static/{file}", Anyone),
    ("GET", "/sign-in", Anyone),
    ("POST", "/sign-in", Anyone),
    ("POST", "/sign-in/oidc", Anyone),
    ("GET", "/sign-in/oidc/callback", Anyone),
    ("GET", "/sign-in/second-factor", Anyone),
    ("POST", "/sign-in/second-factor", Anyone),
    ("POST", "/sign-out", Member),
    ("GET", "/welcome/{token}", Anyone),
    ("POST", "/welcome/{token}", Anyone),
    ("GET", "/home", Member),
    ("GET", "/account", Member),
    ("POST", "/account", Member),
    ("POST", "/account/password", Member),
    ("POST", "/account/suppression/lift", Member),
    ("GET", "/account/second-factor", Member),
    ("POST", "/account/second-factor/begin", Member),
    ("GET", "/account/second-factor/set-up", Member),
    ("POST", "/account/second-factor/set-up", Member),
    ("POST", "/account/second-factor/recovery-codes", Member),
    ("POST", "/account/second-factor/remove", Member),
    ("GET", "/account/sessions", Member),
    ("POST", "/account/sessions/end-others", Member),
    ("POST", "/account/sessions/{id}/end", Member),
    ("GET", "/administration", Administrator),
    ("GET", "/administration/settings", Administrator),
    ("POST", "/administration/settings/email-provider/smtp", Administrator),
    ("GET", "/administration/settings/sign-in", Administrator),
    ("POST", "/administration/settings/sign-in/second-factor", Administrator),
    ("POST", "/administration/settings/sign-in/oidc", Administrator),
    ("POST", "/administration/settings/sign-in/oidc/check", Administrator),
    ("POST", "/administration/settings/sign-in/oidc/remove", Administrator),
    ("POST", "/administration/settings/sign-in/local", Administrator),
    ("GET", "/administration/settings/domain", Administrator),
    ("POST", "/administration/settings/domain", Administrator),
    ("GET", "/administration/settings/allow-list", Administrator),
    ("GET", "/api/v1/allow-list", Anyone),
    ("POST", "/administration/settings/email-provider/smtp/recognise", Administrator),
    ("POST", "/administration/settings/email-provider/microsoft365", Administrator),
    ("GET", "/administration/settings/email-provider/microsoft365/secret", Administrator),
    ("POST", "/administration/settings/email-provider/microsoft365/secret", Administrator),
    ("POST", "/administration/settings/email-provider/none", Administrator),
    ("POST", "/administration/settings/email-provider/smtp/check", Administrator),
    ("POST", "/administration/settings/email-provider/microsoft365/check", Administrator),
    ("POST", "/administration/settings/email-provider/checks", Administrator),
    ("GET", "/administration/settings/email-provider/checks/{id}", Administrator),
    ("POST", "/administration/settings/email-provider/checks/{id}/ports", Administrator),
    ("GET", "/administration/settings/email-provider/test-messages", Administrator),
    ("POST", "/administration/settings/email-provider/test-messages", Administrator),
    ("GET", "/administration/settings/email-provider/test-messages/{id}", Administrator),
    ("GET", "/administration/deliveries", Administrator),
    ("POST", "/administration/deliveries", Administrator),
    ("GET", "/administration/deliveries/all", Administrator),
    ("POST", "/administration/deliveries/all", Administrator),
    ("GET", "/administration/deliveries/export", Administrator),
    ("POST", "/administration/deliveries/release", Administrator),
    ("GET", "/administration/deliveries/suppressions", Administrator),
    ("POST", "/administration/deliveries/suppressions/lift", Administrator),
    ("GET", "/administration/deliveries/{id}", Administrator),
    ("POST", "/administration/deliveries/{id}/retry", Administrator),
    ("POST", "/administration/deliveries/{id}/cancel", Administrator),
    ("GET", "/administration/deliveries/{id}/html", Administrator),
    ("GET", "/administration/deliveries/{id}/source", Administrator),
    ("GET", "/administration/api-keys/recipients", Administrator),
    ("POST", "/administration/api-keys/recipients", Administrator),
    ("GET", "/administration/audit-log", Administrator),
    ("POST", "/administration/audit-log/export", Administrator),
];

/// What a support person may send who looks at the portal as somebody else.
const SUPPORT_SENDS: [&str; 3] =
    ["/sign-out", "/diagnosis/end", "/administration/settings/email-provider/checks"];
/// And what they may not open.
const CLOSED_TO_SUPPORT: [&str; 9] = [
    "/account/sessions",
    "/account/second-factor",
    "/account/second-factor/set-up",
    "/administration/users/invite",
    "/administration/users/import",
    "/diagnosis/begin/{token}",
    "/administration/deliveries/export",
    "/administration/deliveries/{id}/html",
    "/administration/deliveries/{id}/source",
];

/// Whether a route is one of the base host alone.
pub(crate) fn is_at_base(path: &str) -> bool {
    path.starts_with("/staff/") || path.starts_with("/console")
}

/// A path of that pattern, of a thing that is nobody's.
pub(crate) fn concrete(pattern: &str) -> String {
    pattern
        .replace("{id}", "018f0000-0000-7000-8000-000000000000")
        .replace("{token}", "no-such-token")
        .replace("{slug}", "no-such-tenant")
        .replace("{file}", "no-such-file.css")
}

#[test]
fn every_route_is_in_the_matrix_and_below_administration_only_administrators_may() {
    let mut routes: Vec<(String, String, &str)> = portal::routes()
        .into_iter()
        .map(|route| (route.method.to_string(), route.path.into_owned(), route.access.as_str()))
        // programs have a table of their own: tests/portal/api/keys.rs
        .filter(|(_, _, access)| *access != "program")
        .collect();
    let mut matrix: Vec<(String, String, &str)> = MATRIX
        .into_iter()
        .map(|(method, path, may)| {
            let may = match may {
                Anyone => "anyone",
                Member => "member",
                Administrator => "tenant-admin",
                Staff => "staff",
                Support => "support",
                Operator => "operator",
            };
            (method.to_owned(), path.to_owned(), may)
        })
        .collect();
    routes.sort();
    matrix.sort();
    assert_eq!(routes, matrix, "a new route must be listed in MATRIX, with who may");
    for (_, path, may) in matrix {
        assert_eq!(path.starts_with("/administration"), may == "tenant-admin", "{path}");
        assert!(is_at_base(&path) || !["staff", "support", "operator"].contains(&may), "{path}");
    }
}

/// What became of a request at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Passed,
    SignInFirst,
    Forbidden,
    Closed,
    NotHere,
}

fn gate(page: &Page) -> Gate {
    match page.status {
        // who has just signed out comes there, too, with a notice
        303 if page.location().starts_with("/sign-in")
            && !page.set_cookies().join("").contains("posthorn_flash") =>
        {
            Gate::SignInFirst
        }
        303 if page.location() == "/staff/sign-in"
            && !page.set_cookies().join("").contains("posthorn_flash") =>
        {
            Gate::SignInFirst
        }
        403 if page.h1() == "This is closed to support" => Gate::Closed,
        404 if page.h1() == "This page does not exist" => Gate::NotHere,
        403 => {
            page.assert_says("Who can help");
            Gate::Forbidden
        }
        _ => Gate::Passed,
    }
}

/// A request as this visitor's browser would send it from a page of ours.
pub(crate) async fn knock(visitor: &mut Visitor, method: &str, path: &str) -> Page {
    if method == "GET" {
        return visitor.get(path).await;
    }
    let page = visitor.open(if visitor.is_at_base() { "/staff/sign-in" } else { "/sign-in" }).await;
    let form = page.forms().into_iter().find(|form| form.value("csrf_token").is_some()).unwrap();
    let body = serde_urlencoded::to_string([("csrf_token", form.value("csrf_token").unwrap())]).unwrap();
    let request = Request::post(path, body).header("origin", visitor.origin());
    visitor.send(request.header("sec-fetch-site", "same-origin")).await
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let portal = TestPortal::start().await;
    let enter = async |who: &str| match who {
        "anonymous" => portal.visitor("acme"),
        "member" => portal.signed_in(&BEN).await,
        "administrator" => portal.signed_in(&ALICE).await,
        _ => portal.signed_in(&GRETA).await.smuggled_to("acme"),
    };
    let mut people = Vec::new();
    for who in ["anonymous", "member", "administrator", "administrator of another tenant"] {
        people.push((who, enter(who).await));
    }
    for (method, pattern, may) in MATRIX.into_iter().filter(|(_, pattern, _)| !is_at_base(pattern)) {
        let path = concrete(pattern);
        for (who, visitor) in &mut people {
            let expected = match (may, *who) {
                (Anyone, _) | (_, "administrator") | (Member, "member") => Gate::Passed,
                (Administrator, "member") => Gate::Forbidden,
                _ => Gate::SignInFirst,
            };
            let page = knock(visitor, method, &path).await;
            // the front page sends everybody on: to the sign-in, if they are not known
            let expected = match (pattern, expected, *who) {
                ("/", _, "anonymous" | "administrator of another tenant") => Gate::SignInFirst,
                _ => expected,
            };
            let gate = if gate(&page) == Gate::NotHere { Gate::Passed } else { gate(&page) };
            assert_eq!(gate, expected, "{method} {path} as {who}: {}", page.text());
            assert!(page.status < 500, "{method} {path} as {who}");
            // it may have ended the session, or all of them
            if method != "GET" && gate == Gate::Passed {
                *visitor = enter(who).await;
            }
        }
    }
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn the_base_host_is_the_staffs_and_a_tenants_host_is_not() {
    let portal = TestPortal::start().await;
    for (method, pattern, may) in MATRIX.into_iter().filter(|(_, pattern, _)| is_at_base(pattern)) {
        let path = concrete(pattern);
        let mut people = [
            ("anonymous", portal.at_base()),
            ("administrator", portal.signed_in(&ALICE).await.smuggled_to_base()),
            ("support", portal.staff(&SAM).await),
            ("operator", portal.staff(&OLGA).await),
        ];
        for (who, visitor) in &mut people {
            let passes = matches!(
                (may, *who),
                (Anyone, _) | (Staff, "support" | "operator") | (Support, "support") | (Operator, "operator")
            );
            let page = knock(visitor, method, &path).await;
            let expected = match (passes, *who) {
                (true, _) => vec![Gate::Passed, Gate::NotHere],
                (false, "support" | "operator") => vec![Gate::NotHere],
                (false, _) => vec![Gate::SignInFirst],
            };
            assert!(expected.contains(&gate(&page)), "{method} {path} as {who}: {}", page.text());
            assert!(page.status < 500, "{method} {path} as {who}");
        }
        // and with the same cookies, at a tenant's host there is nothing of it
        let [_, _, (_, support), (_, operator)] = people;
        for mut visitor in
            [support.smuggled_to("acme"), operator.smuggled_to("acme"), portal.signed_in(&ALICE).await]
        {
            let page = knock(&mut visitor, method, &path).await;
            assert_eq!(gate(&page), Gate::NotHere, "{method} {path}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn support_looks_with_consent_only_and_never_acts() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut sam = portal.staff(&SAM).await;
    for account in [BEN, ALICE] {
        portal.let_support_look(&mut alice, false).await;
        let mut looking = portal.diagnosis(&mut sam, &account).await;
        for (method, pattern, may) in MATRIX.into_iter().filter(|(_, pattern, _)| !is_at_base(pattern)) {
            let is_ended = looking.get("/account").await.status != 200;
            if is_ended {
                looking = portal.diagnosis(&mut sam, &account).await;
            }
            let closed = if method == "GET" {
                CLOSED_TO_SUPPORT.contains(&pattern)
            } else {
                !SUPPORT_SENDS.contains(&pattern)
            };
            let page = knock(&mut looking, method, &concrete(pattern)).await;
            let expected = match may {
                _ if pattern.starts_with("/static") => vec![Gate::Passed, Gate::NotHere],
                _ if closed => vec![Gate::Closed],
                Administrator if account.email == BEN.email => vec![Gate::Forbidden],
                _ => vec![Gate::Passed, Gate::NotHere],
            };
            assert!(expected.contains(&gate(&page)), "{method} {pattern}: {}", page.text());
            assert!(page.status < 500, "{method} {pattern}");
        }
        // without the consent the session is none, at every route
        let mut looking = portal.diagnosis(&mut sam, &account).await;
        let page = alice.open("/administration/support").await;
        alice.submit(page.form("/administration/support/revoke")).await.expect(200);
        for (method, pattern, may) in MATRIX {
            if may == Anyone || is_at_base(pattern) {
                continue;
            }
            let page = looking.get(&concrete(pattern)).await;
            if method == "GET" {
                assert_eq!(gate(&page), Gate::SignInFirst, "{pattern}");
            }
        }
    }
}

#[tokio::test]
async fn no_other_method_gets_around_the_gate() {
    let portal = TestPortal::start().await;
    let (mut visitor, mut ben) = (portal.visitor("acme"), portal.signed_in(&BEN).await);
    for (_, pattern, may) in MATRIX.into_iter().filter(|(_, _, may)| *may == Administrator) {
        assert_eq!(may, Administrator);
        for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
            let request =
                |()| Request { method: method.parse().unwrap(), ..Request::get(&concrete(pattern)) };
            assert!([303, 405].contains(&visitor.send(request(())).await.status), "{method} {pattern}");
            assert!([403, 405].contains(&ben.send(request(())).await.status), "{method} {pattern}");
        }
    }
    // nor another spelling of the path
    for path in [
        "//administration/settings",
        "/Administration/settings",
        "/administration/settings/",
        "/%61dministration/settings",
        "/./administration/settings",
    ] {
        let page = ben.get(path).await;
        assert!([403, 404].contains(&page.status), "{path}: {}", page.status);
    }
}

/// Every row of every table, as text. Refused forms change none of their columns, so none is left out.
async fn everything(portal: &TestPortal) -> BTreeMap<String, Vec<String>> {
    let (tables, columns) = if portal.is_sqlite() {
        (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "SELECT name FROM pragma_table_info('TABLE') ORDER BY name",
        )
    } else {
        (
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name = 'TABLE' ORDER BY column_name",
        )
    };
    let mut all = BTreeMap::new();
    for table in texts(portal, tables).await {
        let columns = texts(portal, &columns.replace("TABLE", &table)).await;
        let values: Vec<String> = columns
            .iter()
            .map(|column| {
                let value = if portal.is_sqlite() {
                    format!("quote(\"{column}\")")
                } else {
                    format!("COALESCE(quote_literal(\"{column}\"::text), 'NULL')")
                };
                format!("'{column}=' || {value}")
            })
            .collect();
        let row = values.join(" || ' ' || ");
        let rows = texts(portal, &format!("SELECT {row} FROM {table} ORDER BY 1")).await;
        all.insert(table, rows);
    }
    all
}

/// The first column of every row.
async fn texts(portal: &TestPortal, sql: &str) -> Vec<String> {
    portal.rows(sql).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

type Fields = Vec<(String, String)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A sendable form for every POST route: the concrete path, and fields that would be accepted.
#[allow(clippy::too_many_lines, reason = "one row a form")]
async fn forms(
    portal: &TestPortal,
    alice: &mut Visitor,
    sam: &mut Visitor,
    (welcome, reset): (&str, &str),
    staff_welcome: &str,
) -> Vec<(String, Fields)> {
    let smtp = portal.smtp_form(alice).await.without("csrf_token").without("revision");
    let smtp: Fields = smtp.pairs().iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let sessions = alice.open("/account/sessions").await.forms();
    let end = sessions.iter().rfind(|form| form.action.ends_with("/end")).unwrap().action.clone();
    let new = [("new_password", "a few words in a row"), ("repeat_password", "a few words in a row")];
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    let microsoft365 = fields(&[
        ("sender_address", "reports@contoso.example"),
        ("tenant_id", "contoso.example"),
        ("client_id", "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63"),
        ("client_secret", "abc~Q8value"),
        ("cloud", "global"),
    ]);
    let mut change = fields(&new);
    change.push(("current_password".to_owned(), ALICE.password.to_owned()));
    let checks = format!("{ADMINISTRATION}/checks");
    let page = alice.open("/administration/settings").await;
    let check = alice.send_form(&page.form(&checks)).await.location().to_owned();
    // what it learns of the provider is noted at its end
    while alice.open(&check).await.has("meta[http-equiv=refresh]") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    portal.let_support_look(alice, false).await;
    // from here on the clock stands still: a code counts for a minute and a half, a hand-over for one
    let in_staff = fields(&[("email", SAM.email), ("password", SAM.password), ("code", &portal.code(&SAM))]);
    let factor = alice.open("/account/second-factor").await.form("/account/second-factor/begin");
    let factor = second_factor::code(&alice.submit(factor).await, portal.state.clock.now());
    let begin = portal.ask_for_diagnosis(sam, &BEN).await;
    let mut set_up = fields(&new);
    let staff = staff_welcome.to_owned();
    set_up.push(("code".to_owned(), portal.code_of_link(staff_welcome).await));
    let ask = [("user", "x"), ("reason", "r"), ("ticket", "t"), ("minutes", "15")];
    let user = portal.user(&BEN).await.to_string();
    let (otto, pia) =
        (portal.invite_user("otto@acme.example").await, portal.invite_user("pia@acme.example").await);
    let invited = [("name", "Rita"), ("email", "rita@acme.example"), ("role", "member"), ("language", "")];
    let rows = [("rows", "email,name\nsven@acme.example,Sven\n")];
    let key = fields(&[("name", "Shop"), ("users:read", "on"), ("life", "30")]);
    portal.api_key(&ALICE, &[Scope::UsersRead], Duration::from_secs(3600)).await;
    let key_id = portal.key_ids().await.remove(0);
    let ask = fields(&ask.map(|(name, value)| (name, if name == "user" { user.as_str() } else { value })));
    vec![
        (begin, fields(&[])),
        ("/staff/sign-in".to_owned(), in_staff),
        (staff, set_up),
        ("/console/tenants/acme/diagnosis".to_owned(), ask),
        ("/staff/sign-out".to_owned(), fields(&[])),
        ("/console/tenants/globex/suspend".to_owned(), fields(&[])),
        ("/console/tenants/globex/resume".to_owned(), fields(&[])),
        ("/console/tenants/globex/delete".to_owned(), fields(&[("slug", "globex")])),
        ("/administration/support/grant".to_owned(), fields(&[("for", "day")])),
        ("/administration/support/revoke".to_owned(), fields(&[])),
        ("/diagnosis/end".to_owned(), fields(&[])),
        ("/account/second-factor/set-up".to_owned(), fields(&[("code", &factor)])),
        ("/account/second-factor/recovery-codes".to_owned(), fields(&[("renew_proof", ALICE.password)])),
        ("/administration/settings/sign-in/second-factor".to_owned(), fields(&[("required", "")])),
        ("/account/second-factor/remove".to_owned(), fields(&[("remove_proof", ALICE.password)])),
        ("/account/second-factor/begin".to_owned(), fields(&[])),
        (format!("{SIGN_IN}/oidc/check"), fields(&[("issuer", "https://127.0.0.1:9")])),
        (format!("{SIGN_IN}/oidc/remove"), fields(&[])),
        (
            format!("{SIGN_IN}/oidc"),
            fields(&[
                ("issuer", "https://127.0.0.1:9"),
                ("client_id", "portal"),
                ("client_secret", "s3cret"),
            ]),
        ),
        (format!("{SIGN_IN}/local"), fields(&[("local", "on")])),
        // the service does not answer, which a page says
        ("/sign-in/oidc".to_owned(), fields(&[])),
        // without a sign-in that waits it leads back to the beginning
        ("/sign-in/second-factor".to_owned(), fields(&[("code", "123456")])),
        (checks, fields(&[])),
        (format!("{check}/ports"), fields(&[])),
        (format!("{ADMINISTRATION}/smtp/check"), smtp.clone()),
        (format!("{ADMINISTRATION}/microsoft365/check"), microsoft365.clone()),
        ("/sign-in".to_owned(), fields(&[("email", BEN.email), ("password", BEN.password)])),
        (welcome.to_owned(), fields(&new)),
        ("/forgotten".to_owned(), fields(&[("email", ALICE.email)])),
        (reset.to_owned(), fields(&new)),
        (format!("{USERS}/invite"), fields(&invited)),
        (format!("{USERS}/import/preview"), fields(&rows)),
        (format!("{USERS}/import"), fields(&rows)),
        (format!("{USERS}/{otto}/invite-again"), fields(&[])),
        (format!("{USERS}/{otto}/revoke"), fields(&[])),
        (format!("{USERS}/{pia}/role"), fields(&[("role", "tenant-admin")])),
        (format!("{USERS}/{pia}/deactivate"), fields(&[])),
        (format!("{USERS}/{pia}/reactivate"), fields(&[])),
        (format!("{USERS}/{pia}/remove"), fields(&[("confirm", "yes")])),
        ("/administration/api-keys/new".to_owned(), key),
        (format!("/administration/api-keys/{key_id}/revoke"), fields(&[])),
        (format!("{USERS}/{user}/password-link"), fields(&[])),
        (format!("{USERS}/{user}/second-factor/reset"), fields(&[])),
        ("/account".to_owned(), fields(&[("language", "de"), ("time_zone", "Europe/Berlin")])),
        (format!("{ADMINISTRATION}/smtp"), smtp),
        (format!("{ADMINISTRATION}/smtp/recognise"), fields(&[("address", "anna@acme.example")])),
        (format!("{ADMINISTRATION}/test-messages"), fields(&[("recipient", "anna@example.org")])),
        (format!("{ADMINISTRATION}/microsoft365"), microsoft365),
        (format!("{ADMINISTRATION}/microsoft365/secret"), fields(&[("client_secret", "new~Q8value")])),
        ("/administration/settings/domain".to_owned(), fields(&[("selector", "")])),
        (format!("{ADMINISTRATION}/none"), fields(&[])),
        (DELIVERIES.to_owned(), fields(&[("do", "cancel"), ("id", &id.to_string())])),
        (format!("{DELIVERIES}/all"), fields(&[("do", "try-again"), ("state", "cancelled")])),
        (format!("{DELIVERIES}/release"), fields(&[])),
        ("/administration/api-keys/recipients".to_owned(), fields(&[("domains", "partner.example")])),
        ("/administration/audit-log/export".to_owned(), fields(&[("format", "json")])),
        (format!("{DELIVERIES}/suppressions/lift"), fields(&[("address", "anna@example.org")])),
        (format!("{DELIVERIES}/{id}/retry"), fields(&[])),
        (format!("{DELIVERIES}/{id}/cancel"), fields(&[])),
        ("/account/suppression/lift".to_owned(), fields(&[])),
        (end, fields(&[])),
        ("/account/sessions/end-others".to_owned(), fields(&[])),
        ("/account/password".to_owned(), change),
        ("/sign-out".to_owned(), fields(&[])),
    ]
}

fn is_of(path: &str, pattern: &str) -> bool {
    let (path, pattern): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), pattern.split('/').collect());
    path.len() == pattern.len() && path.iter().zip(&pattern).all(|(a, b)| a == b || b.starts_with('{'))
}

/// These answer with what has no address: a form that is filled in, a file, what is told only once.
const TOLD: [&str; 12] = [
    "/oidc/check",
    "/recognise",
    "/export",
    "/second-factor/set-up",
    "/recovery-codes",
    "/forgotten",
    "/invite",
    "/import",
    "/import/preview",
    "/invite-again",
    "/password-link",
    "/api-keys/new",
];

#[tokio::test]
async fn no_form_is_accepted_that_does_not_come_from_our_own_page() {
    let portal = TestPortal::start().await;
    let welcome = portal.invite("acme", "Nina New", "nina@acme.example").await;
    let reset = portal.reset_link(&BEN).await;
    let staff_welcome = portal.staff_link("nora@staff.example").await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let mut sam = portal.staff(&SAM).await;
    let token = async |visitor: &mut Visitor| {
        let page = visitor.open(if visitor.is_at_base() { "/staff/sign-in" } else { "/sign-in" }).await;
        page.forms().iter().find_map(|form| form.value("csrf_token").map(str::to_owned)).unwrap()
    };
    // whose form it is, and somebody else with a session of the same kind
    let mut senders = [
        (portal.visitor("acme"), portal.visitor("acme")),
        (alice.clone(), portal.signed_in(&ALICE).await),
        (portal.at_base(), portal.at_base()),
        (sam.clone(), portal.staff(&SAM).await),
        (portal.staff(&OLGA).await, portal.staff(&OLGA).await),
    ];
    let forms = forms(&portal, &mut alice, &mut sam, (&welcome, &reset), &staff_welcome).await;
    for (_, pattern, _) in MATRIX.into_iter().filter(|(method, ..)| *method == "POST") {
        assert!(forms.iter().any(|(path, _)| is_of(path, pattern)), "no form for {pattern}");
    }
    let sender = |path: &str| match path {
        "/sign-in" | "/sign-in/second-factor" | "/sign-in/oidc" | "/forgotten" => 0,
        path if path == welcome || path == reset || path.starts_with("/diagnosis/begin/") => 0,
        "/staff/sign-in" => 2,
        path if path == staff_welcome => 2,
        "/staff/sign-out" => 3,
        path if path.ends_with("/diagnosis") => 3,
        path if path.starts_with("/console/") => 4,
        _ => 1,
    };
    let mut tokens = Vec::new();
    for (own, other) in &mut senders {
        let pair = (token(own).await, token(other).await);
        assert_ne!(pair.0, pair.1);
        assert!(pair.0.len() >= 22, "128 bits or more");
        tokens.push(pair);
    }
    let before = everything(&portal).await;

    for (path, fields) in &forms {
        let (visitor, (own, foreign)) = (&mut senders[sender(path)].0, &tokens[sender(path)]);
        let origin = visitor.origin();
        let body = |token: Option<&str>| {
            let mut pairs = fields.clone();
            pairs.extend(token.map(|token| ("csrf_token".to_owned(), token.to_owned())));
            serde_urlencoded::to_string(pairs).unwrap()
        };
        let longer = format!("{own}x");
        let shorter = &own[..own.len() - 1];
        for wrong in [None, Some(""), Some("wrong"), Some(foreign.as_str()), Some(&longer), Some(shorter)] {
            let request = Request::post(path, body(wrong)).header("origin", &origin);
            let page = visitor.send(request.header("sec-fetch-site", "same-origin")).await;
            assert_eq!(page.status, 403, "{path} with the token {wrong:?}");
            assert_eq!(page.h1(), "The form could not be accepted");
        }
        let right = || Request::post(path, body(Some(own)));
        for foreign in [
            right().header("origin", "https://evil.example"),
            right().header("origin", "null"),
            right().header("origin", "http://globex.localhost").header("sec-fetch-site", "same-site"),
            right().header("origin", &origin).header("sec-fetch-site", "cross-site"),
            right().header("sec-fetch-site", "cross-site"),
            right().header("sec-fetch-site", "same-site"),
            right().header("sec-fetch-site", "nonsense"),
        ] {
            let told = foreign.headers.clone();
            assert_eq!(
                visitor.send(foreign).await.expect(403).h1(),
                "The form could not be accepted",
                "{told:?}"
            );
        }
    }
    assert_eq!(everything(&portal).await, before, "nothing was changed");

    // and with the right token each of them is accepted, or the above would prove nothing
    for (path, fields) in &forms {
        let visitor = &mut senders[sender(path)].0;
        let mut pairs = fields.clone();
        pairs.push(("csrf_token".to_owned(), token(visitor).await));
        let request = Request::post(path, serde_urlencoded::to_string(pairs).unwrap());
        let request = request.header("origin", visitor.origin()).header("sec-fetch-site", "same-origin");
        let accepted = match path.as_str() {
            "/sign-in/oidc" => 422,
            path if TOLD.iter().any(|end| path.ends_with(end)) => 200,
            _ => 303,
        };
        assert_eq!(visitor.send(request).await.status, accepted, "{path}");
        // who is signed in now would have another form
        match sender(path) {
            0 => senders[0].0 = portal.visitor("acme"),
            2 => senders[2].0 = portal.at_base(),
            _ => {}
        }
    }
    assert_ne!(everything(&portal).await, before);
}
