use std::fmt;

use serde_json::Value;

use crate::i18n::Text;

/// What a room's deeds and their particulars are called: the constant `EVENTS` of each room that records some.
#[derive(Debug)]
pub struct EventTable {
    /// The key of the heading under which they stand together; without one they stand among the others.
    pub group: Option<&'static str>,
    pub events: &'static [EventWords],
    /// Particulars and changed fields that are first this room's, with the keys of their names.
    pub labels: &'static [(&'static str, &'static str)],
    /// Values of particulars that are names of ours: the particular, the value, and how it is said.
    pub values: &'static [(&'static str, &'static str, ValueWord)],
}

/// An event with its words.
#[derive(Debug)]
pub struct EventWords {
    /// The name, as `room.deed`.
    pub name: &'static str,
    /// The key of what it is called without its particulars.
    pub title: &'static str,
    /// The sentence with the most important particular, if there is one.
    pub sentence: Option<Sentence>,
}

/// A sentence of an event.
#[derive(Clone, Copy)]
pub enum Sentence {
    /// The key of a text and the one particular that it takes, under that name.
    With(&'static str, &'static str),
    /// A text that depends on the particulars.
    By(fn(&Value) -> Option<Text>),
}

/// How a value of a particular is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueWord {
    /// By the text of that key.
    Key(&'static str),
    /// As this, in every language.
    Name(&'static str),
}

/// All tables, as `portal` collects them from the rooms.
#[derive(Clone, Copy, Debug)]
pub struct EventTables(pub &'static [&'static EventTable]);

impl EventWords {
    /// Makes an event that is said by its title alone.
    pub const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, sentence: None }
    }

    /// Adds a sentence that takes that particular.
    #[must_use]
    pub const fn with(self, key: &'static str, particular: &'static str) -> Self {
        Self { sentence: Some(Sentence::With(key, particular)), ..self }
    }

    /// Adds a sentence that depends on the particulars.
    #[must_use]
    pub const fn said_by(self, sentence: fn(&Value) -> Option<Text>) -> Self {
        Self { sentence: Some(Sentence::By(sentence)), ..self }
    }
}

impl EventTables {
    /// Iterates over all events.
    pub fn events(&self) -> impl Iterator<Item = &'static EventWords> {
        self.0.iter().flat_map(|table| table.events)
    }

    /// Finds the event of that name.
    pub fn find(&self, name: &str) -> Option<&'static EventWords> {
        self.events().find(|event| event.name == name)
    }

    /// Finds the key of a particular's name.
    pub fn label(&self, particular: &str) -> Option<&'static str> {
        let labels = self.0.iter().flat_map(|table| table.labels);
        labels.into_iter().find(|(name, _)| *name == particular).map(|(_, key)| *key)
    }

    /// Finds how a particular's value is said, if it is a name of ours.
    pub fn value(&self, particular: &str, value: &str) -> Option<ValueWord> {
        let values = self.0.iter().flat_map(|table| table.values);
        let found = values.into_iter().find(|(name, own, _)| *name == particular && *own == value);
        found.map(|(_, _, word)| *word)
    }
}

impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sentence::With(key, _) => f.write_str(key),
            Sentence::By(_) => f.write_str("by particulars"),
        }
    }
}
