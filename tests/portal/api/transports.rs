//! The public Transports contract: all seven calls, on the verbs of the settings page.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{ALICE, CATCHER_PASSWORD, GRETA, Program, SENDER, TestPortal};

const CONFIG: &str = "/api/v1/transports/email-config";

fn smtp(portal: &TestPortal) -> Value {
    json!({
        "serviceProvider": "BasicAuth",
        "providerConfig": {
            "serverAddress": "localhost", "serverPort": portal.catcher().smtp_addr().port(),
            "securityType": "StartTLS", "emailAddress": SENDER, "senderName": "Acme",
            "username": SENDER, "emailPassword": CATCHER_PASSWORD,
        }
    })
}

async fn put(program: &mut Program, body: &Value, status: u16) -> crate::support::Page {
    program.call("PUT", CONFIG, Some(body.clone())).await.expect(status)
}

async fn action(program: &mut Program, name: &str, body: Option<Value>) -> Value {
    program.call("POST", &format!("{CONFIG}/actions/{name}"), body).await.expect(200).json()
}

#[tokio::test]
async fn a_program_sets_up_smtp_proves_it_and_removes_it() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let nothing = program.get(CONFIG).await.expect(200).json();
    assert_eq!(nothing["errorCode"], "CONFIG_NOT_SET");
    assert_eq!((&nothing["isValid"], &nothing["passwordExists"]), (&json!(false), &json!(false)));
    assert!(nothing.get("serviceProvider").is_none(), "{nothing}");
    assert_eq!(program.call("DELETE", CONFIG, None).await.expect(404).code(), "DELETE-1");
    for call in ["send-test-email", "verify-connection"] {
        let body = Some(json!({ "recipient": "anna@acme.example" }));
        program.call("POST", &format!("{CONFIG}/actions/{call}"), body).await.expect(404);
    }
    assert_eq!(action(&mut program, "validate", None).await["errorCode"], "CONFIG_NOT_SET");
    program.call("PATCH", CONFIG, Some(json!([]))).await.expect(404);

    assert!(put(&mut program, &smtp(&portal), 204).await.body.is_empty());
    let config = program.get(CONFIG).await.expect(200).json();
    let tenant = portal.tenant("acme").await.to_string();
    for (field, value) in [
        ("tenantId", json!(tenant)),
        ("serviceProvider", json!("BasicAuth")),
        ("securityType", json!("StartTLS")),
        ("emailAddress", json!(SENDER)),
        ("username", json!(SENDER)),
        ("passwordExists", json!(true)),
        ("isValid", json!(true)),
        ("errorCode", json!("OK")),
        ("authFailures", json!(0)),
    ] {
        assert_eq!(config[field], value, "{field}");
    }
    assert_eq!(config["providerConfig"]["senderName"], "Acme");
    assert_eq!(config["lastUpdated"], config["modificationTime"]);
    assert_eq!(portal.catcher().mails().len(), 0, "nothing was sent");

    assert_eq!(action(&mut program, "verify-connection", None).await["success"], true);
    assert_eq!(portal.catcher().mails().len(), 0, "still nothing");
    // words of one's own go only to whom programs may write to
    let words = |to: &str| json!({ "recipient": to, "subject": "Läuft es?", "body": "Ja <b>.\nUnd wie." });
    let path = format!("{CONFIG}/actions/send-test-email");
    let answer = program.call("POST", &path, Some(words("anna@acme.example"))).await.expect(400);
    assert_eq!(answer.told().0, "/recipient");
    super::messages::allow(&portal, "partner.example").await;
    let stranger = program.call("POST", &path, Some(words("anna@acme.example"))).await.expect(400);
    assert_eq!(stranger.told().0, "/recipient");
    let mail = words("anna@partner.example");
    assert_eq!(action(&mut program, "send-test-email", Some(mail)).await["success"], true);
    assert_eq!(portal.catcher().mails().len(), 1);
    portal.catcher().mailbox().clear().unwrap();
    let mail = words("Ben@acme.example");
    let result = action(&mut program, "send-test-email", Some(mail)).await;
    assert_eq!((&result["success"], &result["smtpResponseCode"]), (&json!(true), &json!(250)), "{result}");
    assert_eq!(result["connectionFailed"], false);
    let source = portal.only_mail();
    let parsed = mail_parser::MessageParser::default().parse(source.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("Läuft es?"));
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), "Ja <b>.\nUnd wie.");
    assert!(parsed.body_html(0).unwrap().contains("Ja &lt;b&gt;."));
    assert_eq!(action(&mut program, "validate", None).await, json!({ "isValid": true, "errorCode": "OK" }));

    program.call("DELETE", CONFIG, None).await.expect(204);
    assert_eq!(portal.count("email_providers").await, 0);
    let by = "audit_entries WHERE event LIKE 'email_provider.%' AND details LIKE '%\"api_key\":\"posthorn_%'";
    assert_eq!(portal.count(by).await, 5, "saved, checked, tested twice, removed: each names the key");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_no_secret_is_repeated() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let with = |pointer: &str, value: Value| {
        let mut body = smtp(&portal);
        match body.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => body["providerConfig"][pointer.rsplit('/').next().unwrap()] = value,
        }
        body
    };
    for (pointer, value) in [
        ("/providerConfig/serverAddress", json!("no host")),
        ("/providerConfig/serverPort", json!(0)),
        ("/providerConfig/serverPort", json!(65536)),
        ("/providerConfig/serverPort", json!("587")),
        ("/providerConfig/serverPort", json!(-1)),
        ("/providerConfig/securityType", json!("starttls")),
        ("/providerConfig/emailAddress", json!("Anna")),
        ("/providerConfig/senderName", json!("a\nb")),
        ("/providerConfig/emailPassword", json!("")),
        ("/providerConfig/emailPassword", json!(4711)),
        ("/providerConfig/password", json!("canary-4711")),
        ("/serviceProvider", json!("SMTP")),
        ("/providerConfig", json!("canary-4711")),
    ] {
        let answer = put(&mut program, &with(pointer, value), 400).await;
        assert_eq!(answer.code(), "INPUTCHECK-1");
        let (place, detail) = answer.told();
        assert_eq!(place, pointer, "{detail}");
        assert!(!answer.html.contains("4711") && !answer.html.contains(CATCHER_PASSWORD), "{}", answer.html);
    }
    // all problems at once, in German if that is asked for
    program.visitor.language = "de";
    let mut body = with("/providerConfig/serverPort", json!(0));
    body["providerConfig"]["emailAddress"] = json!("");
    let answer = put(&mut program, &body, 400).await.json();
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(answer["errors"][0]["title"], "Die Anfrage ist ungültig");
    assert_eq!(portal.count("email_providers").await, 0);
}

