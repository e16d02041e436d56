use std::fmt;

use crate::email_provider::{Preset, Selector, Settings, SpfBy, is_exchange_online};
use crate::mail::Cloud;
use crate::values::Host;

/// Through what the portal's mail goes, and what is known of it.
pub(super) struct Service {
    preset: Option<&'static Preset>,
    /// The record that SPF must include, in another cloud than the usual one.
    include: Option<&'static str>,
    pub(super) server: Option<Host>,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.preset, &self.server) {
            (Some(preset), _) => f.write_str(preset.name),
            (None, Some(server)) => server.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl Service {
    pub(super) fn of(settings: &Settings) -> Self {
        match settings {
            Settings::Microsoft365(microsoft) => Self {
                preset: Preset::microsoft365(),
                include: match microsoft.cloud {
                    Cloud::Global => None,
                    // learn.microsoft.com: "Set up SPF to identify valid email sources"
                    Cloud::GccHigh | Cloud::Dod => Some("spf.protection.office365.us"),
                    Cloud::China => Some("spf.protection.partner.outlook.cn"),
                },
                server: None,
            },
            Settings::Smtp(smtp) => {
                let server = &smtp.server_address;
                Self {
                    preset: Preset::of_server(server)
                        .or_else(|| Preset::microsoft365().filter(|_| is_exchange_online(server))),
                    include: None,
                    server: Host::parse(server).ok(),
                }
            }
        }
    }

    pub(super) fn is_microsoft(&self) -> bool {
        self.preset.is_some_and(|preset| preset.key == "microsoft365")
    }

    pub(super) fn spf(&self) -> SpfBy {
        match (self.include, self.preset) {
            (Some(include), _) => SpfBy::Include(include),
            (None, Some(preset)) => preset.dns.spf,
            (None, None) => SpfBy::Addresses,
        }
    }

    pub(super) fn selectors(&self) -> &'static [Selector] {
        self.preset.map_or(&[], |preset| preset.dns.dkim)
    }

    pub(super) fn owns(&self, domain: &str) -> bool {
        self.preset.is_some_and(|preset| preset.owns(domain))
    }
}

#[cfg(test)]
impl Service {
    pub(super) fn for_tests(preset: &'static Preset) -> Self {
        Self { preset: Some(preset), include: None, server: None }
    }
}
