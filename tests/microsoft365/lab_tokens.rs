//! Tokens: kept, renewed once, and forgotten.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use posthorn::mail::{Microsoft365Account, Microsoft365Cause as Cause, Network};

use crate::support::lab::{CONTOSO, Lab, fresh, portal};
use crate::support::{account, cause, send};

const SENDERS: usize = 12;

const FABRIKAM: &str = "1d9e7f30-52b8-4c6a-8e11-7a3b5c9d0e2f";
const CLIENT: &str = "b26c7d8e-9fa0-4132-8c4d-5e6f708192a3";
const OLD: &str = "lab~Q8portal.Fabrikam-Mail.Send_0006xyzF";

/// Sends from many tasks at once; all must be accepted.
async fn send_from_everywhere(account: &Microsoft365Account, network: &Arc<Network>, to: &str) {
    let sends = (0..SENDERS).map(|_| {
        let (account, network, to) = (account.clone(), network.clone(), to.to_owned());
        tokio::spawn(async move { send(account, &network, &to).await })
    });
    for sent in join_all(sends).await {
        sent.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_senders_at_once_ask_for_one_token() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let before = lab.requests("token").await;
    send_from_everywhere(&portal(&mailbox), &lab.network(), &to).await;
    assert_eq!(lab.requests("token").await - before, 1);
    assert_eq!(lab.inbox(&to).len(), SENDERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_at_its_end_is_renewed_once_by_many_senders() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let short = account(
        CONTOSO,
        "a15b6c7d-8e9f-4021-9b3c-4d5e6f708192",
        "lab~Q8short.Contoso-5seconds_0005xyzE",
        &format!("{mailbox}@contoso.example"),
    );
    let network = lab.network();
    let before = (lab.requests("token").await, lab.answered("sendMail", "401").await);
    send(short.clone(), &network, &to).await.unwrap();
    send(short.clone(), &network, &to).await.unwrap();
    assert_eq!(lab.requests("token").await - before.0, 1);
    tokio::time::sleep(Duration::from_millis(5200)).await;
    send_from_everywhere(&short, &network, &to).await;
    assert_eq!(lab.requests("token").await - before.0, 2);
    assert_eq!(lab.answered("sendMail", "401").await, before.1, "an ended token was used");
    assert_eq!(lab.inbox(&to).len(), SENDERS + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoked_token_is_renewed_once_by_many_senders() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let network = lab.network();
    send(portal(&mailbox), &network, &to).await.unwrap();
    lab.set("revoke_tokens", 1).await;
    let before = (lab.requests("token").await, lab.answered("sendMail", "401").await);
    send_from_everywhere(&portal(&mailbox), &network, &to).await;
    assert_eq!(lab.requests("token").await - before.0, 1);
    let refused = lab.answered("sendMail", "401").await - before.1;
    assert!((1..=3).contains(&refused), "{refused} requests with a revoked token");
    assert_eq!(lab.inbox(&to).len(), SENDERS + 1);
}

#[tokio::test]
async fn a_token_that_graph_refuses_is_renewed_once_and_then_it_is_said() {
    let Some(lab) = Lab::find().await else { return };
    let (_, to) = fresh();
    let network = lab.network();
    let before = (lab.requests("token").await, lab.requests("sendMail").await);
    let error = send(portal("expired"), &network, &to).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::TokenRefused);
    let after = (lab.requests("token").await, lab.requests("sendMail").await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (2, 2));
    // whether this is the first time for the stand-in or not, nobody sees it
    send(portal("expired-once"), &network, &to).await.unwrap();
}

#[tokio::test]
async fn another_secret_never_gets_the_token_of_the_right_one_and_saving_forgets_tokens() {
    let Some(lab) = Lab::find().await else { return };
    let with = |secret: &str| account(FABRIKAM, CLIENT, secret, "user-1@fabrikam.example");
    let (_, to) = fresh();
    let network = lab.network();
    send(with(OLD), &network, &to).await.unwrap();
    let error = send(with("guessed"), &network, &to).await.unwrap_err();
    assert_eq!(cause(&error), &Cause::SecretRefused);

    lab.set(&format!("secret:{CLIENT}"), "rotated~Secret").await;
    let before = lab.requests("token").await;
    let still_signed_in = send(with(OLD), &network, &to).await;
    let asked = lab.requests("token").await - before;
    network.forget_microsoft365_tokens(&CLIENT.to_uppercase());
    let forgotten = send(with(OLD), &network, &to).await;
    let rotated = send(with("rotated~Secret"), &network, &to).await;
    lab.set(&format!("secret:{CLIENT}"), OLD).await;
    still_signed_in.unwrap();
    assert_eq!(asked, 0);
    assert_eq!(cause(&forgotten.unwrap_err()), &Cause::SecretRefused);
    rotated.unwrap();
    assert_eq!(lab.inbox(&to).len(), 3);
}
