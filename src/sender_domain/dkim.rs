use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;

use super::{DnsQuery, Finding, Outcome, Record, Service, Subject};
use crate::dns::NoAnswer;
use crate::email_provider::Selector;
use crate::i18n::Text;

/// A public key of RSA with 1024 bits takes that many bytes, one with 2048 bits 294 (RFC 3447 in RFC 5280's
/// wrapping). RFC 8301, section 3.2: below 1024 nobody may accept a signature, 2048 should be used.
const BYTES_1024: usize = 160;
const BYTES_2048: usize = 290;

/// A selector with what is published under it.
type Answer = (String, Result<Vec<String>, NoAnswer>);

/// What a published key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Good,
    /// In order, and of 1024 bits.
    Short,
    /// Marked as a test: recipients treat the mail as if it were not signed.
    Testing,
    /// Withdrawn: an empty key.
    Revoked,
    /// Too weak, or not to be read.
    Unusable,
}

pub(super) async fn look(
    asking: DnsQuery<'_>,
    domain: &str,
    service: &Service,
    typed: Option<&str>,
) -> Finding {
    let known: Vec<Selector> = match typed {
        Some(_) => vec![],
        None => service.selectors().to_vec(),
    };
    let names = typed.into_iter().chain(known.iter().map(|selector| selector.name));
    let asked = names.map(async |selector| {
        let answer = asking.dns.txt(&format!("{selector}._domainkey.{domain}"), asking.until).await;
        (selector.to_owned(), answer)
    });
    let answers: Vec<Answer> = futures_util::future::join_all(asked).await;
    if answers.is_empty() {
        // RFC 8020: below a name that does not exist there is none
        let below = asking.dns.txt(&format!("_domainkey.{domain}"), asking.until).await;
        return without_selector(domain, below.err());
    }
    judge(domain, &answers, &known, service)
}

fn without_selector(domain: &str, below: Option<NoAnswer>) -> Finding {
    let said = |key| Text::new(key).with("domain", domain);
    match below {
        Some(NoAnswer::NoName) => {
            let missing = Finding::new(Subject::Dkim, Outcome::Missing, said("domain-dkim-none-below"));
            missing.and(said("domain-dkim-ask"))
        }
        Some(NoAnswer::Unknown) => Finding::unknown(Subject::Dkim),
        Some(NoAnswer::NoRecord) | None => {
            Finding::new(Subject::Dkim, Outcome::Unknown, said("domain-dkim-selector-unknown"))
        }
    }
}

fn judge(domain: &str, answers: &[Answer], known: &[Selector], service: &Service) -> Finding {
    let keys: Vec<(&str, Key)> = answers
        .iter()
        .filter_map(|(selector, answer)| Some((selector.as_str(), best(answer.as_deref().ok()?))))
        .collect();
    let with = |wanted: Key| -> Option<String> {
        let all: Vec<&str> = keys.iter().filter(|(_, key)| *key == wanted).map(|(name, _)| *name).collect();
        (!all.is_empty()).then(|| all.join(", "))
    };
    let finding = |outcome, key, selectors: &str| {
        let said = Text::new(key).with("domain", domain).with("selectors", selectors);
        Finding::new(Subject::Dkim, outcome, said)
    };
    let names: Vec<&str> = answers.iter().map(|(selector, _)| selector.as_str()).collect();
    let judged = if let Some(good) = with(Key::Good) {
        finding(Outcome::Good, "domain-dkim-good", &good)
    } else if let Some(short) = with(Key::Short) {
        finding(Outcome::Good, "domain-dkim-good", &short).and(Text::new("domain-dkim-short"))
    } else if let Some(testing) = with(Key::Testing) {
        finding(Outcome::Warning, "domain-dkim-testing", &testing)
    } else if let Some(revoked) = with(Key::Revoked) {
        finding(Outcome::Warning, "domain-dkim-revoked", &revoked)
    } else if let Some((found, meant)) = mistyped(domain, answers) {
        let said = Text::new("domain-zone-characters");
        return Finding::new(Subject::Dkim, Outcome::Warning, said).found([found]).change([meant]);
    } else if let Some(unusable) = with(Key::Unusable) {
        finding(Outcome::Warning, "domain-dkim-unusable", &unusable)
    } else if answers.iter().any(|(_, answer)| *answer == Err(NoAnswer::Unknown)) {
        Finding::unknown(Subject::Dkim)
    } else {
        missing(finding(Outcome::Missing, "domain-dkim-missing", &names.join(", ")), domain, known, service)
    };
    let found = answers.iter().flat_map(|(selector, answer)| {
        let name = format!("{selector}._domainkey.{domain}");
        answer.iter().flatten().map(move |text| Record::txt(name.clone(), text.clone()))
    });
    judged.found(found)
}

/// Finds a key that could be used without the characters of zone files in it.
fn mistyped(domain: &str, answers: &[Answer]) -> Option<(Record, Record)> {
    answers.iter().find_map(|(selector, answer)| {
        let name = format!("{selector}._domainkey.{domain}");
        let is_key = |text: &str| matches!(key(text), Key::Good | Key::Short | Key::Testing);
        Record::without_zone_characters(&name, answer.as_deref().ok()?, is_key)
    })
}

/// What is to be added, as far as it is the same for everybody.
fn missing(finding: Finding, domain: &str, known: &[Selector], service: &Service) -> Finding {
    let lines: Vec<Record> = known
        .iter()
        .filter_map(|selector| {
            let name = format!("{}._domainkey.{domain}", selector.name);
            selector.target.map(|target| Record { name, kind: "CNAME".into(), value: target.to_owned() })
        })
        .collect();
    let said = if !lines.is_empty() {
        "domain-dkim-add"
    } else if service.is_microsoft() {
        "domain-dkim-microsoft"
    } else {
        "domain-dkim-ask"
    };
    finding.and(Text::new(said).with("domain", domain)).change(lines)
}

/// Of several records the best counts; there should be one.
fn best(texts: &[String]) -> Key {
    let order = |key: &Key| match key {
        Key::Good => 0,
        Key::Short => 1,
        Key::Testing => 2,
        Key::Revoked => 3,
        Key::Unusable => 4,
    };
    texts.iter().map(|text| key(text)).min_by_key(order).unwrap_or(Key::Unusable)
}

fn key(text: &str) -> Key {
    let tag = |wanted: &str| {
        text.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            (name.trim() == wanted).then(|| value.split_whitespace().collect::<String>())
        })
    };
    if tag("p").is_some_and(|key| key.is_empty()) {
        return Key::Revoked;
    }
    if DomainKey::parse(text.as_bytes()).is_err() {
        return Key::Unusable;
    }
    if tag("t").is_some_and(|flags| flags.split(':').any(|flag| flag == "y")) {
        return Key::Testing;
    }
    let is_rsa = tag("k").is_none_or(|kind| kind.eq_ignore_ascii_case("rsa"));
    let bytes = tag("p").and_then(|key| STANDARD.decode(key).ok()).map_or(0, |key| key.len());
    match bytes {
        _ if !is_rsa => Key::Good,
        BYTES_2048.. => Key::Good,
        BYTES_1024.. => Key::Short,
        _ => Key::Unusable,
    }
}

#[cfg(test)]
#[path = "dkim_tests.rs"]
mod tests;
