use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;

use super::{Host, unicode};
use crate::i18n::Text;

/// One e-mail address (RFC 5321, section 4.1.2, and RFC 6531 for other than ASCII before the `@`):
/// a dot-atom, `@`, a domain name. An international domain is kept as punycode, in lower case; letters before the
/// `@` are composed (NFC), so that one that can be encoded in two ways is one.
///
/// Quoted local parts and address literals are refused: no provider issues them, and a person who
/// types a quotation mark means something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAddressProblem {
    Empty,
    /// There is no `@`, or nothing on one of its sides.
    Incomplete,
    /// A display name came with it, or there are several addresses.
    NotOneAddress,
    /// A blank or control character, a quotation mark or the like; or dots where none may be.
    BadCharacter,
    /// A character that leaves no trace on a page: nobody could tell the address from another.
    Hidden,
    /// The part behind the `@` is no domain name.
    BadDomain,
    /// More than 64 octets before the `@`, or more than 254 in all.
    TooLong,
}

impl EmailAddress {
    /// Parses one address; blanks around it do not count.
    ///
    /// # Errors
    /// The first [`EmailAddressProblem`] that applies.
    pub fn parse(text: &str) -> Result<Self, EmailAddressProblem> {
        if text.chars().any(unicode::is_hidden) {
            return Err(EmailAddressProblem::Hidden);
        }
        let address = Self::stored(text)?;
        let local = unicode::composed(&address.local);
        if local.len() > 64 {
            return Err(EmailAddressProblem::TooLong);
        }
        Ok(Self { local, ..address })
    }

    /// Takes an address as it was stored, whatever was allowed then: mail goes to exactly that one.
    ///
    /// # Errors
    /// The first [`EmailAddressProblem`] that applies, but for hidden characters.
    pub fn stored(text: &str) -> Result<Self, EmailAddressProblem> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(EmailAddressProblem::Empty);
        }
        if text.contains(['<', '>', ',', ';']) {
            return Err(EmailAddressProblem::NotOneAddress);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(EmailAddressProblem::BadCharacter);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressProblem::Incomplete)?;
        if local.is_empty() || domain.is_empty() {
            return Err(EmailAddressProblem::Incomplete);
        }
        if local.contains('@') {
            return Err(EmailAddressProblem::NotOneAddress);
        }
        if !is_dot_atom(local) {
            return Err(EmailAddressProblem::BadCharacter);
        }
        let domain = match Host::parse(domain) {
            Ok(Host::Name(name)) if IpAddr::from_str(&name).is_err() => name,
            _ => return Err(EmailAddressProblem::BadDomain),
        };
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(EmailAddressProblem::TooLong);
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain, in ASCII.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether a server must know SMTPUTF8 (RFC 6531) to take it.
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// The form under which two spellings of one account are the same: composed, and ASCII in lower case. Other
    /// capitals stay: what Unicode folds onto a letter of ASCII is another mailbox.
    pub fn normalised(&self) -> String {
        unicode::composed(&self.to_string()).to_ascii_lowercase()
    }
}

impl EmailAddressProblem {
    /// What to say at the field.
    pub fn text(self) -> Text {
        Text::new(match self {
            EmailAddressProblem::Empty => "values-address-empty",
            EmailAddressProblem::Incomplete => "values-address-incomplete",
            EmailAddressProblem::NotOneAddress => "values-address-not-one",
            EmailAddressProblem::BadCharacter => "values-address-bad-character",
            EmailAddressProblem::Hidden => "values-address-hidden",
            EmailAddressProblem::BadDomain => "values-address-bad-domain",
            EmailAddressProblem::TooLong => "values-address-too-long",
        })
    }
}

/// RFC 5322 `dot-atom-text`, with RFC 6531's wider alphabet.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    })
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, EmailAddressProblem as Problem};

    #[test]
    fn ordinary_addresses_are_taken_as_typed() {
        for text in ["anna@acme.example", "a.b+c@mail.acme.example", "o'neil@x.org", "jörg@acme.example"] {
            assert_eq!(EmailAddress::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn one_letter_in_two_encodings_is_one_and_look_alikes_are_two() {
        let normalised = |text: &str| EmailAddress::parse(text).unwrap().normalised();
        assert_eq!(
            EmailAddress::parse("jo\u{308}rg@acme.example").unwrap().to_string(),
            "j\u{f6}rg@acme.example"
        );
        assert_eq!(normalised("jo\u{308}rg@acme.example"), normalised("J\u{f6}rg@Acme.example"));
        for other in [
            "k\u{131}m@acme.example",
            "\u{3ba}im@acme.example",
            "\u{ff4b}im@acme.example",
            "K\u{130}M@acme.example",
        ] {
            assert_ne!(normalised(other), normalised("kim@acme.example"), "{other}");
        }
        // as it was stored, so it is written to
        assert_eq!(EmailAddress::stored("jo\u{308}rg@acme.example").unwrap().local(), "jo\u{308}rg");
        assert!(EmailAddress::stored("an\u{ad}na@acme.example").is_ok());
    }

    #[test]
    fn an_international_domain_becomes_punycode() {
        let address = EmailAddress::parse(" info@Müller.Example ").unwrap();
        assert_eq!(address.to_string(), "info@xn--mller-kva.example");
        assert!(!address.needs_smtputf8());
    }

    #[test]
    fn every_slip_has_its_own_problem() {
        let long_local = format!("{}@acme.example", "a".repeat(65));
        let long = format!(
            "{}@{}.example",
            "a".repeat(64),
            ["b".repeat(60), "c".repeat(60), "d".repeat(60)].join(".")
        );
        for (text, problem) in [
            ("", Problem::Empty),
            ("anna", Problem::Incomplete),
            ("@acme.example", Problem::Incomplete),
            ("anna@", Problem::Incomplete),
            ("Anna <anna@acme.example>", Problem::NotOneAddress),
            ("a@x.org, b@x.org", Problem::NotOneAddress),
            ("a@b@x.org", Problem::NotOneAddress),
            ("an na@acme.example", Problem::BadCharacter),
            ("anna@acme.example\r\nBcc: eve@x.org", Problem::BadCharacter),
            ("anna\0@acme.example", Problem::BadCharacter),
            ("\"anna\"@acme.example", Problem::BadCharacter),
            (".anna@acme.example", Problem::BadCharacter),
            ("an..na@acme.example", Problem::BadCharacter),
            ("\u{200b}anna@acme.example", Problem::Hidden),
            ("anna\u{2060}@acme.example", Problem::Hidden),
            ("an\u{ad}na@acme.example", Problem::Hidden),
            ("\u{feff}anna@acme.example", Problem::Hidden),
            ("anna@ac\u{ad}me.example", Problem::Hidden),
            ("\u{202e}anna@acme.example", Problem::Hidden),
            ("anna\u{fe0f}@acme.example\u{200b}", Problem::Hidden),
            ("anna@[127.0.0.1]", Problem::BadDomain),
            ("anna@127.0.0.1", Problem::BadDomain),
            ("anna@-acme.example", Problem::BadDomain),
            ("anna@acme..example", Problem::BadDomain),
            (&long_local, Problem::TooLong),
            (&long, Problem::TooLong),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(problem), "{text:?}");
        }
    }
}
