use futures_util::future::LocalBoxFuture;

use crate::email_provider::{self, Health};
use crate::i18n::Text;
use crate::outbox::deliveries::{self, Held};
use crate::state::State;
use crate::web::{self, Banner, Page, SignedIn, Tone};

const SETTINGS: &str = "/administration/settings";

/// Tells administrators that mail is held or the provider fails, wherever they are; the portal gives it to the frame of pages.
pub fn banner<'a>(
    app: &'a State,
    who: &'a SignedIn,
    page: &'a Page,
) -> LocalBoxFuture<'a, Result<Option<Banner>, web::Error>> {
    Box::pin(async move {
        let tenant = who.person.tenant;
        if let Some(held) = deliveries::notice(app, tenant).await? {
            return Ok(Some(of_held(&held, page)));
        }
        // one that cannot be read is the settings page's to tell
        let stored = email_provider::find(app.db.read(), tenant).await.ok().flatten();
        Ok(stored.and_then(|stored| of_health(&stored.health, page)))
    })
}

/// Nothing is held, or not for long, and the provider fails all the same.
fn of_health(health: &Health, page: &Page) -> Option<Banner> {
    let Health::Failing { since, failure, .. } = health else { return None };
    Some(Banner {
        tone: Tone::Warning,
        title: Text::new("outbox-failing").with("since", page.date_time(since)),
        what: Some(failure.what()),
        what_to_do: Some(failure.what_to_do()),
        more: Vec::new(),
        page: Some(to_settings()),
        is_said_at: &[SETTINGS, "/administration/settings/email-provider/"],
        button: None,
    })
}

fn to_settings() -> (&'static str, Text) {
    (SETTINGS, Text::new("outbox-to-settings"))
}

fn of_held(held: &Held, page: &Page) -> Banner {
    let mut more = vec![held.waits(page.date_time(&held.hold.since), page.number(&held.waiting))];
    if held.can_be_released() {
        more.push(match &held.next_try {
            Some(at) => Text::new("outbox-held-next").with("at", page.date_time(at)),
            None => Text::new("outbox-held-by-person"),
        });
    }
    let release = ("/administration/deliveries/release", Text::new("outbox-release"));
    Banner {
        tone: if held.may_pass() { Tone::Warning } else { Tone::Error },
        title: held.title(),
        what: held.what(),
        what_to_do: held.what_to_do(),
        more,
        page: held.is_about_settings().then(to_settings),
        is_said_at: &[],
        button: held.can_be_released().then_some(release),
    }
}
