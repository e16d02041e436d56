use chrono::DateTime;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, ValidationErrors};
use crate::clock::Timestamp;
use crate::i18n::Text;

/// So many entries a page of a list has, unless it is said.
const USUAL: usize = 20;
/// And so many at most.
const MOST: usize = 100;

/// Where a list goes on.
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// The address of this page.
    #[serde(rename = "self")]
    here: Href,
    /// The next page; missing on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<Href>,
}

/// The address of a resource.
#[derive(Serialize, ToSchema)]
#[schema(as = Link)]
pub struct Href {
    href: String,
}

impl Href {
    pub fn of(href: String) -> Self {
        Self { href }
    }
}

/// Where a thing stands.
#[derive(Serialize, ToSchema)]
pub struct OwnLink {
    /// The address of the resource itself.
    #[serde(rename = "self")]
    here: Href,
}

impl OwnLink {
    /// A thing at that address.
    pub fn of(href: String) -> Self {
        Self { here: Href { href } }
    }
}

impl Links {
    /// Those of a page of the list at `url`, asked for with these parameters, and with the place where the next one
    /// begins.
    pub fn of(url: &str, parameters: &[(&str, &Option<String>)], next: Option<String>) -> Self {
        Self::by("next", url, parameters, next)
    }

    /// As [`Links::of`], where that place stands in the parameter `cursor`.
    pub fn by(cursor: &str, url: &str, parameters: &[(&str, &Option<String>)], next: Option<String>) -> Self {
        let given = parameters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let here: Vec<(&str, &str)> = given.filter(|(_, value)| !value.is_empty()).collect();
        let address = |set: &[(&str, &str)]| {
            let query = serde_urlencoded::to_string(set).unwrap_or_default();
            Href { href: if query.is_empty() { url.to_owned() } else { format!("{url}?{query}") } }
        };
        let next = next.map(|next| {
            let mut there: Vec<(&str, &str)> =
                here.iter().copied().filter(|(name, _)| *name != cursor).collect();
            there.push((cursor, &next));
            address(&there)
        });
        Self { here: address(&here), next }
    }
}

/// How many entries are wanted.
///
/// # Errors
/// When it is no number from 1 to 100.
pub fn limit(given: Option<&str>) -> Result<usize, Problem> {
    let Some(given) = given else { return Ok(USUAL) };
    let wanted = given.parse().ok().filter(|wanted| (1..=MOST).contains(wanted));
    wanted.ok_or_else(|| {
        ValidationErrors::one_parameter("limit", Text::new("api-limit").with_number("most", MOST))
    })
}

/// Where a list goes on: what a former page's `links.next` has given.
///
/// # Errors
/// When it is nothing that we have given.
pub fn next<T: std::str::FromStr>(given: Option<&str>) -> Result<Option<T>, Problem> {
    let wrong = |_| ValidationErrors::one_parameter("next", Text::new("api-next"));
    given.map(|given| given.parse().map_err(wrong)).transpose()
}

/// An instant of the query (RFC 3339).
///
/// # Errors
/// When it is none.
pub fn moment(name: &'static str, given: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let at =
        parse_moment(given).ok_or_else(|| ValidationErrors::one_parameter(name, Text::new("api-moment")))?;
    Ok(Some(at))
}

/// An instant as RFC 3339 writes it.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp(at.timestamp_micros()))
}
