use std::net::{IpAddr, Ipv4Addr};

use super::spf_record::SpfRecord;
use super::{DnsQuery, Finding, Outcome, Record, Service, Subject};
use crate::dns::{NoAnswer, SpfAnswer};
use crate::email_provider::SpfBy;
use crate::i18n::Text;
use crate::mail;
use crate::values::{EmailAddress, Host};

/// RFC 7208, section 4.6.4: an evaluation may ask ten times.
const LOOK_UPS: usize = 10;
/// So many addresses of a server are evaluated.
const ADDRESSES: usize = 4;
/// Nobody's (RFC 5737): the evaluation for it goes through the whole record.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

struct Answers {
    texts: Result<Vec<String>, NoAnswer>,
    /// What the record says of an address that is nobody's.
    of_nobody: SpfAnswer,
    /// Whether the record covers the servers that the portal's mail goes through.
    covers: Covers,
}

/// Whether SPF covers what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covers {
    Yes,
    No,
    Unknown,
    /// The record decides mail by mail, by macros.
    ByMail,
    /// The server has no address that could be evaluated.
    NoAddress,
}

pub(super) async fn look(asking: DnsQuery<'_>, sender: &EmailAddress, service: &Service) -> Finding {
    let texts = asking.dns.txt(sender.domain(), asking.until).await;
    let records = texts.as_deref().map(records).unwrap_or_default();
    let mut answers = Answers { texts, of_nobody: SpfAnswer::Nothing, covers: Covers::No };
    if let [(_, record)] = records.as_slice() {
        answers.of_nobody = asking.dns.spf(NOBODY, sender, asking.until).await;
        answers.covers = match service.spf() {
            SpfBy::Include(name) => includes(asking, sender.domain(), record, name).await,
            SpfBy::Addresses => covers_server(asking, sender, service.server.as_ref()).await,
            SpfBy::OwnReturnAddress => Covers::No,
        };
        if answers.covers == Covers::No && record.decides_by_mail() {
            answers.covers = Covers::ByMail;
        }
    }
    judge(sender.domain(), answers, service)
}

/// The records of SPF among the texts, each as it stands and parsed.
fn records(texts: &[String]) -> Vec<(String, SpfRecord)> {
    texts.iter().filter_map(|text| Some((text.clone(), SpfRecord::parse(text)?))).collect()
}

/// Whether that name is included, by whatever way.
async fn includes(asking: DnsQuery<'_>, domain: &str, record: &SpfRecord, wanted: &str) -> Covers {
    let mut seen = record.others(domain);
    let mut next = 0;
    let (mut all_answered, mut by_mail) = (true, false);
    while let Some(name) = seen.get(next).cloned() {
        if name == wanted {
            return Covers::Yes;
        }
        next += 1;
        if next > LOOK_UPS {
            break;
        }
        match asking.dns.txt(&name, asking.until).await {
            Ok(texts) => {
                for (_, record) in records(&texts) {
                    by_mail |= record.decides_by_mail();
                    let new: Vec<String> =
                        record.others(&name).into_iter().filter(|other| !seen.contains(other)).collect();
                    seen.extend(new);
                }
            }
            Err(why) => all_answered &= why != NoAnswer::Unknown,
        }
    }
    match (all_answered, by_mail) {
        (false, _) => Covers::Unknown,
        (true, true) => Covers::ByMail,
        (true, false) => Covers::No,
    }
}

/// Whether every address of the server may send.
async fn covers_server(asking: DnsQuery<'_>, sender: &EmailAddress, server: Option<&Host>) -> Covers {
    let mut addresses = match server {
        Some(Host::Name(name)) => asking.dns.addresses(name, asking.until).await.unwrap_or_default(),
        Some(Host::Ip(ip)) => vec![*ip],
        None => vec![],
    };
    // what recipients see of a server in a private network is another address
    let special = mail::special_networks();
    addresses.retain(|ip| !special.iter().any(|network| network.contains(ip)));
    addresses.truncate(ADDRESSES);
    if addresses.is_empty() {
        return Covers::NoAddress;
    }
    let mut covers = Covers::Yes;
    for ip in addresses {
        match asking.dns.spf(ip, sender, asking.until).await {
            SpfAnswer::Pass => {}
            SpfAnswer::NotCovered | SpfAnswer::Nothing | SpfAnswer::Broken => return Covers::No,
            SpfAnswer::Unknown => covers = Covers::Unknown,
        }
    }
    covers
}

