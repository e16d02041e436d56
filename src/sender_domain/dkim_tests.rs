//! Genuine records, and what is said of them. The keys' private halves were never kept.

use super::*;
use crate::email_provider::Preset;

const KEY_2048: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlFp6g59tLRi2e2wfiMg3v0tYU2TYVsMfRV+y0CI4CiMcD+\
     CwMJTbGRealu9Vptq2ciFeioGJtfTDmfcyL7jus+NYg4USHO/WdmWgsV+6JmSYbzbA4/YcMYy1bLxjsHaejh9tD0vE\
     Kg9XhVDqRHEPbBjhrN6k1Y+s0KDfgX0TR+rZBtk/ISP1FK0wwxlEqy+BM+F+l4igelqUF13zbnQzqar5amPuipBha0\
     90bIQhtuNUs+LJdchI4bV1mWl00qt1SDl1iefWnJrzFjkuQOOF7PnbxeAgISn89nvnDR/MsTA9x04mGMRLw4SIdSo6\
     7KocmzeWBoKTmajoIXgFHNvEbwIDAQAB";
const KEY_1024: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDsg81ciBWSDPUVPY9bDgZ4tBpC/IB4HRSAFPpv1+qtMATgy3l83Y\
     hYbUjn5sj6l22PNqzX3z93b0+DdfRWS3rFOfob9h7LIBw24IBgw/x0tZOqeKtWlcOO+gFHa7GIpbh1Y3ZHk0RWf0fH\
     4tYd16pYjPl8xuzW8ckNnSZmvuaWSwIDAQAB";
const KEY_512: &str = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAM+Q/7O4+/EtL19m2nsVgm1h8lFA5thgWYtYhodeiu2YzTBMj23fVL4tXC\
     OppFg9a7jPTee3a/olP+IiNckwHwkCAwEAAQ==";
const KEY_ED25519: &str = "0ILw+mFDSETroprL/GdgUXAHb7nknKmh7JqEs6w1obs=";

#[test]
fn every_kind_of_key_is_told() {
    for (text, expected) in [
        (format!("v=DKIM1; k=rsa; p={KEY_2048}"), Key::Good),
        (format!("v=DKIM1;k=rsa;p={KEY_2048};"), Key::Good),
        (format!("p={KEY_2048}"), Key::Good),
        (format!("v=DKIM1; k=rsa; t=s; p={} {}", &KEY_2048[..100], &KEY_2048[100..]), Key::Good),
        (format!("v=DKIM1; k=ed25519; p={KEY_ED25519}"), Key::Good),
        (format!("v=DKIM1; k=rsa; p={KEY_1024}"), Key::Short),
        (format!("v=DKIM1; k=rsa; p={KEY_512}"), Key::Unusable),
        (format!("v=DKIM1; k=rsa; t=y; p={KEY_2048}"), Key::Testing),
        (format!("v=DKIM1; t=s:y; p={KEY_2048}"), Key::Testing),
        ("v=DKIM1; k=rsa; p=".to_owned(), Key::Revoked),
        ("v=DKIM1; p=;".to_owned(), Key::Revoked),
        (format!("v=DKIM1; k=rsa; p={}", &KEY_2048[..200]), Key::Unusable),
        ("v=DKIM1; k=rsa; p=not base64!".to_owned(), Key::Unusable),
        ("v=DKIM1; k=rsa".to_owned(), Key::Unusable),
        ("v=spf1 -all".to_owned(), Key::Unusable),
        (String::new(), Key::Unusable),
    ] {
        assert_eq!(key(&text), expected, "{text}");
    }
}

fn judged(server: &str, answers: &[Result<&str, NoAnswer>]) -> Finding {
    let preset = Preset::of_server(server).or(Preset::find(server)).unwrap();
    let known = preset.dns.dkim;
    let answers: Vec<Answer> = known
        .iter()
        .zip(answers)
        .map(|(selector, answer)| (selector.name.to_owned(), answer.map(|text| vec![text.to_owned()])))
        .collect();
    judge("acme.example", &answers, known, &Service::for_tests(preset))
}

#[test]
fn one_good_key_is_enough() {
    let good = format!("v=DKIM1; k=rsa; p={KEY_2048}");
    for answers in [[Ok(good.as_str()), Err(NoAnswer::NoName)], [Ok("v=DKIM1; p="), Ok(good.as_str())]] {
        let finding = judged("microsoft365", &answers);
        assert_eq!(finding.outcome, Outcome::Good);
        assert!(finding.change.is_empty() && !finding.found.is_empty());
    }
}

#[test]
fn without_a_key_the_lines_that_are_the_same_for_everybody_are_given() {
    let finding =
        judged("smtp.ionos.de", &[Err(NoAnswer::NoName), Err(NoAnswer::NoRecord), Err(NoAnswer::NoName)]);
    let lines: Vec<String> = finding.change.iter().map(Record::line).collect();
    assert_eq!(finding.outcome, Outcome::Missing);
    assert_eq!(
        lines,
        [
            "s1-ionos._domainkey.acme.example. CNAME s1.dkim.ionos.com.",
            "s2-ionos._domainkey.acme.example. CNAME s2.dkim.ionos.com.",
            "s42582890._domainkey.acme.example. CNAME s42582890.dkim.ionos.com.",
        ]
    );
    let microsoft = judged("microsoft365", &[Err(NoAnswer::NoName), Err(NoAnswer::NoName)]);
    assert_eq!((microsoft.outcome, microsoft.change.len()), (Outcome::Missing, 0));
}

#[test]
fn what_nobody_answered_is_unknown_and_not_missing() {
    let finding = judged("microsoft365", &[Err(NoAnswer::Unknown), Err(NoAnswer::NoName)]);
    assert_eq!(finding.outcome, Outcome::Unknown);
    for (below, outcome) in [
        (Some(NoAnswer::NoName), Outcome::Missing),
        (Some(NoAnswer::NoRecord), Outcome::Unknown),
        (None, Outcome::Unknown),
        (Some(NoAnswer::Unknown), Outcome::Unknown),
    ] {
        assert_eq!(without_selector("acme.example", below).outcome, outcome, "{below:?}");
    }
}
