//! The HTML of a program's mail: what may stay in it, and a text for programs that show none.
//!
//! What stays is what mail programs show: headings, paragraphs, lists, tables, links, quotations, and the formatting in
//! `style` attributes that is about letters, colours and spaces. Scripts, style sheets, forms, frames, handlers and what
//! else runs or loads goes. A link leads by http, https, mailto or tel.
//!
//! Direction, language and colours of the whole stay on a `<div>` around it, colours in pairs ([`style`]), and what is
//! hidden stays hidden.
//!
//! A picture stays only with its data in it (`data:`, PNG, JPEG, GIF or WebP). One that is loaded tells its server
//! who reads the mail, when and from where; that is why mail programs block it until the reader says otherwise. What is
//! left of it is the text of its `alt`, which is what such a program shows. `cid:` goes as well, since no file of ours
//! has a Content-ID yet, and what cannot be found is shown as broken.

mod frame;
mod size;
mod style;
mod tags;
mod tree;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// So many bytes cleaned HTML may have: what was never closed is repeated, and grows.
const LONGEST: usize = 2 * 1024 * 1024;
/// So many bytes of HTML, pictures not counted, a text is made of: quotations within quotations make it grow.
const MAX_FOR_TEXT: usize = 128 * 1024;
/// The width of a text's lines.
const WIDTH: usize = 78;
/// What is only for the head, for other programs or for users who type: it goes with what is in it.
const GONE: [&str; 14] = [
    "script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe", "object", "svg",
    "math", "select", "textarea", "xmp",
];
const PICTURES: [&str; 4] = [
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

/// Why HTML is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HtmlRejected {
    /// It has too many elements, or too many within each other.
    TooComplex,
    /// Nothing of it may stay.
    Empty,
}

impl HtmlRejected {
    /// The limits of [`HtmlRejected::TooComplex`]: elements, and how many within each other.
    pub(super) const LIMITS: (usize, usize) = (size::ELEMENTS, size::DEPTH);
}

/// The HTML without what may not stay.
pub(super) fn clean(html: &str) -> Result<String, HtmlRejected> {
    if !size::is_within_limits(html) {
        return Err(HtmlRejected::TooComplex);
    }
    let clean = CLEANER.clean(html).to_string();
    if clean.len() > LONGEST {
        return Err(HtmlRejected::TooComplex);
    }
    if clean.trim().is_empty() {
        return Err(HtmlRejected::Empty);
    }
    let framed = match frame::of(html).map(|tag| CLEANER.clean(&tag).to_string()) {
        Some(frame) if frame != "<div></div>" => {
            let start = frame.strip_suffix("</div>").unwrap_or_default();
            format!("{start}{clean}</div>")
        }
        _ => clean,
    };
    Ok(tree::without_lost_colours(&framed))
}

/// A text of clean HTML, with the addresses of its links below it. Nothing, if it is too long for that.
pub(super) fn text_of(html: &str) -> Option<String> {
    let html = without_pictures(&tree::without_hidden(html));
    if html.len() > MAX_FOR_TEXT {
        return None;
    }
    let plain = html2text::config::plain().no_table_borders().allow_width_overflow().link_footnotes(true);
    // that it panics is a fault of the library, which strangers' HTML must not turn into one of ours
    let made = catch_unwind(AssertUnwindSafe(|| plain.string_from_read(html.as_bytes(), WIDTH)));
    let text =
        made.ok()?.inspect_err(|error| tracing::debug!(%error, "no text is made of the HTML of a mail"));
    text.ok().filter(|text| text.len() <= LONGEST)
}

