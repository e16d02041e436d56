//! Signing in as an application: OAuth 2.0 client credentials (RFC 6749, section 4.4; "Microsoft identity
//! platform and the OAuth 2.0 client credentials flow").

use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::answer::{self, Redactor, SignInRefusal};
use super::http::{self, Answer, Http, TransportError, Why};
use super::token::{Asked, NoToken, Token};
use super::{Cloud, Microsoft365Account, Microsoft365Cause, Microsoft365Step, percent_encoded};
use crate::values::Secret;

/// A longer token does not fit into a header that servers take.
const TOKEN: usize = 32 * 1024;

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: u64,
}

/// The body of the request, which holds the secret: wiped when it is sent, as far as it is ours.
pub(super) fn body(account: &Microsoft365Account) -> Bytes {
    let secret = Zeroizing::new(percent_encoded(account.client_secret.expose()));
    let body = Zeroizing::new(format!(
        "grant_type=client_credentials&client_id={}&scope={}&client_secret={}",
        percent_encoded(&account.client_id),
        percent_encoded(&scope(account.cloud)),
        secret.as_str()
    ));
    Bytes::from_owner(Wiped(body))
}

/// Everything at Graph that was granted. Wherever the requests really go, tokens are for the cloud's own.
fn scope(cloud: Cloud) -> String {
    format!("https://{}/.default", cloud.graph_host())
}

/// Asks for a token, until then.
pub(super) async fn ask(http: &Http, url: Url, body: Bytes, redactor: &Redactor, until: Instant) -> Asked {
    let asked = Instant::now();
    let headers = http::headers("application/x-www-form-urlencoded");
    match http.post(url, headers, body, until).await {
        Ok(answer) => read(&answer, redactor, asked),
        Err(silence) => Err(unheard(silence)),
    }
}

fn unheard(silence: TransportError) -> Box<NoToken> {
    let (step, cause) = match silence.why {
        Why::NotReachable => (Microsoft365Step::AddressPolicy, Microsoft365Cause::NotReachable),
        Why::NotTrusted => (Microsoft365Step::AddressPolicy, Microsoft365Cause::NotTrusted),
        Why::OwnLimit => (Microsoft365Step::AddressPolicy, Microsoft365Cause::OutOfResources),
        Why::Timeout if silence.request_sent => (Microsoft365Step::SignIn, Microsoft365Cause::Timeout),
        Why::Timeout => (Microsoft365Step::AddressPolicy, Microsoft365Cause::Timeout),
    };
    NoToken::new(step, cause)
}

pub(super) fn read(answer: &Answer, redactor: &Redactor, asked: Instant) -> Asked {
    if answer.status == 200
        && let Ok(granted) = serde_json::from_slice::<Granted>(&answer.body)
    {
        let token = &granted.access_token;
        if !token.is_empty() && token.len() <= TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let lifetime = Duration::from_secs(granted.expires_in.min(7 * 24 * 3600));
            return Ok(Token::new(Secret::new(token.as_str()), lifetime, asked).into());
        }
    }
    let none = |step, cause, said| {
        Err(Box::new(NoToken {
            answer: Some(said),
            retry_after: answer.retry_after,
            ..*NoToken::new(step, cause)
        }))
    };
    if let Some((refusal, said)) = answer::of_sign_in(answer, redactor) {
        let busy = is_busy(answer.status, &refusal);
        return none(Microsoft365Step::SignIn, if busy { BUSY } else { cause(&refusal) }, said);
    }
    let said = answer::of_stranger(answer);
    if answer.status == 429 || answer.status >= 500 {
        return none(Microsoft365Step::SignIn, BUSY, said);
    }
    if serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok() {
        return none(Microsoft365Step::SignIn, Microsoft365Cause::UnexpectedAnswer, said);
    }
    none(Microsoft365Step::AddressPolicy, Microsoft365Cause::NotMicrosoft, said)
}

/// For how long is settled by whoever keeps count.
const BUSY: Microsoft365Cause = Microsoft365Cause::SignInBusy { after_seconds: None };

/// The status and OAuth's `error` say so. A number may only make it milder: a passing fault that comes
/// under another name must not stop a tenant's mail until somebody looks.
fn is_busy(status: u16, refusal: &SignInRefusal) -> bool {
    status == 429
        || status >= 500
        || matches!(refusal.error.as_str(), "temporarily_unavailable" | "server_error")
        || refusal.numbers.iter().any(|number| matches!(number, 90006 | 90012 | 90024 | 90033 | 90055))
}

