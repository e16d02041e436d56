//! The matrix: every route as anonymous, member, administrator and administrator of another tenant. A
//! new route must be listed here. And every form: only from a page of ours.

use std::time::Duration;

use posthorn::portal;

use crate::second_factor;
use crate::support::{ALICE, BEN, GRETA, Page, Request, TestPortal, Visitor};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    Anyone,
    Member,
    Administrator,
}
use May::{Administrator, Anyone, Member};

const ADMINISTRATION: &str = "/administration/settings/email-provider";

const SIGN_IN: &str = "/administration/settings/sign-in";

const DELIVERIES: &str = "/administration/deliveries";

/// Every route, and who may.
pub(crate) const MATRIX: [(&str, &str, May); 65] = [
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
];

/// A path of that pattern, of a thing that is nobody's.
pub(crate) fn concrete(pattern: &str) -> String {
    pattern
        .replace("{id}", "018f0000-0000-7000-8000-000000000000")
        .replace("{token}", "no-such-token")
        .replace("{file}", "no-such-file.css")
}

#[test]
fn every_route_is_in_the_matrix_and_below_administration_only_administrators_may() {
    let mut routes: Vec<(String, String, &str)> = portal::routes()
        .into_iter()
        .map(|route| (route.method.to_string(), route.path.to_owned(), route.access.as_str()))
        .collect();
    let mut matrix: Vec<(String, String, &str)> = MATRIX
        .into_iter()
        .map(|(method, path, may)| {
            let may = match may {
                Anyone => "anyone",
                Member => "member",
                Administrator => "tenant-admin",
            };
            (method.to_owned(), path.to_owned(), may)
        })
        .collect();
    routes.sort();
    matrix.sort();
    assert_eq!(routes, matrix, "a new route must be listed in MATRIX, with who may");
    for (_, path, may) in matrix {
        assert_eq!(path.starts_with("/administration"), may == "tenant-admin", "{path}");
    }
}

/// What became of a request at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Passed,
    SignInFirst,
    Forbidden,
}

fn gate(page: &Page) -> Gate {
    match page.status {
        // who has just signed out comes there, too, with a notice
        303 if page.location().starts_with("/sign-in")
            && !page.set_cookies().join("").contains("posthorn_flash") =>
        {
            Gate::SignInFirst
        }
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
    let page = visitor.open("/sign-in").await;
    let form = page.forms().into_iter().find(|form| form.value("csrf_token").is_some()).unwrap();
    let body = serde_urlencoded::to_string([("csrf_token", form.value("csrf_token").unwrap())]).unwrap();
    let request = Request::post(path, body).header("origin", visitor.origin());
    visitor.send(request.header("sec-fetch-site", "same-origin")).await
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let portal = TestPortal::start().await;
    for (method, pattern, may) in MATRIX {
        let path = concrete(pattern);
        let mut people = [
            ("anonymous", portal.visitor("acme")),
            ("member", portal.signed_in(&BEN).await),
            ("administrator", portal.signed_in(&ALICE).await),
            ("administrator of another tenant", portal.signed_in(&GRETA).await.smuggled_to("acme")),
        ];
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
            assert_eq!(gate(&page), expected, "{method} {path} as {who}: {}", page.text());
            assert!(page.status < 500, "{method} {path} as {who}");
        }
    }
    assert_eq!(portal.count("email_providers").await, 0);
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

/// Everything that a form could change.
async fn everything(portal: &TestPortal) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT email || role || COALESCE(language, '-') || COALESCE(time_zone, '-') || COALESCE(password_hash, '-') \
         || CAST(failed_sign_ins AS TEXT) FROM users ORDER BY email",
        "SELECT settings || health || CAST(saved_at AS TEXT) FROM email_providers",
        "SELECT recipient FROM test_messages",
        "SELECT recipient || COALESCE(ports, '') FROM provider_checks ORDER BY id",
        "SELECT CAST(COUNT(*) AS TEXT) FROM sessions",
        "SELECT state || CAST(due_at AS TEXT) FROM outbox_messages ORDER BY id",
        "SELECT recipient_key FROM outbox_suppressions ORDER BY recipient_key",
        "SELECT CAST(COUNT(*) AS TEXT) FROM audit_entries",
        "SELECT CAST(COUNT(*) AS TEXT) FROM password_links",
        "SELECT CAST(COALESCE(last_step, 0) AS TEXT) || CAST(COALESCE(confirmed_at, 0) AS TEXT) FROM second_factors",
        "SELECT CAST(COUNT(used_at) AS TEXT) || CAST(COUNT(*) AS TEXT) FROM recovery_codes",
        "SELECT CAST(SUM(attempts) AS TEXT) || CAST(COUNT(*) AS TEXT) FROM pending_sign_ins GROUP BY user_id",
        "SELECT issuer || client_id || CAST(saved_at AS TEXT) FROM oidc_providers",
        "SELECT CAST(COUNT(*) AS TEXT) FROM oidc_sign_ins",
        "SELECT slug || CASE WHEN second_factor_required_for_administrators THEN '1' ELSE '0' END FROM tenants \
         ORDER BY slug",
    ] {
        for row in portal.rows(sql).await {
            all.push(row.try_get_by_index::<String>(0).unwrap());
        }
    }
    all
}

