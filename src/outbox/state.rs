/// What has become of a message. Never "delivered": a provider's yes is acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageStatus {
    /// It waits for its turn, or for its next try. Being sent is not a state: whoever dies over it leaves
    /// it due.
    Due,
    /// It waits, and its tenant's queue is held. Never stored: a queue of a million messages is held by one
    /// row.
    Held,
    /// A provider has taken it over.
    Accepted,
    /// It was refused for good.
    Failed,
    /// Twice the connection was lost after the whole message was sent. Only a person tries it again.
    Unknown,
    /// A person has cancelled it.
    Cancelled,
    /// Its life ended before anybody took it.
    Expired,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// A provider takes it over.
    Accepted,
    /// It is to be tried again later.
    PutOff,
    /// It is refused for good.
    GivenUp,
    /// The answer to the whole message never came.
    OutcomeUnknown,
    /// Its life is over.
    Expired,
    /// A person cancels it.
    Cancelled,
    /// A person wants it tried again now.
    TriedAgain,
}

impl MessageStatus {
    /// Every state, in the order in which they are shown.
    pub const ALL: [MessageStatus; 7] = [
        MessageStatus::Due,
        MessageStatus::Held,
        MessageStatus::Accepted,
        MessageStatus::Failed,
        MessageStatus::Unknown,
        MessageStatus::Cancelled,
        MessageStatus::Expired,
    ];

    /// The name in the database and in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageStatus::Due => "due",
            MessageStatus::Held => "held",
            MessageStatus::Accepted => "accepted",
            MessageStatus::Failed => "failed",
            MessageStatus::Unknown => "unknown",
            MessageStatus::Cancelled => "cancelled",
            MessageStatus::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The state as it is shown: what is due in a held queue is held.
    #[must_use]
    pub fn shown(self, queue_is_held: bool) -> Self {
        if self == MessageStatus::Due && queue_is_held { MessageStatus::Held } else { self }
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, MessageStatus::Due | MessageStatus::Held)
    }

    /// The state after an event, and whether the message may have arrived twice; `None` if the event
    /// comes too late to change anything.
    ///
    /// `twice` is whether it may have so far. An unknown outcome is repeated once, with the same
    /// Message-ID; unknown again, a person decides. A yes counts even for what was cancelled meanwhile or
    /// settled by another process: it is the truth.
    #[must_use]
    pub fn after(self, event: Transition, twice: bool) -> Option<(MessageStatus, bool)> {
        use {MessageStatus as S, Transition as E};
        let waits = !self.is_final();
        match (self, event) {
            (S::Accepted, _) => None,
            (_, E::Accepted) => Some((S::Accepted, twice)),
            // whoever tries an unknown one again knows what it means
            (_, E::TriedAgain) => Some((S::Due, twice)),
            _ if !waits => None,
            (_, E::PutOff) => Some((S::Due, twice)),
            (_, E::GivenUp) => Some((S::Failed, twice)),
            (_, E::OutcomeUnknown) => Some((if twice { S::Unknown } else { S::Due }, true)),
            (_, E::Expired) => Some((S::Expired, twice)),
            (_, E::Cancelled) => Some((S::Cancelled, twice)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: [Transition; 7] = [
        Transition::Accepted,
        Transition::PutOff,
        Transition::GivenUp,
        Transition::OutcomeUnknown,
        Transition::Expired,
        Transition::Cancelled,
        Transition::TriedAgain,
    ];

    fn walk(events: &[Transition]) -> Vec<(MessageStatus, bool)> {
        let mut all = vec![(MessageStatus::Due, false)];
        for event in events {
            let (state, twice) = *all.last().unwrap();
            all.push(state.after(*event, twice).unwrap_or((state, twice)));
        }
        all
    }

    fn some_events() -> impl Strategy<Value = Vec<Transition>> {
        prop::collection::vec(prop::sample::select(EVENTS.to_vec()), 0..40)
    }

    proptest! {
        #[test]
        fn what_was_accepted_stays_so(events in some_events()) {
            let all = walk(&events);
            if let Some(at) = all.iter().position(|(state, _)| *state == MessageStatus::Accepted) {
                prop_assert!(all[at..].iter().all(|(state, _)| *state == MessageStatus::Accepted));
            }
        }

        #[test]
        fn a_yes_is_never_lost(events in some_events()) {
            let said_yes = events.contains(&Transition::Accepted);
            prop_assert_eq!(walk(&events).last().unwrap().0 == MessageStatus::Accepted, said_yes);
        }

        #[test]
        fn what_ended_goes_on_by_a_person_or_a_yes_only(events in some_events()) {
            for (step, event) in walk(&events).windows(2).zip(&events) {
                if step[0].0.is_final() && step[1].0 != step[0].0 {
                    prop_assert!(matches!(event, Transition::TriedAgain | Transition::Accepted));
                }
            }
        }

        #[test]
        fn without_a_person_an_unknown_outcome_is_repeated_once(events in some_events()) {
            let alone: Vec<Transition> = events.into_iter().filter(|e| *e != Transition::TriedAgain).collect();
            let all = walk(&alone);
            let repeats = all.windows(2).zip(&alone)
                .filter(|(step, event)| **event == Transition::OutcomeUnknown && step[1].0 == MessageStatus::Due)
                .count();
            prop_assert!(repeats <= 1);
        }

        #[test]
        fn the_mark_of_a_doubt_is_never_taken_off(events in some_events()) {
            let all = walk(&events);
            let marked = all.iter().position(|(_, twice)| *twice).unwrap_or(all.len());
            prop_assert!(all[marked..].iter().all(|(_, twice)| *twice));
        }

        #[test]
        fn held_is_shown_and_never_stored(events in some_events()) {
            for state in MessageStatus::ALL {
                for event in EVENTS {
                    prop_assert!(state.after(event, false).is_none_or(|(state, _)| state != MessageStatus::Held));
                }
            }
            prop_assert!(walk(&events).iter().all(|(state, _)| *state != MessageStatus::Held));
        }
    }

    #[test]
    fn a_state_is_found_by_its_name() {
        for state in MessageStatus::ALL {
            assert_eq!(MessageStatus::parse(state.as_str()), Some(state));
        }
        assert_eq!(MessageStatus::parse("delivered"), None);
    }
}
