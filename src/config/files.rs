//! How many files this process may have open, and who gets how many: connections are files as well.

use rlimit::Resource;

use super::Config;

/// For the database, look-ups, keys, logs, and what the runtime needs for itself.
const KEPT_BACK: usize = 100;
/// So few are always left to visitors and to mail.
const AT_LEAST: usize = 8;
/// Visitors never have more.
const VISITORS: usize = 20_000;
/// With fewer connections of visitors than that the portal is slow before it is busy.
const COMFORTABLE: usize = 200;

/// Who gets how many of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Connections to mail servers.
    pub mail: usize,
    pub visitors: usize,
}

/// Raises the number of files that this process may have open as far as the system lets it.
pub fn raise_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
}

/// Returns how many files this process may have open.
pub fn limit() -> usize {
    let limit = Resource::NOFILE.get_soft().unwrap_or(1024);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Shares {
    /// Shares that many files out: mail gets what is configured, and visitors half of them at least.
    pub fn of(config: &Config, files: usize) -> Self {
        let wanted = usize::try_from(config.outbox_connections).unwrap_or(usize::MAX);
        let left = files.saturating_sub(KEPT_BACK);
        let mail = wanted.min(left / 2).max(AT_LEAST.min(wanted));
        Self { mail, visitors: left.saturating_sub(mail).clamp(AT_LEAST, VISITORS) }
    }
}

/// Returns how many files the configured connections need, if that is more than there may be.
pub fn lacking(config: &Config, files: usize) -> Option<usize> {
    let wanted = usize::try_from(config.outbox_connections).unwrap_or(usize::MAX);
    let needed = wanted.saturating_add(KEPT_BACK).saturating_add(COMFORTABLE.max(wanted));
    (files < needed).then_some(needed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config(connections: &str) -> Config {
        let set = ("POSTHORN_OUTBOX_CONNECTIONS".to_owned(), connections.to_owned());
        Config::parse("", &BTreeMap::from([set])).unwrap()
    }

    #[test]
    fn nobody_gets_all_the_files() {
        for (connections, files, mail, visitors) in [
            ("800", 1_000_000, 800, VISITORS),
            ("800", 1024, 462, 462),
            ("50", 1024, 50, 874),
            ("800", 128, 14, 14),
            ("800", 20, 8, 8),
            ("2", 20, 2, 8),
        ] {
            assert_eq!(Shares::of(&config(connections), files), Shares { mail, visitors }, "{files}");
        }
    }

    #[test]
    fn what_is_lacking_is_said() {
        assert_eq!(lacking(&config("800"), 1024), Some(1700));
        assert_eq!(lacking(&config("800"), 1700), None);
        assert_eq!(lacking(&config("50"), 1024), None);
    }
}
