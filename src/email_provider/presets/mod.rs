//! Mail services that many use: what to enter for them, and what their mail needs in the sender's DNS.
//!
//! **A new service is one more row** of [`PRESETS`], with a hint in both languages.

mod table;

use chrono::NaiveDate;

use crate::mail::Security;

pub use table::PRESETS;

/// One row: a service, at one of its servers.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name in URLs, never changed.
    pub key: &'static str,
    /// What the service calls itself; empty for a server of one's own.
    pub name: &'static str,
    /// What to enter. Nothing for a server of one's own, and for what is no SMTP here.
    pub server: Option<Server>,
    /// What it needs: the key of a text.
    pub hint: &'static str,
    /// What its mail needs in the sender's DNS.
    pub dns: Published,
    /// How the names of its incoming servers end: by them a domain's service is recognised.
    pub mx: &'static [&'static str],
    /// Domains that are the service's own, whose DNS is no customer's affair.
    pub own_domains: &'static [&'static str],
}

#[derive(Clone, Copy, Debug)]
pub struct Server {
    pub host: &'static str,
    pub port: u16,
    /// How the connection is protected there.
    pub security: Security,
    /// As whom to sign in.
    pub login: PresetLogin,
}

/// As whom a service wants one to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresetLogin {
    /// As the sender's address.
    Sender,
    /// By a user name that the service hands out.
    Own,
    /// Everybody by this one; the password tells them apart.
    Fixed(&'static str),
    /// Not at all: it knows our address.
    Nobody,
}

/// What a service's mail needs in the sender's DNS.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// How SPF knows its servers.
    pub spf: SpfBy,
    /// Under which names it publishes DKIM keys; none if every customer has others.
    pub dkim: &'static [Selector],
}

/// How SPF knows a service's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfBy {
    /// By the name of a record to include.
    Include(&'static str),
    /// It writes a return address of its own, so that the sender's SPF is not asked at all.
    OwnReturnAddress,
    Addresses,
}

/// The name of a DKIM key.
#[derive(Clone, Copy, Debug)]
pub struct Selector {
    /// What stands before `._domainkey`.
    pub name: &'static str,
    /// Where the name must lead (CNAME), if it is the same for every customer.
    pub target: Option<&'static str>,
}

impl Preset {
    /// The row of that key.
    pub fn find(key: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.key == key)
    }

    /// The row whose server that is, by its name in lower case.
    pub fn of_server(host: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.server.is_some_and(|server| server.host == host))
    }

    /// The row whose incoming server that is, by its name in lower case.
    pub fn of_mx(server: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.mx.iter().any(|suffix| is_below(server, suffix)))
    }

    /// What every mail through Microsoft 365 needs.
    pub fn microsoft365() -> Option<&'static Preset> {
        Self::find("microsoft365")
    }

    /// Whether the domain is the service's own.
    pub fn owns(&self, domain: &str) -> bool {
        self.own_domains.iter().any(|own| is_below(domain, own))
    }

    /// The key of the text that says what it needs. What Microsoft announced is told as it stands on that day.
    pub fn hint_on(&self, today: NaiveDate) -> &'static str {
        if self.key == "microsoft365" { password_sign_in_at_exchange_online(today) } else { self.hint }
    }

    /// Whether it is a server of one's own.
    pub fn is_own(&self) -> bool {
        self.name.is_empty()
    }
}

/// Whether it is that name, or one below it.
fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether that is where Exchange Online takes mail with a password (Microsoft Learn, "How to set up a
/// multifunction device or application to send email").
pub fn is_exchange_online(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    ["smtp.office365.com", "outlook.office365.com"].iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// The key of the text that says how signing in with a password ends there, as it stands on that day: off by
/// default from the end of December 2026, the final date to be named in the second half of 2027 (Microsoft,
/// "Updated Exchange Online SMTP AUTH Basic Authentication deprecation timeline", January 2026).
pub fn password_sign_in_at_exchange_online(today: NaiveDate) -> &'static str {
    let first_day_of = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX);
    if today < first_day_of(2027) {
        "provider-exchange-online"
    } else if today < first_day_of(2028) {
        "provider-exchange-online-off"
    } else {
        "provider-exchange-online-ended"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::i18n::{Language, Text};
    use crate::values::Host;

    #[test]
    fn every_row_can_be_used() {
        let keys: BTreeSet<&str> = PRESETS.iter().map(|preset| preset.key).collect();
        assert_eq!(keys.len(), PRESETS.len(), "two rows have the same key");
        assert_eq!(PRESETS[0].key, "own", "the own server is first");
        for preset in PRESETS {
            assert!(preset.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            for language in [Language::English, Language::German] {
                assert_ne!(Text::new(preset.hint).say(language), preset.hint, "{} has no hint", preset.key);
            }
            if let Some(server) = preset.server {
                assert_eq!(
                    Host::parse(server.host),
                    Ok(Host::Name(server.host.to_owned())),
                    "{}",
                    preset.key
                );
                assert_eq!(Preset::of_server(server.host).unwrap().key, preset.key);
                assert_eq!(server.port, server.security.usual_port(), "{}", preset.key);
            }
            for suffix in preset.mx {
                assert_eq!(Preset::of_mx(&format!("mx1.{suffix}")).unwrap().key, preset.key, "{suffix}");
            }
        }
    }

    #[test]
    fn a_service_is_recognised_by_genuine_names_and_not_by_lookalikes() {
        for (mx, key) in [
            ("aspmx.l.google.com", "google"),
            ("smtp.google.com", "google"),
            ("alt4.aspmx.l.google.com", "google"),
            ("acme-example.mail.protection.outlook.com", "microsoft365"),
            ("acme-example.r-v1.mx.microsoft", "microsoft365"),
            ("mx00.ionos.de", "ionos-de"),
            ("mx01.kundenserver.de", "ionos-de"),
            ("mx00.ionos.co.uk", "ionos-uk"),
            ("smtpin.rzone.de", "strato"),
            ("mx00.emig.gmx.net", "gmx"),
            ("mx-ha02.web.de", "web-de"),
            ("mxa.eu.mailgun.org", "mailgun-eu"),
            ("mxa.mailgun.org", "mailgun"),
            ("inbound-smtp.eu-west-1.amazonaws.com", "amazon-ses-eu-west-1"),
        ] {
            assert_eq!(Preset::of_mx(mx).map(|preset| preset.key), Some(key), "{mx}");
        }
        for mx in ["mail.acme.example", "notgoogle.com", "google.com.evil.example", "web.de.evil.example", ""]
        {
            assert!(Preset::of_mx(mx).is_none(), "{mx}");
        }
        assert!(Preset::find("gmx").unwrap().owns("gmx.de"));
        assert!(!Preset::find("gmx").unwrap().owns("acme.example"));
    }
}
