//! Whether the tags of HTML have few attributes.
//!
//! The parser compares each attribute of a tag with all before it, so that one tag with a hundred thousand of them
//! takes minutes. It tells of a tag only when it is complete, so the tags are counted before, by the rules of the HTML
//! standard (section 13.2.5, "Tokenization"). Where the parser is in a tag depends on comments and scripts before; here
//! every `<` with a letter behind it counts as the beginning of one, whatever it stands in. So nothing is missed, and
//! what is no tag in truth is only ever refused.

/// So many attributes a tag may have.
const ATTRIBUTES: usize = 100;
/// So often a byte may be looked at, on average.
const LOOKS: usize = 16;

/// So many characters a text may have that the parser hands over one by one. It puts each of them behind the others
/// in time that grows with their number.
const SINGLES: usize = 20_000;

/// Whether no tag has too many attributes, and what is between them comes in large pieces.
pub(super) fn are_reasonable(html: &str) -> bool {
    let bytes = html.as_bytes();
    let is_single = |pair: &&[u8]| match pair {
        [b'\r', next] => *next != b'\n',
        [b'&' | b'\0' | b'\n', _] => true,
        [b'<', next] => !(next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')),
        _ => false,
    };
    if bytes.windows(2).filter(is_single).count() > SINGLES {
        return false;
    }
    let mut looks = bytes.len().saturating_mul(LOOKS);
    let begins = |pair: &[u8]| matches!(pair, [b'<', letter] if letter.is_ascii_alphabetic());
    let starts = bytes.windows(2).enumerate().filter(|(_, pair)| begins(pair)).map(|(at, _)| at + 1);
    for start in starts {
        match attributes(bytes.get(start..).unwrap_or_default(), &mut looks) {
            Some(count) if count <= ATTRIBUTES => {}
            _ => return false,
        }
    }
    true
}

/// In which part of a tag a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    TagName,
    Between,
    Name,
    /// Behind a name and a space.
    AfterName,
    BeforeValue,
    Value,
    Quoted(u8),
}

/// How many attributes the tag has that begins there, counted up to one more than it may have. `None`: too much was
/// looked at.
fn attributes(tag: &[u8], looks: &mut usize) -> Option<usize> {
    let (mut place, mut count) = (In::TagName, 0);
    for byte in tag.iter().copied() {
        *looks = looks.checked_sub(1)?;
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c);
        place = match (place, byte) {
            (In::Quoted(quote), byte) if byte == quote => In::Between,
            (In::Quoted(_), _) => place,
            (_, b'>') => return Some(count),
            (In::BeforeValue, b'"' | b'\'') => In::Quoted(byte),
            (In::BeforeValue, _) if is_space => place,
            (In::BeforeValue | In::Value, _) if !is_space => In::Value,
            (In::Name | In::AfterName, b'=') => In::BeforeValue,
            (In::Name | In::AfterName, _) if is_space => In::AfterName,
            (_, _) if is_space || byte == b'/' => In::Between,
            (In::Between | In::AfterName, _) => {
                count += 1;
                In::Name
            }
            (_, _) => place,
        };
        if count > ATTRIBUTES {
            return Some(count);
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(tag: &str) -> Option<usize> {
        let mut looks = usize::MAX;
        attributes(tag.as_bytes(), &mut looks)
    }

    #[test]
    fn attributes_are_counted_as_the_parser_does() {
        for (tag, wanted) in [
            ("b>", 0),
            ("br/>", 0),
            ("a href=x title='a b c' alt=\"d > e\"> f g", 3),
            ("a/b/c", 2),
            ("a b=\"1\"c='2'd", 3),
            ("a b = c d", 2),
            ("a b= 'c d' e", 2),
            ("a \"b c\"", 2),
            ("a b=c/d e", 2),
        ] {
            assert_eq!(count(tag), Some(wanted), "{tag}");
        }
    }

    #[test]
    fn a_tag_with_many_is_found_wherever_it_hides() {
        let many: String = (0..200).map(|n| format!(" a{n}")).collect();
        for html in [
            format!("<b{many}>"),
            format!("<!-- <b x=\" --><b{many}>"),
            format!("<style><b x='</style><b{many}>"),
            format!("<b x=\"<b{many}>"),
        ] {
            assert!(!are_reasonable(&html), "{}", html.get(..40).unwrap());
        }
        assert!(are_reasonable(&"<p class=\"a b\" style='c: d'>a < b</p>\r\n".repeat(9_000)));
        assert!(!are_reasonable(&format!("<b x='{}", "<a y=\"z\" ".repeat(20_000))));
    }
}
