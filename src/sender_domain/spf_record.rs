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

    /// Lists the terms that an evaluation looks at: those before the first `all`, which ends it, and a
    /// `redirect` only where there is no `all` at all (RFC 7208, sections 5.1 and 6.1).
    fn evaluated(&self) -> impl Iterator<Item = &str> {
        let end = self.0.iter().position(|term| is_all(term));
        let before = end.unwrap_or(self.0.len());
        self.0.iter().take(before).map(String::as_str).filter(move |term| end.is_none() || !is_redirect(term))
    }

    /// Lists the mechanisms, and the `redirect`, that no evaluation ever looks at because of an `all`.
    pub(super) fn ignored(&self) -> Vec<&str> {
        let Some(end) = self.0.iter().position(|term| is_all(term)) else { return vec![] };
        let looked_at = |(at, term): &(usize, &String)| *at <= end && !is_redirect(term);
        let counts_anywhere = |term: &str| is_modifier(term) && !is_redirect(term);
        let all = self.0.iter().enumerate().filter(|term| !looked_at(term));
        all.map(|(_, term)| term.as_str()).filter(|term| !counts_anywhere(term) && !is_all(term)).collect()
    }

    /// Names the other records that count as part of this one, which is published at `domain`: included ones
    /// whose match means *pass*, and the one it redirects to. Names that depend on each mail are left out.
    pub(super) fn others(&self, domain: &str) -> Vec<String> {
        self.evaluated()
            .filter_map(|term| {
                let term = term.strip_prefix('+').unwrap_or(term).to_ascii_lowercase();
                let name = term.strip_prefix("include:").or_else(|| term.strip_prefix("redirect="))?;
                // the one macro that is the same for every mail (RFC 7208, section 7.2)
                let name = name.replace("%{d}", domain);
                (!name.contains('%')).then(|| name.trim_end_matches('.').to_owned())
            })
            .collect()
    }

    /// Tells whether the record decides mail by mail: a name in it is made of the sending address, the name in
    /// the greeting or the like (RFC 7208, section 7).
    pub(super) fn decides_by_mail(&self) -> bool {
        self.evaluated().any(|term| term.to_ascii_lowercase().replace("%{d}", "").contains("%{"))
    }

    /// Whether everybody may send: `+all`.
    pub(super) fn allows_everybody(&self) -> bool {
        self.0.iter().find(|term| is_all(term)).is_some_and(|term| !term.starts_with(['-', '~', '?']))
    }

    /// The record with one more mechanism, before all others: what comes first is found first, and an `all`
    /// ends it.
    pub(super) fn with(&self, mechanism: &str) -> String {
        if !self.ignored().is_empty() {
            return self.ordered(Some(mechanism));
        }
        let terms = self.0.iter().filter(|term| !term.eq_ignore_ascii_case(mechanism)).map(String::as_str);
        let all: Vec<&str> = ["v=spf1", mechanism].into_iter().chain(terms).collect();
        all.join(" ")
    }

    /// The same record with its `all` at the end, so that each term counts.
    pub(super) fn ordered(&self, mechanism: Option<&str>) -> String {
        let first = self.0.iter().find(|term| is_all(term)).cloned();
        let others = self.0.iter().filter(|term| !is_all(term)).cloned();
        Self::merged(&[Self(others.chain(first).collect())], mechanism)
    }

    /// Several records as one, which is how many there may be, with that mechanism. The mildest end counts,
    /// since nobody knows which was meant.
    pub(super) fn merged(records: &[SpfRecord], mechanism: Option<&str>) -> String {
        let mut terms: Vec<String> = mechanism.map(str::to_owned).into_iter().collect();
        let mut ends = Vec::new();
        for term in records.iter().flat_map(|record| &record.0) {
            if is_all(term) {
                ends.push(term.to_ascii_lowercase());
            } else if !terms.iter().any(|known| known.eq_ignore_ascii_case(term)) {
                terms.push(term.clone());
            }
        }
        if !ends.is_empty() {
            // a redirect counts only where no `all` stands; included, the same record counts beside one
            for term in &mut terms {
                if let Some(name) =
                    is_redirect(term).then(|| term.split_once('=')).flatten().map(|(_, name)| name)
                {
                    *term = format!("include:{name}");
                }
            }
            let mut known = std::collections::BTreeSet::new();
            terms.retain(|term| known.insert(term.to_ascii_lowercase()));
        }
        // modifiers stand last by custom
        let (modifiers, mut terms): (Vec<_>, Vec<_>) = terms.into_iter().partition(|term| is_modifier(term));
        terms.extend(modifiers);
        let end = ["?all", "~all", "-all"].into_iter().find(|end| ends.iter().any(|own| own == end));
        terms.extend(end.or(Some("~all").filter(|_| !ends.is_empty())).map(str::to_owned));
        format!("v=spf1 {}", terms.join(" "))
    }
}