#[tokio::test]
async fn a_secret_is_kept_for_its_destination_only() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    put(&mut program, &smtp(&portal), 204).await;
    let mut bare = smtp(&portal);
    bare["providerConfig"].as_object_mut().unwrap().remove("emailPassword");
    bare["providerConfig"]["senderName"] = json!("Acme Reports");
    put(&mut program, &bare, 204).await;
    assert_eq!(
        action(&mut program, "verify-connection", None).await["success"],
        true,
        "the password is there"
    );
    // without a user name it is the sender's
    bare["providerConfig"].as_object_mut().unwrap().remove("username");
    put(&mut program, &bare, 204).await;
    assert_eq!(action(&mut program, "verify-connection", None).await["success"], true);
    for (field, value) in [
        ("serverAddress", json!("mail.evil.example")),
        ("serverPort", json!(1)),
        ("securityType", json!("none")),
        ("username", json!("mallory")),
        ("emailAddress", json!("mallory@acme.example")),
    ] {
        let mut elsewhere = bare.clone();
        elsewhere["providerConfig"][field] = value;
        let answer = put(&mut program, &elsewhere, 400).await;
        assert_eq!(answer.told().0, "/providerConfig/emailPassword", "{field}");
    }
    // an empty user name says that nobody signs in
    bare["providerConfig"]["username"] = json!("");
    put(&mut program, &bare, 204).await;
    let config = program.get(CONFIG).await.expect(200).json();
    assert_eq!(config["passwordExists"], false);
    assert!(config.get("username").is_none(), "{config}");
}

