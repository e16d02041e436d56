use futures_util::future::LocalBoxFuture;

use crate::i18n::Text;
use crate::outbox::deliveries::{self, Held};
use crate::state::State as Outside;
use crate::values::TenantId;
use crate::web::{self, Banner, Page, Tone};

/// Tells administrators that mail is held, wherever they are; the portal gives it to the frame of pages.
pub fn banner<'a>(
    outside: &'a Outside,
    tenant: TenantId,
    page: &'a Page,
) -> LocalBoxFuture<'a, Result<Option<Banner>, web::Error>> {
    Box::pin(async move { Ok(deliveries::notice(outside, tenant).await?.map(|held| of(&held, page))) })
}

fn of(held: &Held, page: &Page) -> Banner {
    let mut more = vec![held.waits(page.date_time(&held.hold.since), page.number(&held.waiting))];
    if held.can_be_released() {
        more.push(match &held.next_try {
            Some(at) => Text::new("outbox-held-next").with("at", page.date_time(at)),
            None => Text::new("outbox-held-by-person"),
        });
    }
    let settings = ("/administration/settings", Text::new("outbox-to-settings"));
    let release = ("/administration/deliveries/release", Text::new("outbox-release"));
    Banner {
        tone: if held.may_pass() { Tone::Warning } else { Tone::Error },
        title: held.title(),
        what: held.what(),
        what_to_do: held.what_to_do(),
        more,
        page: held.is_about_settings().then_some(settings),
        button: held.can_be_released().then_some(release),
    }
}
