//! What an administrator is told for every refusal that is known of Microsoft 365, in both languages. **A new
//! one is one more row**: Microsoft's genuine answer, and what must stand in the sentences.

use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::answer::Redactor;
use super::http::Answer;
use super::{Cloud, Microsoft365Cause, Microsoft365Failure, Microsoft365Step, answer, refusal, sign_in};
use crate::i18n::Language;

fn heard(status: u16, body: &str) -> Answer {
    Answer {
        status,
        retry_after: (status == 429).then(|| Duration::from_secs(90)),
        request_id: Some("4a1d".to_owned()),
        client_request_id: None,
        date: None,
        body: Zeroizing::new(body.as_bytes().to_vec()),
        cut: false,
    }
}

fn failure(
    step: Microsoft365Step,
    cause: Microsoft365Cause,
    said: super::Microsoft365Answer,
) -> Microsoft365Failure {
    Microsoft365Failure {
        step,
        cause,
        cloud: Cloud::Global,
        mailbox: "reports@contoso.example".to_owned(),
        tenant_id: "contoso.example".to_owned(),
        client_id: "3b6f0c1d".to_owned(),
        recipient: Some("anna@example.org".to_owned()),
        answer: Some(said),
    }
}

/// The sign-in's refusal (RFC 6749, section 5.2).
fn at_sign_in(status: u16, error: &str, number: u64) -> Microsoft365Failure {
    let body = format!(
        r#"{{"error":"{error}","error_description":"AADSTS{number}: x\r\nTrace ID: t","error_codes":[{number}],"timestamp":"2026-11-24 16:00:00Z","trace_id":"t","correlation_id":"c"}}"#
    );
    let Err(none) = sign_in::read(&heard(status, &body), &Redactor::new([]), Instant::now()) else {
        panic!("{body} was taken for a token")
    };
    failure(none.step, none.cause, none.answer.unwrap())
}

fn of_graph(status: u16, code: &str, message: &str) -> Microsoft365Failure {
    let body = serde_json::json!({ "error": { "code": code, "message": message } }).to_string();
    let heard = heard(status, &body);
    let (cause, _) = refusal::of(&heard);
    let (_, said) = answer::of_graph(&heard, &Redactor::new([]));
    failure(Microsoft365Step::Send, cause, said)
}

