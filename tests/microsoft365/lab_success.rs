//! What arrives, and over which connections.

use posthorn::mail::{Mailer, Microsoft365Cause, Microsoft365Step};

use crate::support::lab::{Lab, fresh, portal};
use crate::support::{SEND, UNHURRIED, cause, message, message_of, network, of_microsoft, said, send};

#[tokio::test]
async fn a_message_arrives_byte_for_byte_and_a_copy_is_kept() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let account = portal(&mailbox);
    let message = message(&account.mailbox.to_string(), &to);
    let mailer = Mailer::microsoft365(account, lab.network());
    let acceptance = mailer.send(&message, SEND).await.unwrap();
    assert_eq!(acceptance.reply.code, 202);
    assert_eq!(acceptance.server, "graph.microsoft.com");
    let arrived = lab.inbox(&to);
    assert_eq!(arrived.len(), 1);
    let head = format!("Delivered-To: {to}\r\nX-Maillab-Via: graph {mailbox}@contoso.example\r\n");
    let expected = [head.as_bytes(), message.bytes()].concat();
    assert_eq!(String::from_utf8_lossy(&arrived[0]), String::from_utf8_lossy(&expected));
    let kept = lab.mail(&format!("{mailbox}@contoso.example"), ".Sent/new");
    assert_eq!(kept, [message.bytes()]);

    let transcript = acceptance.transcript.to_text();
    let login = lab.value("MAILLAB_LOGIN_URL");
    for line in [
        format!("C: POST {login}/8f2b1c6e-4a07-4d0b-9c35-6f1e2d3c4b5a/oauth2/v2.0/token"),
        "S: 200, a token for 3599 s".to_owned(),
        format!("C: POST {login}/v1.0/users/{mailbox}%40contoso.example/sendMail, "),
        "S: 202".to_owned(),
    ] {
        assert!(transcript.contains(&line), "{line}: {transcript}");
    }
    let second = mailer.send(&message, SEND).await.unwrap().transcript.to_text();
    assert!(second.contains("* signed in before") && !second.contains("/token"), "{second}");
}

#[tokio::test]
async fn the_way_may_be_encrypted_and_then_the_certificate_counts() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let url = lab.value("MAILLAB_LOGIN_TLS_URL");
    let trusting = network(url, url, UNHURRIED, Some(&lab.root()));
    send(portal(&mailbox), &trusting, &to).await.unwrap();
    assert_eq!(lab.inbox(&to).len(), 1);

    let expired = format!("https://localhost:{}", lab.value("MAILLAB_PORT_GRAPH_HTTPS_EXPIRED"));
    for (login, graph, roots, step) in [
        (url, url, None, Microsoft365Step::AddressPolicy),
        (expired.as_str(), url, Some(lab.root()), Microsoft365Step::AddressPolicy),
        (url, expired.as_str(), Some(lab.root()), Microsoft365Step::Send),
    ] {
        let error = send(portal(&mailbox), &network(login, graph, UNHURRIED, roots.as_deref()), &to).await;
        let error = error.unwrap_err();
        assert_eq!((cause(&error), of_microsoft(&error).step), (&Microsoft365Cause::NotTrusted, step));
        assert!(said(&error.failure).contains("A proxy or firewall"), "{}", said(&error.failure));
    }
    assert_eq!(lab.inbox(&to).len(), 1);
}

#[tokio::test]
async fn the_largest_message_that_fits_is_taken_and_a_larger_one_is_not_even_sent() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let account = portal(&mailbox);
    let from = account.mailbox.to_string();
    let mailer = Mailer::microsoft365(account, lab.network());
    let limit = 4 * 1024 * 1024 / 4 * 3;
    // lines of 71 characters and their ends, as many as fit
    let lines = |count: usize| format!("{}\n", "x".repeat(70)).repeat(count);
    let frame = message_of(&from, &to, "").bytes().len();
    let fits = message_of(&from, &to, &lines((limit - frame - 200) / 72));
    assert!(limit - fits.bytes().len() < 1000, "{} of {limit}", fits.bytes().len());
    mailer.send(&fits, SEND).await.unwrap();
    assert_eq!(lab.inbox(&to).len(), 1);

    let (before, signed_in) = (lab.requests("sendMail").await, lab.requests("token").await);
    let large = message_of(&from, &to, &lines(limit / 72 + 1));
    let fresh_mailer = Mailer::microsoft365(portal(&mailbox), lab.network());
    let error = fresh_mailer.send(&large, SEND).await.unwrap_err();
    assert_eq!(cause(&error), &Microsoft365Cause::TooLarge { limit: limit as u64 });
    assert!(said(&error.failure).contains("larger than Microsoft 365 takes in one piece (3 MiB at most)"));
    assert_eq!((lab.requests("sendMail").await, lab.requests("token").await), (before, signed_in));
}
