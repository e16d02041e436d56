use futures_util::future::LocalBoxFuture;

use super::SUPPORT;
use crate::i18n::Text;
use crate::state::State;
use crate::support;
use crate::web::{self, Banner, Page, SignedIn, Tone};

/// Tells administrators who of the support looks at their portal, or did since they last saw it.
pub fn banner<'a>(
    state: &'a State,
    who: &'a SignedIn,
    page: &'a Page,
) -> LocalBoxFuture<'a, Result<Option<Banner>, web::Error>> {
    Box::pin(async move {
        if who.person.support.is_some() {
            return Ok(None);
        }
        let (tenant, now) = (who.person.tenant, state.clock.now());
        let news = support::news(state, tenant, who.person.user).await?;
        let Some(latest) = news.first() else { return Ok(None) };
        let is_open = latest.is_open(now);
        let what = Text::new(if is_open { "support-looks-what" } else { "support-looked-what" })
            .with("staff", &latest.staff_name)
            .with("user", &latest.user_name)
            .with("reason", &latest.reason)
            .with("ticket", &latest.ticket)
            .with("at", latest.ends_at.map(|at| page.date_time(&at)).unwrap_or_default());
        Ok(Some(Banner {
            tone: Tone::Info,
            title: Text::new(if is_open { "support-looks" } else { "support-looked" }),
            what: Some(what),
            what_to_do: None,
            more: Vec::new(),
            page: Some((SUPPORT, Text::new("support-to-page"))),
            is_said_at: &[SUPPORT],
            button: None,
        }))
    })
}
