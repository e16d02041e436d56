//! From where the portal connects, for firewalls.

use crate::support::{ALICE, TestPortal};

const PAGE: &str = "/administration/settings/allow-list";

#[tokio::test]
async fn the_operators_addresses_are_shown_to_be_copied() {
    let addresses = "192.0.2.7, 198.51.100.16/28, 2001:db8::/56, Out.Example.org";
    let portal = TestPortal::start_with(&[("POSTHORN_OUTBOUND_ADDRESSES", addresses)]).await;
    let mut alice = portal.signed_in(&ALICE).await;
    let settings = alice.open("/administration/settings").await.expect(200);
    assert!(settings.has(&format!("a[href='{PAGE}']")), "the settings lead there");
    let page = alice.open(PAGE).await.expect(200);
    assert_eq!(
        page.texts("pre"),
        [
            "192.0.2.7 198.51.100.16/28 2001:db8::/56 out.example.org",
            "ip4:192.0.2.7 ip4:198.51.100.16/28 ip6:2001:db8::/56 a:out.example.org"
        ]
    );
    page.assert_says("recipients see your mail server’s address, not the portal’s");
    alice.language = "de";
    alice.open(PAGE).await.expect(200).assert_says("Empfänger sehen die Adresse Ihres Mailservers");
}

#[tokio::test]
async fn without_addresses_the_page_says_who_can_state_them() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = alice.open(PAGE).await.expect(200);
    page.assert_says("No addresses are known").assert_says("POSTHORN_OUTBOUND_ADDRESSES");
    assert!(!page.has("pre"));
    alice.language = "de";
    alice.open(PAGE).await.expect(200).assert_says("Es sind keine Adressen bekannt");
}

#[tokio::test]
async fn a_script_reads_them_without_a_session() {
    let addresses = "192.0.2.7, out.example.org";
    let portal = TestPortal::start_with(&[("POSTHORN_OUTBOUND_ADDRESSES", addresses)]).await;
    let page = portal.visitor("acme").open("/api/v1/allow-list").await.expect(200);
    let json: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "addresses": ["192.0.2.7", "out.example.org"], "spf": "ip4:192.0.2.7 a:out.example.org" })
    );
    let portal = TestPortal::start().await;
    let page = portal.visitor("acme").open("/api/v1/allow-list").await.expect(200);
    let json: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    assert_eq!(json, serde_json::json!({ "addresses": [], "spf": "" }));
}
