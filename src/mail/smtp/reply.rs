use std::fmt;

/// At most that many characters of a reply are shown or kept with a failure.
const SHOWN_CHARS: usize = 500;
/// A shorter secret in disguise cannot be told from ordinary words.
const MIN_SKELETON: usize = 6;

/// A server's reply (RFC 5321, section 4.2): a code of three digits and lines of text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reply {
    /// The code, 200 to 599.
    pub code: u16,
    /// The enhanced status code (RFC 3463, RFC 2034) at the head of the text, if there is one.
    pub enhanced: Option<Enhanced>,
    /// The text behind the code, line by line; without control characters.
    pub lines: Vec<String>,
}

/// An enhanced status code like 5.7.1 (RFC 3463, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// One line of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReplyLine {
    pub(super) code: u16,
    pub(super) is_last: bool,
    pub(super) text: String,
}

impl ReplyLine {
    /// Parses a line without its end: three digits, of which the first is 2 to 5, then nothing, a
    /// blank or a hyphen. Everything else is no SMTP.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let (digits, rest) = line.split_at_checked(3)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let code = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        if !(200..600).contains(&code) {
            return None;
        }
        let (is_last, text) = match rest {
            [] => (true, rest),
            [b' ', text @ ..] => (true, text),
            [b'-', text @ ..] => (false, text),
            _ => return None,
        };
        Some(Self { code, is_last, text: without_control(&String::from_utf8_lossy(text)) })
    }
}

impl Reply {
    pub(in crate::mail) fn new(code: u16, lines: Vec<String>) -> Self {
        let enhanced = lines.first().and_then(|line| Enhanced::parse(line));
        Self { code, enhanced, lines }
    }

    /// Whether what was asked for was done (2yz), or the server waits for more (3yz).
    pub fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// Whether it makes no sense to ask again as it was (5yz).
    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    /// Whether the enhanced code is this one.
    pub(crate) fn is(&self, class: u8, subject: u16, detail: u16) -> bool {
        self.enhanced == Some(Enhanced(class, subject, detail))
    }

    /// The text in lower case and one line, without the enhanced code that many servers repeat on each line.
    pub(crate) fn text(&self) -> String {
        let code = self.enhanced.map(|enhanced| enhanced.to_string()).unwrap_or_default();
        let lines = self.lines.iter().map(|line| line.strip_prefix(&code).unwrap_or(line).trim());
        lines.collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Whether the text holds one of these, given in lower case.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text();
        words.iter().any(|word| text.contains(word))
    }

    /// The reply in one line, fit to be shown: without control characters, at most 500 characters.
    pub fn shown(&self) -> String {
        let mut text = self.code.to_string();
        let prefix = self.enhanced.map(|enhanced| format!("{enhanced} ")).unwrap_or_default();
        for (number, line) in self.lines.iter().enumerate() {
            // many servers repeat the enhanced code on every line
            let line = if number == 0 { line } else { line.strip_prefix(&prefix).unwrap_or(line) };
            text.push(' ');
            text.push_str(line);
        }
        shown(text.trim_end(), SHOWN_CHARS)
    }

    /// The reply cut down to what is worth keeping.
    pub(crate) fn shortened(mut self) -> Self {
        let mut left = SHOWN_CHARS;
        self.lines.retain_mut(|line| {
            *line = shown(line, left);
            let keep = left > 0;
            left = left.saturating_sub(line.chars().count());
            keep
        });
        self
    }

    /// Takes secrets out that the server echoes: some do, and a hostile one might, to have them kept
    /// in a log or shown on a page.
    pub(super) fn without<'a>(mut self, secrets: &(impl Iterator<Item = &'a str> + Clone)) -> Self {
        for line in &mut self.lines {
            for secret in secrets.clone().filter(|secret| line.contains(*secret)).collect::<Vec<_>>() {
                *line = line.replace(secret, "***");
            }
        }
        // in disguise: over several lines, in other capitals, with other characters between. What is
        // cut off, reversed or encoded otherwise cannot all be known.
        let said = skeleton(&self.lines.concat());
        if secrets.clone().map(skeleton).any(|secret| secret.len() >= MIN_SKELETON && said.contains(&secret))
        {
            self.lines = vec!["***".to_owned()];
        }
        self
    }
}

