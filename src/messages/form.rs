use super::policy::{DOMAINS, Policy, domain};
use crate::i18n::Text;
use crate::web::FormErrors;

/// The one field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Domains,
}

impl Field {
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Domains => "domains",
        }
    }
}

/// The domains to whose addresses programs may write, one a line.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct PolicyForm {
    pub domains: String,
}

impl PolicyForm {
    pub(super) fn of(policy: &Policy) -> Self {
        Self { domains: policy.domains().join("\n") }
    }

    /// The policy, or what is wrong in each line.
    pub(super) fn parse(&self) -> Result<Policy, FormErrors<Field>> {
        let mut errors = FormErrors::default();
        let lines = (1_usize..).zip(self.domains.lines().map(str::trim));
        let mut domains = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            match domain(line) {
                Some(domain) => domains.push(domain),
                None => {
                    let text = Text::new("messages-domain-malformed").with_number("line", number);
                    errors.add(Field::Domains, text);
                }
            }
        }
        let policy = Policy::of(domains.iter().map(String::as_str));
        if policy.domains().len() > DOMAINS {
            errors.add(Field::Domains, Text::new("messages-domains-many").with_number("most", DOMAINS));
        }
        if errors.is_empty() { Ok(policy) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_is_no_domain_is_told() {
        let form = |domains: &str| PolicyForm { domains: domains.to_owned() };
        let policy = form(" Acme.example\r\n\r\n@partner.example\n").parse().unwrap();
        assert_eq!(policy.domains(), ["acme.example", "partner.example"]);
        assert_eq!(PolicyForm::of(&policy).domains, "acme.example\npartner.example");
        assert!(form(" \r\n ").parse().unwrap().domains().is_empty());
        let wrong = "acme\nanna@acme.example\nacme.example\n*.acme.example\n127.0.0.1\nhttps://acme.example";
        assert_eq!(form(wrong).parse().unwrap_err().iter().count(), 5);
        let many: String = (0..101).map(|n| format!("d{n}.example\n")).collect();
        assert_eq!(form(&many).parse().unwrap_err().iter().count(), 1);
    }
}