#[track_caller]
fn says(failure: &Microsoft365Failure, english: &[&str], german: &[&str]) {
    for (language, all) in [(Language::English, english), (Language::German, german)] {
        let said = format!("{} {}", failure.what().say(language), failure.what_to_do().say(language));
        for words in all {
            assert!(said.contains(words), "{failure}: {words:?} does not stand in {said:?}");
        }
    }
    assert!(failure.details().len() >= 2, "the codes stand under Details");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn every_refused_sign_in_has_its_sentences_in_both_languages() {
    let busy: (&[&str], &[&str]) =
        (&["Microsoft's sign-in is busy"], &["Die Anmeldung bei Microsoft ist derzeit überlastet"]);
    let other_cloud: (&[&str], &[&str]) = (
        &["belongs to another cloud", "Choose that cloud"],
        &["gehört zu einer anderen Cloud", "diese Cloud"],
    );
    let resource: (&[&str], &[&str]) = (
        &["does not know Microsoft Graph in the chosen cloud"],
        &["kennt Microsoft Graph in der gewählten Cloud"],
    );
    let policy: (&[&str], &[&str]) = (
        &["A security policy of your Microsoft tenant", "exempt the app"],
        &["Eine Sicherheitsrichtlinie", "ausnehmen"],
    );
    let tenant: (&[&str], &[&str]) =
        (&["does not know the tenant ID contoso.example"], &["kennt die Mandanten-ID contoso.example nicht"]);
    for (status, error, number, (english, german)) in [
        (
            401,
            "invalid_client",
            7_000_215,
            (
                &["rejects the client secret", "Copy the value (not the secret ID)"][..],
                &["lehnt den geheimen Clientschlüssel ab", "den Wert (nicht die Geheimnis-ID)"][..],
            ),
        ),
        (
            401,
            "invalid_client",
            7_000_222,
            (
                &["The client secret has expired", "all other fields can stay"],
                &["ist abgelaufen", "alle anderen Felder können bleiben"],
            ),
        ),
        (
            401,
            "invalid_client",
            7_000_218,
            (&["No client secret arrived"], &["kein geheimer Clientschlüssel angekommen"]),
        ),
        (
            400,
            "unauthorized_client",
            700_016,
            (
                &["does not exist in the Microsoft tenant", "swapped"],
                &["gibt es im Microsoft-Mandanten", "vertauscht"],
            ),
        ),
        (400, "invalid_request", 90002, tenant),
        (400, "invalid_request", 900_023, tenant),
        (400, "invalid_request", 9_001_023, tenant),
        (400, "invalid_request", 90038, other_cloud),
        (400, "invalid_request", 900_382, other_cloud),
        (400, "invalid_request", 900_432, other_cloud),
        (
            401,
            "unauthorized_client",
            7_000_112,
            (
                &["is disabled at Microsoft", "Enabled for users to sign in"],
                &["deaktiviert", "Aktiviert für"],
            ),
        ),
        (400, "invalid_resource", 500_011, resource),
        (400, "invalid_scope", 70011, resource),
        (400, "access_denied", 530_032, policy),
        (400, "access_denied", 53003, policy),
        (503, "temporarily_unavailable", 90033, busy),
        (400, "invalid_request", 90006, busy),
        (400, "invalid_request", 90012, busy),
        (400, "invalid_request", 90024, busy),
        (400, "invalid_request", 90055, busy),
        // what nobody knows is told in Microsoft's own words
        (400, "invalid_grant", 999_999, (&["AADSTS999999: x"], &["AADSTS999999: x"])),
    ] {
        says(&at_sign_in(status, error, number), english, german);
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn every_refusal_of_graph_has_its_sentences_in_both_languages() {
    let denied = "Access is denied. Check credentials and try again.";
    let excluded =
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.";
    let may_not: (&[&str], &[&str]) = (
        &["may not send mail yet", "Grant admin consent"],
        &["darf noch keine E-Mails senden", "Anwendungsberechtigungen"],
    );
    let too_large: (&[&str], &[&str]) =
        (&["larger than Microsoft 365 takes"], &["größer, als Microsoft 365 zulässt"]);
    let fault: (&[&str], &[&str]) = (
        &["There is a temporary fault at Microsoft"],
        &["Bei Microsoft gibt es eine vorübergehende Störung"],
    );
    for (status, code, message, (english, german)) in [
        (
            401,
            "InvalidAuthenticationToken",
            "x",
            (&["does not accept its own token"][..], &["eigene Token nicht an"][..]),
        ),
        (403, "ErrorAccessDenied", denied, may_not),
        (403, "NoPermissionsInAccessToken", "x", may_not),
        (
            403,
            "ErrorAccessDenied",
            excluded,
            (
                &["but not as reports@contoso.example", "Test-ApplicationAccessPolicy"],
                &["aber nicht als reports@contoso.example", "Test-ApplicationAccessPolicy"],
            ),
        ),
        (
            403,
            "ErrorSendAsDenied",
            "x",
            (&["must be the address of the mailbox itself"], &["muss die Adresse des Postfachs selbst sein"]),
        ),
        (
            404,
            "ErrorInvalidUser",
            "The requested user 'x' is invalid.",
            (
                &["There is no user reports@contoso.example", "not an alias"],
                &["Einen Benutzer reports@contoso.example gibt es", "keinen Alias"],
            ),
        ),
        (
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            (
                &["has no mailbox in Exchange Online", "assign a licence"],
                &["hat kein Postfach in Exchange Online", "Lizenz"],
            ),
        ),
        (
            400,
            "ErrorInvalidRecipients",
            "x",
            (&["refused the recipient anna@example.org"], &["den Empfänger anna@example.org abgelehnt"]),
        ),
        (413, "BadRequest", "x", too_large),
        (400, "ErrorMessageSizeExceeded", "x", too_large),
        (
            500,
            "ErrorQuotaExceeded",
            "x",
            (&["is full, so it sends nothing", "Empty it"], &["ist voll", "Leeren Sie es"]),
        ),
        (
            429,
            "ApplicationThrottled",
            "x",
            (&["Microsoft is limiting the mailbox"], &["Microsoft bremst das Postfach"]),
        ),
        (500, "ErrorInternalServerTransientError", "x", fault),
        (502, "UnknownError", "x", fault),
        (503, "ServiceUnavailable", "x", fault),
        (
            400,
            "SomethingNew",
            "The moon",
            (&["\"400 SomethingNew The moon\""], &["„400 SomethingNew The moon“"]),
        ),
    ] {
        says(&of_graph(status, code, message), english, german);
    }
}