/// What is to be added to the record.
fn mechanism(service: &Service) -> Option<String> {
    match (service.spf(), &service.server) {
        (SpfBy::Include(name), _) => Some(format!("include:{name}")),
        (SpfBy::OwnReturnAddress, _) | (SpfBy::Addresses, None) => None,
        (SpfBy::Addresses, Some(Host::Name(name))) => Some(format!("a:{name}")),
        (SpfBy::Addresses, Some(Host::Ip(IpAddr::V4(ip)))) => Some(format!("ip4:{ip}")),
        (SpfBy::Addresses, Some(Host::Ip(IpAddr::V6(ip)))) => Some(format!("ip6:{ip}")),
    }
}

fn judge(domain: &str, answers: Answers, service: &Service) -> Finding {
    let finding = |outcome, key| {
        let said = Text::new(key).with("domain", domain).with("service", service);
        Finding::new(Subject::Spf, outcome, said)
    };
    let texts = match answers.texts {
        Err(NoAnswer::Unknown) => return Finding::unknown(Subject::Spf),
        Err(NoAnswer::NoName) => return finding(Outcome::Missing, "domain-no-such-domain"),
        Err(NoAnswer::NoRecord) => vec![],
        Ok(texts) => texts,
    };
    let mechanism = mechanism(service);
    let is_own_return = service.spf() == SpfBy::OwnReturnAddress;
    let line = |text: String| [Record::txt(domain, text)];
    let records = records(&texts);
    let found = records.iter().map(|(text, _)| Record::txt(domain, text.clone()));
    if records.is_empty()
        && let Some((found, meant)) =
            Record::without_zone_characters(domain, &texts, |text| SpfRecord::parse(text).is_some())
    {
        return finding(Outcome::Warning, "domain-zone-characters").found([found]).change([meant]);
    }
    let (_, record) = match records.as_slice() {
        [] if is_own_return => return finding(Outcome::Good, "domain-spf-own-return-address"),
        [] => {
            let missing =
                finding(Outcome::Missing, "domain-spf-missing").and(Text::new("domain-spf-missing-do"));
            return missing.change(mechanism.into_iter().flat_map(|own| line(format!("v=spf1 {own} ~all"))));
        }
        [one] => one,
        several => {
            let all: Vec<SpfRecord> = several.iter().map(|(_, record)| record.clone()).collect();
            let merged = SpfRecord::merged(&all, mechanism.as_deref());
            return finding(Outcome::Warning, "domain-spf-several").found(found).change(line(merged));
        }
    };
    // evaluated for an address of nobody's, a record that asks for names made of it can only fail
    if answers.of_nobody == SpfAnswer::Broken && answers.covers != Covers::ByMail {
        return finding(Outcome::Warning, "domain-spf-broken").found(found);
    }
    if record.allows_everybody() {
        let narrowed = SpfRecord::merged(std::slice::from_ref(record), mechanism.as_deref());
        return finding(Outcome::Warning, "domain-spf-everybody").found(found).change(line(narrowed));
    }
    let judged = match (service.spf(), answers.covers) {
        (SpfBy::OwnReturnAddress, _) => finding(Outcome::Good, "domain-spf-own-return-address"),
        (_, Covers::Unknown) => Finding::unknown(Subject::Spf),
        (SpfBy::Include(_), Covers::Yes) => finding(Outcome::Good, "domain-spf-covers"),
        (SpfBy::Addresses, Covers::Yes) => {
            finding(Outcome::Good, "domain-spf-covers").and(Text::new("domain-spf-other-addresses"))
        }
        (_, Covers::ByMail) => finding(Outcome::Unknown, "domain-spf-by-mail"),
        (_, Covers::NoAddress) => finding(Outcome::Unknown, "domain-spf-no-address"),
        (_, Covers::No) if !record.ignored().is_empty() => {
            let own = mechanism.as_deref();
            let said = Text::new("domain-spf-lacks-behind-all").with("terms", record.ignored().join(" "));
            finding(Outcome::Warning, "domain-spf-lacks").and(said).change(line(record.ordered(own)))
        }
        (_, Covers::No) => {
            let lacking = finding(Outcome::Warning, "domain-spf-lacks");
            let lacking = lacking.change(mechanism.iter().flat_map(|own| line(record.with(own))));
            if service.spf() == SpfBy::Addresses {
                lacking.and(Text::new("domain-spf-other-addresses"))
            } else {
                lacking
            }
        }
    };
    let judged = match record.ignored().as_slice() {
        ignored @ [_, ..] if judged.outcome == Outcome::Good => {
            judged.and(Text::new("domain-spf-behind-all").with("terms", ignored.join(" ")))
        }
        _ => judged,
    };
    judged.found(found)
}

#[cfg(test)]
#[path = "spf_tests.rs"]
mod tests;
