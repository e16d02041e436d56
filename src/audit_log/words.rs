//! What events and their particulars are called, read from the tables that rooms contribute (`EVENTS`).

use serde_json::Value;

use crate::audit::{EventTables, Sentence, ValueWord};
use crate::i18n::{Language, Text};

const OTHERS: &str = "audit-log-group-others";

/// What the event of that name is called, if it is known.
pub fn title(tables: EventTables, event: &str) -> Option<Text> {
    tables.find(event).map(|event| Text::new(event.title))
}

/// The events by groups, each with its name: for a list to choose from.
pub fn groups(tables: EventTables) -> Vec<(Text, Vec<(&'static str, Text)>)> {
    let of = |group: Option<&str>| {
        let own = tables.0.iter().filter(|table| table.group == group).flat_map(|table| table.events);
        own.map(|event| (event.name, Text::new(event.title))).collect()
    };
    let headings = tables.0.iter().filter_map(|table| table.group);
    headings
        .map(|heading| (Text::new(heading), of(Some(heading))))
        .chain([(Text::new(OTHERS), of(None))])
        .collect()
}

/// What was done, in one sentence with the most important of its particulars.
pub fn sentence(tables: EventTables, event: &str, details: &Value) -> Option<Text> {
    let event = tables.find(event)?;
    let said = match event.sentence {
        Some(Sentence::With(key, particular)) => {
            let text = details.get(particular).and_then(Value::as_str);
            text.map(|text| match tables.value(particular, text) {
                Some(ValueWord::Name(name)) => Text::new(key).with(particular, name),
                Some(ValueWord::Key(word)) => Text::new(key).with_text(particular, Text::new(word)),
                None => Text::new(key).with(particular, text),
            })
        }
        Some(Sentence::By(sentence)) => sentence(details),
        None => None,
    };
    Some(said.unwrap_or_else(|| Text::new(event.title)))
}

/// The particulars, each with what it is called, in that language. What nobody has a word for stands as it is.
pub fn particulars(tables: EventTables, details: &Value, language: Language) -> Vec<(String, String)> {
    let Value::Object(fields) = details else { return vec![(String::new(), plain(details))] };
    let told = fields.iter().filter(|(_, value)| !is_nothing(value));
    let pair = |name: &str, value| (label(tables, name, language), said(tables, name, value, language));
    told.map(|(name, value)| pair(name, value)).collect()
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn said(tables: EventTables, name: &str, value: &Value, language: Language) -> String {
    match value {
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(|one| said(tables, name, one, language)).collect();
            all.join(", ")
        }
        Value::String(text) if name == "changed" => label(tables, text, language),
        Value::String(text) => match tables.value(name, text) {
            Some(ValueWord::Key(key)) => Text::new(key).say(language),
            Some(ValueWord::Name(name)) => name.to_owned(),
            None => text.clone(),
        },
        other => plain(other),
    }
}

/// What a particular, or a field that was changed, is called.
fn label(tables: EventTables, name: &str, language: Language) -> String {
    tables.label(name).map_or_else(|| name.to_owned(), |key| Text::new(key).say(language))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;

    const TABLES: EventTables = crate::portal::TABLES.audit_events;

    /// Every event that the sources name, in a literal `Event` or in a constant.
    fn recorded(folder: &Path, events: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                recorded(&path, events);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let code = text.split("\n#[cfg(test)]").next().unwrap();
            if !code.contains("audit::") || path.ends_with("events.rs") {
                continue;
            }
            for before in ["name: \"", ": &str = \""] {
                for (at, _) in code.match_indices(before) {
                    let name = code[at + before.len()..].split('"').next().unwrap();
                    let is_word = |word: &str| {
                        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    };
                    if name.split_once('.').is_some_and(|(room, deed)| is_word(room) && is_word(deed)) {
                        events.insert(name.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_event_that_the_code_records_has_words_and_no_other() {
        let mut events = BTreeSet::new();
        recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut events);
        let known: BTreeSet<String> = TABLES.events().map(|event| event.name.to_owned()).collect();
        assert_eq!(events, known, "an event and its row in the EVENTS of its room belong together");
        let listed: usize = groups(TABLES).iter().map(|(_, events)| events.len()).sum();
        assert_eq!(listed, TABLES.events().count(), "each stands in one group");
        assert!(groups(TABLES).iter().all(|(_, events)| !events.is_empty()));
    }

    #[test]
    fn an_event_is_said_with_its_particulars_and_without_them() {
        let say = |event, details| sentence(TABLES, event, &details).map(|text| text.say(Language::German));
        assert_eq!(
            say("email_provider.saved", json!({ "provider": "smtp" })).as_deref(),
            Some("E-Mail-Anbieter SMTP gespeichert")
        );
        for (name, key) in TABLES.events().map(|event| (event.name, event.title)) {
            for language in Language::ALL {
                let bare = sentence(TABLES, name, &json!({})).unwrap().say(language);
                assert!(
                    !bare.is_empty() && !bare.contains("audit-log-") && !bare.contains('$'),
                    "{name}: {bare}"
                );
                assert!(!Text::new(key).say(language).contains("audit-log-"), "{key}");
            }
        }
        assert_eq!(say("room.deed_of_another_version", json!({ "by": "x" })), None);
    }

    #[test]
    fn particulars_have_names_and_what_is_unknown_stands_as_it_is() {
        let details = json!({
            "changed": ["server_port", "something_new"], "secret": "kept", "replaced": null,
            "ports": [587, 465], "new_one": { "a": 1 },
        });
        let told = particulars(TABLES, &details, Language::English);
        let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            told,
            [
                text("Changed fields", "Port, something_new"),
                text("new_one", "{\"a\":1}"),
                text("Ports", "587, 465"),
                text("Password or client secret", "kept"),
            ]
        );
    }

    #[test]
    fn no_two_rooms_name_the_same_and_every_name_has_its_words() {
        let tables = || TABLES.0.iter();
        let names = |all: Vec<String>| {
            let once: BTreeSet<&String> = all.iter().collect();
            assert_eq!(once.len(), all.len(), "{all:?}");
        };
        names(TABLES.events().map(|event| event.name.to_owned()).collect());
        names(tables().filter_map(|table| table.group).map(str::to_owned).collect());
        names(tables().flat_map(|table| table.labels).map(|(name, _)| (*name).to_owned()).collect());
        let values = tables().flat_map(|table| table.values);
        names(values.map(|(name, value, _)| format!("{name}/{value}")).collect());
        let keys = tables().flat_map(|table| {
            let words = table.values.iter().filter_map(|(_, _, word)| match word {
                ValueWord::Key(key) => Some(*key),
                ValueWord::Name(_) => None,
            });
            words.chain(table.labels.iter().map(|(_, key)| *key)).chain(table.group)
        });
        for (key, language) in keys.flat_map(|key| Language::ALL.map(|language| (key, language))) {
            assert_ne!(Text::new(key).say(language), key, "there is no such text");
        }
        for event in TABLES.events() {
            let Some(Sentence::With(_, particular)) = event.sentence else { continue };
            let said = sentence(TABLES, event.name, &json!({ particular: "x" })).unwrap();
            assert!(said.say(Language::German).contains('x'), "{}", event.name);
        }
    }
}
