use crate::clock::Timestamp;
use crate::values::Secret;

/// A tenant's own sign-in service, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcSettings {
    /// The service's own name for itself: an address, with or without a final slash, as it writes it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// What makes administrators; `None`: the portal keeps the roles.
    pub role: Option<RoleClaim>,
    /// Whether whoever comes for the first time gets an account.
    pub just_in_time: bool,
    /// The domains of those who do, in ASCII and lower case.
    pub allowed_domains: Vec<String>,
}

/// A claim and the value with which it makes an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleClaim {
    /// The claim's name; dots lead into objects.
    pub claim: String,
    /// The value, which may be one of several.
    pub value: String,
}

/// What becomes of the client secret.
#[derive(Clone)]
pub enum OidcSecret {
    /// The stored one stays, for the same issuer and client only.
    Keep,
    /// This one is stored.
    Replace(Secret),
}

#[derive(Clone, Debug)]
pub struct StoredOidc {
    /// New with every save.
    pub revision: uuid::Uuid,
    pub settings: OidcSettings,
    /// When an administrator came this way since issuer or client changed.
    pub proven_at: Option<Timestamp>,
    /// When it was saved.
    pub saved_at: Timestamp,
    pub saved_by: String,
}

impl OidcSettings {
    /// Where the secret may be sent, in a form that differs whenever the place does.
    pub fn destination(&self) -> String {
        // neither holds a blank
        format!("{} {}", self.issuer, self.client_id)
    }
}
