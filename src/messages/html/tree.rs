//! Walks cleaned HTML, in which each element is closed and each value stands in double quotes.

use std::fmt::Write as _;

use super::style::GROUND_LOST;

/// A tag of cleaned HTML.
struct Tag<'a> {
    name: &'a str,
    is_end: bool,
    attributes: Vec<(&'a str, &'a str)>,
}

/// What the letters of an element stand on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    Reader,
    Own,
    Lost,
}

const VOID: [&str; 6] = ["br", "col", "hr", "img", "wbr", "area"];

/// Takes the colour of letters whose ground was taken, on the same element or on one around it: white letters on what
/// was dark before are not to be seen.
pub(super) fn without_lost_colours(html: &str) -> String {
    if !html.contains(GROUND_LOST) {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut around: Vec<Ground> = Vec::new();
    for part in parts(html) {
        let Part::Tag(tag, source) = part else {
            out.push_str(part.source());
            continue;
        };
        if tag.is_end {
            around.pop();
            out.push_str(source);
            continue;
        }
        let style = tag.attribute("style").unwrap_or_default();
        let ground = if style.contains("background-color:") || tag.attribute("bgcolor").is_some() {
            Ground::Own
        } else if style.contains(GROUND_LOST) {
            Ground::Lost
        } else {
            around.last().copied().unwrap_or(Ground::Reader)
        };
        write_tag(&mut out, &tag, ground);
        if !VOID.contains(&tag.name) {
            around.push(ground);
        }
    }
    out
}

fn write_tag(out: &mut String, tag: &Tag<'_>, ground: Ground) {
    let _ = write!(out, "<{}", tag.name);
    for (name, value) in &tag.attributes {
        if *name == "style" {
            let kept: Vec<&str> = value
                .split(';')
                .filter(|one| !one.starts_with(GROUND_LOST))
                .filter(|one| ground != Ground::Lost || !one.starts_with("color:"))
                .collect();
            if !kept.is_empty() {
                let _ = write!(out, " style=\"{}\"", kept.join(";"));
            }
        } else if !(ground == Ground::Lost && tag.name == "font" && *name == "color") {
            let _ = write!(out, " {name}=\"{value}\"");
        }
    }
    out.push('>');
}

/// Leaves out what nobody sees, so that a text begins with what is shown.
pub(super) fn without_hidden(html: &str) -> String {
    if !html.contains("display:none") {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    // how many elements are open within a hidden one, it included
    let mut hidden = 0_usize;
    for part in parts(html) {
        if let Part::Tag(tag, _) = &part
            && !VOID.contains(&tag.name)
        {
            let hides = tag.attribute("style").is_some_and(|style| style.contains("display:none"));
            match (hidden, tag.is_end) {
                (0, false) if hides => {
                    hidden = 1;
                    continue;
                }
                (1.., false) => hidden += 1,
                (1.., true) => {
                    hidden -= 1;
                    continue;
                }
                _ => {}
            }
        }
        if hidden == 0 {
            out.push_str(part.source());
        }
    }
    out
}

enum Part<'a> {
    Text(&'a str),
    Tag(Tag<'a>, &'a str),
}

impl<'a> Part<'a> {
    fn source(&self) -> &'a str {
        match self {
            Part::Text(source) | Part::Tag(_, source) => source,
        }
    }
}

impl<'a> Tag<'a> {
    fn attribute(&self, wanted: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
    }

    /// Reads what stands between `<` and `>`.
    fn read(inner: &'a str) -> Self {
        let (is_end, inner) = inner.strip_prefix('/').map_or((false, inner), |rest| (true, rest));
        let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
        let mut attributes = Vec::new();
        while let Some((name, after)) = rest.split_once("=\"") {
            let Some((value, after)) = after.split_once('"') else { break };
            attributes.push((name.trim(), value));
            rest = after;
        }
        Self { name, is_end, attributes }
    }
}

/// Splits cleaned HTML into tags and what stands between them.
fn parts(html: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(inner) = rest.strip_prefix('<') else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            rest = after;
            return Some(Part::Text(text));
        };
        // a value may hold a `>`
        let mut quoted = false;
        let end = inner.bytes().position(|byte| {
            quoted ^= byte == b'"';
            byte == b'>' && !quoted
        });
        let end = end.unwrap_or(inner.len());
        let source = rest.get(..(end + 2).min(rest.len())).unwrap_or(rest);
        rest = rest.get(source.len()..).unwrap_or_default();
        Some(Part::Tag(Tag::read(inner.get(..end).unwrap_or(inner)), source))
    })
}
