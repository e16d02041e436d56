use super::{Failure, Step};
use crate::i18n::Text;

impl Failure {
    /// One plain sentence of what happened.
    pub fn what(&self) -> Text {
        Text::new("mail-failed").with("host", &self.host)
    }

    /// One plain sentence of what to do about it, and whose job it is.
    pub fn what_to_do(&self) -> Text {
        Text::new("mail-failed-do")
    }
}

impl Step {
    /// Its name.
    pub fn name(self) -> Text {
        Text::new("mail-step")
    }
}
