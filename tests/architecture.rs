//! The house rules that the compiler does not keep: the order of the rooms, what may stand in which file,
//! and who may import what is dangerous. See the tables in ARCHITECTURE.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below `src`, and its code without comments, texts and unit tests.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The room that it belongs to: its folder, or its own name.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The slot that the file belongs to: a room's `pages.rs` or `form.rs` may become a folder.
    fn slot(&self) -> &str {
        match self.path.split('/').nth(1) {
            Some("pages") => "pages.rs",
            Some("api") => "api.rs",
            Some("form") => "form.rs",
            _ => self.file(),
        }
    }

    fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Whether the code names that crate or module as the beginning of a path.
    fn names(&self, name: &str) -> bool {
        words(&self.code).any(|word| word == name)
    }

    /// The rooms that it names: `use crate::a::…`, `use crate::{a, b::…}`, `crate::a::…`.
    fn rooms_named(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            let rest = &self.code[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                all.extend(heads(group));
            } else {
                all.extend(words(rest).next().map(str::to_owned));
            }
        }
        all
    }
}

/// The first words of the members of a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut at_head) = (0, Vec::new(), true);
    let mut head = String::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(std::mem::take(&mut head));
                at_head = true;
            }
            c if at_head && (c.is_alphanumeric() || c == '_') => head.push(c),
            c if c.is_whitespace() && head.is_empty() => {}
            _ => at_head = false,
        }
    }
    heads.push(head);
    heads.retain(|head| !head.is_empty());
    heads
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The code alone: texts become empty, comments and what stands below `#[cfg(test)]` go.
fn code_of(source: &str) -> String {
    let source = source.split("\n#[cfg(test)]").next().unwrap();
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            rest = end.map_or("", |end| &rest[end + 2..]);
            code.push_str("\"\"");
        } else if let Some(length) = character(rest) {
            rest = &rest[length..];
            code.push_str("''");
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code
}

/// The length of a character literal that may hold a quotation mark; a lifetime is none.
fn character(code: &str) -> Option<usize> {
    ["'\"'", "b'\"'", "'\\\"'", "'\\''", "'\\\\'"].into_iter().find(|one| code.starts_with(one)).map(str::len)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut all = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                let code = code_of(&fs::read_to_string(&path).unwrap());
                all.push(Source { path: name, code });
            }
        }
    }
    assert!(all.len() > 60, "the sources were found");
    all.retain(|source| !["lib.rs", "main.rs"].contains(&source.path.as_str()));
    all
}

/// The rooms in the order of `src/lib.rs`.
fn rooms() -> Vec<String> {
    let library = code_of(&fs::read_to_string(root().join("lib.rs")).unwrap());
    let modules = library.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    });
    modules.collect()
}

fn place(rooms: &[String], room: &str) -> usize {
    rooms.iter().position(|one| one == room).unwrap_or_else(|| panic!("src/lib.rs lists no room {room}"))
}

/// Every breach of a rule, so that one run says all.
#[track_caller]
fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

#[test]
fn a_room_names_only_rooms_listed_before_it() {
    let rooms = rooms();
    assert!(rooms.len() > 15 && rooms[0] == "clock", "{rooms:?}");
    let mut named = 0;
    let mut breaches = Vec::new();
    for source in sources() {
        let own = place(&rooms, source.room());
        for other in source.rooms_named() {
            named += 1;
            if place(&rooms, &other) > own {
                breaches.push(format!("{} names {other}, which src/lib.rs lists later", source.path));
            }
        }
    }
    assert!(named > 200, "only {named} paths were found");
    assert_none(&breaches);
}

