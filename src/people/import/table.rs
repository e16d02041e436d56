//! A table of people as spreadsheets and directories write it: the first line names the columns, in any order, as we do
//! or as the usual programs do (`headings.rs`); commas, semicolons or tabs between the fields, or what `sep=` says;
//! quoted fields (RFC 4180), any line ends, a byte order mark or none. Role and language may be left out, and columns
//! without a heading may be empty.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::headings::{Heading, is_nobodys};
use super::text::{open_quote, without_separator_line};
use crate::i18n::{Language, Text};
use crate::people::form;
use crate::users::NewUser;
use crate::values::{EmailAddress, Role};

/// So many people are imported at once, at most.
pub const MAX_ROWS: usize = 500;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Email,
    Name,
    Role,
    /// `de`, `en` or nothing.
    Language,
}

/// A line that is fine by itself.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its line in the text, from 1.
    pub line: u64,
    pub new: NewUser,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In which line of the text, from 1; `None`: with the table as a whole.
    pub line: Option<u64>,
    /// In which column, if it is one's.
    pub column: Option<Column>,
    /// What, and what to do.
    pub text: Text,
}

/// What stands in a table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The lines that are fine by themselves.
    pub rows: Vec<Row>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl Column {
    pub const ALL: [Column; 4] = [Column::Email, Column::Name, Column::Role, Column::Language];

    /// Its name in the first line.
    pub fn as_str(self) -> &'static str {
        match self {
            Column::Email => "email",
            Column::Name => "name",
            Column::Role => "role",
            Column::Language => "language",
        }
    }
}

fn of_table(text: Text) -> Problem {
    Problem { line: None, column: None, text }
}

/// A mark that takes all lines after it into its field.
fn never_closed(line: u64) -> Problem {
    of_table(Text::new("people-import-quote-open").with("line", line))
}

impl Table {
    /// Reads a table, to its end whatever is wrong on the way.
    pub fn read(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let mut table = Self::default();
        if text.trim().is_empty() {
            table.problems.push(of_table(Text::new("people-import-empty")));
            return table;
        }
        let (text, said) = without_separator_line(&text);
        let separator = said.unwrap_or_else(|| separator(&text));
        let open = open_quote(&text, separator);
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let columns = match records.next() {
            Some(Ok(head)) => match open.filter(|(record, _)| *record == line_of(&text, &head)) {
                Some((_, mark)) => Err(vec![never_closed(mark)]),
                None => columns(&head),
            },
            _ => Err(vec![of_table(Text::new("people-import-no-header"))]),
        };
        let columns = match columns {
            Ok(columns) => columns,
            Err(problems) => return Self { rows: Vec::new(), problems },
        };
        let mut seen = HashMap::new();
        let mut lines = 0;
        for record in records {
            let Ok(record) = record else {
                table.problems.push(of_table(Text::new("people-import-unreadable")));
                break;
            };
            if record.iter().all(str::is_empty) {
                continue;
            }
            let line = line_of(&text, &record);
            if let Some((_, mark)) = open.filter(|(record, _)| *record == line) {
                table.problems.push(never_closed(mark));
                lines += 1;
                break;
            }
            lines += 1;
            if lines > MAX_ROWS {
                let text = Text::new("people-import-too-many").with_number("most", MAX_ROWS);
                table.problems.push(of_table(text));
                break;
            }
            table.take(line, &record, &columns, &mut seen);
        }
        if lines == 0 {
            table.problems.push(of_table(Text::new("people-import-nobody")));
        }
        table
    }