/// Clean HTML whose pictures have no data. An address stays in its place, without which their `alt` is passed over.
fn without_pictures(html: &str) -> String {
    let mut out = String::with_capacity(html.len().min(2 * MAX_FOR_TEXT));
    for (number, part) in html.split("<img ").enumerate() {
        if number == 0 {
            out.push_str(part);
            continue;
        }
        out.push_str("<img src=\"-\" ");
        // in clean HTML every value stands in double quotes, and none is in it
        match part.split_once("src=\"data:") {
            Some((before, rest)) if !before.contains('>') => {
                out.push_str(before);
                out.push_str(rest.split_once('"').map_or("", |(_, after)| after));
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// HTML of a text that was meant as such.
pub(super) fn of_text(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    html.push_str("<div style=\"white-space:pre-wrap\">");
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            // not every mail program knows white-space
            '\n' => html.push_str("<br>"),
            '\r' => {}
            c => html.push(c),
        }
    }
    html.push_str("</div>");
    html
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .add_tags(&["font"])
        .clean_content_tags(GONE.into_iter().collect())
        .generic_attributes(
            ["style", "lang", "dir", "title", "align", "id", "aria-hidden", "aria-label"].into(),
        )
        .add_tag_attributes("a", &["name"])
        .add_tag_attributes("font", &["color", "face", "size"])
        .add_tag_attributes("table", &["bgcolor", "border", "cellpadding", "cellspacing", "role", "width"])
        .add_tag_attributes("tr", &["bgcolor", "valign"])
        .add_tag_attributes("td", &["bgcolor", "height", "valign", "width"])
        .add_tag_attributes("th", &["bgcolor", "height", "valign", "width"])
        .filter_style_properties(style::PROPERTIES.into_iter().chain([style::GROUND_LOST]).collect())
        .url_schemes(["http", "https", "mailto", "tel", "data"].into())
        .url_relative(UrlRelative::Custom(Box::new(anchor)))
        .attribute_filter(attribute);
    builder
}

/// Keeps a link that leads to a place in the mail itself.
fn anchor(url: &str) -> Option<Cow<'_, str>> {
    url.starts_with('#').then_some(Cow::Borrowed(url))
}

/// What becomes of an attribute's value; `None`: the attribute goes.
fn attribute<'a>(element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let stays = match (element, name) {
        ("img", "src") => PICTURES
            .iter()
            .any(|kind| value.get(..kind.len()).is_some_and(|it| it.eq_ignore_ascii_case(kind))),
        // an address ignores what stands in it of these
        (_, "cite") => false,
        (_, "href" | "src") => {
            let bare: String = value.chars().filter(|c| !c.is_ascii_control() && *c != ' ').collect();
            !bare.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
        }
        // programs that show it add and multiply these
        (_, "colspan" | "rowspan" | "span" | "start") => {
            value.parse().is_ok_and(|number: u16| (1..=1000).contains(&number))
        }
        (_, "style") => {
            let kept = style::clean(value);
            return (!kept.is_empty()).then_some(Cow::Owned(kept));
        }
        (_, "dir") => ["ltr", "rtl", "auto"].iter().any(|own| value.eq_ignore_ascii_case(own)),
        (_, "lang") => value.len() <= 35 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
        _ => true,
    };
    stays.then_some(Cow::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_loads_goes_and_what_is_shown_stays() {
        for (given, left) in [
            ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
            ("<script>alert(1)</script><p onclick=\"x()\">a</p>", "<p>a</p>"),
            ("<style>p{color:red}</style><title>T</title>x", "x"),
            ("<a href=\"javascript:alert(1)\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\" java\tscript:alert(1)\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\"da\tta:text/html,x\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\"/relative\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            (
                "<a href=\"https://acme.example/?a=1\" target=\"_blank\">a</a>",
                "<a href=\"https://acme.example/?a=1\" rel=\"noopener noreferrer\">a</a>",
            ),
            ("<img src=\"https://tracker.example/1.gif\" alt=\"Logo\">", "<img alt=\"Logo\">"),
            ("<img src=\"//tracker.example/1.gif\" srcset=\"x 2x\" alt=\"Logo\">", "<img alt=\"Logo\">"),
            ("<img src=\"cid:logo\" alt=\"Logo\">", "<img alt=\"Logo\">"),
            ("<img src=\"data:image/svg+xml;base64,AAAA\" alt=\"x\">", "<img alt=\"x\">"),
            ("<img src=\"data:image/png;base64,AAAA\">", "<img src=\"data:image/png;base64,AAAA\">"),
            ("<p style=\"color: red; background: url(https://t.example)\">a</p>", "<p>a</p>"),
            (
                "<p style=\"color: red; position: fixed; margin: 1px\">a</p>",
                "<p style=\"color:red;margin:1px\">a</p>",
            ),
            ("<table background=\"https://t.example\"><td bgcolor=\"red\">a</table>", ""),
            ("<form action=\"https://t.example\"><input name=\"p\"><b>a</b></form>", "<b>a</b>"),
            ("<iframe src=\"https://t.example\"></iframe><object data=\"x\">o</object><b>a</b>", "<b>a</b>"),
            ("<svg><script>alert(1)</script></svg><b>a</b>", "<b>a</b>"),
            (
                "<meta http-equiv=\"refresh\" content=\"0;url=x\"><base href=\"x\"><link rel=\"x\" href=\"y\">a",
                "a",
            ),
            ("<!doctype html><html><head><title>x</title></head><body><p>a</p></body></html>", "<p>a</p>"),
            ("<!-- [if mso]>x<![endif] -->a", "a"),
            (
                "<a href=\"#more\">a</a><p id=\"more\">b</p>",
                "<a href=\"#more\" rel=\"noopener noreferrer\">a</a><p id=\"more\">b</p>",
            ),
            (
                "<html dir=\"rtl\" lang=\"he\"><body dir=\"rtl\" style=\"background-color:#111111;color:#eeeeee\"><p>\u{5e9}</p></body></html>",
                "<div dir=\"rtl\" lang=\"he\" style=\"background-color:#111111;color:#eeeeee\"><p>\u{5e9}</p></div>",
            ),
            (
                "<body bgcolor=\"#111\" text=\"white\" onload=\"x()\"><p>a</p>",
                "<div style=\"color:white;background-color:#111\"><p>a</p></div>",
            ),
            (
                "<div style=\"max-height:0;overflow:hidden;mso-hide:all\" aria-hidden=\"true\">Preview</div><p>Hello</p>",
                "<div style=\"display:none\" aria-hidden=\"true\">Preview</div><p>Hello</p>",
            ),
            // colours stay in pairs, also across elements
            (
                "<div style=\"background:url(x.png)\"><p style=\"color:#fff\">a <font color=\"white\">b</font></p><p style=\"color:#fff;background:#000\">c</p></div>",
                "<div><p>a <font>b</font></p><p style=\"color:#fff;background-color:#000\">c</p></div>",
            ),
            (
                "<table><tr><td bgcolor=\"#1c3468\" style=\"background:url(x.png);color:#fff\">a</td></tr></table>",
                "<table><tbody><tr><td bgcolor=\"#1c3468\" style=\"color:#fff\">a</td></tr></tbody></table>",
            ),
        ] {
            let clean = clean(given).unwrap();
            if !left.is_empty() {
                assert_eq!(clean, left, "{given}");
            }
            let lower = clean.to_lowercase();
            for evil in
                ["script", "onclick", "example/1.gif", "t.example", "url(", "<form", "<iframe", "<meta"]
            {
                assert!(!lower.contains(evil), "{given}: {clean}");
            }
        }
        assert_eq!(clean("<script>x</script> "), Err(HtmlRejected::Empty));
        assert_eq!(clean(&"<div>".repeat(300)), Err(HtmlRejected::TooComplex));
    }

    #[test]
    fn what_is_clean_is_clean_already() {
        let given = "<h1 style=\"color:red\">A</h1><table width=\"100%\"><tbody><tr><td>1<img \
                     src=\"data:image/png;base64,AAAA\"></td></tr></tbody></table>";
        let once = clean(given).unwrap();
        assert_eq!(clean(&once).unwrap(), once);
    }

    #[test]
    fn a_text_names_where_its_links_lead() {
        let html = "<h1>Report</h1><p>Dear <b>Anna</b>, see <a href=\"https://acme.example/r\">here</a>.</p>\
                    <table><tr><td>1</td><td>2</td></tr></table><img alt=\"Logo\">";
        let text = text_of(&clean(html).unwrap()).unwrap();
        for part in ["Report", "Anna", "[1]: https://acme.example/r", "1 2", "Logo"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(text_of("").as_deref(), Some(""));
    }

    #[test]
    fn a_text_begins_with_what_is_shown() {
        let filler = "&zwnj;&nbsp;".repeat(100);
        for hidden in ["display:none", "max-height:0;overflow:hidden", "font-size:0", "opacity:0"] {
            let html =
                format!("<div style=\"{hidden}\">Preview <b>words</b><div>{filler}</div></div><p>Hello</p>");
            let text = text_of(&clean(&html).unwrap()).unwrap();
            assert_eq!(text.trim(), "Hello", "{hidden}");
        }
    }

    #[test]
    fn numbers_that_programs_add_up_are_small_and_no_html_ends_in_a_panic() {
        for html in [
            "<ol start=9223372036854775807><li>a<li>b</ol>",
            "<table><tr><td colspan=18446744073709551615>x</td><td colspan=18446744073709551615>y</td></tr></table>",
            "<table><tr><td colspan=3>x</td></tr></table>",
        ] {
            let clean = clean(html).unwrap();
            assert!(!clean.contains("9223372") && !clean.contains("1844674"), "{clean}");
            assert!(text_of(&clean).is_some_and(|text| text.contains(['a', 'x'])), "{clean}");
        }
    }

    #[test]
    fn a_picture_does_not_make_a_text_too_long() {
        let html = format!("<p>a</p><img alt=\"b c\" src=\"data:image/png;base64,{}\">", "A".repeat(300_000));
        let text = text_of(&clean(&html).unwrap()).unwrap();
        assert!(text.contains('a') && text.len() < 100, "{text}");
    }

    #[test]
    fn a_text_becomes_html_as_it_was_written() {
        assert_eq!(
            of_text("a < b & c\r\n  d"),
            "<div style=\"white-space:pre-wrap\">a &lt; b &amp; c<br>  d</div>"
        );
    }

    #[test]
    fn the_largest_that_is_taken_is_worked_on_in_reasonable_time() {
        let nested = format!("{}x{}", "<div>".repeat(90), "</div>".repeat(90));
        let wide = format!("<table>{}</table>", "<tr><td>a</td><td>b</td></tr>".repeat(4_000));
        let lists = "<ul><li>x".repeat(45);
        let quoted = format!("{}{}", "<blockquote>".repeat(95), "word ".repeat(4_000));
        for html in [nested.repeat(90), wide, lists, quoted] {
            let clean = clean(&html).unwrap();
            for worked_on in [&html, &clean] {
                assert!(size::steps(worked_on) < size::MAX_STEPS, "{} steps", size::steps(worked_on));
            }
            let text = text_of(&clean).unwrap();
            assert!(!text.trim().is_empty());
        }
        assert_eq!(text_of(&"word ".repeat(30_000)), None, "too long");
        for html in ["&", "&a", "a&#60;", "< ", "a\n"].map(|part| part.repeat(15_000)) {
            assert!(clean(&html).unwrap().len() >= html.len() / 6);
            assert_eq!(clean(&html.repeat(2)), Err(HtmlRejected::TooComplex));
        }
    }
}
