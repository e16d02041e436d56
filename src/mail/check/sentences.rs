//! A check in words: the names of its steps, and what was seen at each.

use super::{Certificate, CheckStep, Seen};
use crate::i18n::{self, Language, Text};
use crate::mail::smtp::size;

impl CheckStep {
    /// The step's name, as a list of steps shows it.
    pub fn name(self) -> Text {
        Text::new(match self {
            CheckStep::Resolve => "mail-step-resolve",
            CheckStep::Connect => "mail-step-connect",
            CheckStep::Greeting => "mail-step-greeting",
            CheckStep::Encrypt => "mail-step-encrypt",
            CheckStep::Abilities => "mail-check-abilities",
            CheckStep::SignIn => "mail-step-sign-in",
            CheckStep::Sender => "mail-step-sender",
            CheckStep::Recipient => "mail-step-recipient",
            CheckStep::Cloud => "mail-check-cloud",
            CheckStep::Directory => "mail-check-directory",
            CheckStep::Client => "mail-check-client",
            CheckStep::Secret => "mail-check-secret",
            CheckStep::Roles => "mail-check-roles",
            CheckStep::Mailbox => "mail-check-mailbox",
            CheckStep::MaySend => "mail-check-may-send",
        })
    }
}

impl Seen {
    /// One line of what was seen.
    pub fn said(&self, language: Language) -> String {
        match self {
            Seen::Certificate { certificate, own } => certificate.said(*own, language),
            seen => seen.text().say(language),
        }
    }

    fn text(&self) -> Text {
        let list = |key, name, all: &[String]| Text::new(key).with(name, all.join(", "));
        match self {
            Seen::Addresses { addresses } => list("mail-seen-addresses", "addresses", addresses),
            Seen::Greeting { words } => Text::new("mail-seen-greeting").with("words", words),
            Seen::InClear => Text::new("mail-seen-in-clear"),
            Seen::Encryption { protocol } => Text::new("mail-seen-encryption").with("protocol", protocol),
            Seen::Certificate { certificate, .. } => {
                Text::new("mail-seen-certificate-names").with("names", &certificate.subject)
            }
            Seen::SignInMethods { methods } if methods.is_empty() => Text::new("mail-seen-no-sign-in"),
            Seen::SignInMethods { methods } => list("mail-seen-sign-in-methods", "methods", methods),
            Seen::SizeLimit { bytes: Some(bytes) } => Text::new("mail-seen-size").with("limit", size(*bytes)),
            Seen::SizeLimit { bytes: None } => Text::new("mail-seen-no-size"),
            Seen::Extensions { offered, missing } if offered.is_empty() => {
                list("mail-seen-no-extensions", "missing", missing)
            }
            Seen::Extensions { offered, missing } if missing.is_empty() => {
                list("mail-seen-extensions", "offered", offered)
            }
            Seen::Extensions { offered, missing } => {
                list("mail-seen-some-extensions", "offered", offered).with("missing", missing.join(", "))
            }
            Seen::SignedInAs { username } => Text::new("mail-seen-signed-in-as").with("username", username),
            Seen::NobodySignsIn => Text::new("mail-seen-nobody-signs-in"),
            Seen::Accepted { address } => Text::new("mail-seen-address").with("address", address),
            Seen::Answered { host } => Text::new("mail-seen-answered").with("host", host),
            Seen::Known { id } => Text::new("mail-seen-known").with("id", id),
            Seen::Token { seconds } => {
                Text::new("mail-seen-token").with_number("minutes", seconds.div_ceil(60))
            }
            Seen::Roles { roles } => list("mail-seen-roles", "roles", roles),
            Seen::NoMailSend => Text::new("mail-seen-no-mail-send"),
            Seen::NoMailReadWrite => Text::new("mail-seen-no-mail-read-write"),
            Seen::RolesUnreadable => Text::new("mail-seen-roles-unreadable"),
            Seen::NoObjection => Text::new("mail-seen-no-objection"),
            Seen::NotLookedAt => Text::new("mail-seen-not-looked-at"),
        }
    }
}

