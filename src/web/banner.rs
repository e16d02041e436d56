use actix_web::web::Data;
use futures_util::future::LocalBoxFuture;

use super::context::SignedIn;
use super::{Context, Error, Page, Surfaces};
use crate::i18n::Text;
use crate::state::State;
use crate::values::Role;

/// What a tenant's administrators must know wherever they are in the administration, such as that mail is
/// held. It stands above every page there and on their home page, once.
#[derive(Clone, Debug)]
pub struct Banner {
    /// How bad it is.
    pub tone: Tone,
    pub title: Text,
    pub what: Option<Text>,
    /// What to do about it.
    pub what_to_do: Option<Text>,
    /// Further sentences, one paragraph.
    pub more: Vec<Text>,
    /// The page where it is put right, and the words of the link. It is left out on that page.
    pub page: Option<(&'static str, Text)>,
    /// Pages that say it by themselves, and need no banner: a path, or the beginning of one that ends in `/`.
    pub is_said_at: &'static [&'static str],
    /// Where a button posts to that may help at once, and its words.
    pub button: Option<(&'static str, Text)>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is to be known, and nothing is wrong.
    Info,
    /// It may pass by itself.
    Warning,
    /// Somebody has to do something.
    Error,
}

/// What there is to say to that administrator; the page knows how its reader writes times.
pub type AskForBanner =
    for<'a> fn(&'a State, &'a SignedIn, &'a Page) -> LocalBoxFuture<'a, Result<Option<Banner>, Error>>;

impl Banner {
    /// The end of the class that it is drawn with.
    pub fn class(&self) -> &'static str {
        match self.tone {
            Tone::Info => "info",
            Tone::Warning => "warning",
            Tone::Error => "error",
        }
    }
}

/// The banners of the page at hand, if its reader administers and it is a page that has some.
pub(super) async fn of(
    surfaces: Option<&Surfaces>,
    context: &Context,
    state: &Data<State>,
    page: &Page,
) -> Result<Vec<Banner>, Error> {
    let (Some(surfaces), Some(who)) = (surfaces, context.signed_in.get()) else { return Ok(vec![]) };
    let path = context.path.split('?').next().unwrap_or_default();
    let has_some = path == "/home" || path.starts_with("/administration/");
    if !has_some || who.person.role != Role::TenantAdmin {
        return Ok(vec![]);
    }
    let mut all = Vec::new();
    for ask in surfaces.banners {
        let Some(mut banner) = ask(state, who, page).await? else { continue };
        let is_at = |said: &&str| path == *said || (said.ends_with('/') && path.starts_with(said));
        if banner.is_said_at.iter().any(is_at) {
            continue;
        }
        banner.page = banner.page.filter(|(to, _)| *to != path);
        all.push(banner);
    }
    Ok(all)
}
