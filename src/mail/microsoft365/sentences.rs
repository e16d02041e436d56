use super::{Microsoft365Failure, Microsoft365Step};
use crate::i18n::Text;

impl Microsoft365Failure {
    /// One plain sentence of what happened.
    pub fn what(&self) -> Text {
        Text::new("mail-strange-server-do")
    }

    /// One plain sentence of what to do about it, and whose job it is.
    pub fn what_to_do(&self) -> Text {
        Text::new("mail-try-later-do")
    }
}

impl Microsoft365Step {
    /// The step's name, as a list of steps shows it.
    pub fn name(self) -> Text {
        Text::new(match self {
            Microsoft365Step::Reach => "mail-step-connect",
            Microsoft365Step::SignIn => "mail-step-sign-in",
            Microsoft365Step::Send => "mail-step-message",
        })
    }
}
