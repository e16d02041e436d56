//! What an administrator copies from Microsoft Entra, each with the slips that people make.

use chrono::NaiveDate;
use uuid::Uuid;

use super::MAX_CREDENTIAL;
use crate::i18n::Text;
use crate::values::{EmailAddress, EmailAddressProblem, Host};

/// Entra's addresses for "any tenant": a token for one's own application needs a tenant of its own
/// (AADSTS9001023, AADSTS50059).
const NO_TENANTS: [&str; 3] = ["common", "consumers", "organizations"];

pub(super) fn sender(text: &str) -> Result<String, Text> {
    match EmailAddress::parse(text) {
        Ok(address) => Ok(address.to_string()),
        Err(
            EmailAddressProblem::Incomplete
            | EmailAddressProblem::NotOneAddress
            | EmailAddressProblem::BadCharacter,
        ) => Err(Text::new("provider-upn-malformed")),
        Err(problem) => Err(problem.text()),
    }
}

/// A GUID in the one form in which Entra writes it, of any form that a person may paste.
pub(super) fn guid(text: &str) -> Option<String> {
    Uuid::try_parse(text.trim()).ok().map(|guid| guid.hyphenated().to_string())
}

pub(super) fn tenant_id(text: &str) -> Result<String, Text> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Text::new("provider-tenant-id-missing"));
    }
    if NO_TENANTS.iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Err(Text::new("provider-tenant-id-any").with("name", text.to_lowercase()));
    }
    if let Some(guid) = guid(text) {
        return Ok(guid);
    }
    match Host::parse(text) {
        Ok(Host::Name(name)) if name.contains('.') => Ok(name),
        _ => Err(Text::new("provider-tenant-id-malformed")),
    }
}

pub(super) fn client_id(text: &str) -> Result<String, Text> {
    if text.trim().is_empty() {
        return Err(Text::new("provider-client-id-missing"));
    }
    guid(text).ok_or(Text::new("provider-client-id-malformed"))
}

/// Whether a secret was entered, and one that can be: its length and pattern are Microsoft's business
/// and may change, but a GUID is the secret's ID, and blanks around it came along by copying.
pub(super) fn client_secret(text: &str) -> Result<bool, Text> {
    if text.is_empty() {
        return Ok(false);
    }
    if text.trim().is_empty() {
        return Err(Text::new("provider-client-secret-missing"));
    }
    if text.trim() != text {
        return Err(Text::new("provider-client-secret-blanks"));
    }
    if text.contains('-') && guid(text).is_some() {
        return Err(Text::new("provider-client-secret-is-id"));
    }
    if text.chars().any(char::is_control) || text.chars().count() > MAX_CREDENTIAL {
        return Err(Text::new("provider-client-secret-malformed").with_number("most", MAX_CREDENTIAL));
    }
    Ok(true)
}

/// A date as a date field sends it, or as a German types it where there is none.
pub(super) fn expires_on(text: &str, is_new: bool, today: NaiveDate) -> Result<Option<NaiveDate>, Text> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parsed =
        NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d.%m.%Y"));
    let century = NaiveDate::from_ymd_opt(2000, 1, 1)..NaiveDate::from_ymd_opt(2100, 1, 1);
    match parsed {
        Ok(on) if !century.contains(&Some(on)) => Err(Text::new("provider-secret-expires-on-malformed")),
        // an old date beside a secret that stays is what the portal warns of; beside a new one it is a slip
        Ok(on) if is_new && on < today => Err(Text::new("provider-secret-expires-on-past")),
        Ok(on) => Ok(Some(on)),
        Err(_) => Err(Text::new("provider-secret-expires-on-malformed")),
    }
}