    fn take(
        &mut self,
        line: u64,
        record: &StringRecord,
        columns: &[Heading],
        seen: &mut HashMap<String, u64>,
    ) {
        let before = self.problems.len();
        let mut note = |column: Option<Column>, text| {
            self.problems.push(Problem { line: Some(line), column, text });
        };
        let is_beyond = |at: usize| columns.get(at).is_none_or(|heading| *heading == Heading::Empty);
        if record.iter().enumerate().any(|(at, field)| !field.is_empty() && is_beyond(at)) {
            note(None, Text::new("people-import-too-many-fields").with_number("most", columns.len()));
        }
        let at = |heading: Heading| {
            let at = columns.iter().position(|one| *one == heading);
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        let field = |column: Column| at(Heading::Of(column));
        if record.iter().any(|field| field.contains('\n')) {
            note(None, Text::new("people-import-quote-goes-on"));
            return;
        }
        let email = match EmailAddress::parse(without_scheme(field(Column::Email))) {
            Ok(email) => Some(email),
            Err(problem) => {
                note(Some(Column::Email), problem.text());
                None
            }
        };
        if let Some(former) = email.as_ref().and_then(|email| seen.insert(email.normalised(), line)) {
            note(Some(Column::Email), Text::new("people-import-twice").with("line", former));
        }
        let whole = match field(Column::Name) {
            "" => format!("{} {}", at(Heading::FirstName), at(Heading::LastName)),
            whole => whole.to_owned(),
        };
        let name = form::name(&whole).map_err(|text| note(Some(Column::Name), text)).ok();
        let role = role(field(Column::Role)).map_err(|text| note(Some(Column::Role), text)).ok();
        let language =
            language(field(Column::Language)).map_err(|text| note(Some(Column::Language), text)).ok();
        if self.problems.len() > before {
            return;
        }
        if let (Some(email), Some(name), Some(role), Some(language)) = (email, name, role, language) {
            self.rows.push(Row { line, new: NewUser { email, name, role, language, time_zone: None } });
        }
    }
}

/// The line in which a record begins, from 1. The reader begins to count at the empty lines before it.
fn line_of(text: &str, record: &StringRecord) -> u64 {
    let at = record.position().and_then(|position| usize::try_from(position.byte()).ok());
    let rest = at.and_then(|at| text.get(at..)).unwrap_or_default().trim_start_matches('\n');
    let before = text.get(..text.len() - rest.len()).unwrap_or_default();
    1 + before.matches('\n').count() as u64
}

/// What stands between the fields, by the first line: Excel writes a semicolon where the comma is the decimal mark.
fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |sign: char| head.matches(sign).count();
    if count(';') > count(',') {
        b';'
    } else if count('\t') > count(',') {
        // as it is copied from a spreadsheet
        b'\t'
    } else {
        b','
    }
}

