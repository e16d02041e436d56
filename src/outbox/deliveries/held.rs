use crate::clock::Timestamp;
use crate::i18n::Text;
use crate::outbox::{Hold, HoldKind};

/// Why nothing leaves a tenant's queue, when it is tried again, and how to say it.
#[derive(Clone, Debug)]
pub struct Held {
    pub hold: Hold,
    /// When a probe comes; `None`: only a person, or another provider, releases the queue.
    pub next_try: Option<Timestamp>,
    /// How many mails wait.
    pub waiting: i64,
}

impl Held {
    /// Whether the tenant's administrators should be told.
    pub fn is_worth_a_notice(&self, now: Timestamp) -> bool {
        self.waiting > 0 && self.hold.is_worth_a_notice(now)
    }

    pub fn title(&self) -> Text {
        Text::new(match self.hold.kind {
            HoldKind::NoProvider => "outbox-held-no-provider",
            HoldKind::Paused => "outbox-held-paused",
            HoldKind::ByItself
            | HoldKind::ByPerson
            | HoldKind::Unusable
            | HoldKind::Suspended
            | HoldKind::ByOperator => "outbox-held-title",
        })
    }

    pub fn what(&self) -> Option<Text> {
        match (self.hold.kind, &self.hold.failure) {
            (HoldKind::NoProvider, _) => Some(Text::new("outbox-held-no-provider-what")),
            (HoldKind::Unusable, _) => Some(Text::new("outbox-held-unusable-what")),
            (HoldKind::Suspended, _) => Some(Text::new("outbox-held-suspended-what")),
            (HoldKind::ByOperator, _) => Some(Text::new("outbox-held-by-operator-what")),
            (_, failure) => failure.as_ref().map(|failure| failure.what()),
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> Option<Text> {
        match (self.hold.kind, &self.hold.failure) {
            (HoldKind::NoProvider, _) => Some(Text::new("outbox-held-no-provider-do")),
            (HoldKind::Unusable, _) => Some(Text::new("outbox-held-unusable-do")),
            (HoldKind::Suspended | HoldKind::ByOperator, _) => None,
            (_, failure) => failure.as_ref().map(|failure| failure.what_to_do()),
        }
    }

    /// How many wait, and since when; both as the reader writes them.
    pub fn waits(&self, since: String, number: String) -> Text {
        let text = Text::new("outbox-held-waits").with_number("count", self.waiting);
        text.with("number", number).with("since", since)
    }

    /// Whether trying again at once can help; without a provider it cannot.
    pub fn can_be_released(&self) -> bool {
        !matches!(self.hold.kind, HoldKind::NoProvider | HoldKind::Suspended | HoldKind::ByOperator)
    }

    /// Whether the settings are where to put it right.
    pub fn is_about_settings(&self) -> bool {
        !matches!(self.hold.kind, HoldKind::Paused | HoldKind::Suspended | HoldKind::ByOperator)
    }

    /// Whether it may pass by itself, without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        self.hold.kind == HoldKind::Paused
    }
}
