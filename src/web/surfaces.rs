use super::{AskForBanner, Flash, Section};

/// What rooms contribute to the frame of every page; `portal` collects it.
#[derive(Clone, Copy)]
pub struct Surfaces {
    /// Who is asked for banners.
    pub banners: &'static [AskForBanner],
    /// The entries of the administration's navigation, in their order.
    pub navigation: &'static [Section],
    /// The notices that a page may show. What is not among them is none.
    pub notices: &'static [&'static [Flash]],
}

impl Surfaces {
    /// Finds the notice of that name.
    pub(super) fn notice(&self, name: &str) -> Option<Flash> {
        self.notices.iter().copied().flatten().copied().find(|notice| notice.name() == name)
    }
}
