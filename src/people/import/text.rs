//! What a spreadsheet says before and between its fields: the separator, and quotation marks.

use std::borrow::Cow;

/// The text and what stands between its fields, if its first line says so as Excel reads it (`sep=;`). That line is left
/// empty, so that the others keep their numbers.
pub(super) fn without_separator_line(text: &str) -> (Cow<'_, str>, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim_matches([' ', '"', '\r']);
    let sign = said.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| said.get(4..));
    match sign.map(str::as_bytes) {
        Some([sign]) => (Cow::Owned(format!("\n{rest}")), Some(*sign)),
        // trimmed away, or written as its name
        Some(b"\\t" | b"") => (Cow::Owned(format!("\n{rest}")), Some(b'\t')),
        _ => (Cow::Borrowed(text), None),
    }
}

/// The lines, from 1, of a quotation mark that opens a field and is never closed: where its record begins, and its own.
pub(super) fn open_quote(text: &str, separator: u8) -> Option<(u64, u64)> {
    let (mut line, mut record, mut opened, mut at_start) = (1, 1, None, true);
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        let is_end = c == '\n' || u32::from(c) == u32::from(separator);
        if c == '"' && opened.is_some() {
            if signs.peek() == Some(&'"') {
                signs.next();
            } else {
                opened = None;
            }
        } else if c == '"' && at_start {
            opened = Some((record, line));
        }
        at_start = opened.is_none() && is_end;
        line += u64::from(c == '\n');
        if c == '\n' && at_start {
            record = line;
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_excel_is_obeyed_and_passed_over() {
        for (text, sign) in [
            ("sep=;\na;b", b';'),
            ("SEP=,\na;b", b','),
            ("\"sep=;\"\na;b", b';'),
            ("sep=\t\na;b", b'\t'),
            ("sep=|\na;b", b'|'),
        ] {
            assert_eq!(without_separator_line(text), (Cow::Borrowed("\na;b"), Some(sign)), "{text:?}");
        }
        for text in ["a;b\nsep=;", "separator\nx", "sep=ab\nx", "ü"] {
            assert_eq!(without_separator_line(text), (Cow::Borrowed(text), None), "{text:?}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_found() {
        assert_eq!(open_quote("a,b\nc,\"d\ne,f\n", b','), Some((2, 2)));
        assert_eq!(open_quote("a,\"b\n\"\nc,\"d\"\"\ne", b','), Some((3, 3)));
        assert_eq!(open_quote("a\n\"b\nc\",\"d\n", b','), Some((2, 3)));
        for fine in ["a,\"b\nc\"", "a,b \"c\n", "a,\"b \"\"c\"\" d\"\n", ""] {
            assert_eq!(open_quote(fine, b','), None, "{fine:?}");
        }
    }
}
