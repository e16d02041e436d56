//! Genuine records, and what is said of them.

use super::*;

const PASSES: Prospects =
    Prospects { spf: Prospect::Passes, dkim: Prospect::Fails, own_return_address: false };
const FAILS: Prospects = Prospects { spf: Prospect::Fails, dkim: Prospect::Fails, own_return_address: false };
const UNKNOWN: Prospects =
    Prospects { spf: Prospect::Fails, dkim: Prospect::Unknown, own_return_address: false };

fn judged(at: &str, texts: &[&str], prospects: Prospects) -> (Outcome, Text, Option<String>) {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    let finding = judge("mail.acme.example", Ok(Some(Published { at: at.to_owned(), texts })), &prospects);
    let line = finding.change.first().map(Record::line);
    (finding.outcome, finding.said.into_iter().next().unwrap(), line)
}

fn said(key: &'static str) -> Text {
    Text::new(key).with("domain", "mail.acme.example")
}

#[test]
fn a_policy_harms_only_mail_that_does_not_pass() {
    let reject = "v=DMARC1; p=reject; rua=mailto:dmarc@acme.example";
    let quarantine = "v=DMARC1;p=quarantine;pct=100";
    for (text, prospects, outcome, key) in [
        (reject, PASSES, Outcome::Good, "domain-dmarc-reject"),
        (reject, FAILS, Outcome::Warning, "domain-dmarc-reject"),
        (reject, UNKNOWN, Outcome::Unknown, "domain-dmarc-reject"),
        (quarantine, FAILS, Outcome::Warning, "domain-dmarc-quarantine"),
        ("v=DMARC1; p=none", FAILS, Outcome::Good, "domain-dmarc-none"),
    ] {
        let (got, first, line) = judged("mail.acme.example", &[text], prospects);
        assert_eq!((got, first, line), (outcome, said(key), None), "{text}");
    }
}

#[test]
fn a_domain_below_has_the_policy_for_domains_below() {
    for (text, key) in [
        ("v=DMARC1; p=reject; sp=none", "domain-dmarc-none"),
        ("v=DMARC1; p=none; sp=reject", "domain-dmarc-reject"),
        ("v=DMARC1; p=quarantine", "domain-dmarc-quarantine"),
    ] {
        assert_eq!(judged("acme.example", &[text], FAILS).1, said(key), "{text}");
    }
    // its own policy counts for itself
    assert_eq!(
        judged("mail.acme.example", &["v=DMARC1; p=reject; sp=none"], FAILS).1,
        said("domain-dmarc-reject")
    );
}

#[test]
fn what_recipients_ignore_is_warned_of_with_a_line_in_order() {
    let (outcome, first, line) = judged("mail.acme.example", &["v=DMARC1; p=rejct"], PASSES);
    assert_eq!((outcome, first), (Outcome::Warning, said("domain-dmarc-malformed")));
    assert_eq!(line.as_deref(), Some("_dmarc.mail.acme.example. TXT \"v=DMARC1; p=none\""));
    let (outcome, _, line) = judged("acme.example", &["v=DMARC1", "v=DMARC1; p=none"], PASSES);
    assert_eq!((outcome, line.as_deref()), (Outcome::Warning, Some("_dmarc.acme.example. TXT \"v=DMARC1\"")));
}

#[test]
fn nothing_published_and_nobody_answering_are_two_things() {
    let missing = judge("acme.example", Ok(None), &PASSES);
    assert_eq!(missing.outcome, Outcome::Missing);
    assert_eq!(missing.change.first().unwrap().line(), "_dmarc.acme.example. TXT \"v=DMARC1; p=none\"");
    assert_eq!(judge("acme.example", Err(NoAnswer::Unknown), &PASSES).outcome, Outcome::Unknown);
}

#[test]
fn only_records_of_that_version_count() {
    assert!(is_dmarc("v=DMARC1; p=none") && is_dmarc("v = DMARC1;p=none"));
    for text in ["p=none; v=DMARC1", "v=DMARC2; p=none", "v=dmarc1; p=none", "v=spf1 -all", ""] {
        assert!(!is_dmarc(text), "{text}");
    }
}

#[test]
fn alignment_is_said_as_it_is_for_the_way_that_the_mail_takes() {
    let last = |text: &str, prospects: Prospects| {
        let published = Published { at: "acme.example".to_owned(), texts: vec![text.to_owned()] };
        judge("acme.example", Ok(Some(published)), &prospects).said.pop().unwrap()
    };
    let own_return = Prospects { spf: Prospect::Fails, dkim: Prospect::Passes, own_return_address: true };
    for (text, prospects, key) in [
        ("v=DMARC1; p=reject", PASSES, "domain-dmarc-relaxed"),
        ("v=DMARC1; p=reject; adkim=s", PASSES, "domain-dmarc-strict"),
        ("v=DMARC1; p=reject; aspf=s", PASSES, "domain-dmarc-strict"),
        ("v=DMARC1; p=reject", own_return, "domain-dmarc-only-dkim"),
    ] {
        assert_eq!(last(text, prospects), Text::new(key).with("domain", "acme.example"), "{text}");
    }
}