type Fields = Vec<(String, String)>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A sendable form for every POST route: the concrete path, and fields that would be accepted.
async fn forms(portal: &TestPortal, alice: &mut Visitor, welcome: &str) -> Vec<(String, Fields)> {
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
    let begin = alice.open("/account/second-factor").await.form("/account/second-factor/begin");
    let code = second_factor::code(&alice.submit(begin).await, portal.state.clock.now());
    vec![
        ("/account/second-factor/set-up".to_owned(), fields(&[("code", &code)])),
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
        ("/account".to_owned(), fields(&[("language", "de"), ("time_zone", "Europe/Berlin")])),
        (format!("{ADMINISTRATION}/smtp"), smtp),
        (format!("{ADMINISTRATION}/smtp/recognise"), fields(&[("address", "anna@acme.example")])),
        (format!("{ADMINISTRATION}/test-messages"), fields(&[("recipient", "anna@example.org")])),
        (format!("{ADMINISTRATION}/microsoft365"), microsoft365),
        (format!("{ADMINISTRATION}/microsoft365/secret"), fields(&[("client_secret", "new~Q8value")])),
        (format!("{ADMINISTRATION}/none"), fields(&[])),
        (DELIVERIES.to_owned(), fields(&[("do", "cancel"), ("id", &id.to_string())])),
        (format!("{DELIVERIES}/all"), fields(&[("do", "try-again"), ("state", "cancelled")])),
        (format!("{DELIVERIES}/release"), fields(&[])),
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

#[tokio::test]
async fn no_form_is_accepted_that_does_not_come_from_our_own_page() {
    let portal = TestPortal::start().await;
    let welcome = portal.invite("acme", "Nina New", "nina@acme.example").await;
    let (mut alice, mut other) = (portal.signed_in(&ALICE).await, portal.signed_in(&ALICE).await);
    portal.save_provider(&mut alice).await;
    let mut anonymous = portal.visitor("acme");
    let mut stranger = portal.visitor("acme");
    let forms = forms(&portal, &mut alice, &welcome).await;
    for (_, pattern, _) in MATRIX.into_iter().filter(|(method, ..)| *method == "POST") {
        assert!(forms.iter().any(|(path, _)| is_of(path, pattern)), "no form for {pattern}");
    }
    let token = async |visitor: &mut Visitor| {
        let page = visitor.open("/sign-in").await;
        page.forms().iter().find_map(|form| form.value("csrf_token").map(str::to_owned)).unwrap()
    };
    let tokens = (token(&mut alice).await, token(&mut other).await);
    let anonymous_tokens = (token(&mut anonymous).await, token(&mut stranger).await);
    assert_ne!(tokens.0, tokens.1);
    assert_ne!(anonymous_tokens.0, anonymous_tokens.1);
    assert!(tokens.0.len() >= 22 && anonymous_tokens.0.len() >= 22, "128 bits or more");
    let before = everything(&portal).await;

    for (path, fields) in &forms {
        let for_anyone = path.starts_with("/sign-in") || *path == welcome;
        let (visitor, (own, foreign)) =
            if for_anyone { (&mut anonymous, &anonymous_tokens) } else { (&mut alice, &tokens) };
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
        let for_anyone = path.starts_with("/sign-in") || *path == welcome;
        let visitor = if for_anyone { &mut anonymous } else { &mut alice };
        let mut pairs = fields.clone();
        pairs.push(("csrf_token".to_owned(), token(visitor).await));
        let request = Request::post(path, serde_urlencoded::to_string(pairs).unwrap());
        let request = request.header("origin", visitor.origin()).header("sec-fetch-site", "same-origin");
        // the first changes nothing and answers with the form that it has filled in, the others with codes that
        // are told only once
        let answers = ["/recognise", "/oidc/check", "/second-factor/set-up", "/recovery-codes"];
        let accepted = match path.as_str() {
            "/sign-in/oidc" => 422,
            path if answers.iter().any(|end| path.ends_with(end)) => 200,
            _ => 303,
        };
        assert_eq!(visitor.send(request).await.status, accepted, "{path}");
        if for_anyone {
            anonymous = portal.visitor("acme");
        }
    }
    assert_ne!(everything(&portal).await, before);
}
