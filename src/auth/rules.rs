//! What a new password must be, after NIST SP 800-63B, section 5.1.1.2: long enough, not too long for us to hash,
//! none that everybody tries first, and nothing that whoever knows the account knows as well. Nothing is asked of
//! its characters: that makes passwords worse, not better.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::i18n::Text;
use crate::values::{Secret, unicode};

/// A password has at least so many characters.
pub const MIN_PASSWORD: usize = 12;
/// And at most so many. Longer ones of former days still sign in.
pub const MAX_PASSWORD: usize = 128;
/// What repeats itself after so many characters is no more than those.
const MAX_PATTERN: usize = 8;

/// Passwords that everybody tries first, in lower case; shorter ones as words.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("common_passwords.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// What everybody knows who knows the account.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The address to sign in with.
    pub email: &'a str,
    /// What the product is called.
    pub product: &'a str,
    /// The tenant's name; empty where there is none.
    pub tenant: &'a str,
}

/// The chosen password, or what is wrong with it and with its repetition.
pub fn chosen_password(
    new: &str,
    repeat: &str,
    known: Known<'_>,
) -> (Result<Secret, Text>, Result<(), Text>) {
    let (new, repeat) = (unicode::opaque(new), unicode::opaque(repeat));
    let chosen = match problem(&new, known) {
        Some(problem) => Err(problem),
        None => Ok(Secret::new(new.as_str())),
    };
    let repeated = if new == repeat { Ok(()) } else { Err(Text::new("auth-password-not-repeated")) };
    (chosen, repeated)
}

/// Whether no keyboard writes it twice the same: a control character, or one that nobody sees (RFC 8265, section
/// 4.2, by RFC 8264, section 4.3). What joins letters or chooses the look of a sign is typed with it.
fn is_unseen(c: char) -> bool {
    let belongs_to_a_sign = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    c.is_control() || (unicode::is_hidden(c) && !belongs_to_a_sign)
}

fn problem(new: &str, known: Known<'_>) -> Option<Text> {
    let folded = new.to_lowercase();
    let length = new.chars().count();
    if length < MIN_PASSWORD {
        Some(Text::new("auth-password-too-short").with_number("least", MIN_PASSWORD))
    } else if length > MAX_PASSWORD {
        Some(Text::new("auth-password-too-long").with_number("most", MAX_PASSWORD))
    } else if new.chars().any(is_unseen) {
        Some(Text::new("auth-password-unseen"))
    } else if is_common(&folded) || is_a_row(&folded) {
        Some(Text::new("auth-password-common"))
    } else if repeats_itself(&folded) {
        Some(Text::new("auth-password-repeats"))
    } else if is_known(&folded, known) {
        Some(Text::new("auth-password-known"))
    } else {
        None
    }
}

/// Whether everybody tries it first: as it is, or a common word with digits and signs around it.
fn is_common(folded: &str) -> bool {
    COMMON.contains(folded) || COMMON.contains(letters(folded).as_str())
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// Whether each character follows the one before, up or down, as in `abcdefghijkl` or `98765432109876`.
fn is_a_row(text: &str) -> bool {
    let follows = |a: char, b: char| u32::from(a) + 1 == u32::from(b) || (a == '9' && b == '0');
    let pairs = || text.chars().zip(text.chars().skip(1));
    pairs().all(|(a, b)| follows(a, b)) || pairs().all(|(a, b)| follows(b, a))
}

/// Whether it is a short piece again and again, the last time perhaps not to its end.
fn repeats_itself(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (1..=MAX_PATTERN.min(characters.len() / 2))
        .any(|piece| characters.iter().zip(characters.iter().skip(piece)).all(|(a, b)| a == b))
}

/// Whether its letters are no more than the address, a part of it, or a name, once or again and again: digits
/// and signs around it are tried by every program that guesses.
fn is_known(folded: &str, known: Known<'_>) -> bool {
    let own = letters(folded);
    let email = known.email.to_lowercase();
    let (local, domain) = email.split_once('@').unwrap_or((email.as_str(), ""));
    if folded == email || folded == local {
        return true;
    }
    [email.as_str(), local, domain, &known.product.to_lowercase(), &known.tenant.to_lowercase()]
        .into_iter()
        .map(letters)
        .filter(|word| !word.is_empty())
        .any(|word| !own.is_empty() && own.replace(word.as_str(), "").is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known<'_> = Known {
        email: "Anna.Archer@acme.example",
        product: "Posthorn Portal",
        tenant: "Acme Trading Company",
    };

    fn key(password: &str) -> Option<String> {
        problem(password, KNOWN).map(|text| format!("{text:?}"))
    }

    fn refused(password: &str, why: &str) {
        let key = key(password).unwrap_or_else(|| panic!("{password} is accepted"));
        assert!(key.contains(why), "{password}: {key}");
    }

    #[test]
    fn a_password_has_12_to_128_characters() {
        refused("eleven char", "auth-password-too-short");
        assert_eq!(key("twelve chars"), None);
        assert_eq!(key("äöü€🔑 ÄÖÜ! 12"), None, "characters are counted, not bytes");
        assert_eq!(key(&"a bc".repeat(32).replacen("a b", "x y", 5)), None);
        refused(&"a bc d".repeat(22), "auth-password-too-long");
    }

    #[test]
    fn what_everybody_tries_first_is_refused_whatever_its_capitals() {
        assert!(COMMON.len() > 5000 && COMMON.iter().all(|word| *word == word.to_lowercase()));
        for common in [
            "international",
            "CookieMonster",
            "1q2w3e4r5t6y",
            "QWERTYUIOP123",
            "Password2026!",
            "#1 Sunshine 12",
        ] {
            refused(common, "auth-password-common");
        }
        refused("abcdefghijklm", "auth-password-common");
        refused("zyxwvutsrqponm", "auth-password-common");
        refused("345678901234", "auth-password-common");
    }

    #[test]
    fn what_repeats_itself_is_refused() {
        for repeated in
            ["aaaaaaaaaaaaa", "AbAbAbAbAbAb", "passpasspass", "horse horse horse", "abc1abc1abc1a"]
        {
            refused(repeated, "auth-password-repeats");
        }
        assert_eq!(key("correct horse battery"), None);
    }

    #[test]
    fn what_is_known_with_the_account_is_refused() {
        for known in [
            "anna.archer@acme.example",
            "anna.archeranna.archer",
            "AnnaArcher2026!",
            "acme.example 1234",
            "PosthornPortal1",
            "Acme Trading Company",
            "acme-trading-company-2026",
        ] {
            refused(known, "auth-password-known");
        }
        assert_eq!(key("Anna Archer likes apples"), None);
        let empty = Known { tenant: "", product: "", email: "" };
        assert_eq!(problem("a few words in a row", empty), None);
        assert_eq!(problem("83-17-29-55-41", empty), None, "no letters are no word");
    }
}
