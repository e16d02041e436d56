/// What has become of a message. Never "delivered": a provider's yes is acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It waits for its turn, or for its next try. Being sent is not a state: whoever dies over it leaves
    /// it due.
    Due,
    /// It waits, and its tenant's lane is held. Never stored: a lane of a million messages is held by one
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
pub enum Event {
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

impl State {
    /// Every state, in the order in which they are shown.
    pub const ALL: [State; 7] = [
        State::Due,
        State::Held,
        State::Accepted,
        State::Failed,
        State::Unknown,
        State::Cancelled,
        State::Expired,
    ];

    /// The name in the database and in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Due => "due",
            State::Held => "held",
            State::Accepted => "accepted",
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The state as it is shown: what is due in a held lane is held.
    #[must_use]
    pub fn shown(self, lane_is_held: bool) -> Self {
        if self == State::Due && lane_is_held { State::Held } else { self }
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Due | State::Held)
    }

    /// The state after an event, and whether the message may have arrived twice; `None` if the event
    /// comes too late to change anything.
    ///
    /// `twice` is whether it may have so far. An unknown outcome is repeated once, with the same
    /// Message-ID; unknown again, a person decides. A yes counts even for what was cancelled meanwhile or
    /// settled by another process: it is the truth.
    #[must_use]
    pub fn after(self, event: Event, twice: bool) -> Option<(State, bool)> {
        use {Event as E, State as S};
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

    const EVENTS: [Event; 7] = [
        Event::Accepted,
        Event::PutOff,
        Event::GivenUp,
        Event::OutcomeUnknown,
        Event::Expired,
        Event::Cancelled,
        Event::TriedAgain,
    ];

    fn walk(events: &[Event]) -> Vec<(State, bool)> {
        let mut all = vec![(State::Due, false)];
        for event in events {
            let (state, twice) = *all.last().unwrap();
            all.push(state.after(*event, twice).unwrap_or((state, twice)));
        }
        all
    }

    fn some_events() -> impl Strategy<Value = Vec<Event>> {
        prop::collection::vec(prop::sample::select(EVENTS.to_vec()), 0..40)
    }

    proptest! {
        #[test]
        fn what_was_accepted_stays_so(events in some_events()) {
            let all = walk(&events);
            if let Some(at) = all.iter().position(|(state, _)| *state == State::Accepted) {
                prop_assert!(all[at..].iter().all(|(state, _)| *state == State::Accepted));
            }
        }

        #[test]
        fn a_yes_is_never_lost(events in some_events()) {
            let said_yes = events.contains(&Event::Accepted);
            prop_assert_eq!(walk(&events).last().unwrap().0 == State::Accepted, said_yes);
        }

        #[test]
        fn what_ended_goes_on_by_a_person_or_a_yes_only(events in some_events()) {
            for (step, event) in walk(&events).windows(2).zip(&events) {
                if step[0].0.is_final() && step[1].0 != step[0].0 {
                    prop_assert!(matches!(event, Event::TriedAgain | Event::Accepted));
                }
            }
        }

        #[test]
        fn without_a_person_an_unknown_outcome_is_repeated_once(events in some_events()) {
            let alone: Vec<Event> = events.into_iter().filter(|e| *e != Event::TriedAgain).collect();
            let all = walk(&alone);
            let repeats = all.windows(2).zip(&alone)
                .filter(|(step, event)| **event == Event::OutcomeUnknown && step[1].0 == State::Due)
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
            for state in State::ALL {
                for event in EVENTS {
                    prop_assert!(state.after(event, false).is_none_or(|(state, _)| state != State::Held));
                }
            }
            prop_assert!(walk(&events).iter().all(|(state, _)| *state != State::Held));
        }
    }

    #[test]
    fn a_state_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("delivered"), None);
    }
}
