//! The text of an SPF record: its terms, and the same with one more.

/// A record, as its terms behind the version (RFC 7208, section 4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpfRecord(Vec<String>);

impl SpfRecord {
    /// The record, if it is one of SPF's.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut terms = text.split_ascii_whitespace();
        let is_spf = terms.next()?.eq_ignore_ascii_case("v=spf1");
        is_spf.then(|| Self(terms.map(str::to_owned).collect()))
    }

    /// Which other records count as part of this one: included ones whose match means *pass*, and the one
    /// it redirects to. Names with macros are left out: they depend on each mail.
    pub(super) fn others(&self) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|term| {
                let term = term.strip_prefix('+').unwrap_or(term).to_ascii_lowercase();
                let name = term.strip_prefix("include:").or_else(|| term.strip_prefix("redirect="))?;
                (!name.contains('%')).then(|| name.trim_end_matches('.').to_owned())
            })
            .collect()
    }

    /// Whether everybody may send: `+all`.
    pub(super) fn allows_everybody(&self) -> bool {
        self.0.iter().any(|term| matches!(term.to_ascii_lowercase().as_str(), "all" | "+all"))
    }

    /// The record with one more mechanism, before all others: what comes first is found first, and an `all`
    /// ends it.
    pub(super) fn with(&self, mechanism: &str) -> String {
        let terms = self.0.iter().filter(|term| !term.eq_ignore_ascii_case(mechanism)).map(String::as_str);
        let all: Vec<&str> = ["v=spf1", mechanism].into_iter().chain(terms).collect();
        all.join(" ")
    }

    /// Several records as one, which is how many there may be, with that mechanism. The mildest end counts,
    /// since nobody knows which was meant.
    pub(super) fn merged(records: &[SpfRecord], mechanism: Option<&str>) -> String {
        let mut terms: Vec<String> = mechanism.map(str::to_owned).into_iter().collect();
        let mut ends = Vec::new();
        for term in records.iter().flat_map(|record| &record.0) {
            let lower = term.to_ascii_lowercase();
            if lower.trim_start_matches(['+', '-', '~', '?']) == "all" {
                ends.push(lower);
            } else if !terms.iter().any(|known| known.eq_ignore_ascii_case(term)) {
                terms.push(term.clone());
            }
        }
        // a modifier counts only where no `all` stands, and stands last by custom
        let (modifiers, mut terms): (Vec<_>, Vec<_>) =
            terms.into_iter().partition(|term| term.contains('=') && !term.contains(':'));
        terms.extend(modifiers);
        let end = ["?all", "~all", "-all"].into_iter().find(|end| ends.iter().any(|own| own == end));
        terms.extend(end.or(Some("~all").filter(|_| !ends.is_empty())).map(str::to_owned));
        format!("v=spf1 {}", terms.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> SpfRecord {
        SpfRecord::parse(text).unwrap()
    }

    #[test]
    fn only_records_of_spf_are_taken() {
        for text in
            ["", "google-site-verification=abc", "v=spf10 -all", "spf2.0/pra -all", "v=DMARC1; p=none"]
        {
            assert_eq!(SpfRecord::parse(text), None, "{text}");
        }
        assert_eq!(record("V=SPF1  a\tmx ~all"), SpfRecord(vec!["a".into(), "mx".into(), "~all".into()]));
    }

    #[test]
    fn what_counts_as_part_is_what_makes_it_pass() {
        let genuine = record(
            "v=spf1 ip4:192.0.2.0/24 include:_SPF.Google.com. +include:b.example -include:c.example \
             include:%{d}.d.example redirect=e.example",
        );
        assert_eq!(genuine.others(), ["_spf.google.com", "b.example", "e.example"]);
        assert!(record("v=spf1 +all").allows_everybody() && record("v=spf1 all").allows_everybody());
        assert!(!record("v=spf1 -all").allows_everybody());
    }

    #[test]
    fn a_new_mechanism_comes_first_and_once() {
        let outlook = "include:spf.protection.outlook.com";
        assert_eq!(record("v=spf1 mx -all").with(outlook), format!("v=spf1 {outlook} mx -all"));
        assert_eq!(
            record("v=spf1 redirect=x.example").with("a:m.example"),
            "v=spf1 a:m.example redirect=x.example"
        );
        assert_eq!(record(&format!("v=spf1 -all {outlook}")).with(outlook), format!("v=spf1 {outlook} -all"));
    }

    #[test]
    fn two_records_become_one() {
        let two = [record("v=spf1 include:a.example mx -all"), record("v=spf1 mx include:b.example ~all")];
        assert_eq!(
            SpfRecord::merged(&two, Some("include:c.example")),
            "v=spf1 include:c.example include:a.example mx include:b.example ~all"
        );
        let redirecting = [record("v=spf1 redirect=a.example"), record("v=spf1 mx")];
        assert_eq!(SpfRecord::merged(&redirecting, None), "v=spf1 mx redirect=a.example");
    }
}
