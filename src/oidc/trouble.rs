use crate::i18n::Text;

/// What is wrong with a sign-in service, or with our settings of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no such server, or we may not reach it.
    #[error("not reachable")]
    NotReachable,
    /// Its certificate is not trusted.
    #[error("not trusted")]
    NotTrusted,
    /// It was silent for too long.
    #[error("timeout")]
    Timeout,
    /// It has no discovery document: this status came in its place.
    #[error("no discovery document: status {0}")]
    NotFound(u16),
    /// What is there is no discovery document.
    #[error("no discovery document")]
    NotIssuer,
    /// It calls itself otherwise.
    #[error("the issuer calls itself {0}")]
    OtherIssuer(String),
    /// It does not give out codes.
    #[error("no code flow")]
    NoCodeFlow,
    /// It signs in no way that we accept, or shows no keys.
    #[error("no signatures that can be checked")]
    NoSignatures,
    /// One of its addresses is neither https nor on this machine.
    #[error("an address without encryption")]
    NotEncrypted,
    /// It does not know client ID and secret.
    #[error("client ID or secret refused")]
    ClientRefused,
    /// It did not take the code.
    #[error("the code was refused: {0}")]
    CodeRefused(String),
    /// Its token is for others; for whom.
    #[error("the token is for {0}")]
    Audience(String),
    /// Its token has ended, or has not begun.
    #[error("the token is not of this time")]
    Clock,
    /// It does not say who a person is where it says more than in its token.
    #[error("no answer at its userinfo address")]
    UserInfo,
    /// Its token is not to be believed.
    #[error("the token is not valid: {0}")]
    BadToken(&'static str),
}

impl Trouble {
    /// One plain sentence of what is wrong.
    pub fn what(&self) -> Text {
        match self {
            Trouble::NotReachable => Text::new("oidc-not-reachable"),
            Trouble::NotTrusted => Text::new("oidc-not-trusted"),
            Trouble::Timeout => Text::new("oidc-timeout"),
            Trouble::NotFound(status) => Text::new("oidc-not-found").with("status", status),
            Trouble::NotIssuer => Text::new("oidc-not-issuer"),
            Trouble::OtherIssuer(own) => Text::new("oidc-other-issuer").with("own", own),
            Trouble::NoCodeFlow => Text::new("oidc-no-code-flow"),
            Trouble::NoSignatures => Text::new("oidc-no-signatures"),
            Trouble::NotEncrypted => Text::new("oidc-not-encrypted"),
            Trouble::ClientRefused => Text::new("oidc-client-refused"),
            Trouble::CodeRefused(_) => Text::new("oidc-code-refused"),
            Trouble::Audience(own) => Text::new("oidc-audience").with("own", own),
            Trouble::Clock => Text::new("oidc-clock"),
            Trouble::UserInfo => Text::new("oidc-user-info"),
            Trouble::BadToken(_) => Text::new("oidc-bad-token"),
        }
    }

    /// One plain sentence of what an administrator can do about it.
    pub fn what_to_do(&self) -> Text {
        match self {
            Trouble::NotReachable | Trouble::NotFound(_) | Trouble::NotIssuer => {
                Text::new("oidc-do-check-issuer")
            }
            Trouble::NotTrusted => Text::new("oidc-do-certificate"),
            Trouble::Timeout | Trouble::UserInfo => Text::new("oidc-do-wait"),
            Trouble::Clock => Text::new("oidc-do-clock"),
            Trouble::OtherIssuer(_) => Text::new("oidc-do-enter-exactly"),
            Trouble::NoCodeFlow | Trouble::NoSignatures | Trouble::NotEncrypted => {
                Text::new("oidc-do-service")
            }
            Trouble::ClientRefused => Text::new("oidc-do-client"),
            Trouble::Audience(_) => Text::new("oidc-do-audience"),
            Trouble::CodeRefused(_) | Trouble::BadToken(_) => Text::new("oidc-do-again"),
        }
    }
}
