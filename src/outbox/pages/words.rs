//! How states and the like are called.

use crate::i18n::Text;
use crate::mail::Failure;
use crate::mail_types::MailTypes;
use crate::outbox::MessageStatus;
use crate::outbox::deliveries::{Limit, Listed, Outlook};
use crate::web::Page;

/// The state as it is shown: what is due in a held queue is held.
pub(super) fn shown(state: MessageStatus, queue_is_held: bool) -> MessageStatus {
    state.shown(queue_is_held)
}

pub(super) fn state(state: MessageStatus) -> Text {
    Text::new(match state {
        MessageStatus::Due => "outbox-state-due",
        MessageStatus::Held => "outbox-state-held",
        MessageStatus::Accepted => "outbox-state-accepted",
        MessageStatus::Failed => "outbox-state-failed",
        MessageStatus::Unknown => "outbox-state-unknown",
        MessageStatus::Cancelled => "outbox-state-cancelled",
        MessageStatus::Expired => "outbox-state-expired",
    })
}

/// The class of a state's badge.
pub(super) fn badge(state: MessageStatus) -> &'static str {
    match state {
        MessageStatus::Due => "badge badge-info",
        MessageStatus::Held | MessageStatus::Unknown => "badge badge-warning",
        MessageStatus::Accepted => "badge badge-success",
        MessageStatus::Failed | MessageStatus::Expired => "badge badge-error",
        MessageStatus::Cancelled => "badge",
    }
}

/// What a type of mail is called; one that this program does not know stands as it is.
pub(super) fn kind(page: &Page, types: MailTypes, kind: &str) -> String {
    types.find(kind).map_or_else(|| kind.to_owned(), |known| page.say(known.label()))
}

/// One sentence of what became of a message, for a list.
pub(super) fn in_short(page: &Page, message: &Listed) -> String {
    let failure = message.failure.as_ref().map(|failure| page.say(failure.what()));
    match message.state {
        MessageStatus::Accepted | MessageStatus::Cancelled => String::new(),
        MessageStatus::Expired => failure.unwrap_or_else(|| page.t("outbox-expired-untried")),
        MessageStatus::Unknown => page.t("outbox-unknown-short"),
        MessageStatus::Failed => failure.unwrap_or_else(|| page.t("outbox-verdict-unbuildable")),
        MessageStatus::Due | MessageStatus::Held => failure.unwrap_or_default(),
    }
}

/// What waits and how long it will take.
pub(super) fn outlook(page: &Page, outlook: Outlook, now: crate::clock::Timestamp) -> String {
    let counted = |key: &'static str, count: i64| {
        Text::new(key).with_number("count", count).with("number", page.number(&count))
    };
    page.say(match outlook {
        Outlook::Nothing => Text::new("outbox-outlook-nothing"),
        Outlook::Held(count) => counted("outbox-outlook-held", count),
        Outlook::LaterTries(count, at) => {
            counted("outbox-outlook-later", count).with("at", page.soon(&at, now))
        }
        Outlook::Leaving { waiting, done_at: None, .. } => counted("outbox-outlook-leaving", waiting),
        Outlook::Leaving { waiting, done_at: Some(at), limit } => {
            let text = match limit {
                Limit::Server => counted("outbox-outlook-server", waiting),
                Limit::AMinute(limit) => {
                    counted("outbox-outlook-a-minute", waiting).with("limit", page.number(&limit))
                }
                Limit::ADay(limit) => {
                    counted("outbox-outlook-a-day", waiting).with("limit", page.number(&limit))
                }
            };
            text.with("at", page.soon(&at, now))
        }
    })
}

/// What the server said, unless the sentence about it has quoted it.
pub(super) fn answer(page: &Page, failure: &Failure) -> Option<String> {
    let sentence = page.say(failure.what());
    failure.answer().filter(|answer| !sentence.contains(answer.as_str()))
}