/// The columns that the first line names.
fn columns(head: &StringRecord) -> Result<Vec<Heading>, Vec<Problem>> {
    let mut columns = Vec::new();
    let mut problems = Vec::new();
    for name in head {
        match Heading::parse(name) {
            Some(Heading::Empty) => columns.push(Heading::Empty),
            Some(heading) if !columns.contains(&heading) => columns.push(heading),
            Some(_) => problems.push(of_table(Text::new("people-import-column-twice").with("column", name))),
            None => problems.push(of_table(Text::new("people-import-column-unknown").with("column", name))),
        }
    }
    let has = |heading| columns.contains(&heading);
    let is_named = has(Heading::Of(Column::Name)) || has(Heading::FirstName) || has(Heading::LastName);
    if !has(Heading::Of(Column::Email)) || !is_named {
        problems.insert(0, of_table(Text::new("people-import-no-header")));
        // without one known heading it is no first line, and its words are people's
        if is_nobodys(&columns) {
            problems.truncate(1);
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

/// The address of a link to it, as some programs write addresses.
fn without_scheme(field: &str) -> &str {
    let is_link = field.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    let address = if is_link { field.get(7..).unwrap_or_default() } else { field };
    address.split_once('?').filter(|_| is_link).map_or(address, |(address, _)| address)
}

/// A role by its name, or by what the pages call it; nothing: a member.
fn role(name: &str) -> Result<Role, Text> {
    match name.to_lowercase().as_str() {
        "" | "member" | "mitglied" | "user" | "benutzer" => Ok(Role::Member),
        "tenant-admin" | "administrator" | "admin" | "administratorin" => Ok(Role::TenantAdmin),
        _ => Err(Text::new("people-import-role-unknown").with("role", name)),
    }
}

/// A language by its code, with a country or without, or by its name.
fn language(name: &str) -> Result<Option<Language>, Text> {
    let code = match name.to_lowercase().as_str() {
        "" => return Ok(None),
        "deutsch" | "german" => "de".to_owned(),
        "englisch" | "english" => "en".to_owned(),
        code => code.split(['-', '_']).next().unwrap_or_default().to_owned(),
    };
    let unknown = || Text::new("people-import-language-unknown").with("language", name);
    Language::parse(&code).map(Some).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let table = Table::read(text);
        assert_eq!(table.problems, [], "{text:?}");
        table
            .rows
            .into_iter()
            .map(|row| format!("{} {} {:?}", row.new.name, row.new.role, row.new.language))
            .collect()
    }

    #[test]
    fn it_is_read_as_spreadsheets_write_it() {
        let expected = ["Anna, A. tenant-admin Some(German)", "Bob member None"];
        for text in [
            "email,name,role,language\nanna@x.example,\"Anna, A.\",tenant-admin,de\nbob@x.example,Bob,,\n",
            "\u{feff}email;name;role;language\r\nanna@x.example;\"Anna, A.\";Administrator;DE\r\nbob@x.example;Bob;Mitglied;\r\n",
            "name\temail\trole\tlanguage\nAnna, A.\tanna@x.example\tadmin\tde\n\n Bob \tbob@x.example",
        ] {
            assert_eq!(names(text), expected, "{text:?}");
        }
        assert_eq!(names("name,email\nBob,bob@x.example"), ["Bob member None"]);
        assert_eq!(names("email,name\nb@x.example,\"Bob \"\"the\"\" B\""), ["Bob \"the\" B member None"]);
    }

    #[test]
    fn other_programs_tables_are_understood() {
        for text in [
            "sep=;\nemail;name\nanna@x.example;Anna A.\n",
            "E-Mail-Adresse;Anzeigename;Rolle\nanna@x.example;Anna A.;Mitglied\n",
            "User principal name,Display name\nanna@x.example,Anna A.\n",
            "First Name [Required],Last Name [Required],Email Address [Required]\nAnna,A.,anna@x.example\n",
            "Vorname\tNachname\tE-Mail\t\t\nAnna\tA.\tanna@x.example\t\t\n",
            "email,name,,\nmailto:anna@x.example,Anna A.,,\n",
            "name,email\nAnna A.,MAILTO:anna@x.example?subject=Hello\n",
            "email;name;language\nanna@x.example;Anna A.;\n;;\n",
        ] {
            assert_eq!(names(text), ["Anna A. member None"], "{text:?}");
        }
        assert_eq!(
            names("email;name;sprache\na@x.example;Anna;de-AT\nb@x.example;Ben;Englisch\n"),
            ["Anna member Some(German)", "Ben member Some(English)"]
        );
    }

    #[test]
    fn an_open_quotation_mark_is_named_by_its_line() {
        let keys = |text: &str| -> Vec<(Option<u64>, Text)> {
            Table::read(text).problems.into_iter().map(|problem| (problem.line, problem.text)).collect()
        };
        let open = |line: u64| (None, Text::new("people-import-quote-open").with("line", line));
        let text = "email,name\nanna@x.example,\"Anna\nben@x.example,Ben\ncleo@x.example,Cleo\n";
        assert_eq!(keys(text), [open(2)]);
        let text = "sep=,\nemail,name\nanna@x.example,Anna\nben@x.example,\"Ben\ncleo@x.example,Cleo\n";
        assert_eq!(keys(text), [open(4)]);
        // closed by the mark of another line
        let text = "email,name\nanna@x.example,\"Anna\nben@x.example,\"\"Ben\"\ncleo@x.example,Cleo\n";
        assert_eq!(keys(text), [(Some(2), Text::new("people-import-quote-goes-on"))]);
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_column() {
        let text = "email,name,role,language\n\
                    anna,Anna,member,de\n\
                    bob@x.example,,boss,fr\n\
                    \n\
                    carl@x.example,Carl,member,de\n\
                    CARL@x.example,Carl,member,de\n\
                    dora@x.example,Dora,member,de,more\n";
        let table = Table::read(text);
        let found: Vec<(Option<u64>, Option<Column>)> =
            table.problems.iter().map(|problem| (problem.line, problem.column)).collect();
        assert_eq!(
            found,
            [
                (Some(2), Some(Column::Email)),
                (Some(3), Some(Column::Name)),
                (Some(3), Some(Column::Role)),
                (Some(3), Some(Column::Language)),
                (Some(6), Some(Column::Email)),
                (Some(7), None),
            ]
        );
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_table_that_is_none_says_so() {
        let many = format!("email,name\n{}", "a@x.example,A\n".repeat(MAX_ROWS + 1));
        for text in [
            "",
            "\u{feff}\r\n",
            "email\na@x.example",
            "email,name",
            "email,name,name\na@x.example,A,A",
            "email,name,age\na@x.example,A,7",
            "anna@x.example,Anna",
            many.as_str(),
        ] {
            assert!(Table::read(text).problems.iter().any(|problem| problem.line.is_none()), "{text:.40}");
        }
    }
}
