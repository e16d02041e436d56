//! What other programs call the columns: Microsoft Entra, Microsoft 365, Google Workspace, Outlook and directories, in
//! both languages.

use super::Column;

/// What stands in the first line above a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Of(Column),
    /// The first half of a name.
    FirstName,
    LastName,
    /// Nothing, as spreadsheets leave it behind the table.
    Empty,
}

impl Heading {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace("[required]", "");
        let words: Vec<&str> = name
            .split(|c: char| c.is_whitespace() || "-_*:\"\u{2010}\u{2011}\u{2013}".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        Some(match words.concat().as_str() {
            "" => Heading::Empty,
            "email"
            | "emails"
            | "mail"
            | "emailaddress"
            | "mailaddress"
            | "emailadresse"
            | "mailadresse"
            | "userprincipalname"
            | "upn"
            | "username"
            | "benutzername"
            | "benutzerprinzipalname"
            | "login"
            | "anmeldename"
            | "primaryemail"
            | "workemail"
            | "primarysmtpaddress"
            | "adresse"
            | "address" => Heading::Of(Column::Email),
            "name" | "fullname" | "displayname" | "anzeigename" | "vollständigername" | "vorundnachname" => {
                Heading::Of(Column::Name)
            }
            "firstname" | "givenname" | "vorname" => Heading::FirstName,
            "lastname" | "surname" | "familyname" | "nachname" | "familienname" => Heading::LastName,
            "role" | "roles" | "rolle" | "userrole" | "benutzerrolle" => Heading::Of(Column::Role),
            "language" | "sprache" | "preferredlanguage" | "bevorzugtesprache" | "locale" => {
                Heading::Of(Column::Language)
            }
            _ => return None,
        })
    }
}

/// Whether no column is known.
pub(super) fn is_nobodys(columns: &[Heading]) -> bool {
    columns.iter().all(|heading| *heading == Heading::Empty)
}
