use super::{DnsQuery, Finding, Outcome, Record, Subject};
use crate::dns::{Mx, NoAnswer};
use crate::i18n::Text;

pub(super) async fn look(asking: DnsQuery<'_>, domain: &str) -> Finding {
    let answer = asking.dns.mx(domain, asking.until).await;
    let takes_mail_itself = match answer {
        Err(NoAnswer::NoRecord) => asking.dns.addresses(domain, asking.until).await.is_ok(),
        _ => false,
    };
    judge(domain, answer, takes_mail_itself)
}

fn judge(domain: &str, answer: Result<Vec<Mx>, NoAnswer>, takes_mail_itself: bool) -> Finding {
    let finding = |outcome, key| Finding::new(Subject::Mx, outcome, Text::new(key).with("domain", domain));
    match answer {
        Err(NoAnswer::Unknown) => Finding::unknown(Subject::Mx),
        Err(NoAnswer::NoName) => finding(Outcome::Missing, "domain-no-such-domain"),
        // RFC 5321, section 5.1: without MX the name's own address counts
        Err(NoAnswer::NoRecord) if takes_mail_itself => finding(Outcome::Warning, "domain-mx-implicit"),
        Err(NoAnswer::NoRecord) => {
            finding(Outcome::Missing, "domain-mx-missing").and(Text::new("domain-mx-missing-do"))
        }
        Ok(all) => {
            // RFC 7505: "this domain takes no mail"; a server may refuse a sender to whom no notice can go
            let is_null = all.iter().any(|mx| mx.server.is_empty());
            let judged = if is_null {
                finding(Outcome::Warning, "domain-mx-null").and(Text::new("domain-mx-missing-do"))
            } else {
                finding(Outcome::Good, "domain-mx-good")
            };
            judged.found(all.iter().map(|mx| Record {
                name: domain.to_owned(),
                kind: "MX".into(),
                value: format!("{} {}", mx.preference, mx.server),
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mx(preference: u16, server: &str) -> Mx {
        Mx { preference, server: server.to_owned() }
    }

    #[test]
    fn every_answer_has_its_outcome() {
        let google = vec![mx(1, "aspmx.l.google.com"), mx(5, "alt1.aspmx.l.google.com")];
        for (answer, itself, outcome, key) in [
            (Ok(google), false, Outcome::Good, "domain-mx-good"),
            (Ok(vec![mx(0, "")]), false, Outcome::Warning, "domain-mx-null"),
            (Err(NoAnswer::NoRecord), true, Outcome::Warning, "domain-mx-implicit"),
            (Err(NoAnswer::NoRecord), false, Outcome::Missing, "domain-mx-missing"),
            (Err(NoAnswer::NoName), false, Outcome::Missing, "domain-no-such-domain"),
        ] {
            let finding = judge("acme.example", answer, itself);
            assert_eq!(finding.outcome, outcome, "{key}");
            assert_eq!(finding.said.first(), Some(&Text::new(key).with("domain", "acme.example")));
        }
        assert_eq!(judge("acme.example", Err(NoAnswer::Unknown), false).outcome, Outcome::Unknown);
        let found = judge("acme.example", Ok(vec![mx(10, "mail.acme.example")]), false).found;
        assert_eq!(found.first().unwrap().line(), "acme.example. MX 10 mail.acme.example.");
    }
}
