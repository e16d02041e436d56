use std::fmt;

/// A database's address; `Debug` shows its kind only, since it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes an address of one of the two databases.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
        }
    }

    pub(super) fn nowhere() -> Self {
        Self(String::new())
    }

    /// The address with its password, for connecting.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The file, if it is SQLite.
    pub fn sqlite_path(&self) -> Option<&str> {
        let path = self.0.strip_prefix("sqlite:")?.trim_start_matches("//");
        Some(path.split_once('?').map_or(path, |(path, _)| path))
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() { "sqlite:…" } else { "postgres://…" })
    }
}