#[tokio::test]
async fn single_fields_of_smtp_are_patched() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    put(&mut program, &smtp(&portal), 204).await;
    let patch = async |program: &mut Program, body: Value, status| {
        program.call("PATCH", CONFIG, Some(body)).await.expect(status)
    };
    patch(&mut program, json!([]), 204).await;
    // another sender signs in as before, so the password stays
    let sender = json!([{ "op": "replace", "path": "/emailAddress", "value": "reports@acme.example" }]);
    patch(&mut program, sender, 204).await;
    let config = program.get(CONFIG).await.expect(200).json();
    assert_eq!(config["emailAddress"], "reports@acme.example");
    assert_eq!((&config["username"], &config["passwordExists"]), (&json!(SENDER), &json!(true)));
    // without `op`, with the literal of the package's type, and a port as text or number
    let port = portal.catcher().smtps_addr().unwrap().port();
    let tls = json!([
        { "path": "/serverPort", "value": port.to_string() },
        { "op": "replace, remove, add", "path": "/securityType", "value": "SSL/TLS" },
        { "op": "add", "path": "/emailPassword", "value": CATCHER_PASSWORD },
    ]);
    patch(&mut program, tls, 204).await;
    assert_eq!(action(&mut program, "verify-connection", None).await["success"], true);
    for (body, place) in [
        (json!([{ "path": "/serverPort", "value": 1 }]), "/emailPassword"),
        (json!([{ "path": "/serverPort", "value": "x" }]), "/serverPort"),
        (json!([{ "path": "/tenantId", "value": "x" }]), "/0/path"),
        (json!([{ "path": "/username", "value": "x" }, { "op": "move", "path": "/username" }]), "/1/op"),
        (json!([{ "path": "/username" }]), "/0/value"),
        (json!([{ "path": "/securityType", "value": "tls" }]), "/0/value"),
        (json!([{ "path": "/username", "value": "x", "from": "/y" }]), "/0/from"),
        (json!({}), ""),
    ] {
        let answer = patch(&mut program, body.clone(), 400).await;
        assert_eq!((answer.code().as_str(), answer.told().0.as_str()), ("INPUTCHECK-1", place), "{body}");
    }
    let removed = json!([{ "op": "remove", "path": "/username" }]);
    patch(&mut program, removed, 204).await;
    assert_eq!(program.get(CONFIG).await.expect(200).json()["passwordExists"], false);
}

#[tokio::test]
async fn microsoft_365_is_put_and_not_patched() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let [app, ..] = &posthorn::demo::microsoft365::APPS;
    let body = json!({
        "serviceProvider": "Microsoft365",
        "providerConfig": {
            "emailAddress": SENDER, "providerTenantId": app.tenant.id,
            "clientId": app.client_id, "clientSecret": app.client_secret,
        }
    });
    put(&mut program, &body, 204).await;
    let config = program.get(CONFIG).await.expect(200).json();
    assert_eq!(config["serviceProvider"], "Microsoft365");
    assert_eq!(config["providerConfig"]["clientId"], app.client_id);
    assert_eq!(config["providerConfig"]["cloud"], "global");
    assert!(config.get("serverAddress").is_none() && config["passwordExists"] == true, "{config}");
    assert!(!config.to_string().contains(app.client_secret));
    let verified = action(&mut program, "verify-connection", None).await;
    assert_eq!(verified["success"], true, "{verified}");
    let mail = json!({ "recipient": "anna@acme.example" });
    let sent = action(&mut program, "send-test-email", Some(mail)).await;
    assert_eq!((&sent["success"], &sent["smtpResponseCode"]), (&json!(true), &json!(202)), "{sent}");
    let patch = json!([{ "op": "replace", "path": "/emailAddress", "value": "x@acme.example" }]);
    program.call("PATCH", CONFIG, Some(patch)).await.expect(400);

    // what the contract does not know may be given, and is kept
    let mut more = body.clone();
    more["providerConfig"]["clientSecretExpiresOn"] = json!("2099-12-31");
    more["providerConfig"]["largeMessages"] = json!(true);
    put(&mut program, &more, 204).await;
    let mut bare = body;
    bare["providerConfig"].as_object_mut().unwrap().remove("clientSecret");
    put(&mut program, &bare, 204).await;
    let kept = program.get(CONFIG).await.expect(200).json();
    assert_eq!(kept["providerConfig"]["clientSecretExpiresOn"], "2099-12-31");
    assert_eq!(kept["providerConfig"]["largeMessages"], true);
    bare["providerConfig"]["clientId"] = json!("3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63");
    let answer = put(&mut program, &bare, 400).await;
    assert_eq!(answer.told().0, "/providerConfig/clientSecret");
    program.call("DELETE", CONFIG, None).await.expect(204);
}