/// The words for a refusal; its verdict is the same in all cases. Numbers: "Microsoft Entra
/// authentication and authorization error codes".
fn cause(refusal: &SignInRefusal) -> Microsoft365Cause {
    let by_number = refusal.numbers.iter().find_map(|number| {
        Some(match number {
            7_000_215 => Microsoft365Cause::SecretRefused,
            7_000_222 => Microsoft365Cause::SecretExpired,
            7_000_216 | 7_000_218 => Microsoft365Cause::SecretMissing,
            700_016 | 7_000_229 => Microsoft365Cause::ClientUnknown,
            90002 | 900_023 | 50059 | 9_001_023 => Microsoft365Cause::TenantUnknown,
            90038 | 900_382 | 900_432 => Microsoft365Cause::OtherCloud,
            7_000_112 => Microsoft365Cause::ClientDisabled,
            500_011 | 70011 | 1_002_012 => Microsoft365Cause::ResourceUnknown,
            53000..=53004 | 530_031..=530_036 => Microsoft365Cause::PolicyBlocks,
            _ => return None,
        })
    });
    by_number.unwrap_or(match refusal.error.as_str() {
        // a number that is not known here speaks of something else than the secret
        "invalid_client" if refusal.numbers.is_empty() => Microsoft365Cause::SecretRefused,
        "invalid_tenant" => Microsoft365Cause::TenantUnknown,
        "invalid_resource" | "invalid_scope" => Microsoft365Cause::ResourceUnknown,
        _ => Microsoft365Cause::SignInRefused,
    })
}

/// Lends a secret to the HTTP library and wipes it after use.
pub(super) struct Wiped(pub(super) Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::EmailAddress;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: Some(Duration::from_secs(7)),
            request_id: None,
            client_request_id: None,
            date: None,
            body: Zeroizing::new(body.as_bytes().to_vec()),
            cut: false,
        }
    }

    fn refused(status: u16, error: &str, number: u64) -> Box<NoToken> {
        let body = format!(
            r#"{{"error":"{error}","error_codes":[{number}],"error_description":"AADSTS{number}: x"}}"#
        );
        match read(&answer(status, &body), &Redactor::new([]), Instant::now()) {
            Ok(_) => panic!("it was granted"),
            Err(none) => none,
        }
    }

    #[test]
    fn the_request_says_what_microsoft_wants_and_is_encoded() {
        let account = Microsoft365Account {
            cloud: Cloud::China,
            tenant_id: "t".to_owned(),
            client_id: "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned(),
            client_secret: Secret::new("a/b*c_d-e~f&g=h+i ü"),
            mailbox: EmailAddress::parse("sender@contoso.example").unwrap(),
            large_messages: false,
        };
        assert_eq!(
            body(&account),
            "grant_type=client_credentials&client_id=3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63\
             &scope=https%3A%2F%2Fmicrosoftgraph.chinacloudapi.cn%2F.default\
             &client_secret=a%2Fb%2Ac_d-e~f%26g%3Dh%2Bi%20%C3%BC"
        );
    }

    #[test]
    fn a_token_is_fresh_until_five_minutes_before_its_end_or_for_half_of_a_short_life() {
        let now = Instant::now();
        for (life, fresh) in [(3599, 3299), (601, 301), (600, 300), (60, 30), (5, 2), (0, 0)] {
            let token = Token::new(Secret::new("x"), Duration::from_secs(life), now);
            let is_fresh = |at| now + Duration::from_secs(at) < token.renew_at;
            assert!(fresh == 0 || is_fresh(fresh - 1), "{life}");
            assert!(!is_fresh(fresh + 1), "{life}");
        }
    }

    #[test]
    fn numbers_choose_the_words_and_never_the_verdict() {
        let mut causes = Vec::new();
        for number in [
            7_000_215, 7_000_222, 7_000_216, 7_000_218, 700_016, 90002, 900_023, 50059, 90038, 900_382,
            900_432, 7_000_112, 500_011, 70011, 53003, 530_032, 1, 999_999,
        ] {
            for (status, error) in
                [(400, "invalid_request"), (400, "unauthorized_client"), (401, "invalid_client")]
            {
                let none = refused(status, error, number);
                assert!(none.cause.is_refused_sign_in(), "{number}: {:?}", none.cause);
                assert!(!none.is_busy());
                causes.push(none.cause);
            }
            let busy = refused(503, "temporarily_unavailable", number);
            assert_eq!(busy.cause, BUSY, "{number}");
            assert!(busy.is_busy() && busy.retry_after == Some(Duration::from_secs(7)));
        }
        causes.dedup();
        assert!(causes.len() > 9, "{causes:?}");
        assert!(matches!(refused(400, "invalid_grant", 90033).cause, Microsoft365Cause::SignInBusy { .. }));
    }

    #[test]
    fn what_is_no_token_is_not_taken_for_one() {
        for (status, body, cause) in [
            (200, "<html>Sign in to the hotel</html>", Microsoft365Cause::NotMicrosoft),
            (200, "", Microsoft365Cause::NotMicrosoft),
            (302, "", Microsoft365Cause::NotMicrosoft),
            (403, "<html>Blocked</html>", Microsoft365Cause::NotMicrosoft),
            (200, "{}", Microsoft365Cause::UnexpectedAnswer),
            (200, r#"{"access_token":"","expires_in":3599}"#, Microsoft365Cause::UnexpectedAnswer),
            (200, r#"{"access_token":"a\r\nb: c","expires_in":3599}"#, Microsoft365Cause::UnexpectedAnswer),
            (200, r#"{"access_token":"x","expires_in":-1}"#, Microsoft365Cause::UnexpectedAnswer),
            (502, "<html>Bad Gateway</html>", BUSY),
        ] {
            let Err(none) = read(&answer(status, body), &Redactor::new([]), Instant::now()) else {
                panic!("{body} was taken for a token")
            };
            assert_eq!(none.cause, cause, "{status} {body}");
            assert!(none.answer.unwrap().words.is_none());
        }
    }
}