#[test]
fn the_rules_of_this_test_can_tell_right_from_wrong() {
    let source = |path: &str, code: &str| Source { path: path.to_owned(), code: code_of(code) };
    let one = source(
        "users/mod.rs",
        "use crate::{audit, web::{Form, Page}, mail::smtp};\nlet x = crate::auth::f();",
    );
    assert_eq!(one.rooms_named(), ["audit", "web", "mail", "auth"]);
    assert_eq!((one.room(), one.file()), ("users", "mod.rs"));
    let two = source(
        "a.rs",
        "// crate::x\nlet q = '\"'; let a = \"crate::y actix_web\"; use sea_orm::A;\n#[cfg(test)]\nuse crate::z;",
    );
    assert!(two.rooms_named().is_empty() && two.names("sea_orm") && !two.names("actix_web"));
}

#[test]
fn entities_are_named_in_stores_only() {
    let breaches: Vec<String> = sources()
        .iter()
        .filter(|source| {
            source.names("entities") && source.room() != "entities" && source.file() != "store.rs"
        })
        .filter(|source| source.path != "db.rs")
        .map(|source| format!("{} names entities", source.path))
        .collect();
    assert_none(&breaches);
}

/// The rooms in folders that are features in the sense of the table of slots: they have a store, pages
/// or both. Ground rooms and the demo are laid out as they need it.
const FEATURES: [&str; 21] = [
    "api_keys",
    "audit",
    "tenants",
    "users",
    "sessions",
    "email_provider",
    "outbox",
    "messages",
    "audit_log",
    "sender_domain",
    "allow_list",
    "second_factor",
    "auth",
    "oidc",
    "sign_in",
    "account",
    "people",
    "programs",
    "staff",
    "support",
    "console",
];

#[test]
fn each_slot_holds_only_what_it_may() {
    let mut breaches = Vec::new();
    let mut seen = 0;
    for source in sources() {
        let is_feature = FEATURES.contains(&source.room());
        let forbidden: &[&str] = match source.slot() {
            "mod.rs" if is_feature => &["actix_web", "actix_session", "askama"],
            "store.rs" => &["actix_web", "actix_session", "askama"],
            "pages.rs" | "api.rs" if is_feature => &["store", "entities", "sea_orm"],
            "form.rs" if is_feature => &["sea_orm", "State", "store", "actix_web", "askama"],
            "emails.rs" => &["sea_orm", "actix_web", "store", "State"],
            "settings.rs" if is_feature => &["sea_orm", "actix_web", "askama", "State", "async"],
            _ => continue,
        };
        seen += 1;
        for name in forbidden.iter().filter(|name| source.names(name)) {
            breaches.push(format!("{} names {name}", source.path));
        }
    }
    assert!(seen >= 17, "only {seen} slots were found");
    assert_none(&breaches);
}

#[test]
fn a_store_names_no_other_room_but_those_of_values_and_the_database() {
    let may = ["clock", "values", "entities", "vault", "i18n", "db"];
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| source.file() == "store.rs") {
        let others = source.rooms_named().into_iter().filter(|other| other != source.room());
        for other in others.filter(|other| !may.contains(&other.as_str())) {
            breaches.push(format!("{} names {other}", source.path));
        }
    }
    assert_none(&breaches);
}

#[test]
fn dangerous_crates_have_few_importers() {
    let mut breaches = Vec::new();
    for (name, may) in [
        ("lettre", "mail/"),
        ("chacha20poly1305", "vault.rs"),
        ("argon2", "auth/password.rs"),
        ("reqwest", "mail/"),
        ("hickory_resolver", "dns.rs"),
        ("openidconnect", "oidc/"),
        ("x509_parser", "mail/check/certificate.rs"),
        ("roxmltree", "email_provider/recognition/"),
        ("anyhow", "web/session.rs"),
    ] {
        let importers: Vec<Source> = sources().into_iter().filter(|source| source.names(name)).collect();
        for source in importers.iter().filter(|source| !source.path.starts_with(may)) {
            breaches.push(format!("{} names {name}; only {may} may", source.path));
        }
    }
    assert_none(&breaches);
}

