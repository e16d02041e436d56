//! Genuine records, and what is said of them.

use super::*;
use crate::email_provider::{Settings, SignIn, SmtpSettings};
use crate::mail::Security;

fn smtp(server: &str) -> Service {
    Service::of(&Settings::Smtp(SmtpSettings {
        server_address: server.to_owned(),
        server_port: 587,
        security: Security::StartTls,
        sender_address: "portal@acme.example".to_owned(),
        sender_name: None,
        sign_in: SignIn::Sender,
    }))
}

fn judged(texts: &[&str], of_nobody: SpfAnswer, covers: Covers, server: &str) -> Finding {
    let texts = if texts.is_empty() {
        Err(NoAnswer::NoRecord)
    } else {
        Ok(texts.iter().map(|text| (*text).to_owned()).collect())
    };
    judge("acme.example", Answers { texts, of_nobody, covers }, &smtp(server))
}

fn line(finding: &Finding) -> Option<&str> {
    finding.change.first().map(|record| record.value.as_str())
}

#[test]
fn without_a_record_the_line_allows_the_portals_way() {
    for (server, value) in [
        ("smtp.gmail.com", Some("v=spf1 include:_spf.google.com ~all")),
        ("smtp.strato.de", Some("v=spf1 include:_spf.strato.com ~all")),
        ("mail.acme.example", Some("v=spf1 a:mail.acme.example ~all")),
        ("192.0.2.25", Some("v=spf1 ip4:192.0.2.25 ~all")),
        ("2001:db8::25", Some("v=spf1 ip6:2001:db8::25 ~all")),
    ] {
        for texts in [&[][..], &["google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ"]] {
            let finding = judged(texts, SpfAnswer::Nothing, Covers::No, server);
            assert_eq!((finding.outcome, line(&finding)), (Outcome::Missing, value), "{server}");
        }
    }
    let amazon = judged(&[], SpfAnswer::Nothing, Covers::No, "email-smtp.eu-central-1.amazonaws.com");
    assert_eq!((amazon.outcome, line(&amazon)), (Outcome::Good, None), "its return address is its own");
}

#[test]
fn a_record_that_covers_is_in_order_and_one_that_does_not_gets_one_more_mechanism() {
    let google = "v=spf1 include:_spf.google.com ~all";
    let finding = judged(&[google], SpfAnswer::NotCovered, Covers::Yes, "smtp.gmail.com");
    assert_eq!((finding.outcome, line(&finding)), (Outcome::Good, None));
    assert_eq!(finding.found.first().unwrap().value, google);

    let finding = judged(&["v=spf1 mx -all"], SpfAnswer::NotCovered, Covers::No, "smtp.gmail.com");
    let expected = "v=spf1 include:_spf.google.com mx -all";
    assert_eq!((finding.outcome, line(&finding)), (Outcome::Warning, Some(expected)));

    for (covers, outcome) in [(Covers::Unknown, Outcome::Unknown), (Covers::NoAddress, Outcome::Unknown)] {
        let finding = judged(&["v=spf1 mx -all"], SpfAnswer::NotCovered, covers, "mail.acme.example");
        assert_eq!((finding.outcome, line(&finding)), (outcome, None));
    }
}

#[test]
fn records_that_harm_are_warned_of() {
    let two = ["v=spf1 include:_spf.google.com ~all", "v=spf1 mx ~all"];
    let finding = judged(&two, SpfAnswer::Broken, Covers::Yes, "smtp.gmail.com");
    assert_eq!(line(&finding), Some("v=spf1 include:_spf.google.com mx ~all"));
    assert_eq!((finding.outcome, finding.found.len()), (Outcome::Warning, 2));

    let finding = judged(&["v=spf1 inclde:x.example -all"], SpfAnswer::Broken, Covers::No, "smtp.gmail.com");
    assert_eq!((finding.outcome, line(&finding)), (Outcome::Warning, None));

    let finding = judged(&["v=spf1 +all"], SpfAnswer::Pass, Covers::Yes, "mail.acme.example");
    assert_eq!(line(&finding), Some("v=spf1 a:mail.acme.example ~all"));
    assert_eq!(finding.outcome, Outcome::Warning);
}

#[test]
fn what_stands_behind_all_is_put_in_front_of_it() {
    for (text, server, changed) in [
        (
            "v=spf1 mx ~all include:_spf.google.com",
            "smtp.gmail.com",
            "v=spf1 include:_spf.google.com mx ~all",
        ),
        ("v=spf1 -all redirect=_spf.google.com", "smtp.gmail.com", "v=spf1 include:_spf.google.com -all"),
        ("v=spf1 -all a:mail.acme.example", "mail.acme.example", "v=spf1 a:mail.acme.example -all"),
    ] {
        let finding = judged(&[text], SpfAnswer::NotCovered, Covers::No, server);
        assert_eq!((finding.outcome, line(&finding)), (Outcome::Warning, Some(changed)), "{text}");
        assert_eq!(finding.said.len(), 2, "{text}");
    }
    // what counts for the portal stands in front: in order, and what does not count is named
    let text = "v=spf1 include:_spf.google.com ~all mx";
    let finding = judged(&[text], SpfAnswer::NotCovered, Covers::Yes, "smtp.gmail.com");
    assert_eq!((finding.outcome, line(&finding), finding.said.len()), (Outcome::Good, None, 2));
}

#[test]
fn a_record_that_decides_by_mail_is_neither_good_nor_wrong() {
    let text = "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email ~all";
    for of_nobody in [SpfAnswer::Broken, SpfAnswer::NotCovered, SpfAnswer::Pass] {
        let finding = judged(&[text], of_nobody, Covers::ByMail, "smtp.gmail.com");
        assert_eq!((finding.outcome, line(&finding)), (Outcome::Unknown, None));
        assert_eq!(finding.found.len(), 1);
    }
}

#[test]
fn quotation_marks_of_a_zone_file_are_named() {
    let finding = judged(&["\"v=spf1 mx -all\""], SpfAnswer::Nothing, Covers::No, "mail.acme.example");
    assert_eq!((finding.outcome, line(&finding)), (Outcome::Warning, Some("v=spf1 mx -all")));
}

#[test]
fn other_clouds_of_microsoft_have_records_of_their_own() {
    use crate::email_provider::Microsoft365Settings;
    use crate::mail::Cloud;
    for (cloud, include) in [
        (Cloud::Global, "spf.protection.outlook.com"),
        (Cloud::GccHigh, "spf.protection.office365.us"),
        (Cloud::China, "spf.protection.partner.outlook.cn"),
    ] {
        let service = Service::of(&Settings::Microsoft365(Microsoft365Settings {
            cloud,
            tenant_id: "acme.example".to_owned(),
            client_id: "3b6f0c1d-7e52-4a98-b0d4-2c8e9f1a7b63".to_owned(),
            sender_address: "portal@acme.example".to_owned(),
            secret_expires_on: None,
            large_messages: false,
        }));
        assert_eq!(mechanism(&service), Some(format!("include:{include}")));
        assert_eq!(service.to_string(), "Microsoft 365");
    }
}