#[tokio::test]
async fn a_failure_is_a_result_and_becomes_the_health() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    let mut wrong = smtp(&portal);
    wrong["providerConfig"]["emailPassword"] = json!("canary-wrong-password");
    put(&mut program, &wrong, 204).await;
    let config = program.get(CONFIG).await.expect(200).json();
    assert_eq!((&config["isValid"], &config["errorCode"]), (&json!(true), &json!("OK")), "saved, not tested");
    let mail = json!({ "recipient": "anna@acme.example" });
    let result = action(&mut program, "send-test-email", Some(mail)).await;
    assert_eq!((&result["success"], &result["connectionFailed"]), (&json!(false), &json!(false)), "{result}");
    assert_eq!(result["smtpResponseCode"], 535);
    let config = program.get(CONFIG).await.expect(200).json();
    assert_eq!((&config["isValid"], &config["authFailures"]), (&json!(false), &json!(1)));
    assert_eq!(config["errorCode"], "INVALID_CREDENTIALS");
    assert_eq!(config["status"]["statusCode"], 535);
    assert_eq!(action(&mut program, "validate", None).await["errorCode"], "INVALID_CREDENTIALS");

    let mut nowhere = smtp(&portal);
    nowhere["providerConfig"]["serverPort"] = json!(1);
    put(&mut program, &nowhere, 204).await;
    let result = action(&mut program, "verify-connection", None).await;
    assert_eq!((&result["success"], &result["connectionFailed"]), (&json!(false), &json!(true)), "{result}");
    assert!(result.get("smtpResponseCode").is_none(), "{result}");
    assert_eq!(action(&mut program, "validate", None).await["errorCode"], "PROVIDER_ERROR");
    for received in portal.everything_received() {
        assert!(!received.contains("canary-wrong-password") && !received.contains(CATCHER_PASSWORD));
    }
}

#[tokio::test]
async fn tests_are_limited_together_with_those_of_the_pages() {
    let portal = TestPortal::start().await;
    let mut program = portal.able_program(&ALICE).await;
    put(&mut program, &smtp(&portal), 204).await;
    let path = format!("{CONFIG}/actions/send-test-email");
    let mail = || Some(json!({ "recipient": "anna@acme.example" }));
    for _ in 0..10 {
        program.call("POST", &path, mail()).await.expect(200);
    }
    let answer = program.call("POST", &path, mail()).await.expect(429);
    assert_eq!(answer.header("retry-after"), Some("60"));
    portal.wind(Duration::from_secs(61));
    program.call("POST", &path, mail()).await.expect(200);
    for (body, place) in [
        (json!({ "recipient": "anna" }), "/recipient"),
        (json!({}), "/recipient"),
        (json!({ "recipient": "a@b.example", "subject": "x\r\nBcc: eve@evil.example" }), "/subject"),
        (json!({ "recipient": "a@b.example", "body": "x".repeat(65_537) }), "/body"),
        (json!({ "recipient": "a@b.example", "cc": "x" }), "/cc"),
    ] {
        let answer = program.call("POST", &path, Some(body)).await.expect(400);
        assert_eq!(answer.told().0, place);
    }
}

#[tokio::test]
async fn a_program_sees_and_changes_its_own_tenants_provider_only() {
    let portal = TestPortal::start().await;
    let (mut acme, mut globex) = (portal.able_program(&ALICE).await, portal.able_program(&GRETA).await);
    put(&mut acme, &smtp(&portal), 204).await;
    assert_eq!(globex.get(CONFIG).await.expect(200).json()["errorCode"], "CONFIG_NOT_SET");
    globex.call("DELETE", CONFIG, None).await.expect(404);
    assert_eq!(acme.get(CONFIG).await.expect(200).json()["errorCode"], "OK");
}
