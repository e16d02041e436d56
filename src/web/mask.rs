//! Addresses of people are masked in everything that a support person sees who looks at a portal as somebody
//! else, unless the tenant lets them see these in full.
//!
//! The finished page is masked, not its parts: addresses stand in lists, in forms, in what servers answered
//! and in transcripts, and a page that is written tomorrow must not forget it.

/// What stands for the part of an address that is not shown.
const HIDDEN: char = '…';

/// The text with every address in it masked: `anna@example.org` becomes `a…@example.org`. It may be HTML, and
/// the sign `@` may be written as in a URL.
pub(super) fn addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = next_sign(rest) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at..).unwrap_or_default());
        let begin = begin_of_local_part(before);
        let (kept, local) = (before.get(..begin), before.get(begin..).unwrap_or_default());
        masked.push_str(kept.unwrap_or_default());
        let is_address = begins_a_domain(after.get(sign..).unwrap_or_default());
        if local.is_empty() || is_of_a_message(local) || !is_address {
            masked.push_str(local);
        } else {
            masked.extend(local.chars().next().filter(|c| c.is_alphanumeric() && local.chars().count() > 1));
            masked.push(HIDDEN);
        }
        masked.push_str(after.get(..sign).unwrap_or_default());
        rest = after.get(sign..).unwrap_or_default();
    }
    masked.push_str(rest);
    masked
}

/// Where the next `@` stands, and how long it is.
fn next_sign(text: &str) -> Option<(usize, usize)> {
    let signs = [("@", 1), ("%40", 3), ("&#64;", 5)];
    signs.into_iter().filter_map(|(sign, length)| Some((text.find(sign)?, length))).min()
}

/// Where the local part (RFC 5321, section 4.1.2) begins that the text ends with. Characters that HTML writes
/// as `&#39;` belong to it, as they may.
fn begin_of_local_part(text: &str) -> usize {
    const QUOTE: &str = "&#34;";
    if let Some(quoted) = text.strip_suffix(QUOTE)
        && let Some(begin) = quoted.rfind(QUOTE)
    {
        return begin;
    }
    let fits = |c: char| c.is_alphanumeric() || "._%+-!#$&'*/?^_`{|}~;".contains(c);
    let local = text.char_indices().rev().take_while(|(_, c)| fits(*c)).last();
    let begin = local.map_or(text.len(), |(at, _)| at);
    // what HTML writes as `&#60;` or `&lt;` ends before the local part
    let run = text.get(begin..).unwrap_or_default();
    let ends = ["&#60;", "&lt;", "&#34;", "&#62;", "&gt;", "&quot;"];
    let skipped = ends.iter().filter_map(|end| Some(run.rfind(end)? + end.len())).max();
    begin + skipped.unwrap_or(0)
}

/// Whether it is the first half of a Message-ID of ours, by which support asks a server's operator.
fn is_of_a_message(local: &str) -> bool {
    local.len() >= 32 && uuid::Uuid::parse_str(local).is_ok()
}

fn begins_a_domain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '[')
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn every_address_is_masked_wherever_it_stands() {
        for (text, masked) in [
            ("anna@example.org", "a…@example.org"),
            ("to <b>anna.b+c@example.org</b>, x@y", "to <b>a…@example.org</b>, …@y"),
            ("href=\"?recipient=anna%40example.org&amp;x\"", "href=\"?recipient=a…%40example.org&amp;x\""),
            ("550 5.1.1 &#60;anna@example.org&#62;: unknown", "550 5.1.1 &#60;a…@example.org&#62;: unknown"),
            ("o&#39;neil@example.org", "o…@example.org"),
            ("&#34;anna b&#34;@example.org", "…@example.org"),
            ("größe@müller.example", "g…@müller.example"),
            ("mailto:anna@example.org", "mailto:a…@example.org"),
            ("anna@[192.0.2.1]", "a…@[192.0.2.1]"),
            ("RCPT TO:<anna@example.org> a@b@c", "RCPT TO:<a…@example.org> …@…@c"),
        ] {
            assert_eq!(addresses(text), masked, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_stays() {
        let id = "<018f0000000070008000000000000000@portal.example>";
        for text in [id, "", "no sign", "@", "a @ b", "@media print", "100 %", "x@ y", "nothing@"] {
            assert_eq!(addresses(text), text, "{text}");
        }
    }
}
