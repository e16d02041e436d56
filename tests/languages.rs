//! The texts: the same in both languages, each used, none missing; German in its own typography and in
//! the formal address.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A message: its words, and the arguments that they expect.
#[derive(Clone, Debug)]
struct Message {
    words: String,
    arguments: BTreeSet<String>,
    file: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.extension().is_some_and(|own| own == *ending)) {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The arguments of a pattern: what stands behind a `$`.
fn arguments(words: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    words.match_indices('$').map(|(at, _)| name(&words[at + 1..])).collect()
}

/// The messages of a language. The files use messages with one pattern only: no terms, no attributes.
fn messages(language: &str) -> BTreeMap<String, Message> {
    let mut all = BTreeMap::new();
    for path in files(&root().join("src/i18n").join(language), &["ftl"]) {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut last: Option<String> = None;
        for line in fs::read_to_string(&path).unwrap().lines() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with([' ', '}']) {
                let key = last.as_ref().unwrap_or_else(|| panic!("{file}: {line}"));
                let message: &mut Message = all.get_mut(key).unwrap();
                message.words.push('\n');
                message.words.push_str(line.trim());
                continue;
            }
            let (key, words) =
                line.split_once(" =").unwrap_or_else(|| panic!("{file}: what is this? {line}"));
            assert!(key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{key}");
            let message =
                Message { words: words.trim().to_owned(), arguments: BTreeSet::new(), file: file.clone() };
            assert!(all.insert(key.to_owned(), message).is_none(), "{language}: {key} stands twice");
            last = Some(key.to_owned());
        }
    }
    for message in all.values_mut() {
        message.arguments = arguments(&message.words);
    }
    assert!(all.len() > 250, "the messages were found");
    all
}

/// Every file that may use a message, without the unit tests.
fn users() -> Vec<(String, String)> {
    let sources = files(&root().join("src"), &["rs"]);
    let templates = files(&root().join("templates"), &["html", "txt"]);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("\n#[cfg(test)]").next().unwrap().to_owned();
        (path.strip_prefix(root()).unwrap().display().to_string(), code)
    };
    sources.into_iter().chain(templates).map(read).collect()
}

/// The literal that a text begins with.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

/// The literals that follow that call, each with what comes after it.
fn literals<'a>(code: &'a str, call: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    code.match_indices(call).filter_map(move |(at, _)| {
        let rest = &code[at + call.len()..];
        let key = literal(rest)?;
        let after = rest.trim_start().get(key.len() + 2..)?;
        Some((key, after))
    })
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    let (english, german) = (messages("en"), messages("de"));
    let keys = |all: &BTreeMap<String, Message>| all.keys().cloned().collect::<BTreeSet<_>>();
    let (only_english, only_german): (Vec<_>, Vec<_>) = (
        keys(&english).difference(&keys(&german)).cloned().collect(),
        keys(&german).difference(&keys(&english)).cloned().collect(),
    );
    assert!(
        only_english.is_empty() && only_german.is_empty(),
        "only en: {only_english:?}; only de: {only_german:?}"
    );
    for (key, message) in &english {
        assert_eq!(message.arguments, german[key].arguments, "{key}");
        assert_eq!(message.file, german[key].file, "{key} stands in another file");
        assert!(!message.words.is_empty() && !german[key].words.is_empty(), "{key} is empty");
    }
}

#[test]
fn every_file_of_messages_is_part_of_the_program() {
    let program = fs::read_to_string(root().join("src/i18n/mod.rs")).unwrap();
    for path in files(&root().join("src/i18n"), &["ftl"]) {
        let name = format!("\"{}\",", path.file_stem().unwrap().to_str().unwrap());
        assert!(program.contains(&name), "src/i18n/mod.rs lists no {name}");
    }
}

#[test]
fn every_message_is_used_somewhere() {
    let users = users();
    let unused: Vec<String> = messages("en")
        .into_keys()
        .filter(|key| {
            let literal = format!("\"{key}\"");
            !users.iter().any(|(_, code)| code.contains(&literal))
        })
        .collect();
    assert!(unused.is_empty(), "used nowhere: {unused:?}");
}

