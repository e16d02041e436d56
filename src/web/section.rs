/// Where in the portal a page stands: what the navigation marks. A room whose pages have an entry in the navigation of the
/// administration makes it a constant `SECTION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The address of its first page.
    pub path: &'static str,
    /// The key of its name.
    pub name: &'static str,
}

impl Section {
    /// The page where one lands.
    pub const HOME: Section = Section::new("/home", "nav-home");
    pub const ACCOUNT: Section = Section::new("/account", "nav-account");

    /// Makes a section of that first page and name.
    pub const fn new(path: &'static str, name: &'static str) -> Self {
        Self { path, name }
    }
}
