//! Where a tenant's mail may go: no probing of the operator's own network.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::support::{ALICE, LOOK_UP, Page, TestPortal};

/// The result's words about the server of that name.
fn sentence(page: &Page, server: &str) -> String {
    let said = page.texts("#result-title").join(" ");
    assert!(said.contains(server), "{said}");
    said.replace(server, "SERVER")
}

#[tokio::test]
async fn a_server_in_a_private_network_and_one_that_does_not_exist_get_the_same_sentence() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    // there is something to be found at 127.0.0.1
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let knocked = tokio::spawn(async move { listener.accept().await.is_ok() });

    let mut answers = Vec::new();
    for (typed, kept) in [
        ("no-such-host.invalid", "no-such-host.invalid"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("10.0.0.1", "10.0.0.1"),
        ("172.16.5.4", "172.16.5.4"),
        ("192.168.1.1", "192.168.1.1"),
        ("169.254.169.254", "169.254.169.254"),
        ("100.64.0.1", "100.64.0.1"),
        ("224.0.0.1", "224.0.0.1"),
        ("[::1]", "::1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("fd00::1", "fd00::1"),
        ("fe80::1", "fe80::1"),
        ("ff02::1", "ff02::1"),
        ("::", "::"),
    ] {
        portal.wind_minutes(1);
        let form =
            portal.smtp_form(&mut alice).await.fill("server_address", typed).fill("server_port", &port);
        let saved = alice.submit(form).await.expect(200);
        let smtp = "/administration/settings/email-provider/smtp";
        assert_eq!(saved.form(smtp).value("server_address"), Some(kept));
        let started = Instant::now();
        let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
        let is_name = ["no-such-host.invalid", "localhost"].contains(&typed);
        // of a name the time tells as little as the words
        assert!(!is_name || started.elapsed() >= LOOK_UP, "{typed}: {:?}", started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(8));
        let steps: Vec<String> =
            page.texts(".step").into_iter().map(|step| step.replace(kept, "SERVER")).collect();
        let conversation = page.texts("pre").join("");
        // how many milliseconds it took is the resolver's doing
        let conversation =
            conversation.trim_start_matches(|c: char| c.is_ascii_digit()).replace(kept, "SERVER");
        answers.push((is_name, (sentence(&page, kept), steps, conversation)));
    }
    let (names, addresses): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(is_name, _)| *is_name);
    for (answers, words) in [
        (names, "SERVER cannot be found, or lies in a network that this installation does not allow."),
        (addresses, "SERVER is not a public address, and this installation does not allow its network."),
    ] {
        for answer in &answers {
            assert_eq!(answer.1.0, words);
            assert_eq!(answer, &answers[0], "nothing on the page tells them apart");
        }
    }
    assert!(!knocked.is_finished(), "a packet was sent to a network that is not allowed");
    knocked.abort();
}

#[tokio::test]
async fn only_the_networks_that_the_operator_named_are_allowed() {
    let portal = TestPortal::start_with(&[("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "127.0.0.1/32")]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.expect(200).assert_says("was accepted by");
    let form = portal.smtp_form(&mut alice).await.fill("server_address", "127.0.0.2");
    alice.submit(form).await.expect(200);
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    page.assert_says("127.0.0.2 is not a public address, and this installation does not allow its network.");
    page.assert_says("POSTHORN_ALLOWED_PRIVATE_NETWORKS");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_said_to_refuse() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let form = portal.smtp_form(&mut alice).await.fill("server_port", &free);
    alice.submit(form).await.expect(200);
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    page.assert_says(&format!("localhost refuses connections on port {free}."));
    page.assert_says("The usual ones are 587 with StartTLS and 465 with SSL/TLS.");
}

/// This takes its time: the deadline is real.
#[tokio::test]
async fn a_silent_server_is_answered_for_within_fifteen_seconds() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let holding = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(silent.accept().await.unwrap());
        }
    });
    let form = portal.smtp_form(&mut alice).await.fill("server_port", &port);
    alice.submit(form).await.expect(200);
    let started = Instant::now();
    let page = portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    let took = started.elapsed();
    // fifteen seconds, and some more for a busy machine
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(took > Duration::from_secs(5), "the server was given a chance: {took:?}");
    page.assert_says(&format!("localhost accepted the connection on port {port} and then said nothing."));
    holding.abort();
}
