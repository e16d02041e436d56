use crate::i18n::Text;

/// The one field of the form: a DKIM selector, or nothing.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct SelectorForm {
    pub selector: String,
}

impl SelectorForm {
    /// The selector, if one was typed: one or more labels (RFC 6376, section 3.1). Who copies the whole
    /// name of the record means what stands before `._domainkey`.
    pub(super) fn parse(&self) -> Result<Option<String>, Text> {
        let typed = self.selector.trim().to_ascii_lowercase();
        let selector = typed.split_once("._domainkey").map_or(typed.as_str(), |(before, _)| before);
        if selector.is_empty() && typed.is_empty() {
            return Ok(None);
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        if selector.len() <= 120 && selector.split('.').all(is_label) {
            Ok(Some(selector.to_owned()))
        } else {
            Err(Text::new("domain-selector-malformed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SelectorForm;

    #[test]
    fn a_selector_is_one_or_more_labels() {
        for (typed, selector) in [
            ("", None),
            ("  ", None),
            (" S1 ", Some("s1")),
            ("strato-dkim-0002", Some("strato-dkim-0002")),
            ("2024.mail_key", Some("2024.mail_key")),
            ("s1._domainkey.acme.example", Some("s1")),
        ] {
            let parsed = SelectorForm { selector: typed.to_owned() }.parse();
            assert_eq!(parsed, Ok(selector.map(str::to_owned)), "{typed:?}");
        }
        for typed in ["a b", "a..b", ".", "ä", "a/b", "*", "a\0", &"x".repeat(64), "._domainkey.acme.example"]
        {
            assert!(SelectorForm { selector: typed.to_owned() }.parse().is_err(), "{typed:?}");
        }
    }
}
