//! Time-based one-time passwords (RFC 6238): six digits that change every half minute, made by an app on
//! a telephone from a secret that it shares with us.
//!
//! A code is accepted from the step before to the step after the present one, for clocks differ, and each
//! only once: whoever accepts one keeps the [`Step`] and passes it to the next check.

use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::values::{Secret, unicode};

/// 160 bits, as RFC 4226 (section 4) recommends.
const SECRET_BYTES: usize = 20;

/// The number of a half minute since 1970.
pub type Step = i64;

/// A new secret, in base32 as apps take it.
///
/// # Errors
/// When the operating system has no random numbers to give.
pub fn generate() -> Result<Secret, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(Secret::new(totp_rs::Secret::from(*bytes).to_base32()))
}

/// The step of a code, if it is one of that secret at this time and later than the last one accepted.
/// Blanks in what was typed do not count, and digits are those of any script.
pub fn check(secret: &Secret, code: &str, last: Option<Step>, now: Timestamp) -> Option<Step> {
    let code: String = unicode::with_plain_digits(code).chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(secret, None)?.check(&code, seconds(now))?;
    Step::try_from(step).ok().filter(|step| last.is_none_or(|last| *step > last))
}

/// The code of that moment, as the app shows it.
pub fn code(secret: &Secret, at: Timestamp) -> Option<String> {
    Some(totp(secret, None)?.generate(seconds(at)).to_string())
}

/// What the QR code says to an app: the secret, and what to call it.
pub fn uri(secret: &Secret, issuer: &str, account: &str) -> Option<Secret> {
    totp(secret, Some((issuer, account)))?.to_url().ok().map(Secret::new)
}

/// The secret in groups of four, for those who type it into their app.
pub fn in_groups(secret: &Secret) -> String {
    let characters: Vec<char> = secret.expose().chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A QR code as an SVG element; dark on light, with its margin, whatever the colours around it.
pub fn qr_code(uri: &Secret) -> Option<String> {
    let code = QrCode::new(uri.expose().as_bytes()).ok()?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // an element within a page, not a document
    drawn.find("<svg").and_then(|at| drawn.get(at..)).map(str::to_owned)
}

fn totp(secret: &Secret, names: Option<(&str, &str)>) -> Option<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).ok()?;
    // a colon parts the two names in the URI
    let (issuer, account) = names.unwrap_or(("Posthorn", "user"));
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(issuer.replace(':', " ")))
        .with_account_name(account.replace(':', " "))
        .build()
        .ok()
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The secret of RFC 6238, appendix B, whose codes there have eight digits.
    fn of_the_rfc() -> Secret {
        Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (second, digits) in [(59, "94287082"), (1_111_111_109, "07081804"), (2_000_000_000, "69279037")] {
            let code = code(&of_the_rfc(), Timestamp(second * 1_000_000)).unwrap();
            assert_eq!(code, digits[2..]);
        }
    }

    #[test]
    fn a_code_counts_once_and_from_the_step_before_to_the_step_after() {
        let (secret, at) = (generate().unwrap(), Timestamp(1_800_000_015_000_000));
        let half_minutes = |n: u32| Duration::from_secs(30) * n;
        let typed = code(&secret, at).unwrap();
        let step = check(&secret, &typed, None, at).unwrap();
        assert_eq!(check(&secret, &typed, Some(step), at), None);
        assert!(check(&secret, &format!("{} {}", &typed[..3], &typed[3..]), None, at).is_some());
        for (now, counts) in [
            (at.minus(half_minutes(2)), false),
            (at.minus(half_minutes(1)), true),
            (at.plus(half_minutes(1)), true),
            (at.plus(half_minutes(2)), false),
        ] {
            assert_eq!(check(&secret, &typed, None, now).is_some(), counts, "{now:?}");
        }
        let later = code(&secret, at.plus(half_minutes(1))).unwrap();
        assert!(check(&secret, &later, Some(step), at).is_some());
        let zeros = ['0', '\u{660}', '\u{966}', '\u{ff10}'].map(u32::from);
        for zero in zeros {
            let of_script: String =
                typed.chars().filter_map(|c| char::from_u32(zero + c.to_digit(10)?)).collect();
            assert!(check(&secret, &of_script, None, at).is_some(), "{of_script}");
        }
        for wrong in ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(check(&secret, wrong, None, at), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_the_secret_and_its_names() {
        let uri = uri(&of_the_rfc(), "Acme: Portal", "a+b@acme.example").unwrap();
        assert!(uri.expose().starts_with("otpauth://totp/Acme"), "{}", uri.expose());
        assert!(uri.expose().contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        let drawn = qr_code(&uri).unwrap();
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>") && !drawn.contains("style"));
    }
}