impl Enhanced {
    fn parse(line: &str) -> Option<Self> {
        let word = line.split([' ', ',', ';']).next()?;
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || !matches!(class, "2" | "4" | "5") || !digits(subject) || !digits(detail)
        {
            return None;
        }
        Some(Self(class.parse().ok()?, subject.parse().ok()?, detail.parse().ok()?))
    }
}

/// Letters and digits only, in lower case.
pub(in crate::mail) fn skeleton(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn without_control(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect()
}

/// Control characters, and those that turn the direction of writing or cannot be seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A stranger's text, fit to be shown: without control characters, at most that many characters.
pub(in crate::mail) fn shown(text: &str, max: usize) -> String {
    let mut kept: String = without_control(text);
    if let Some((end, _)) = kept.char_indices().nth(max) {
        kept.truncate(end);
        if kept.pop().is_some() {
            kept.push('…');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, lines: &[&str]) -> Reply {
        Reply::new(code, lines.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_line_is_a_code_and_its_text() {
        let line = |text: &str| ReplyLine::parse(text.as_bytes()).map(|l| (l.code, l.is_last, l.text));
        assert_eq!(line("250 OK"), Some((250, true, "OK".to_owned())));
        assert_eq!(line("250-SIZE 1"), Some((250, false, "SIZE 1".to_owned())));
        assert_eq!(line("354"), Some((354, true, String::new())));
        assert_eq!(line("250 a\u{1b}[2Jb\tc\u{0}"), Some((250, true, "a[2Jb c".to_owned())));
        for wrong in [
            "",
            "25",
            "2x0 OK",
            "25\u{661} OK",
            "150 OK",
            "600 OK",
            "000 OK",
            "250OK",
            "250_OK",
            "HTTP/1.1 400",
            "+OK",
            " 250 OK",
        ] {
            assert_eq!(line(wrong), None, "{wrong:?}");
        }
        assert_eq!(ReplyLine::parse(b"250 \xff\xfe").unwrap().text, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn an_enhanced_code_stands_at_the_head() {
        for (line, code) in [
            ("5.7.1 no", Some(Enhanced(5, 7, 1))),
            ("5.7.139 Authentication unsuccessful", Some(Enhanced(5, 7, 139))),
            ("4.2.2", Some(Enhanced(4, 2, 2))),
            ("5.7 no", None),
            ("3.7.1 no", None),
            ("5.7.1.1 no", None),
            ("5..1 no", None),
            ("5.7.12345 no", None),
            ("Ok: queued as 5.7.1", None),
        ] {
            assert_eq!(reply(550, &[line]).enhanced, code, "{line}");
        }
    }

    #[test]
    fn a_reply_is_shown_in_one_bounded_line() {
        let google = reply(535, &["5.7.8 Username and Password", "5.7.8 not accepted\r\n\u{202e}x"]);
        assert_eq!(google.shown(), "535 5.7.8 Username and Password not acceptedx");
        assert_eq!(reply(250, &[]).shown(), "250");
        let long = reply(550, &[&"ä".repeat(400), &"b".repeat(400)]);
        assert_eq!(long.shown().chars().count(), 500);
        assert!(long.clone().shortened().lines.concat().chars().count() <= 500);
        assert!(reply(550, &vec!["x"; 5000]).shortened().lines.len() <= 501);
    }

    #[test]
    fn an_echoed_secret_is_taken_out() {
        let echo = reply(535, &["no user with password hunter22", "AGFubmEAaHVudGVyMjI="]);
        let clean = echo.without(&["hunter22", "AGFubmEAaHVudGVyMjI="].into_iter());
        assert_eq!(clean.shown(), "535 no user with password *** ***");
    }
}
