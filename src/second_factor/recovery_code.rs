use crate::values::{Secret, TokenHash, unicode};

/// 80 bits are too many to guess, so a fast hash is right for them.
const BYTES: usize = 10;
/// Letters and digits that are hard to take for each other (RFC 4648, section 6).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const LENGTH: usize = BYTES * 8 / 5;

/// A recovery code: sixteen letters and digits in four groups.
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// A new one from the operating system's random numbers.
    pub(super) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = zeroize::Zeroizing::new([0_u8; BYTES]);
        getrandom::fill(bytes.as_mut_slice())?;
        let (mut text, mut bits, mut held) = (String::with_capacity(LENGTH + 3), 0_u32, 0_u32);
        for byte in bytes.iter() {
            bits = (bits << 8) | u32::from(*byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                let letter = ALPHABET.get(((bits >> held) & 31) as usize);
                if text.len() % 5 == 4 {
                    text.push('-');
                }
                text.extend(letter.map(|letter| char::from(*letter)));
            }
        }
        Ok(Self(Secret::new(text)))
    }

    /// The code as it is written down.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is kept of it.
    pub(super) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.expose().replace('-', ""))
    }

    /// What would be kept of what somebody typed; nothing if it cannot be a code. Capitals, blanks and hyphens
    /// do not count, and digits that no code has are the letters that look like them.
    pub(super) fn hash_of(typed: &str) -> Option<TokenHash> {
        let plain: String = unicode::with_plain_digits(typed)
            .chars()
            .filter(|c| {
                !c.is_whitespace()
                    && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
            })
            .map(|c| match c.to_ascii_lowercase() {
                '0' => 'o',
                '1' => 'l',
                '8' => 'b',
                other => other,
            })
            .collect();
        let fits = plain.len() == LENGTH && plain.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then(|| TokenHash::of(&plain))
    }
}

#[cfg(test)]
mod tests {
    use super::RecoveryCode;

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        let code = RecoveryCode::generate().unwrap();
        let text = code.expose().to_owned();
        assert_eq!(text.len(), 19);
        assert!(text.split('-').all(|group| group.len() == 4), "{text}");
        assert_ne!(text, RecoveryCode::generate().unwrap().expose());
        let fullwidth: String = text
            .chars()
            .map(|c| c.to_digit(10).and_then(|n| char::from_u32(0xff10 + n)).unwrap_or(c))
            .collect();
        assert_eq!(RecoveryCode::hash_of(&fullwidth), Some(code.hash()), "{fullwidth}");
        let lookalikes = text.replace('o', "0").replace('l', "1").replace('b', "8");
        for typed in [text.clone(), text.to_uppercase(), text.replace('-', " "), format!(" {lookalikes}\t")] {
            assert_eq!(RecoveryCode::hash_of(&typed), Some(code.hash()), "{typed}");
        }
        for wrong in ["", "abcd", &format!("{text}a"), "äbcd-efgh-ijkl-mnop", "abcd-efgh-ijkl-mn9p"] {
            assert_eq!(RecoveryCode::hash_of(wrong), None, "{wrong}");
        }
    }
}
