/// What stands between the fields of a line: spreadsheets expect a semicolon where the comma is the decimal
/// mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// As in RFC 4180.
    Comma,
    /// As German spreadsheets want it.
    Semicolon,
}

/// A line of a CSV file (RFC 4180), with its end. A field that a spreadsheet would take for a formula gets an
/// apostrophe before it: recipients and servers' answers are written by strangers (OWASP, "CSV Injection").
pub fn line(fields: &[String], separator: Separator) -> String {
    let between = match separator {
        Separator::Comma => ",",
        Separator::Semicolon => ";",
    };
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    fields.join(between) + "\r\n"
}

fn quoted(field: &str) -> String {
    // some programs drop what is invisible before they look for a formula
    let visible = field.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    // full-width forms of the same signs are formulas, too, where Japanese is written
    let is_formula = visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || field.starts_with(['\t', '\r', '\n']);
    let mark = if is_formula { "'" } else { "" };
    // a line break within a field is allowed and confuses many readers
    let one_line = field.replace(['\r', '\n', '\0'], " ");
    format!("\"{mark}{}\"", one_line.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_never_a_formula() {
        for evil in [
            "=HYPERLINK(\"http://evil.example\")",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u{feff}=1",
            "＝1",
        ] {
            let line = line(&[evil.to_owned()], Separator::Comma);
            assert!(line.starts_with("\"'"), "{evil:?} became {line}");
        }
        assert_eq!(line(&["250 2.0.0 Ok".to_owned()], Separator::Comma), "\"250 2.0.0 Ok\"\r\n");
    }

    #[test]
    fn a_field_stays_in_its_place() {
        let fields = ["a\"b,c;d\r\ne".to_owned(), String::new()];
        assert_eq!(line(&fields, Separator::Comma), "\"a\"\"b,c;d  e\",\"\"\r\n");
        assert_eq!(line(&fields, Separator::Semicolon), "\"a\"\"b,c;d  e\";\"\"\r\n");
    }
}
