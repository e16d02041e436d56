use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::dmarc::{Alignment, Dmarc, Policy};

use super::{DnsQuery, Finding, Outcome, Record, Service, Subject};
use crate::dns::NoAnswer;
use crate::email_provider::SpfBy;
use crate::i18n::Text;

/// So many names are asked on the way up.
const STEPS: usize = 5;

/// What is published, and where.
pub(super) struct Published {
    at: String,
    texts: Vec<String>,
}

/// What is to be expected of the portal's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prospects {
    spf: Prospect,
    dkim: Prospect,
    /// Whether the mail service's return address is of another domain, so that SPF never counts.
    own_return_address: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prospect {
    Passes,
    Fails,
    Unknown,
}

impl Prospects {
    /// What SPF and DKIM mean for DMARC: they count only for the sender's own domain.
    pub(super) fn of(spf: &Finding, dkim: &Finding, service: &Service) -> Self {
        let of = |finding: &Finding| match finding.outcome {
            Outcome::Good => Prospect::Passes,
            Outcome::Warning | Outcome::Missing => Prospect::Fails,
            Outcome::Unknown => Prospect::Unknown,
        };
        let own_return_address = service.spf() == SpfBy::OwnReturnAddress;
        let spf = if own_return_address { Prospect::Fails } else { of(spf) };
        Self { spf, dkim: of(dkim), own_return_address }
    }

    fn said(self) -> Text {
        Text::new(match (self.spf, self.dkim) {
            (Prospect::Passes, Prospect::Passes) => "domain-dmarc-passes-both",
            (Prospect::Passes, _) => "domain-dmarc-passes-spf",
            (_, Prospect::Passes) => "domain-dmarc-passes-dkim",
            (Prospect::Fails, Prospect::Fails) => "domain-dmarc-fails",
            _ => "domain-dmarc-unknown",
        })
    }

    fn outcome(self) -> Outcome {
        match (self.spf, self.dkim) {
            (Prospect::Passes, _) | (_, Prospect::Passes) => Outcome::Good,
            (Prospect::Fails, Prospect::Fails) => Outcome::Warning,
            _ => Outcome::Unknown,
        }
    }
}

/// Asks for the policy: of the domain, else of the next one above that has one. It is the way up the tree
/// of names; a list of public suffixes is not needed for it, since none of those publishes a policy for
/// its customers that would be worse than none.
pub(super) async fn ask(asking: DnsQuery<'_>, domain: &str) -> Result<Option<Published>, NoAnswer> {
    let mut at = domain;
    for _ in 0..STEPS {
        match asking.dns.txt(&format!("_dmarc.{at}"), asking.until).await {
            Ok(texts) => {
                let (own, others): (Vec<String>, Vec<String>) =
                    texts.into_iter().partition(|text| is_dmarc(text));
                // one that was meant to be a policy is the one to talk about
                let texts = if own.is_empty() { meant(&others) } else { own };
                if !texts.is_empty() {
                    return Ok(Some(Published { at: at.to_owned(), texts }));
                }
            }
            Err(NoAnswer::NoName | NoAnswer::NoRecord) => {}
            Err(NoAnswer::Unknown) => return Err(NoAnswer::Unknown),
        }
        match at.split_once('.') {
            Some((_, above)) if above.contains('.') => at = above,
            _ => break,
        }
    }
    Ok(None)
}

/// Picks the texts that would be a policy without characters of zone files in them.
fn meant(texts: &[String]) -> Vec<String> {
    let found = Record::without_zone_characters("", texts, is_dmarc);
    found.map(|(found, _)| found.value).into_iter().collect()
}

/// RFC 7489, section 6.6.3: what does not begin with the version does not count.
fn is_dmarc(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(tag, version)| tag.trim() == "v" && version.trim() == "DMARC1")
}

pub(super) fn judge(
    domain: &str,
    answer: Result<Option<Published>, NoAnswer>,
    prospects: &Prospects,
) -> Finding {
    let finding = |outcome, key| Finding::new(Subject::Dmarc, outcome, Text::new(key).with("domain", domain));
    let simplest = || [Record::txt(format!("_dmarc.{domain}"), "v=DMARC1; p=none")];
    let Published { at, texts } = match answer {
        Err(_) => return Finding::unknown(Subject::Dmarc),
        Ok(None) => {
            let missing = finding(Outcome::Missing, "domain-dmarc-missing");
            return missing.and(Text::new("domain-dmarc-missing-do")).change(simplest());
        }
        Ok(Some(published)) => published,
    };
    let name = format!("_dmarc.{at}");
    let found: Vec<Record> = texts.iter().map(|text| Record::txt(name.clone(), text.clone())).collect();
    if let Some((_, meant)) = Record::without_zone_characters(&name, &texts, is_dmarc)
        && !texts.iter().any(|text| is_dmarc(text))
    {
        return finding(Outcome::Warning, "domain-zone-characters").found(found).change([meant]);
    }
    let policy = match texts.as_slice() {
        [one] => Dmarc::parse(one.as_bytes()).ok().filter(|dmarc| dmarc.p != Policy::Unspecified),
        // RFC 7489, section 6.6.3: with two there is none
        _ => {
            let several = finding(Outcome::Warning, "domain-dmarc-several");
            return several.change(found.first().cloned()).found(found);
        }
    };
    let Some(policy) = policy else {
        let line = Record::txt(name, "v=DMARC1; p=none");
        return finding(Outcome::Warning, "domain-dmarc-malformed").found(found).change([line]);
    };
    let is_inherited = at != domain;
    let (outcome, key) = match effective(&policy, is_inherited) {
        Policy::Reject => (prospects.outcome(), "domain-dmarc-reject"),
        Policy::Quarantine => (prospects.outcome(), "domain-dmarc-quarantine"),
        Policy::None | Policy::Unspecified => (Outcome::Good, "domain-dmarc-none"),
    };
    let strict = policy.aspf == Alignment::Strict || policy.adkim == Alignment::Strict;
    let mut judged = finding(outcome, key).and(prospects.said());
    if is_inherited {
        judged = judged.and(Text::new("domain-dmarc-inherited").with("at", at));
    }
    let alignment = match (prospects.own_return_address, strict) {
        (true, _) => "domain-dmarc-only-dkim",
        (false, true) => "domain-dmarc-strict",
        (false, false) => "domain-dmarc-relaxed",
    };
    judged.and(Text::new(alignment).with("domain", domain)).found(found)
}

/// What applies: a domain below has the policy for domains below, if there is one (RFC 7489, section 6.3).
fn effective(policy: &Dmarc, is_inherited: bool) -> Policy {
    if is_inherited && policy.sp != Policy::Unspecified { policy.sp } else { policy.p }
}

#[cfg(test)]
#[path = "dmarc_tests.rs"]
mod tests;
