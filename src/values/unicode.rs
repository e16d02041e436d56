//! Text as Unicode has it: the one place that decides when two spellings are the same, and what nobody sees.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The composed form (NFC): of one letter that can be encoded in two ways there is one left.
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Whether the character leaves no trace on a page: Unicode's `Default_Ignorable_Code_Point` (soft hyphens,
/// zero-width characters, what turns the direction of writing, variation selectors, tags), the marks around
/// annotations, and the blank pattern of Braille.
pub fn is_hidden(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F
            | 0x61C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x206F
            | 0x2800
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

/// Whether the character turns the direction of writing, so that what is shown is in another order than what is there.
pub fn turns_direction(c: char) -> bool {
    matches!(u32::from(c), 0x61C | 0x200E..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069)
}

/// A password as it is compared (RFC 8265, section 4.2, `OpaqueString`): every blank is the ordinary one, and
/// letters are composed. Capitals and widths stay as they are.
pub fn opaque(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.chars().map(|c| if is_blank(c) { ' ' } else { c }).nfc().collect())
}

/// As what a password may have been kept before [`opaque`] was: as it was typed, or, if that is composed, with its
/// letters taken apart, as some systems write them. `None`: there is no such other form.
pub fn former_opaque(password: &str) -> Option<Zeroizing<String>> {
    let now = opaque(password);
    if *now != *password {
        return Some(Zeroizing::new(password.to_owned()));
    }
    let apart: Zeroizing<String> = Zeroizing::new(password.nfd().collect());
    (*apart != *now).then_some(apart)
}

/// Unicode's `Zs` but for the ordinary blank.
fn is_blank(c: char) -> bool {
    matches!(u32::from(c), 0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000)
}

/// The text with decimal digits of every script as the ordinary ones, and without what nobody sees: keyboards of
/// many languages write their own.
pub fn with_plain_digits(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).map(|c| digit(c).unwrap_or(c)).collect()
}

/// The zeros of Unicode's `Nd`; nine digits follow each (Unicode 16).
const ZEROS: [u32; 76] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
    0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

fn digit(c: char) -> Option<char> {
    let c = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= c)?;
    char::from_digit(c - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_however_a_keyboard_encodes_it() {
        let composed = "K\u{e4}sebrot bei B\u{f6}hmes 77";
        for typed in [
            composed,
            "Ka\u{308}sebrot bei Bo\u{308}hmes 77",
            "K\u{e4}sebrot\u{a0}bei\u{3000}B\u{f6}hmes\u{202f}77",
        ] {
            assert_eq!(*opaque(typed), composed);
        }
        // RFC 8265, section 4.4: neither capitals nor widths are folded
        assert_ne!(*opaque("Correct"), *opaque("correct"));
        assert_eq!(*opaque("\u{ff21}"), "\u{ff21}");
        assert_eq!(former_opaque("correct horse"), None);
        assert_eq!(former_opaque("K\u{e4}se").unwrap().as_str(), "Ka\u{308}se");
        assert_eq!(former_opaque("Ka\u{308}se").unwrap().as_str(), "Ka\u{308}se");
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        for typed in
            ["123456", "١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "１２３４５６", "\u{200b}123\u{2060}456", "𝟏𝟐𝟑𝟒𝟓𝟔"]
        {
            assert_eq!(with_plain_digits(typed), "123456", "{typed}");
        }
        for (at, zero) in ZEROS.iter().enumerate() {
            for n in 0..10 {
                let c = char::from_u32(zero + n).unwrap();
                assert!(c.is_numeric(), "{c:?}");
                assert_eq!(digit(c), char::from_digit(n, 10), "{at}");
            }
        }
        for other in ["abc", "²", "½", "Ⅳ", "/:"] {
            assert_eq!(with_plain_digits(other), other);
        }
    }

    #[test]
    fn what_is_hidden_is_known_and_what_is_seen_is_not() {
        for c in
            "\u{200b}\u{2060}\u{ad}\u{feff}\u{202e}\u{2066}\u{200d}\u{fe0f}\u{e0041}\u{3164}\u{61c}".chars()
        {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in "aäß日ก\u{301}–€😀 ".chars() {
            assert!(!is_hidden(c), "{c:?}");
        }
    }
}