#[test]
fn every_message_that_is_used_exists_and_gets_its_arguments() {
    let english = messages("en");
    let mut found = 0;
    let mut problems = Vec::new();
    for (file, code) in users() {
        for call in ["Text::new(", "Flash::new(", ".t(", ".t1(", "words(self.language,", "words(language,"] {
            for (key, after) in literals(&code, call) {
                found += 1;
                let Some(message) = english.get(key) else {
                    problems.push(format!("{file}: there is no message {key}"));
                    continue;
                };
                if call == ".t(" && !message.arguments.is_empty() {
                    problems.push(format!("{file}: {key} wants {:?}", message.arguments));
                }
                if call == ".t1(" {
                    let name = after.trim_start_matches(',');
                    let given = literal(name).map(|name| BTreeSet::from([name.to_owned()]));
                    if given.as_ref() != Some(&message.arguments) {
                        problems
                            .push(format!("{file}: {key} wants {:?} and gets {given:?}", message.arguments));
                    }
                }
            }
        }
        // the sentences of the room mail are made by small closures
        if file.starts_with("src/mail/") && file.ends_with("/sentences.rs") {
            for (at, _) in code.match_indices("\"mail-") {
                found += 1;
                let key = literal(&code[at..]).unwrap();
                if !english.contains_key(key) {
                    problems.push(format!("{file}: there is no message {key}"));
                }
            }
        }
        // a text and what is put into it, as far as it stands in one expression
        for (key, after) in literals(&code, "Text::new(") {
            let given = chain(after);
            if let Some(message) = english.get(key)
                && !given.is_subset(&message.arguments)
            {
                problems.push(format!("{file}: {key} wants {:?} and gets {given:?}", message.arguments));
            }
        }
    }
    assert!(found > 250, "only {found} uses were found");
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The arguments in a chain of `.with("a", …).with_number("b", …)` that follows directly.
fn chain(after: &str) -> BTreeSet<String> {
    let mut given = BTreeSet::new();
    let mut rest = after.trim_start().strip_prefix(')').unwrap_or("").trim_start();
    while let Some(call) = rest.strip_prefix(".with") {
        let open = call.find('(').unwrap();
        given.extend(literal(&call[open + 1..]).map(str::to_owned));
        let mut depth = 0;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ')' && depth == 0
        });
        rest = end.map_or("", |end| &call[end + 1..]).trim_start();
    }
    given
}

#[test]
fn german_uses_its_own_quotation_marks_and_the_formal_address() {
    let mut problems = Vec::new();
    for (key, message) in messages("de") {
        if message.words.contains('"') {
            problems.push(format!("{key}: a straight quotation mark"));
        }
        if message.words.contains(['“', '„']) {
            let (open, close) = (message.words.matches('„').count(), message.words.matches('“').count());
            if open != close {
                problems.push(format!("{key}: {open} „ and {close} “"));
            }
        }
        if message.words.contains('\'') {
            problems.push(format!("{key}: a straight apostrophe"));
        }
        let words = message.words.to_lowercase();
        for word in words.split(|c: char| !c.is_alphabetic()) {
            let informal = ["du", "dich", "dir", "ihr euch", "euch", "euer", "eure"].contains(&word)
                || (word.starts_with("dein") && word.len() <= 7);
            if informal {
                problems.push(format!("{key}: the informal {word}"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn nothing_but_a_message_is_written_into_a_page() {
    let mut problems = Vec::new();
    for (file, html) in users().into_iter().filter(|(file, _)| file.starts_with("templates/")) {
        let mut text = html.clone();
        // blocks that fill an attribute
        let attribute = ("_here %}", "{% endblock %}");
        for (open, close) in
            [attribute, ("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<svg", "</svg>"), ("<", ">")]
        {
            while let Some(start) = text.find(open) {
                let Some(end) = text[start..].find(close) else { break };
                text.replace_range(start..start + end + close.len(), " ");
            }
        }
        // the names of products and kinds are the same in every language
        let known = ["SMTP", "Microsoft", "365", "ID", "HTML", "gt", "lt"];
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            if !known.contains(&word) {
                problems.push(format!("{file}: {word:?} stands there in no language"));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
