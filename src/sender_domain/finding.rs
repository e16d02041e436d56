use std::borrow::Cow;
use std::fmt::Write as _;

use crate::i18n::Text;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Subject {
    /// Which servers take the domain's mail (RFC 5321, section 5).
    Mx,
    /// Which servers may send for the domain (RFC 7208).
    Spf,
    /// With which keys mail of the domain is signed (RFC 6376).
    Dkim,
    /// What becomes of mail that fits neither (RFC 7489).
    Dmarc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Outcome {
    Good,
    /// There is something that makes mail of the portal suspicious, or lost.
    Warning,
    Missing,
    /// It cannot be known from here.
    Unknown,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    pub subject: Subject,
    pub outcome: Outcome,
    /// What that means, a sentence each; the first says the most.
    pub said: Vec<Text>,
    /// The records that were found.
    pub found: Vec<Record>,
    /// The lines to add, or to put in the place of those found.
    pub change: Vec<Record>,
}

/// A line of a zone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Record {
    /// The full name, without the final dot.
    pub name: String,
    pub kind: Cow<'static, str>,
    /// What stands there, as an administration page for DNS wants it.
    pub value: String,
}

impl Finding {
    pub(super) fn new(subject: Subject, outcome: Outcome, said: Text) -> Self {
        Self { subject, outcome, said: vec![said], found: Vec::new(), change: Vec::new() }
    }

    pub(super) fn unknown(subject: Subject) -> Self {
        Self::new(subject, Outcome::Unknown, Text::new("domain-no-answer"))
    }

    #[must_use]
    pub(super) fn and(mut self, said: Text) -> Self {
        self.said.push(said);
        self
    }

    #[must_use]
    pub(super) fn found(mut self, records: impl IntoIterator<Item = Record>) -> Self {
        self.found.extend(records);
        self
    }

    #[must_use]
    pub(super) fn change(mut self, records: impl IntoIterator<Item = Record>) -> Self {
        self.change.extend(records);
        self
    }
}

impl Record {
    pub(super) fn txt(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Cow::Borrowed("TXT"), value: value.into() }
    }

    /// Finds the first text that is a record only without the characters of zone files that somebody pasted
    /// into it, backslashes before semicolons or quotation marks around the whole: as it stands, and as meant.
    pub(super) fn without_zone_characters(
        name: &str,
        texts: &[String],
        is_record: impl Fn(&str) -> bool,
    ) -> Option<(Self, Self)> {
        texts.iter().find_map(|text| {
            let meant = unescaped(text);
            (meant != *text && is_record(&meant))
                .then(|| (Self::txt(name, text.clone()), Self::txt(name, meant)))
        })
    }

    /// The line as a zone file has it (RFC 1035, section 5.1): a text in pieces of at most 255 octets.
    pub fn line(&self) -> String {
        let Self { name, kind, value } = self;
        if kind != "TXT" {
            return format!("{name}. {kind} {value}.");
        }
        let mut line = format!("{name}. {kind}");
        let mut piece = String::new();
        for c in value.chars() {
            if piece.len() + c.len_utf8() > 255 {
                let _ = write!(line, " \"{}\"", escaped(&piece));
                piece.clear();
            }
            piece.push(c);
        }
        let _ = write!(line, " \"{}\"", escaped(&piece));
        line
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The text without what belongs to zone files only (RFC 1035, section 5.1).
fn unescaped(text: &str) -> String {
    let text = text.trim().trim_matches(['"', '\u{201c}', '\u{201d}', '\u{201e}']);
    text.replace("\" \"", "").replace(['\\', '"'], "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_in_a_zone_file() {
        let record = Record::txt("acme.example", "v=spf1 -all");
        assert_eq!(record.line(), "acme.example. TXT \"v=spf1 -all\"");
        let key = Record::txt("k._domainkey.acme.example", format!("p={}", "A".repeat(300)));
        assert_eq!(
            key.line(),
            format!("k._domainkey.acme.example. TXT \"p={}\" \"{}\"", "A".repeat(253), "A".repeat(47))
        );
        assert_eq!(Record::txt("a.example", "say \"hi\\\"").line(), "a.example. TXT \"say \\\"hi\\\\\\\"\"");
        let cname = Record {
            name: "s1._domainkey.a.example".to_owned(),
            kind: Cow::Borrowed("CNAME"),
            value: "x.y".to_owned(),
        };
        assert_eq!(cname.line(), "s1._domainkey.a.example. CNAME x.y.");
    }
}