#[test]
fn transactions_begin_in_one_place_and_the_backend_is_named_there_only() {
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| source.path != "db.rs" && !source.path.starts_with("db/"))
    {
        for what in [".begin(", ".begin_with", "DbBackend", "get_database_backend", "Statement::from_"] {
            if source.code.contains(what) {
                breaches.push(format!("{} has {what}", source.path));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn every_table_has_one_room_that_writes_to_it() {
    let mut breaches = Vec::new();
    for (table, room) in [
        ("api_answers", "messages"),
        ("api_keys", "api_keys"),
        ("audit_chains", "audit"),
        ("audit_entries", "audit"),
        ("email_providers", "email_provider"),
        ("failed_sign_ins", "auth"),
        ("domain_reports", "sender_domain"),
        ("message_policies", "messages"),
        ("oidc_identities", "oidc"),
        ("oidc_providers", "oidc"),
        ("oidc_sign_ins", "oidc"),
        ("outbox_arrivals", "outbox"),
        ("outbox_attempts", "outbox"),
        ("outbox_contents", "outbox"),
        ("outbox_files", "outbox"),
        ("outbox_lanes", "outbox"),
        ("outbox_messages", "outbox"),
        ("outbox_suppressions", "outbox"),
        ("outbox_tallies", "outbox"),
        ("password_links", "users"),
        ("pending_sign_ins", "auth"),
        ("provider_checks", "email_provider"),
        ("diagnosis_sessions", "support"),
        ("recovery_codes", "second_factor"),
        ("second_factors", "second_factor"),
        ("sessions", "sessions"),
        ("staff", "staff"),
        ("staff_links", "staff"),
        ("staff_sessions", "staff"),
        ("support_grants", "support"),
        ("support_seen", "support"),
        ("tenant_tombstones", "tenants"),
        ("tenants", "tenants"),
        ("test_messages", "email_provider"),
        ("users", "users"),
    ] {
        let import = format!("entities::{table}::");
        for source in sources().iter().filter(|source| source.file() == "store.rs" && source.room() != room) {
            let writes = ["insert(", "update_many(", "update(", "delete_many(", "delete_by_id("];
            let imports_all = source.code.contains(&import);
            let by_name = writes.iter().any(|verb| {
                let call = format!("{table}::Entity::{verb}");
                // not of a table whose name ends so
                let is_own =
                    |at: usize| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                source.code.match_indices(&call).any(|(at, _)| is_own(at))
            });
            if by_name || (imports_all && source.code.contains("ActiveModel")) {
                breaches.push(format!("{} writes to {table}, which is {room}'s", source.path));
            }
        }
    }
    assert_none(&breaches);
}

/// Rooms contribute, `portal` collects: what reads the tables names nothing that stands in them, so that whoever adds a
/// type of mail, an event, a notice or an entry of the navigation touches none of these files.
#[test]
fn readers_of_tables_name_nothing_that_rooms_contribute() {
    let mut breaches = Vec::new();
    let mut read = 0;
    for (hub, what, but) in [
        ("web/", "\"flash-", &["\"flash-\""][..]),
        ("web/", "\"nav-", &["\"nav-home\"", "\"nav-account\""]),
        ("mail_types/", "const NAME: &'static str =", &[]),
        ("outbox/", "\"invitation", &[]),
        ("outbox/", "\"password-reset", &[]),
        ("outbox/", "\"message\" =>", &[]),
        ("audit_log/words.rs", "\"audit-log-", &["\"audit-log-group-others\""]),
        ("audit_log/words.rs", "\"outbox-", &[]),
        ("state.rs", "MailKind::of", &[]),
    ] {
        for source in sources().iter().filter(|source| source.path.starts_with(hub)) {
            read += 1;
            let text = fs::read_to_string(root().join(&source.path)).unwrap();
            let text = text.split("\n#[cfg(test)]").next().unwrap();
            let named = text.match_indices(what).map(|(at, _)| &text[at..]);
            for named in named.filter(|named| !but.iter().any(|one| named.starts_with(one))) {
                breaches.push(format!("{} names {}", source.path, named.lines().next().unwrap()));
            }
        }
    }
    assert!(read > 60, "only {read} files were read");
    assert_none(&breaches);
}
