//! What Microsoft hears from us.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use posthorn::mail::Mailer;
use wiremock::ResponseTemplate;

use crate::support::fake::{Fake, MAILBOX, SECRET, TOKEN, canary, slow_token};
use crate::support::{SEND, message, send};

#[tokio::test]
async fn the_requests_are_as_microsoft_documents_them() {
    let fake = Fake::start(ResponseTemplate::new(202)).await;
    let message = message(MAILBOX, "anna@acme.example");
    Mailer::microsoft365(canary(), fake.network.clone()).send(&message, SEND).await.unwrap();
    let all = fake.server.received_requests().await.unwrap();
    let [token, send] = all.as_slice() else { panic!("{} requests", all.len()) };

    assert_eq!(token.url.path(), "/contoso.example/oauth2/v2.0/token");
    assert_eq!(token.headers["content-type"], "application/x-www-form-urlencoded");
    let body = std::str::from_utf8(&token.body).unwrap();
    let mut fields: Vec<&str> = body.split('&').collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "client_id=3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63",
            "client_secret=canary~Secret%2F1%2Bof_the.test",
            "grant_type=client_credentials",
            "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        ]
    );
    let decoded: Vec<(String, String)> = serde_urlencoded::from_str(body).unwrap();
    assert!(decoded.contains(&("client_secret".to_owned(), SECRET.to_owned())));

    assert_eq!(send.url.path(), "/v1.0/users/sender%40contoso.example/sendMail");
    assert_eq!(send.headers["content-type"], "text/plain");
    assert_eq!(send.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(send.headers["client-request-id"].len(), 36);
    assert_eq!(send.headers["content-length"], send.body.len().to_string());
    assert_eq!(BASE64_STANDARD.decode(&send.body).unwrap(), message.bytes());
    assert!(send.headers.get("referer").is_none() && send.headers.get("cookie").is_none());
}

#[tokio::test]
async fn whoever_goes_away_takes_the_token_from_nobody() {
    let slow = slow_token(Duration::from_millis(600));
    let fake = Fake::start_with(slow, ResponseTemplate::new(202)).await;
    let network = fake.network.clone();
    let first = tokio::spawn(async move { send(canary(), &network, "anna@acme.example").await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let network = fake.network.clone();
    let second = tokio::spawn(async move { send(canary(), &network, "bob@acme.example").await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    first.abort();
    second.await.unwrap().unwrap();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(fake.heard("/token").await.len(), 1);
    assert_eq!(fake.heard("/sendMail").await.len(), 1);
}

#[tokio::test]
async fn a_token_that_comes_after_its_settings_were_saved_anew_is_not_kept() {
    let slow = slow_token(Duration::from_millis(400));
    let fake = Fake::start_with(slow, ResponseTemplate::new(202)).await;
    let network = fake.network.clone();
    let first = tokio::spawn(async move { send(canary(), &network, "anna@acme.example").await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    fake.network.forget_microsoft365_tokens(&canary().client_id);
    first.await.unwrap().unwrap();
    fake.send().await.unwrap();
    assert_eq!(fake.heard("/token").await.len(), 2);
}

#[tokio::test]
async fn neither_cloud_nor_mailbox_of_another_shares_a_token_by_mistake() {
    let fake = Fake::start(ResponseTemplate::new(202)).await;
    fake.send().await.unwrap();
    let other_mailbox = posthorn::values::EmailAddress::parse("shared@contoso.example").unwrap();
    let same_app = posthorn::mail::Microsoft365Account { mailbox: other_mailbox, ..canary() };
    send(same_app, &fake.network, "anna@acme.example").await.unwrap();
    assert_eq!(fake.heard("/token").await.len(), 1, "one application has one token");
    let client_id = "00000000-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned();
    let other_app = posthorn::mail::Microsoft365Account { client_id, ..canary() };
    send(other_app, &fake.network, "anna@acme.example").await.unwrap();
    assert_eq!(fake.heard("/token").await.len(), 2);
}