impl Certificate {
    fn said(&self, own: bool, language: Language) -> String {
        let date = |at: crate::clock::Timestamp| i18n::format_date(at.utc().date_naive(), language);
        let whom = match (own, self.names.is_empty()) {
            (true, false) => Text::new("mail-seen-certificate-names").with("names", self.names.join(", ")),
            (true, true) => Text::new("mail-seen-certificate-names").with("names", &self.subject),
            (false, _) => Text::new("mail-seen-certificate-above").with("subject", &self.subject),
        };
        let by = if self.self_signed {
            Text::new("mail-seen-certificate-self-signed")
        } else {
            Text::new("mail-seen-certificate-issuer").with("issuer", &self.issuer)
        };
        let valid = Text::new("mail-seen-certificate-valid").with("from", date(self.from));
        let text = Text::new("mail-seen-certificate").with_text("whom", whom).with_text("by", by);
        text.with_text("valid", valid.with("until", date(self.until))).say(language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn all() -> Vec<Seen> {
        let one = || vec!["one".to_owned()];
        let certificate = |names: Vec<String>, self_signed| Certificate {
            subject: "mail.acme.example".to_owned(),
            names,
            issuer: "An authority (Inc.)".to_owned(),
            from: Timestamp(1_767_225_600_000_000),
            until: Timestamp(1_780_000_000_000_000),
            self_signed,
        };
        vec![
            Seen::Addresses { addresses: one() },
            Seen::Greeting { words: "mx".to_owned() },
            Seen::InClear,
            Seen::Encryption { protocol: "TLSv1_3".to_owned() },
            Seen::Certificate { certificate: certificate(one(), false), own: true },
            Seen::Certificate { certificate: certificate(Vec::new(), true), own: true },
            Seen::Certificate { certificate: certificate(Vec::new(), true), own: false },
            Seen::SignInMethods { methods: one() },
            Seen::SignInMethods { methods: Vec::new() },
            Seen::SizeLimit { bytes: Some(10_485_760) },
            Seen::SizeLimit { bytes: None },
            Seen::Extensions { offered: one(), missing: one() },
            Seen::Extensions { offered: one(), missing: Vec::new() },
            Seen::Extensions { offered: Vec::new(), missing: one() },
            Seen::SignedInAs { username: "svc".to_owned() },
            Seen::NobodySignsIn,
            Seen::Accepted { address: "a@b.example".to_owned() },
            Seen::Answered { host: "graph".to_owned() },
            Seen::Known { id: "x".to_owned() },
            Seen::Token { seconds: 3599 },
            Seen::Roles { roles: one() },
            Seen::NoMailSend,
            Seen::NoMailReadWrite,
            Seen::RolesUnreadable,
            Seen::NoObjection,
            Seen::NotLookedAt,
        ]
    }

    #[test]
    fn everything_that_is_seen_is_said_in_every_language_and_survives_being_stored() {
        for seen in all() {
            let stored = serde_json::to_string(&seen).unwrap();
            assert_eq!(serde_json::from_str::<Seen>(&stored).unwrap(), seen);
            let [english, german] = [Language::English, Language::German].map(|language| seen.said(language));
            for words in [&english, &german] {
                assert!(!words.contains(['{', '$']) && !words.contains("mail-seen"), "{seen:?}: {words}");
            }
            let same = matches!(seen, Seen::Accepted { .. } | Seen::Known { .. });
            assert!(same || english != german, "{english}");
        }
    }

    #[test]
    fn every_step_has_its_own_name_in_every_language() {
        for language in Language::ALL {
            for steps in [
                CheckStep::by_smtp(crate::mail::Security::Tls),
                CheckStep::by_smtp(crate::mail::Security::None),
                CheckStep::BY_MICROSOFT365,
            ] {
                let names: std::collections::BTreeSet<_> =
                    steps.iter().map(|step| step.name().say(language)).collect();
                assert_eq!(names.len(), steps.len(), "{names:?}");
            }
        }
    }
}
