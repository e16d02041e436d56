//! What may stay of a `style` attribute: letters, colours, spaces; nothing that loads, covers other parts, or moves.
//!
//! Colours stay in pairs. Programs write a ground as the shorthand `background`, of which its plain colour stays as
//! `background-color`, and of a gradient its first colour. Where a ground cannot stay, [`GROUND_LOST`] says so, and
//! [`super::tree`] takes the colour of the letters on it.

/// Marks an element whose ground was taken. It never leaves this room.
pub(super) const GROUND_LOST: &str = "--ground-lost";
/// Hides what mail programs show above a mail in their lists only.
const HIDDEN: &str = "display:none";

/// The properties that may stay.
pub(super) const PROPERTIES: [&str; 45] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

/// Words of `background` (CSS Backgrounds 3, section 3.10) that are no colour.
const NO_COLOUR: [&str; 28] = [
    "auto",
    "border-box",
    "bottom",
    "center",
    "contain",
    "content-box",
    "cover",
    "fixed",
    "inherit",
    "initial",
    "left",
    "local",
    "no-repeat",
    "none",
    "padding-box",
    "repeat",
    "repeat-x",
    "repeat-y",
    "revert",
    "revert-layer",
    "right",
    "round",
    "scroll",
    "space",
    "text",
    "top",
    "transparent",
    "unset",
];

/// Filters the declarations of a `style` attribute. Returns them as `name:value`, joined by semicolons.
pub(super) fn clean(style: &str) -> String {
    let declarations = declarations(style);
    if is_hidden(&declarations) {
        return HIDDEN.to_owned();
    }
    let mut kept: Vec<String> = Vec::new();
    let mut ground = Ground::None;
    for (name, value) in &declarations {
        match name.as_str() {
            "background" | "background-image" | "background-color" => match colour_of(value) {
                Some(colour) => {
                    kept.retain(|own| !own.starts_with("background-color:"));
                    kept.push(format!("background-color:{colour}"));
                    ground = Ground::Colour;
                }
                // a picture above a colour that was set already leaves the colour
                None if is_no_ground(value) || ground == Ground::Colour => {}
                None => ground = Ground::Lost,
            },
            name if PROPERTIES.contains(&name) && !loads(value) => kept.push(format!("{name}:{value}")),
            _ => {}
        }
    }
    if ground == Ground::Lost {
        kept.push(format!("{GROUND_LOST}:1"));
    }
    kept.join(";")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    None,
    Colour,
    Lost,
}

