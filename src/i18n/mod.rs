//! Languages: every text that a person sees is a message in `src/i18n/{en,de}/<room>.ftl` (Project
//! Fluent), one file a room and language, built into the program.
//!
//! Code below the pages does not speak: it returns a [`Text`], which becomes words where the
//! reader's language is known. `tests/languages.rs` fails when a message is missing in a language,
//! is used nowhere, or is given other arguments than its words expect.

mod date;
mod number;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

pub use date::{format_date, format_date_time, format_short, format_time, parse_time_zone, time_zone_names};
pub use number::format_number;

/// A language that Posthorn speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    /// German, in the formal address.
    German,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// The BCP 47 tag: in the database, on the command line and in `<html lang>`.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// The language of that tag.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The name of the language in itself, as a list of languages shows it.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::German => "Deutsch",
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110, section 12.5.4); English if none fits.
    pub fn negotiate(accept_language: &str) -> Self {
        let requested = fluent_langneg::parse_accepted_languages(accept_language);
        let available: Vec<fluent_langneg::LanguageIdentifier> =
            Self::ALL.iter().filter_map(|l| l.code().parse().ok()).collect();
        fluent_langneg::negotiate_languages(
            &requested,
            &available,
            None,
            fluent_langneg::NegotiationStrategy::Filtering,
        )
        .first()
        .and_then(|best| Self::parse(best.language.as_str()))
        .unwrap_or(Language::English)
    }
}

/// Something to be said, in whichever language its reader has: a message and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Text {
    key: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<Cow<'static, str>, Arg>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Arg {
    Words(String),
    Number(i64),
    Text(Text),
}

impl Text {
    /// The message of that key, so far without arguments.
    pub fn new(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), args: BTreeMap::new() }
    }

    /// Adds an argument that is put in as it is.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.insert(Cow::Borrowed(name), Arg::Words(value.to_string()));
        self
    }

    /// Adds a number, by which the message may choose its plural.
    #[must_use]
    pub fn with_number(mut self, name: &'static str, value: impl TryInto<i64>) -> Self {
        self.args.insert(Cow::Borrowed(name), Arg::Number(value.try_into().unwrap_or(i64::MAX)));
        self
    }

    /// Adds another text, which is said in the same language.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, value: Text) -> Self {
        self.args.insert(Cow::Borrowed(name), Arg::Text(value));
        self
    }

    /// The words in that language.
    pub fn say(&self, language: Language) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in &self.args {
            match value {
                Arg::Words(words) => args.set(name.as_ref(), FluentValue::String(Cow::Borrowed(words))),
                Arg::Number(number) => args.set(name.as_ref(), *number),
                Arg::Text(text) => args.set(name.as_ref(), text.say(language)),
            }
        }
        say(language, &self.key, (!self.args.is_empty()).then_some(&args))
    }
}

/// The words of a message without arguments.
pub fn words(language: Language, key: &str) -> String {
    say(language, key, None)
}

fn say(language: Language, key: &str, args: Option<&FluentArgs<'_>>) -> String {
    let [english, german] = &*BUNDLES;
    let bundle = match language {
        Language::English => english,
        Language::German => german,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, language = language.code(), "there is no such message");
        return key.to_owned();
    };
    let mut errors = Vec::new();
    let words = bundle.format_pattern(pattern, args, &mut errors).into_owned();
    for error in errors {
        tracing::error!(key, language = language.code(), %error, "a message does not fit its arguments");
    }
    words
}

/// The texts of these rooms, in English and German.
macro_rules! sources {
    ($($room:literal),* $(,)?) => {
        [
            &[$(include_str!(concat!("en/", $room, ".ftl"))),*],
            &[$(include_str!(concat!("de/", $room, ".ftl"))),*],
        ]
    };
}

/// Every file of this folder; `tests/languages.rs` compares them.
const SOURCES: [&[&str]; 2] = sources![
    "web",
    "values",
    "mail",
    "email_provider",
    "sender_domain",
    "outbox",
    "messages",
    "support",
    "audit_log",
    "allow_list",
    "auth",
    "second_factor",
    "oidc",
    "sign_in",
    "people",
    "programs",
    "api",
    "demo",
];

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> = LazyLock::new(|| {
    let [english, german] = SOURCES;
    [bundle("en", english), bundle("de", german)]
});

fn bundle(code: &str, sources: &[&str]) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![
        code.parse::<unic_langid::LanguageIdentifier>().unwrap_or_default(),
    ]);
    // Isolating marks (U+2068, U+2069) around every argument help where scripts of both directions
    // meet. Ours do not, and the marks would be copied along with addresses and server names.
    bundle.set_use_isolating(false);
    for source in sources {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(code, ?errors, "a file of messages has errors");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(code, ?errors, "a message stands twice");
        }
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::{FluentResource, Language, SOURCES};

    #[test]
    fn the_browser_chooses_among_our_languages() {
        for (header, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4", Language::German),
            ("en-US,en;q=0.9,de;q=0.1", Language::English),
            ("fr", Language::English),
            ("", Language::English),
            (";;;q=x", Language::English),
        ] {
            assert_eq!(Language::negotiate(header), language, "{header:?}");
        }
    }

    #[test]
    fn every_file_of_messages_is_without_errors() {
        for source in SOURCES.into_iter().flatten() {
            if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                panic!("{errors:?} in {source}");
            }
        }
    }
}
