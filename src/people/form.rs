use crate::i18n::{Language, Text};
use crate::users::NewUser;
use crate::users::directory::{self, MAX_NAME};
use crate::values::{EmailAddress, EmailAddressProblem, Role};
use crate::web::FormErrors;

/// The form to invite somebody, as it is typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct InviteForm {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: String,
    /// A language's code, or nothing.
    pub(super) language: String,
}

/// A field of that form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InviteField {
    Name,
    Email,
    Role,
    Language,
}

impl InviteField {
    pub(super) fn name(self) -> &'static str {
        match self {
            InviteField::Name => "name",
            InviteField::Email => "email",
            InviteField::Role => "role",
            InviteField::Language => "language",
        }
    }
}

impl InviteForm {
    /// The person to invite, or everything that is wrong.
    pub(super) fn parse(&self) -> Result<NewUser, FormErrors<InviteField>> {
        let mut errors = FormErrors::default();
        let name = errors.take(InviteField::Name, name(&self.name));
        let email = EmailAddress::parse(&self.email).map_err(EmailAddressProblem::text);
        let email = errors.take(InviteField::Email, email);
        let role = Role::parse(&self.role).ok_or(Text::new("people-role-unknown"));
        let role = errors.take(InviteField::Role, role);
        let language = errors.take(InviteField::Language, language(&self.language));
        match (name, email, role, language) {
            (Some(name), Some(email), Some(role), Some(language)) => {
                Ok(NewUser { email, name, role, language, time_zone: None })
            }
            _ => Err(errors),
        }
    }
}

/// A name, or what is wrong with it.
pub(super) fn name(typed: &str) -> Result<String, Text> {
    let problem = || Text::new("people-name-malformed").with_number("most", MAX_NAME);
    directory::parse_name(typed).ok_or_else(problem)
}

fn language(code: &str) -> Result<Option<Language>, Text> {
    match code {
        "" => Ok(None),
        code => Language::parse(code).map(Some).ok_or(Text::new("account-language-unknown")),
    }
}