/// Splits the text at semicolons outside of quotation marks and brackets: names in lower case, values trimmed.
fn declarations(style: &str) -> Vec<(String, String)> {
    split(style, ';')
        .into_iter()
        .filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let value = value.trim();
            let value = value.strip_suffix("!important").unwrap_or(value).trim();
            (!value.is_empty()).then(|| (name.trim().to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}

/// Splits at a character that stands outside of quotation marks and brackets.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_u32, None);
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, c) if depth == 0 && (c == at || (at == ' ' && c.is_whitespace())) => {
                parts.push(text.get(start..index).unwrap_or_default());
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Whether the value asks for something from elsewhere, or could be read as such.
fn loads(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["url", "image", "expression", "src(", "cross-fade", "\\", "//", "/*"]
        .iter()
        .any(|part| lower.contains(part))
}

/// Finds the plain colour of a ground: the last colour of the shorthand, else the first one of a gradient.
fn colour_of(value: &str) -> Option<String> {
    if value.contains('\\') {
        return None;
    }
    let layers = split(value, ',');
    let words: Vec<&str> = layers.iter().flat_map(|layer| split(layer, ' ')).collect();
    let plain = words.iter().rev().find(|word| is_colour(word)).map(|word| (*word).to_owned());
    plain.or_else(|| {
        let inner = words.iter().find_map(|word| {
            let (name, inner) = word.split_once('(')?;
            name.to_ascii_lowercase().ends_with("gradient").then(|| inner.strip_suffix(')')).flatten()
        })?;
        let stops = split(inner, ',').into_iter().flat_map(|stop| split(stop, ' '));
        stops.into_iter().find(|word| is_colour(word) && !is_direction(word)).map(str::to_owned)
    })
}

fn is_direction(word: &str) -> bool {
    ["to", "at", "circle", "ellipse", "from", "closest-side", "farthest-corner"]
        .iter()
        .any(|own| word.eq_ignore_ascii_case(own))
}

/// Whether the word is a colour that one sees (CSS Color 4): `#…`, a name, `rgb()`, `hsl()`.
fn is_colour(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix('#') {
        return matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some((function, inner)) = lower.split_once('(') {
        let numbers = |c: char| c.is_ascii_digit() || c.is_whitespace() || ".,%/-degturna".contains(c);
        return ["rgb", "rgba", "hsl", "hsla"].contains(&function)
            && inner.strip_suffix(')').is_some_and(|inner| inner.chars().all(numbers));
    }
    // colours are one word; what is a word and none of the shorthand's own is a name
    lower.bytes().all(|b| b.is_ascii_alphabetic()) && lower.len() > 2 && !NO_COLOUR.contains(&lower.as_str())
}

/// Whether the value means that there is no ground of its own.
fn is_no_ground(value: &str) -> bool {
    split(value, ' ').iter().all(|word| NO_COLOUR.iter().any(|own| word.eq_ignore_ascii_case(own)))
}

/// Whether nobody sees the element: the ways in which builders of newsletters hide the words for the list of mails.
fn is_hidden(declarations: &[(String, String)]) -> bool {
    let says = |name: &str, values: &[&str]| {
        declarations
            .iter()
            .any(|(own, value)| own == name && values.iter().any(|v| value.eq_ignore_ascii_case(v)))
    };
    let zero = ["0", "0px", "0em", "0%", "1px"];
    let is_cut = says("overflow", &["hidden"]);
    says("display", &["none"])
        || says("visibility", &["hidden", "collapse"])
        || says("mso-hide", &["all"])
        || says("opacity", &["0", "0.0", "0%"])
        || (is_cut && (says("max-height", &zero) || says("height", &zero) || says("max-width", &zero)))
        || says("font-size", &["0", "0px"])
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_plain_ground_stays_and_where_it_cannot_the_element_is_marked() {
        for (given, left) in [
            (
                "display:inline-block;padding:10px 18px;background:#1c3468;color:#ffffff",
                "display:inline-block;padding:10px 18px;background-color:#1c3468;color:#ffffff",
            ),
            ("background: Navy url(x.png) no-repeat; color: white", "background-color:Navy;color:white"),
            ("background: url('a;b.png') center / cover #112233", "background-color:#112233"),
            ("background:rgb(1, 2, 3) !important", "background-color:rgb(1, 2, 3)"),
            ("background: linear-gradient(to right, #1c3468 0%, #fff 100%)", "background-color:#1c3468"),
            ("background:none;color:#333", "color:#333"),
            ("background:transparent", ""),
            ("background-color:#111;background-image:url(x)", "background-color:#111"),
            ("background:url(https://t.example);color:#fff", "color:#fff;--ground-lost:1"),
            ("background-image:url(https://t.example)", "--ground-lost:1"),
            ("color: red; position: fixed; MARGIN : 1px", "color:red;margin:1px"),
            ("width:expression(alert(1));color:red", "color:red"),
            ("font-family:'a;b', serif;--ground-lost:1", "font-family:'a;b', serif"),
        ] {
            assert_eq!(clean(given), left, "{given}");
        }
    }

    #[test]
    fn what_is_hidden_stays_hidden() {
        for given in [
            "max-height:0;overflow:hidden;mso-hide:all",
            "display:none !important; visibility:hidden",
            "font-size:0px;line-height:0",
            "opacity:0;color:transparent;height:0;width:0",
            "visibility: hidden",
            "overflow:hidden;height:1px",
        ] {
            assert_eq!(clean(given), "display:none", "{given}");
        }
        assert_eq!(clean("height:0"), "height:0");
        assert_eq!(clean("max-height:40px;overflow:hidden"), "");
    }
}