/// Whether the term matches everybody, whatever the result is.
fn is_all(term: &str) -> bool {
    term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

/// Whether it is a modifier (`name=value`), not a mechanism.
fn is_modifier(term: &str) -> bool {
    term.find('=').is_some_and(|at| !term.get(..at).unwrap_or_default().contains(':'))
}

fn is_redirect(term: &str) -> bool {
    term.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("redirect="))
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
        assert_eq!(
            genuine.others("acme.example"),
            ["_spf.google.com", "b.example", "acme.example.d.example", "e.example"]
        );
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
    fn what_stands_behind_all_does_not_count() {
        for (text, ignored, ordered) in [
            (
                "v=spf1 mx ~all include:_spf.google.com",
                vec!["include:_spf.google.com"],
                "v=spf1 mx include:_spf.google.com ~all",
            ),
            (
                "v=spf1 -all redirect=_spf.google.com",
                vec!["redirect=_spf.google.com"],
                "v=spf1 include:_spf.google.com -all",
            ),
            (
                "v=spf1 redirect=_spf.google.com exp=why.example ?all ip4:192.0.2.1 -all",
                vec!["redirect=_spf.google.com", "ip4:192.0.2.1"],
                "v=spf1 include:_spf.google.com ip4:192.0.2.1 exp=why.example ?all",
            ),
            ("v=spf1 mx -all exp=why.example", vec![], "v=spf1 mx exp=why.example -all"),
            ("v=spf1 redirect=_spf.google.com", vec![], "v=spf1 redirect=_spf.google.com"),
        ] {
            let record = record(text);
            assert_eq!(record.ignored(), ignored, "{text}");
            assert_eq!(record.ordered(None), ordered, "{text}");
            let counts = record.others("a.example").iter().any(|name| name == "_spf.google.com");
            assert_eq!(counts, text.contains("google") && ignored.is_empty(), "{text}");
        }
        assert!(!record("v=spf1 -all +all").allows_everybody(), "the first one ends it");
        assert!(record("v=spf1 +all -all").allows_everybody());
    }

    #[test]
    fn a_record_with_macros_decides_by_mail() {
        for (text, expected) in [
            ("v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email ~all", true),
            ("v=spf1 exists:%{i}._i.%{d}._d.espf.example -all", true),
            ("v=spf1 exists:known.example -all", false),
            ("v=spf1 redirect=%{l}.users.example", true),
            ("v=spf1 a:%{l1r-}.senders.example -all", true),
            ("v=spf1 include:%{d}.33.spf.example -all", false),
            ("v=spf1 include:_spf.google.com ~all", false),
            ("v=spf1 mx -all exists:%{i}.example", false),
        ] {
            assert_eq!(record(text).decides_by_mail(), expected, "{text}");
        }
    }

    #[test]
    fn two_records_become_one() {
        let two = [record("v=spf1 include:a.example mx -all"), record("v=spf1 mx include:b.example ~all")];
        assert_eq!(
            SpfRecord::merged(&two, Some("include:c.example")),
            "v=spf1 include:c.example include:a.example mx include:b.example ~all"
        );
        let ended = [record("v=spf1 redirect=a.example"), record("v=spf1 mx -all")];
        assert_eq!(SpfRecord::merged(&ended, None), "v=spf1 include:a.example mx -all");
        let redirecting = [record("v=spf1 redirect=a.example"), record("v=spf1 mx")];
        assert_eq!(SpfRecord::merged(&redirecting, None), "v=spf1 mx redirect=a.example");
    }
}
