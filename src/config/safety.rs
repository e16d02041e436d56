use std::os::unix::fs::PermissionsExt as _;

use super::{Config, Problem};

impl Config {
    /// What makes it unsafe to start: in production mode (an https base URL) the master key must be
    /// there and readable by its owner, or at most its group, only.
    pub fn unsafe_to_start(&self) -> Vec<Problem> {
        let path = &self.master_key_file;
        let problem = |what: String| Problem { setting: "POSTHORN_MASTER_KEY_FILE".to_owned(), what };
        match std::fs::metadata(path) {
            Err(error) => {
                let what = format!(
                    "{} cannot be read: {error}. Make a key with `posthorn keys generate --output {}`",
                    path.display(),
                    path.display()
                );
                vec![problem(what)]
            }
            Ok(metadata) if self.base_url.https && metadata.permissions().mode() & 0o007 != 0 => {
                let what = format!(
                    "{} is open to everybody on this machine: `chmod 600 {}`",
                    path.display(),
                    path.display()
                );
                vec![problem(what)]
            }
            Ok(_) => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn production_refuses_a_missing_or_open_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let environment = BTreeMap::from(
            [
                ("POSTHORN_BASE_URL", "https://portal.example"),
                ("POSTHORN_MASTER_KEY_FILE", path.to_str().unwrap()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let config = Config::parse("", &environment).unwrap();
        assert_eq!(config.unsafe_to_start().len(), 1, "missing");
        crate::vault::Vault::generate(&path).unwrap();
        assert_eq!(config.unsafe_to_start(), []);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(config.unsafe_to_start().len(), 1, "world-readable");
    }
}
